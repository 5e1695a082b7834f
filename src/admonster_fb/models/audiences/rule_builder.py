"""A builder for the rule of an audience of events: every method returns a new rule. Meta: guides/audience-rules."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import ANY_OBJECT, Id, Params, accepts_builder, to_params
from admonster_fb.redaction import read_json

DAY = 86400
ENGAGED = {
    "page": "page_engaged",
    "ig_business": "ig_business_profile_all",
    "lead": "lead_generation_opened",
    "canvas": "instant_shopping_document_open",
}
"""The event that includes all others, by kind of source."""
VideoEvent = Literal[
    "video_watched", "video_view_10s", "video_view_15s", "video_view_25_percent", "video_view_50_percent",
    "video_view_75_percent", "video_completed",
]  # fmt: skip
Operator = Literal["and", "or"]


class EventSource(Params):
    """A source of events: `pixel`, `app`, `page`, `ig_business`, `lead`, `canvas` and more.

    >>> source: EventSource = {"id": "8", "type": "pixel"}
    """

    id: Any
    """ID of the source, or a list of IDs."""
    type: str
    """Kind of source, such as pixel."""


class EventFilter(Params, total=False):
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


class EventRule(Params, total=False):
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


class RuleSet(Params):
    """Rules of which any ("or") or all ("and") must match.

    >>> rules: RuleSet = {"operator": "or", "rules": []}
    """

    operator: Operator
    """"or" or "and"."""
    rules: list[EventRule]
    """The rules."""


class RuleSpec(Params, total=False):
    """The people in an audience of events. Meta: guides/audience-rules.

    >>> spec: RuleSpec = {"inclusions": {"operator": "or", "rules": []}}
    """

    inclusions: RuleSet
    """Rules that people in the audience match."""
    exclusions: RuleSet
    """Rules that people in the audience do not match."""


class VideoRule(Params, total=False):
    """People who watched a video. Meta takes a list of these instead of inclusions.

    >>> rule: VideoRule = {"object_id": "7", "event_name": "video_watched"}
    """

    object_id: Id
    """ID of the video."""
    event_name: str
    """How far they watched, such as video_view_50_percent."""
    context_id: Id
    """ID of the Page that showed the video."""


class AudienceRule(Mapping[str, Any]):
    """The people in an audience of events, built step by step: start with a source, then add what people did there.

    `visitors`, `engaged` and `event` add a rule; people who match any rule are in the audience, or all rules after
    `all_of()`. `url_contains`, `where`, `at_least` and `top_time_spent` narrow the rule added last. Pass the result as
    `rule` of an audience; `spec()` returns it in Meta's form and `violations` of `rules.audiences` checks it.

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
        """Start with any kind of source, by Meta's name for it.

        >>> AudienceRule.source("shopping_ig", "1").event("VIEW_CONTENT", days=90).spec()["inclusions"]["operator"]
        'or'
        """
        wrong = [value for value in ids if not (isinstance(value, str) and value.isdecimal() and value.isascii())]
        if wrong or not ids:
            raise ParameterError([Violation(kind, wrong[0] if wrong else MISSING, "ids, digits in a string")])
        return cls([{"id": source_id, "type": kind} for source_id in ids])

    @classmethod
    def website(cls, *pixel_ids: str) -> AudienceRule:
        """Start with the visitors of a website, by pixel; up to 180 days.

        >>> AudienceRule.website("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'pixel'}]
        """
        return cls.source("pixel", *pixel_ids)

    @classmethod
    def app(cls, *app_ids: str) -> AudienceRule:
        """Start with the users of an app; up to 180 days.

        >>> AudienceRule.app("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'app'}]
        """
        return cls.source("app", *app_ids)

    @classmethod
    def page(cls, *page_ids: str) -> AudienceRule:
        """Start with people who engaged with a Page; up to 730 days.

        >>> AudienceRule.page("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'page'}]
        """
        return cls.source("page", *page_ids)

    @classmethod
    def instagram(cls, *profile_ids: str) -> AudienceRule:
        """Start with people who engaged with an Instagram business profile; up to 730 days.

        >>> AudienceRule.instagram("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'ig_business'}]
        """
        return cls.source("ig_business", *profile_ids)

    @classmethod
    def lead_form(cls, *form_ids: str) -> AudienceRule:
        """Start with people who saw a lead form; up to 90 days.

        >>> AudienceRule.lead_form("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'lead'}]
        """
        return cls.source("lead", *form_ids)

    @classmethod
    def instant_experience(cls, *canvas_ids: str) -> AudienceRule:
        """Start with people who saw an Instant Experience; up to 730 days.

        >>> AudienceRule.instant_experience("1").event("e").spec()["inclusions"]["rules"][0]["event_sources"]
        [{'id': '1', 'type': 'canvas'}]
        """
        return cls.source("canvas", *canvas_ids)

    @staticmethod
    def videos(
        *video_ids: str, watched: VideoEvent | str = "video_watched", page_id: str | None = None
    ) -> list[VideoRule]:
        """Return the rules for people who watched videos, at least 3 seconds unless `watched` is another event.

        >>> AudienceRule.videos("7", watched="video_view_50_percent")
        [{'object_id': '7', 'event_name': 'video_view_50_percent'}]
        """
        if not video_ids:
            raise ParameterError([Violation("video_ids", MISSING, "at least one video's id")])
        shown: VideoRule = {} if page_id is None else {"context_id": page_id}
        return [{"object_id": video_id, "event_name": watched, **shown} for video_id in video_ids]

    @classmethod
    def of(cls, rule: str | Mapping[str, Any]) -> AudienceRule:
        """Start with a rule in Meta's form, as JSON text or an object; methods that narrow apply to its last rule.

        >>> AudienceRule.of(AudienceRule.page("1").engaged(days=365).spec()) == AudienceRule.page("1").engaged(days=365)
        True
        """
        try:
            spec: Any = json.loads(rule) if isinstance(rule, str) else copy.deepcopy(dict(rule))
            inclusions = spec["inclusions"]
            last: Sequence[EventSource] = inclusions["rules"][-1].get("event_sources", ())
            return cls(last, inclusions["rules"], spec.get("exclusions", {}).get("rules", ()), inclusions["operator"])
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise ParameterError([Violation("rule", rule, "a rule with inclusions")]) from None

    def visitors(self, *, days: int = 30) -> AudienceRule:
        """Add all visitors of the last days.

        >>> AudienceRule.website("1").visitors(days=7)["inclusions"]["rules"][0]["retention_seconds"]
        604800
        """
        return self._with(days, {"field": "url", "operator": "i_contains", "value": ""})

    def event(self, name: str, *, days: int = 30) -> AudienceRule:
        """Add people with an event in the last days: "Purchase", "fb_mobile_purchase", "page_messaged".

        >>> AudienceRule.website("1").event("Purchase")["inclusions"]["rules"][0]["filter"]["filters"]
        [{'field': 'event', 'operator': 'eq', 'value': 'Purchase'}]
        """
        return self._with(0 if name == "page_liked" else days, {"field": "event", "operator": "eq", "value": name})

    def engaged(self, *, days: int = 365) -> AudienceRule:
        """Add all who engaged with a Page, a profile, a lead form (at most 90 days) or an Instant Experience.

        >>> AudienceRule.page("1").engaged()["inclusions"]["rules"][0]["filter"]["filters"][0]["value"]
        'page_engaged'
        """
        kind = self._sources[0]["type"] if self._sources else ""
        if kind not in ENGAGED:
            raise ParameterError([Violation("engaged", kind, f"a source of kind {', '.join(ENGAGED)}")])
        return self.event(ENGAGED[kind], days=days)

    def url_contains(self, *texts: str) -> AudienceRule:
        """Narrow to URLs that contain any of these texts, ignoring case.

        >>> AudienceRule.website("1").visitors().url_contains("/shoes")["inclusions"]["rules"][0]["filter"]["filters"]
        [{'field': 'url', 'operator': 'i_contains', 'value': '/shoes'}]
        """
        conditions = [{"field": "url", "operator": "i_contains", "value": text} for text in texts]
        if not conditions:
            raise ParameterError([Violation("url_contains", MISSING, "at least one text")])
        return self._narrowed(conditions[0] if len(conditions) == 1 else {"operator": "or", "filters": conditions})

    def where(self, field: str, operator: str, value: Any) -> AudienceRule:
        """Narrow by any field: url, domain, path, device_type, or a parameter of the event.

        >>> big = AudienceRule.website("1").event("Purchase", days=90).where("value", ">", 100)
        >>> big.spec()["inclusions"]["rules"][0]["filter"]["filters"][1]
        {'field': 'value', 'operator': '>', 'value': 100}
        """
        return self._narrowed({"field": field, "operator": operator, "value": value})

    def at_least(self, times: int) -> AudienceRule:
        """Narrow to people with at least this many events.

        >>> AudienceRule.website("1").visitors().at_least(3)["inclusions"]["rules"][0]["aggregation"]
        {'type': 'count', 'operator': '>=', 'value': 3}
        """
        return self.aggregated({"type": "count", "operator": ">=", "value": times})

    def top_time_spent(self, percent: int = 25) -> AudienceRule:
        """Narrow to the visitors who spent the most time on a website, in percent of all visitors.

        >>> AudienceRule.website("1").visitors().top_time_spent(25)["inclusions"]["rules"][0]["aggregation"]["value"]
        {'from': 75, 'to': 100}
        """
        most = {"from": 100 - percent, "to": 100}
        return self.aggregated({"type": "time_spent", "method": "percentile", "operator": "in_range", "value": most})

    def aggregated(self, aggregation: Mapping[str, Any]) -> AudienceRule:
        """Narrow by how often or how much, in Meta's form: type, operator, value, field, method.

        >>> rule = AudienceRule.website("1").visitors().aggregated({"type": "count", "operator": ">", "value": 2})
        >>> rule["inclusions"]["rules"][0]["aggregation"]["value"]
        2
        """
        return self._changed({"aggregation": dict(aggregation)})

    def all_of(self) -> AudienceRule:
        """Require people to match all rules, not just any of them.

        >>> AudienceRule.website("1").visitors().all_of()["inclusions"]["operator"]
        'and'
        """
        return AudienceRule(self._sources, self._rules, self._out, "and")

    def also(self, other: AudienceRule) -> AudienceRule:
        """Add the rules of another one, from any source.

        >>> len(AudienceRule.page("1").engaged().also(AudienceRule.website("2").visitors())["inclusions"]["rules"])
        2
        """
        return AudienceRule(self._sources, (*self._rules, *other._rules), (*self._out, *other._out), self._operator)

    def excluding(self, other: AudienceRule) -> AudienceRule:
        """Exclude people who match another one.

        >>> "exclusions" in AudienceRule.page("1").engaged().excluding(AudienceRule.website("2").visitors())
        True
        """
        return AudienceRule(self._sources, self._rules, (*self._out, *other._rules), self._operator)

    def spec(self) -> dict[str, Any]:
        """Return a copy of the rule in Meta's form.

        >>> AudienceRule.website("1").visitors().spec()["inclusions"]["operator"]
        'or'
        """
        spec: dict[str, Any] = {"inclusions": {"operator": self._operator, "rules": [*self._rules]}}
        if self._out:
            spec["exclusions"] = {"operator": "or", "rules": [*self._out]}
        return copy.deepcopy(spec)

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
        old: Any = self._last().get("filter", {"operator": "and", "filters": []})
        filters = old.get("filters") or []
        if len(filters) == 1 and filters[0].get("field") == "url" and filters[0].get("value") == "":
            filters = []  # all visitors: another condition can replace it
        elif old.get("operator") != "and":
            filters = [old]
        return self._changed({"filter": {"operator": "and", "filters": [*filters, dict(condition)]}})

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


def _loaded(value: Any) -> Any:
    """Return a rule as an object; Meta returns it as JSON text."""
    value = read_json(to_params(value))
    return [to_params(rule) for rule in value] if isinstance(value, (list, tuple)) else value


RuleLike: TypeAlias = Annotated[
    RuleSpec | list[VideoRule] | AudienceRule | str, accepts_builder(RuleSpec | list[VideoRule], _loaded)
]
"""A rule in Meta's form, as JSON text, or a built one."""
