"""What depends on an audience."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that depends on an audience."""

    id: str
    name: str | None = None
    status: str | None = None
    excludes: bool = False
    """Whether it leaves the audience's people out."""

    def __str__(self) -> str:
        told = [f'"{self.name}"' if self.name else "", self.status or "", "excludes it" if self.excludes else ""]
        return " ".join(part for part in (self.id, *told) if part)


@dataclass(frozen=True, slots=True)
class Dependents:
    """What depends on an audience: what would stop, reach others or be lost with it."""

    audience_id: str
    adsets: list[Use] = field(default_factory=list)
    lookalikes: list[Use] = field(default_factory=list)
    saved_audiences: list[Use] = field(default_factory=list)
    accounts: list[Use] = field(default_factory=list)
    """Ad accounts it is shared with."""

    @property
    def any(self) -> bool:
        """Whether anything depends on it."""
        return bool(self.adsets or self.lookalikes or self.saved_audiences or self.accounts)

    def summary(self) -> str:
        """Return it in one line.

        >>> Dependents("1", lookalikes=[Use("2", "Like them")]).summary()
        'lookalikes: 2 "Like them"'
        """
        return "; ".join(f"{kind}: {', '.join(map(str, uses))}" for kind, uses in self.kinds() if uses)

    def kinds(self) -> list[tuple[str, list[Use]]]:
        """Return each kind with its name in words.

        >>> [kind for kind, _ in Dependents("1").kinds()]
        ['ad sets', 'lookalikes', 'saved audiences', 'shared with accounts']
        """
        return [
            ("ad sets", self.adsets),
            ("lookalikes", self.lookalikes),
            ("saved audiences", self.saved_audiences),
            ("shared with accounts", self.accounts),
        ]
