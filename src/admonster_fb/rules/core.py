"""What a rule is made of: what it finds, what is known around the parameters, and the parameters as rules read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from admonster_fb.errors import MISSING
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.rules.values import items, mapping, money, text, texts, whole

Kind = Literal["campaign", "adset", "creative", "ad", "account"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Tell one thing that is wrong with parameters.

    `error` is what Meta refuses, `warning` what it may refuse or do otherwise than meant. `code` and `subcode` are
    Meta's, if known.
    """

    field: str
    """Where: `targeting.age_min`, or `adsets.0.bid_amount` within a tree."""
    rule: str
    """The rule's slug."""
    message: str
    """What was given and what is allowed."""
    fix: str
    """What to do."""
    code: int | None
    subcode: int | None
    source: str
    """A section of `api_facts.md`, or a page of Meta's documentation."""
    severity: Severity
    given: object = MISSING


@dataclass(frozen=True)
class Context:
    """Say what is known around the parameters; rules that need what is not known are left out. Amounts: minor units.

    `campaign` and `adset` are the fields of the parents, as read or as they will be sent: a field that is not there
    is one they do not have. For a change of a campaign, `campaign` is the campaign as it is now.
    """

    currency: str | None = None
    min_daily_budget: int | None = None
    """The account's."""
    minimum_budgets: Mapping[str, Any] | None = None
    """The account's row for its currency: `min_daily_budget_imp`, …"""
    min_campaign_spend_cap: int | None = None
    """The account's `min_campaign_group_spend_cap`."""
    campaign: Mapping[str, Any] | None = None
    adset: Mapping[str, Any] | None = None
    now: datetime | None = None
    dsa_defaults: frozenset[str] = frozenset()
    """Those of the account's `default_dsa_beneficiary` and `default_dsa_payor` that are set."""


UNKNOWN = Context()


class Problem(NamedTuple):
    """Name a field and what is wrong with it; a `fix` of its own if the rule's would not say enough."""

    field: str
    message: str
    given: object = MISSING
    fix: str | None = None


Test = Callable[["Subject"], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold one rule of Meta's: a row of facts, and the test that finds where it is broken."""

    slug: str
    kind: Kind
    severity: Severity
    code: int | None
    subcode: int | None
    source: str
    fix: str
    test: Test
    create_only: bool = False
    """It asks for what an existing object has already, so a change is not judged by it."""


class Subject:
    """Show parameters to rules, in the ways that many rules ask for."""

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
        """The ad sets of a campaign, or the ads of an ad set, where a tree is judged."""
        self.campaign = context.campaign
        self.targeting = mapping(params.get("targeting"))
        self.geo = mapping(self.targeting.get("geo_locations"))
        self.excluded_geo = mapping(self.targeting.get("excluded_geo_locations"))
        self.promoted = mapping(params.get("promoted_object"))

    def text(self, name: str) -> str | None:
        """Return a parameter that is a text."""
        return text(self.params.get(name))

    def amount(self, name: str) -> int | None:
        """Return a parameter that is an amount, in minor units; not one in another currency than the account's."""
        return self.minor(self.params.get(name))

    def minor(self, value: object) -> int | None:
        """Return any amount in minor units."""
        if value is None:
            return None
        if (plain := whole(value)) is not None:
            return plain
        named = money(value)
        fits = named is not None and self.context.currency in (None, named.currency)
        return named.minor if named is not None and fits else None

    @cached_property
    def budgets(self) -> dict[str, int]:
        """The budgets above 0, by name; 0 is none."""
        return self._budgets(self.params)

    @cached_property
    def campaign_budgets(self) -> dict[str, int] | None:
        """The campaign's own budgets, which its ad sets then have none beside; None if it is not known."""
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
        """The campaign's special ad categories, but for NONE."""
        return frozenset(texts(mapping(self.campaign).get("special_ad_categories"))) - {"NONE"}

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries in which the targeting is known to have places."""
        return frozenset(_countries(self.geo))


PLACES = (
    *("regions", "cities", "zips", "places", "custom_locations", "geo_markets", "electoral_districts", "subcities"),
    *("electoral_district", "neighborhoods", "subneighborhoods", "small_geo_areas", "medium_geo_areas"),
    *("large_geo_areas", "metro_areas", "location_cluster_ids"),
)
"""Lists of places smaller than a country, in `geo_locations`."""


def country_of(place: Mapping[str, Any]) -> str | None:
    """Return the country a place is said to lie in, by its own field or by its key ("US:94304").

    >>> country_of({"key": "US:94304"})
    'US'
    """
    if code := text(place.get("country")) or text(place.get("country_code")):
        return code.upper()
    before, colon, _ = (text(place.get("key")) or "").partition(":")
    return before.upper() if colon and len(before) == 2 else None


def _countries(geo: Mapping[str, Any]) -> Iterator[str]:
    for code in texts(geo.get("countries")):
        yield code.upper()
    for kind in PLACES:
        if kind in geo:
            for place in items(geo[kind]):
                if (country := country_of(mapping(place))) is not None:
                    yield country


def required(*names: str) -> Test:
    """Make a test that parameters are there.

    >>> [problem.field for problem in required("name")(Subject({"name": ""}))]
    ['name']
    """

    def test(subject: Subject) -> Iterator[Problem]:
        for name in names:
            if subject.params.get(name) in (None, ""):
                yield Problem(name, f"{name} is missing")

    return test


def longest(name: str, most: int) -> Test:
    """Make a test that a text is not too long.

    >>> [problem.message for problem in longest("name", 2)(Subject({"name": "abc"}))]
    ['name has 3 characters; allowed: 2']
    """

    def test(subject: Subject) -> Iterator[Problem]:
        value = subject.text(name)
        if value is not None and len(value) > most:
            yield Problem(name, f"{name} has {len(value)} characters; allowed: {most}", value)

    return test


def one_of(name: str, allowed: Collection[str]) -> Test:
    """Make a test that a text is one of those allowed.

    >>> [problem.message for problem in one_of("status", ("ACTIVE", "PAUSED"))(Subject({"status": "ON"}))]
    ['status is ON; allowed: ACTIVE, PAUSED']
    """

    def test(subject: Subject) -> Iterator[Problem]:
        value = subject.text(name)
        if value is not None and value not in allowed:
            yield Problem(name, f"{name} is {value}; allowed: {', '.join(allowed)}", value)

    return test
