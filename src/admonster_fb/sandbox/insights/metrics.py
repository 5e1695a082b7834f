"""The fields of a report: which figures each needs, how it is worked out and written; lists of actions by type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from admonster_fb.sandbox.insights.breakdowns import shares
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.store import Node

Entry = dict[str, str]
Figures = Mapping[str, int]
# Columns we can fill. 7d_view and 28d_view have no data since January 2026 and are left out; the others
# (dda, incrementality, skan_*) need measurement that a sandbox does not have.
WINDOWS = ("1d_view", "1d_click", "7d_click", "28d_click")
ENGAGEMENT = ("inline_link_clicks", "post_reaction", "comment", "post", "post_save", "video_view")
DEVICES = (("iphone", 41), ("android_smartphone", 48), ("desktop", 11))
REACTIONS = (("like", 80), ("love", 15), ("wow", 5))


@dataclass(frozen=True, slots=True)
class Action:
    """One action type: the figures it counts, and whether it happened outside Meta's apps."""

    type: str
    figures: tuple[str, ...]
    conversion: bool = False


_DATA = json.loads(resources.files(__package__).joinpath("actions.json").read_bytes())
# In the order of the recordings. Types overlap (a link click is a post engagement too, and a pixel event is reported
# under three names): never to be summed.
ACTIONS = tuple(Action(name, names_in(figures), *rest) for name, figures, *rest in _DATA["actions"])
VALUES = tuple(
    Action(item.type, ("purchase_value",), conversion=True) for item in ACTIONS if item.figures == ("purchase",)
)
OUTBOUND = (Action("outbound_click", ("inline_link_clicks",)),)
LINK = (Action("link_click", ("inline_link_clicks",)),)
UNIQUE_OUTBOUND = (Action("outbound_click", ("unique_inline_link_clicks",)),)


def video(figure: str) -> tuple[Action, ...]:
    """Return the one action of a video metric, which is always called `video_view`."""
    return (Action("video_view", (figure,)),)


def used(actions: tuple[Action, ...]) -> frozenset[str]:
    """Return the figures some actions count."""
    return frozenset(figure for action in actions for figure in action.figures)


@dataclass(frozen=True, slots=True)
class Settings:
    """The display options of action lists."""

    windows: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    keep: Callable[[str], bool] = lambda _type: True


def entries(
    figures: Figures, actions: tuple[Action, ...], settings: Settings, text: Callable[[int], str | None]
) -> list[Entry] | None:
    """Return the entries of a list metric, or None when there are none; `text` turns a count into what is shown."""
    found: list[Entry] = []
    for action in actions:
        count = 0
        for figure in action.figures:  # there are many rows, and `sum` would double the time
            count += figures.get(figure, 0)
        if count and settings.keep(action.type):
            found += _entries(action, count, settings, text)
    return found or None


def _entries(action: Action, count: int, settings: Settings, text: Callable[[int], str | None]) -> Iterator[Entry]:
    for labels, part in _broken_down(action, count, settings.breakdowns) if settings.breakdowns else (({}, count),):
        if (shown := text(part)) is None:
            continue
        entry = {**labels, "action_type": action.type, "value": shown}
        for window, share in _windows(action, part) if settings.windows else ():
            if window in settings.windows and (shown_share := text(share)) is not None:
                entry[window] = shown_share
        yield entry


def _broken_down(action: Action, count: int, breakdowns: tuple[str, ...]) -> Iterator[tuple[Entry, int]]:
    if "action_reaction" in breakdowns and action.type == "post_reaction":
        yield from _parts("action_reaction", REACTIONS, count)
    if "action_device" in breakdowns:
        yield from _parts("action_device", DEVICES, count)
    else:
        yield {}, count


def _parts(name: str, table: tuple[tuple[str, int], ...], count: int) -> Iterator[tuple[Entry, int]]:
    for (value, _), part in zip(table, shares(count, [weight for _, weight in table]), strict=True):
        if part:
            yield {name: value}, part


def _windows(action: Action, count: int) -> Iterator[tuple[str, int]]:
    """Yield the count of each window. The value itself is 7d_click and 1d_view, as by default."""
    viewed = count // 8 if action.conversion else 0
    clicked = count - viewed
    soon = clicked - clicked // 5 if action.conversion else clicked
    late = clicked + clicked // 10 if action.conversion else clicked
    counts = dict(zip(WINDOWS, (viewed, soon, clicked, late), strict=True))
    yield from ((window, share) for window, share in counts.items() if share)


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it is written: the figures of an object in a period, or of a part of its audience."""

    figures: Figures
    owners: Mapping[str, Node]
    """The object and those above it, by level."""
    offset: int
    settings: Settings

    def get(self, figure: str) -> int:
        """Return a figure, 0 when there is none."""
        return self.figures.get(figure, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the figures it needs and the function that answers it; None leaves it out of the row."""

    needs: frozenset[str]
    answer: Callable[[Row], Any]


def decimal(value: float, places: int = 6) -> str:
    """Write a number as the live API does: no more decimals than needed.

    >>> decimal(14.35, 2), decimal(8.30, 2), decimal(166.0, 2), decimal(1.5944444)
    ('14.35', '8.3', '166', '1.594444')
    """
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(minor: int, offset: int) -> str:
    """Write an amount in major units."""
    return decimal(minor / offset, 2)


def _count(figure: str) -> Field:
    return Field(frozenset({figure}), lambda row: str(row.get(figure)) if row.get(figure) else None)


def _ratio(above: str, below: str, scale: float = 1.0) -> Field:
    """A rate of counts: clicks per hundred impressions, impressions per person."""

    def answer(row: Row) -> str | None:
        return decimal(row.get(above) * scale / row.get(below)) if row.get(above) and row.get(below) else None

    return Field(frozenset({above, below}), answer)


def _cost(*figures: str, per: int = 1) -> Field:
    """Return a field for the cost per event, in major units."""

    def answer(row: Row) -> str | None:
        count = sum(row.get(figure) for figure in figures)
        spend = row.get("spend")
        return decimal(spend * per / count / row.offset) if count and spend else None

    return Field(frozenset({"spend", *figures}), answer)


def _list(chosen: tuple[Action, ...]) -> Field:
    return Field(used(chosen), lambda row: entries(row.figures, chosen, row.settings, str))


def _value_list(chosen: tuple[Action, ...]) -> Field:
    def answer(row: Row) -> Any:
        return entries(row.figures, chosen, row.settings, lambda minor: money(minor, row.offset))

    return Field(used(chosen), answer)


def _list_by(chosen: tuple[Action, ...], figure: str, write: Callable[[int, int, int], str]) -> Field:
    """Return a field that relates each count to a figure; `write` takes both, and the currency's offset."""

    def answer(row: Row) -> Any:
        if not (base := row.get(figure)):
            return None
        return entries(
            row.figures, chosen, row.settings, lambda count: write(count, base, row.offset) if count else None
        )

    return Field(used(chosen) | {figure}, answer)


def _cost_list(chosen: tuple[Action, ...]) -> Field:
    return _list_by(chosen, "spend", lambda count, spend, offset: decimal(spend / count / offset))


def _rate_list(chosen: tuple[Action, ...], below: str, scale: float = 100.0) -> Field:
    """Actions per hundred impressions, or value per unit spent."""
    return _list_by(chosen, below, lambda count, base, _: decimal(count * scale / base))


def _of(level: str, name: str) -> Field:
    """A field of the object or of one above it. Those of objects below are left out."""

    def answer(row: Row) -> Any:
        owner = row.owners.get(level)
        return None if owner is None else owner.data.get(name)

    return Field(frozenset(), answer)


def _day(name: str) -> Field:
    """The moment of the lowest object, as a date: reports know no time of day."""

    def answer(row: Row) -> str | None:
        owner = list(row.owners.values())[-1]
        return str(owner.data[name])[:10] if owner.data.get(name) else None

    return Field(frozenset(), answer)


def _attribution(row: Row) -> str | None:
    adset = row.owners.get("adset")
    spec = adset.data.get("attribution_spec") if adset else None
    labels = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}
    parts = [
        f"{entry['window_days']}d_{labels[entry['event_type']]}"
        for entry in spec or ()
        if entry.get("event_type") in labels
    ]
    return "_".join(parts) or "default"


def _ranking(row: Row) -> str | None:
    """Return a ranking: of single ads only, from 500 impressions on."""
    if "ad" not in row.owners:
        return None
    if row.get("impressions") < RANKED_FROM:
        return "UNKNOWN"
    return RANKINGS[int(row.owners["ad"].id) % len(RANKINGS)]


_PIXEL = "actions:offsite_conversion.fb_pixel_"
# What counts as a result: the indicator, and the figures that it adds up. Of an account nobody knows.
RESULTS = {name: (indicator, names_in(figures)) for name, (indicator, figures) in _DATA["results"].items()}
_EVENTS: dict[str, str] = _DATA["events"]


def _result(row: Row) -> tuple[str, int]:
    adset = row.owners["adset"].data if "adset" in row.owners else {}
    campaign = row.owners["campaign"].data if "campaign" in row.owners else {}
    goal = str(adset.get("optimization_goal") or campaign.get("objective"))
    event = _EVENTS.get(str((adset.get("promoted_object") or {}).get("custom_event_type")), "")
    by_event = (f"{_PIXEL}{event}", (event,)) if event and goal in ("OFFSITE_CONVERSIONS", "VALUE") else ("", ())
    indicator, figures = RESULTS.get(goal, by_event)
    return indicator, sum(map(row.get, figures))


def _results(row: Row) -> Any:
    indicator, count = _result(row)
    values = [{"value": str(count), "attribution_windows": ["default"]}]
    return [{"indicator": indicator, "values": values}] if indicator and count else None


def _cost_per_result(row: Row) -> Any:
    indicator, count = _result(row)
    spend = row.get("spend")
    cost = [{"value": decimal(spend / count / row.offset)}] if count and spend else None
    indicator = indicator.replace("actions:", "cost_per_action_type:")
    return [{"indicator": indicator, "values": cost}] if cost and indicator else None


_OF_RESULTS = frozenset().union(*(figures for _, figures in RESULTS.values()), _EVENTS.values())
RANKED_FROM = 500
RANKINGS = ("AVERAGE", "ABOVE_AVERAGE", "AVERAGE", "BELOW_AVERAGE_35")
_RANKING = Field(frozenset({"impressions"}), _ranking)
_ROAS = tuple(item for item in VALUES if item.type == "omni_purchase")
_SITE_ROAS = tuple(item for item in VALUES if item.type.startswith("offsite_conversion"))
_VIDEO = {
    "video_play_actions": "video_play",
    "video_30_sec_watched_actions": "video_30_sec",
    "video_thruplay_watched_actions": "thruplay",
    **{f"video_p{part}_watched_actions": f"video_p{part}" for part in (25, 50, 75, 95, 100)},
}

# Meta's other fields (`names.FIELDS`) are accepted and left out of the rows, as fields without a value are.
FIELDS: dict[str, Field] = {
    "account_currency": _of("account", "currency"),
    "account_id": _of("account", "account_id"),
    "account_name": _of("account", "name"),
    **{f"{level}_id": _of(level, "id") for level in ("campaign", "adset", "ad")},
    **{f"{level}_name": _of(level, "name") for level in ("campaign", "adset", "ad")},
    **{name: _of("campaign", name) for name in ("objective", "buying_type")},
    "optimization_goal": _of("adset", "optimization_goal"),
    "attribution_setting": Field(frozenset(), _attribution),
    **{name: _day(name) for name in ("created_time", "updated_time")},
    **{name: _count(name) for name in ("impressions", "reach", "clicks", "unique_clicks")},
    **{name: _count(name) for name in ("inline_link_clicks", "unique_inline_link_clicks")},
    "spend": Field(frozenset({"spend"}), lambda row: money(row.get("spend"), row.offset) if row.get("spend") else None),
    "frequency": _ratio("impressions", "reach"),
    "ctr": _ratio("clicks", "impressions", 100),
    "unique_ctr": _ratio("unique_clicks", "reach", 100),
    "inline_link_click_ctr": _ratio("inline_link_clicks", "impressions", 100),
    "unique_inline_link_click_ctr": _ratio("unique_inline_link_clicks", "reach", 100),
    "unique_link_clicks_ctr": _ratio("unique_inline_link_clicks", "reach", 100),
    "cpc": _cost("clicks"),
    "cpm": _cost("impressions", per=1000),
    "cpp": _cost("reach", per=1000),
    "cost_per_unique_click": _cost("unique_clicks"),
    "cost_per_inline_link_click": _cost("inline_link_clicks"),
    "cost_per_unique_inline_link_click": _cost("unique_inline_link_clicks"),
    "inline_post_engagement": Field(
        frozenset(ENGAGEMENT), lambda row: str(total) if (total := sum(map(row.get, ENGAGEMENT))) else None
    ),
    "cost_per_inline_post_engagement": _cost(*ENGAGEMENT),
    "actions": _list(ACTIONS),
    "action_values": _value_list(VALUES),
    "cost_per_action_type": _cost_list(ACTIONS),
    "purchase_roas": _rate_list(_ROAS, "spend", 1),
    "website_purchase_roas": _rate_list(_SITE_ROAS, "spend", 1),
    "outbound_clicks": _list(OUTBOUND),
    "outbound_clicks_ctr": _rate_list(OUTBOUND, "impressions"),
    "cost_per_outbound_click": _cost_list(OUTBOUND),
    "unique_outbound_clicks": _list(UNIQUE_OUTBOUND),
    "cost_per_unique_outbound_click": _cost_list(UNIQUE_OUTBOUND),
    "website_ctr": _rate_list(LINK, "impressions"),
    **{name: _list(video(figure)) for name, figure in _VIDEO.items()},
    "cost_per_thruplay": _cost_list(video("thruplay")),
    "results": Field(_OF_RESULTS, _results),
    "cost_per_result": Field(_OF_RESULTS | {"spend"}, _cost_per_result),
    **{f"{what}_ranking": _RANKING for what in ("quality", "engagement_rate", "conversion_rate")},
}
