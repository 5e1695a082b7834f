"""What a rule is made of: its facts, the test that finds where it is broken, and the parameters as rules read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final, Literal, NamedTuple, TypeVar, cast

from admonster_fb.errors import MISSING, Violation
from admonster_fb.models._params import near
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.money import whole
from admonster_fb.operation import restore_docstring
from admonster_fb.rules.values import items, mapping, money, text, texts

Kind = Literal["campaign", "adset", "creative", "ad", "account"]
Severity = Literal["error", "warning"]
Tier = Literal["D", "R", "X", "S", "M", "L", "F"]
TIERS: dict[str, str] = {
    "D": "Meta: ",
    "R": "recorded answer ",
    "X": "other programs: ",
    "S": "facebook-business 26.0.3: ",
    "M": "",
    "L": "a check of this library: ",
    "F": "docs/meta-rules.md#",
}
"""The kinds of evidence, as `docs/meta-rules.md` has them, and what is written before each.

D: Meta's documentation. R: a recorded answer. X: other people's programs. S: the SDK. M: from memory. L: the library's
own safety, not a rule of Meta's. F: the section of `docs/meta-rules.md`, whose rows have tiers of their own.
"""


class Source(NamedTuple):
    """One piece of evidence for a rule, or against it."""

    tier: Tier
    where: str
    """A page of Meta's by its title, an answer by its numbers, a section of `docs/meta-rules.md`."""
    contradicts: bool = False
    """Whether it shows the contrary of the rule."""

    def __str__(self) -> str:
        return f"{'but ' if self.contradicts else ''}{TIERS[self.tier]}{self.where}"


@cache
def parse_sources(sources: str) -> tuple[Source, ...]:
    """Return the sources that a text lists: tier and place, with "not" before what contradicts the rule."""
    found = []
    for part in sources.split("; "):
        tier, _, where = part.removeprefix("not ").partition(" ")
        if tier not in TIERS:
            raise ValueError(f"no source has the tier {tier}: {part}")
        found.append(Source(cast("Tier", tier), where, part.startswith("not ")))
    return tuple(found)


def severity_of(sources: Sequence[Source]) -> Severity:
    """Return "error" if a page of Meta's, an answer or this library's safety refuses it and no source contradicts."""
    firm = any(source.tier in "DRL" for source in sources)
    return "error" if firm and not any(source.contradicts for source in sources) else "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with parameters.

    An `error` is what Meta refuses. A `warning` is what Meta may refuse, or handle in an unexpected way.
    """

    field: str
    """The path of the field: `targeting.age_min`, or `adsets.0.bid_amount` within a tree."""
    rule: str
    """The rule's slug."""
    message: str
    """What the value is and what is allowed."""
    fix: str
    """What to do."""
    code: int | None = None
    """Meta's error code, if known."""
    subcode: int | None = None
    """Meta's error subcode, if known."""
    source: str = ""
    """Where the rule comes from: pages of Meta's, recorded answers, sections of `docs/meta-rules.md`."""
    severity: Severity = "warning"
    given: object = MISSING
    """The value found; `MISSING` if there is none."""


@dataclass(frozen=True)
class Context:
    """What is known around the parameters. Rules that need what is not known are skipped. Amounts in minor units.

    `campaign` and `adset` are the fields of the parents, as read or as they will be sent. A field that is absent is one
    that the parent does not have. For an update of a campaign, `campaign` is the campaign as it is now.
    """

    currency: str | None = None
    """The account's currency."""
    min_daily_budget: int | None = None
    """The account's minimum daily budget."""
    minimum_budgets: Mapping[str, Any] | None = None
    """The account's row of `minimum_budgets` for its currency: `min_daily_budget_imp`, …"""
    min_campaign_spend_cap: int | None = None
    """The account's `min_campaign_group_spend_cap`."""
    campaign: Mapping[str, Any] | None = None
    adset: Mapping[str, Any] | None = None
    now: datetime | None = None
    dsa_defaults: frozenset[str] = frozenset()
    """Those of the account's `default_dsa_beneficiary` and `default_dsa_payor` that are set."""


UNKNOWN: Final = Context()


class Problem(NamedTuple):
    """A field and what is wrong with it. `fix` and `sources` replace those of the rule, where one case differs."""

    field: str
    message: str
    given: object = MISSING
    fix: str | None = None
    sources: str | None = None


Test = Callable[["ParameterView"], Iterable[Problem]]
AnyTest = TypeVar("AnyTest", bound=Callable[..., Iterable[Problem] | Iterable[Violation]])


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of Meta's: its facts, and the test that finds where it is broken."""

    slug: str
    kind: str
    """What the parameters are of: a `Kind`, or a subject with rules of its own (insights, events, audiences, …)."""
    severity: Severity
    code: int | None
    subcode: int | None
    sources: tuple[Source, ...]
    fix: str
    test: Callable[..., Iterable[Any]]
    create_only: bool = False
    """Whether it asks for what an existing object already has; updates are then not checked against it."""

    @property
    def source(self) -> str:
        """The sources as text."""
        return "; ".join(map(str, self.sources))

    def finding(self, field: str, message: str, given: object, fix: str | None, sources: str | None) -> Finding:
        """Return a finding of this rule. `fix` and `sources` replace the rule's own, where one case of it differs."""
        known = parse_sources(sources) if sources else self.sources
        facts = self.code, self.subcode, "; ".join(map(str, known)), severity_of(known)
        return Finding(field, self.slug, message, self.fix if fix is None else fix, *facts, given)


BY_KIND: defaultdict[str, list[Rule]] = defaultdict(list)
"""Every rule, by what it is for; filled by `rule` when the modules of this package are imported."""


def rule(
    slug: str,
    kinds: str,
    sources: str,
    *,
    fix: str = "",
    code: int | None = 100,
    subcode: int | None = None,
    create_only: bool = False,
) -> Callable[[AnyTest], AnyTest]:
    """Make a rule of the test below it, for each of the `kinds`, which are separated by spaces.

    Its severity follows from its `sources` (`severity_of`).
    The test's docstring says what to do, and becomes the rule's `fix`; a test made by a function needs `fix=`.
    """

    def register(test: AnyTest) -> AnyTest:
        restore_docstring(test)
        for kind in kinds.split():
            advice = fix or test.__doc__ or ""
            known = parse_sources(sources)
            severity = severity_of(known)
            BY_KIND[kind].append(Rule(slug, kind, severity, code, subcode, known, advice, test, create_only))
        return test

    return register


def violations(kind: str, *subject: Any, severity: Severity = "error") -> list[Violation]:
    """Return all that Meta refuses, or may refuse, in a subject that is no object: a query, an event, a spec."""
    found = [(found, finding) for found, finding in _found(kind, *subject) if finding.severity == severity]
    return [replace(violation, source=finding.source) for violation, finding in found]


def doubts(kind: str, *subject: Any) -> list[Finding]:
    """Return the warnings about a subject: what Meta may refuse, or handle in an unexpected way."""
    return [finding for _, finding in _found(kind, *subject) if finding.severity == "warning"]


def _found(kind: str, *subject: Any) -> Iterator[tuple[Violation, Finding]]:
    """Yield what the rules of a kind find, as the test says it and with the facts of the rule."""
    for known in BY_KIND.get(kind, ()):
        for found in known.test(*subject):
            message = f"{found.shown()}; documented: {found.allowed}"
            fix = known.fix or "Meta decides."
            yield found, known.finding(found.field, message, found.given, fix, found.source)


class ParameterView:
    """Parameters, in the forms that many rules ask for."""

    def __init__(
        self,
        params: Mapping[str, Any],
        context: Context = UNKNOWN,
        *,
        update: bool = False,
        children: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.params = params
        self.context = context
        self.update = update
        self.children = children
        """The ad sets of a campaign, or the ads of an ad set, when a tree is checked."""
        self.campaign = context.campaign
        self.targeting = mapping(params.get("targeting"))
        self.geo = mapping(self.targeting.get("geo_locations"))
        self.excluded_geo = mapping(self.targeting.get("excluded_geo_locations"))
        self.promoted = mapping(params.get("promoted_object"))

    def text(self, name: str) -> str | None:
        """Return a parameter that is a text."""
        return text(self.params.get(name))

    def amount(self, name: str) -> int | None:
        """Return a parameter that is an amount, in minor units; None if its currency is not the account's."""
        return self.minor(self.params.get(name))

    def minor(self, value: object) -> int | None:
        """Return any amount in minor units."""
        if (count := whole(value)) is not None:
            return count
        named = money(value)
        fits = named is not None and self.context.currency in (None, named.currency)
        return named.minor if named is not None and fits else None

    @cached_property
    def budgets(self) -> dict[str, int]:
        """The budgets above 0, by name."""
        return self._budgets(self.params)

    @cached_property
    def campaign_budgets(self) -> dict[str, int] | None:
        """The campaign's own budgets, which exclude budgets of its ad sets; None if the campaign is not known."""
        return None if self.campaign is None else self._budgets(self.campaign)

    def _budgets(self, params: Mapping[str, Any]) -> dict[str, int]:
        found = {name: self.minor(params[name]) for name in BUDGETS if name in params}
        return {name: amount for name, amount in found.items() if amount}

    @cached_property
    def objective(self) -> str | None:
        """The campaign's objective."""
        return text(mapping(self.campaign).get("objective"))

    @cached_property
    def categories(self) -> frozenset[str]:
        """The campaign's special ad categories, except NONE."""
        return frozenset(texts(mapping(self.campaign).get("special_ad_categories"))) - {"NONE"}

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries in which the targeting has places, as far as known."""
        places = (mapping(place) for kind in PLACES if kind in self.geo for place in items(self.geo[kind]))
        named = (code.upper() for code in texts(self.geo.get("countries")))
        return frozenset(code for code in (*named, *map(country_of, places)) if code is not None)


PLACES = (
    *("regions", "cities", "zips", "places", "custom_locations", "geo_markets", "electoral_districts", "subcities"),
    *("electoral_district", "neighborhoods", "subneighborhoods", "small_geo_areas", "medium_geo_areas"),
    *("large_geo_areas", "metro_areas", "location_cluster_ids", "political_districts"),
)
"""Lists of places smaller than a country, in `geo_locations`."""


def country_of(place: Mapping[str, Any]) -> str | None:
    """Return the country of a place, from its own field or from its key ("US:94304")."""
    if code := text(place.get("country")) or text(place.get("country_code")):
        return code.upper()
    before, colon, _ = (text(place.get("key")) or "").partition(":")
    return before.upper() if colon and len(before) == 2 else None


def required(*names: str) -> Test:
    """Return a test that parameters are present."""

    def test(view: ParameterView) -> Iterator[Problem]:
        for name in names:
            if view.params.get(name) in (None, "", {}):
                yield Problem(name, f"{name} is missing")

    return test


def max_length(name: str, most: int) -> Test:
    """Return a test that a text is not too long."""

    def test(view: ParameterView) -> Iterator[Problem]:
        value = view.text(name)
        if value is not None and len(value) > most:
            yield Problem(name, f"{name} has {len(value)} characters; allowed: {most}", value)

    return test


def one_of(name: str, allowed: Collection[str]) -> Test:
    """Return a test that a text is one of the allowed values."""

    def test(view: ParameterView) -> Iterator[Problem]:
        value = view.text(name)
        if value is not None and value not in allowed:
            yield Problem(name, f"{name} is {value}; allowed: {', '.join(allowed)}", value)

    return test


MISSPELT = "L a known value is misspelt"  # the evidence against a value that is nearly one of Meta's


def unknown_value(field: str, value: object, known: Collection[str], noun: str) -> Iterator[Problem]:
    """Yield a problem with a value that Meta's tables do not have; it is an error if it is nearly one of them."""
    if not isinstance(value, str) or not value.strip() or value in known:
        return
    if nearest := near(value, known):
        message = f"{value} is no {noun}; the nearest is {nearest}"
        yield Problem(field, message, value, f"Write {nearest}.", MISSPELT)
    else:
        yield Problem(field, f"{value} is in none of Meta's known tables", value)
