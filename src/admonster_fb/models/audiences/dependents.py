"""Objects that depend on an audience."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Use:
    """An object that depends on an audience.

    >>> str(Use("2", "US", "ACTIVE", excludes=True))
    '2 "US" ACTIVE excludes it'
    """

    id: str
    """ID of the object."""
    name: str | None = None
    """Name of the object."""
    status: str | None = None
    """Status of the object."""
    excludes: bool = False
    """Whether it excludes the people of the audience."""

    def __str__(self) -> str:
        parts = (self.id, f'"{self.name}"' if self.name else "", self.status, "excludes it" if self.excludes else "")
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Dependents:
    """The objects that depend on an audience: they would stop, reach other people or be deleted with it.

    >>> Dependents("1", adsets=[Use("2")]).any
    True
    """

    audience_id: str
    """ID of the audience."""
    adsets: list[Use] = field(default_factory=list)
    """Ad sets that target or exclude it."""
    lookalikes: list[Use] = field(default_factory=list)
    """Lookalikes made from it."""
    saved_audiences: list[Use] = field(default_factory=list)
    """Saved audiences that use it."""
    accounts: list[Use] = field(default_factory=list)
    """Ad accounts it is shared with."""

    @property
    def any(self) -> bool:
        """Whether anything depends on the audience."""
        return bool(self.adsets or self.lookalikes or self.saved_audiences or self.accounts)

    def summary(self) -> str:
        """Return the dependents in one line.

        >>> Dependents("1", lookalikes=[Use("2", "Like them")]).summary()
        'lookalikes: 2 "Like them"'
        """
        return "; ".join(f"{kind}: {', '.join(map(str, uses))}" for kind, uses in self.kinds() if uses)

    def kinds(self) -> list[tuple[str, list[Use]]]:
        """Return the dependents by kind, each kind with its name in words.

        >>> [kind for kind, _ in Dependents("1").kinds()]
        ['ad sets', 'lookalikes', 'saved audiences', 'shared with accounts']
        """
        return [
            ("ad sets", self.adsets),
            ("lookalikes", self.lookalikes),
            ("saved audiences", self.saved_audiences),
            ("shared with accounts", self.accounts),
        ]
