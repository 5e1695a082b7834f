"""Whom an audience of events holds, built step by step, each step giving a new one. Meta: guides/audience-rules."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import ANY_OBJECT, STRICT, AcceptsBuilder, to_params

DAY = 86400
ENGAGED = {
    "page": "page_engaged",
    "ig_business": "ig_business_profile_all",
    "lead": "lead_generation_opened",
    "canvas": "instant_shopping_document_open",
}
"""The event that takes in all others, by kind of source."""
VideoEvent = Literal[
    "video_watched", "video_view_10s", "video_view_15s", "video_view_25_percent", "video_view_50_percent",
    "video_view_75_percent", "video_completed",
]  # fmt: skip
Operator = Literal["and", "or"]


@with_config(STRICT)
class EventSource(TypedDict):
    """A source of events: `pixel`, `app`, `page`, `ig_business`, `lead`, `canvas` and more.

    >>> source: EventSource = {"id": "8", "type": "pixel"}
    """

    id: Any
    """ID of the source, or a list of IDs."""
    type: str
    """Kind of source, such as pixel."""


@with_config(STRICT)
class EventFilter(TypedDict, total=False):
    """A condition (`field`, `operator`, `value`), or several `filters` under an `operator`.

    >>> condition: EventFilter = {"field": "url", "operator": "i_contains", "value": "/shoes"}
    """

    field: str
    """What to compare: event, url, domain, path, device_type, or a parameter of the event."""
    operator: str
    """How to compare (eq, i_contains, >, …), or "and" / "or" over `filters`."""
    value: Any
    """Value to compare with."""
    filters: list[ANY_OBJECT]
    """Conditions under "and" or "or"."""


@with_config(STRICT)
class EventRule(TypedDict, total=False):
    """A rule: the people with an event of these sources within `retention_seconds` that passes the filter.

    >>> rule: EventRule = {"event_sources": [{"id": "8", "type": "pixel"}], "retention_seconds": 2592000}
    """

    event_sources: list[EventSource]
    """Where the events come from."""
    retention_seconds: Annotated[int, Field(ge=0)]
    """How long ago the event may be, in seconds: 2592000 is 30 days."""
    filter: EventFilter
    """Which events count."""
    aggregation: ANY_OBJECT
    """How often or how much: `type`, `operator`, `value`, `field` and `method`."""
    template: str
    """Template of Ads Manager that the rule follows, such as VISITORS_BY_URL."""


@with_config(STRICT)
class RuleSet(TypedDict):
    """Rules of which any ("or") or all ("and") must match.

    >>> rules: RuleSet = {"operator": "or", "rules": []}
    """

    operator: Operator
    """"or" or "and"."""
    rules: list[EventRule]
    """The rules."""


@with_config(STRICT)
class RuleSpec(TypedDict, total=False):
    """The people in an audience of events. Meta: guides/audience-rules.

    >>> spec: RuleSpec = {"inclusions": {"operator": "or", "rules": []}}
    """

    inclusions: RuleSet
    """Rules that people in the audience match."""
    exclusions: RuleSet
    """Rules that people in the audience do not match."""


@with_config(STRICT)
class VideoRule(TypedDict, total=False):
    """People who watched a video. Meta takes a list of these instead of inclusions.

    >>> rule: VideoRule = {"object_id": "7", "event_name": "video_watched"}
    """

    object_id: str
    """ID of the video."""
    event_name: str
    """How far they watched, such as video_view_50_percent."""
    context_id: str
    """ID of the Page that showed the video."""


class AudienceRule(Mapping[str, Any]):
    """Whom an audience of events holds, built step by step: begin with a source, then say what people did there.

    `visitors`, `engaged` and `event` add a rule: whoever fits any of them is in, or all of them after `all_of()`. The
    steps after it (`url_contains`, `where`, `at_least`, `top_time_spent`) narrow the rule added last. Give it as
    `rule` of an audience; `spec()` shows it as Meta takes it, `violations` of `rules.audiences` checks it.

    >>> shoes = AudienceRule.website("1").visitors(days=30).url_contains("/shoes")
    >>> shoes["inclusions"]["rules"][0]["filter"]["filters"]
    [{'field': 'url', 'operator': 'i_contains', 'value': '/shoes'}]
    >>> buyers = AudienceRule.website("1").event("Purchase", days=180)
    >>> shoes.excluding(buyers)["exclusions"]["rules"][0]["retention_seconds"]
    15552000
    """

    __slots__ = ("_operator", "_out", "_rules", "_sources")

    def __init__(
        self,
        sources: Sequence[EventSource] = (),
        rules: Sequence[EventRule] = (),
        out: Sequence[EventRule] = (),
        operator: Operator = "or",
    ) -> None:
        self._sources = tuple(sources)
        self._rules = tuple(rules)
        self._out = tuple(out)
        self._operator: Operator = operator

    @classmethod
    def source(cls, kind: str, *ids: str) -> AudienceRule:
        """Begin with any kind of source, under Meta's name for it.

        >>> AudienceRule.source("shopping_ig", "1").event("VIEW_CONTENT", days=90).spec()["inclusions"]["operator"]
        'or'
        """
        wrong = [each for each in ids if not (isinstance(each, str) and each.isdecimal() and each.isascii())]
        if wrong or not ids:
            given = wrong[0] if wrong else MISSING
            raise ParameterError([Violation(kind, given, "ids, digits in a string")])
        return cls([{"id": each, "type": kind} for each in ids])

    @classmethod
    def website(cls, *pixel_ids: str) -> AudienceRule:
        """Begin with the visitors of a website, by its pixel; up to 180 days."""
        return cls.source("pixel", *pixel_ids)

    @classmethod
    def app(cls, *app_ids: str) -> AudienceRule:
        """Begin with the users of an app; up to 180 days."""
        return cls.source("app", *app_ids)

    @classmethod
    def page(cls, *page_ids: str) -> AudienceRule:
        """Begin with people who had to do with a Page; up to 730 days."""
        return cls.source("page", *page_ids)

    @classmethod
    def instagram(cls, *profile_ids: str) -> AudienceRule:
        """Begin with people who had to do with an Instagram business profile; up to 730 days."""
        return cls.source("ig_business", *profile_ids)

    @classmethod
    def lead_form(cls, *form_ids: str) -> AudienceRule:
        """Begin with people who saw a lead form; up to 90 days."""
        return cls.source("lead", *form_ids)

    @classmethod
    def instant_experience(cls, *canvas_ids: str) -> AudienceRule:
        """Begin with people who saw an Instant Experience; up to 730 days."""
        return cls.source("canvas", *canvas_ids)

    @staticmethod
    def videos(
        *video_ids: str, watched: VideoEvent | str = "video_watched", page_id: str | None = None
    ) -> list[VideoRule]:
        """Return a rule for people who watched videos: 3 seconds unless `watched` says otherwise.

        >>> AudienceRule.videos("7", watched="video_view_50_percent")
        [{'object_id': '7', 'event_name': 'video_view_50_percent'}]
        """
        if not video_ids:
            raise ParameterError([Violation("video_ids", MISSING, "at least one video's id")])
        shown: VideoRule = {} if page_id is None else {"context_id": page_id}
        return [{"object_id": each, "event_name": watched, **shown} for each in video_ids]

    @classmethod
    def of(cls, given: str | Mapping[str, Any]) -> AudienceRule:
        """Begin with a rule as Meta has it, or as it was read; steps that narrow work on its last rule.

        >>> AudienceRule.of(AudienceRule.page("1").engaged(days=365).spec()) == AudienceRule.page("1").engaged(days=365)
        True
        """
        try:
            read: Any = json.loads(given) if isinstance(given, str) else copy.deepcopy(dict(given))
            inside = read["inclusions"]
            last: Sequence[EventSource] = inside["rules"][-1].get("event_sources", ())
            return cls(last, inside["rules"], read.get("exclusions", {}).get("rules", ()), inside["operator"])
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise ParameterError([Violation("rule", given, "a rule with inclusions")]) from None

    def visitors(self, *, days: int = 30) -> AudienceRule:
        """Add everybody who came within so many days."""
        return self._with(days, {"field": "url", "operator": "i_contains", "value": ""})

    def event(self, name: str, *, days: int = 30) -> AudienceRule:
        """Add those of whom an event came within so many days: "Purchase", "fb_mobile_purchase", "page_messaged"."""
        return self._with(0 if name == "page_liked" else days, {"field": "event", "operator": "eq", "value": name})

    def engaged(self, *, days: int = 365) -> AudienceRule:
        """Add everybody who had to do with a Page, a profile, a lead form (90 days) or an Instant Experience."""
        kind = self._sources[0]["type"] if self._sources else ""
        if kind not in ENGAGED:
            raise ParameterError([Violation("engaged", kind, f"a source of kind {', '.join(ENGAGED)}")])
        return self.event(ENGAGED[kind], days=days)

    def url_contains(self, *texts: str) -> AudienceRule:
        """Narrow to URLs that contain any of these texts, in capitals or not."""
        found = [{"field": "url", "operator": "i_contains", "value": text} for text in texts]
        if not found:
            raise ParameterError([Violation("url_contains", MISSING, "at least one text")])
        return self._narrowed(found[0] if len(found) == 1 else {"operator": "or", "filters": found})

    def where(self, field: str, operator: str, value: Any) -> AudienceRule:
        """Narrow by any field: url, domain, path, device_type, or one of the event's own data.

        >>> big = AudienceRule.website("1").event("Purchase", days=90).where("value", ">", 100)
        >>> big.spec()["inclusions"]["rules"][0]["filter"]["filters"][1]
        {'field': 'value', 'operator': '>', 'value': 100}
        """
        return self._narrowed({"field": field, "operator": operator, "value": value})

    def at_least(self, times: int) -> AudienceRule:
        """Narrow to people who did it so many times."""
        return self.aggregated({"type": "count", "operator": ">=", "value": times})

    def top_time_spent(self, percent: int = 25) -> AudienceRule:
        """Narrow to the visitors who stayed longest on a website: so many percent of them."""
        most = {"from": 100 - percent, "to": 100}
        return self.aggregated({"type": "time_spent", "method": "percentile", "operator": "in_range", "value": most})

    def aggregated(self, aggregation: Mapping[str, Any]) -> AudienceRule:
        """Narrow by how often or how much, as Meta has it: type, operator, value, field, method."""
        return self._changed({"aggregation": dict(aggregation)})

    def all_of(self) -> AudienceRule:
        """Ask that all rules fit, not just any."""
        return AudienceRule(self._sources, self._rules, self._out, "and")

    def also(self, other: AudienceRule) -> AudienceRule:
        """Add the rules of another one, whatever its source."""
        return AudienceRule(self._sources, (*self._rules, *other._rules), (*self._out, *other._out), self._operator)

    def excluding(self, other: AudienceRule) -> AudienceRule:
        """Leave out whoever fits another one."""
        return AudienceRule(self._sources, self._rules, (*self._out, *other._rules), self._operator)

    def spec(self) -> dict[str, Any]:
        """Return it as Meta takes it; changing that changes nothing here."""
        told: dict[str, Any] = {"inclusions": {"operator": self._operator, "rules": [*self._rules]}}
        if self._out:
            told["exclusions"] = {"operator": "or", "rules": [*self._out]}
        return copy.deepcopy(told)

    def _with(self, days: int, condition: Mapping[str, Any]) -> AudienceRule:
        if isinstance(days, bool) or not isinstance(days, int) or days < 0:
            raise ParameterError([Violation("days", days, "a whole number of days")])
        if not self._sources:
            raise ParameterError([Violation("rule", MISSING, "a source first, such as AudienceRule.website(pixel_id)")])
        rule: EventRule = {
            "event_sources": [*self._sources],
            "retention_seconds": days * DAY,
            "filter": {"operator": "and", "filters": [dict(condition)]},
        }
        return AudienceRule(self._sources, (*self._rules, rule), self._out, self._operator)

    def _narrowed(self, condition: Mapping[str, Any]) -> AudienceRule:
        kept = self._last().get("filter", {"operator": "and", "filters": []})
        inside = [] if _everybody(kept) else [kept] if kept.get("operator") != "and" else kept.get("filters", [])
        return self._changed({"filter": {"operator": "and", "filters": [*inside, dict(condition)]}})

    def _changed(self, parts: Mapping[str, Any]) -> AudienceRule:
        last: Any = {**self._last(), **parts}
        return AudienceRule(self._sources, (*self._rules[:-1], last), self._out, self._operator)

    def _last(self) -> EventRule:
        if not self._rules:
            raise ParameterError([Violation("rule", MISSING, "visitors(), event() or engaged() first")])
        return self._rules[-1]

    def __getitem__(self, name: str) -> Any:
        return self.spec()[name]

    def __iter__(self) -> Any:
        return iter(self.spec())

    def __len__(self) -> int:
        return len(self.spec())

    def __repr__(self) -> str:
        return f"AudienceRule.of({self.spec()!r})"


def _everybody(condition: Mapping[str, Any]) -> bool:
    """Tell whether a filter lets all visitors through, so that another one can take its place."""
    inside = condition.get("filters") or []
    return len(inside) == 1 and inside[0].get("field") == "url" and inside[0].get("value") == ""


def _loaded(value: Any) -> Any:
    """Return a rule as an object: Meta answers it as text."""
    value = to_params(value)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [to_params(each) for each in value] if isinstance(value, (list, tuple)) else value


RuleLike: TypeAlias = Annotated[
    RuleSpec | list[VideoRule] | AudienceRule | str, AcceptsBuilder(RuleSpec | list[VideoRule], _loaded)
]
"""A rule as Meta has it, as it was read, or one built."""
