"""Lists of actions: what people did, by type, with a column for each requested attribution window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from admonster_fb.sandbox.insights.breakdowns import shares

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


def _pixel(name: str, omni: str | None = None) -> tuple[Action, ...]:
    """A pixel event is reported under three names, of which only one may be counted."""
    types = (f"offsite_conversion.fb_pixel_{name}", omni or f"omni_{name}", name)
    return tuple(Action(item, (name,), conversion=True) for item in types)


# In the order of the recordings. Types overlap (a link click is a post engagement too): never to be summed.
ACTIONS = (
    Action("comment", ("comment",)),
    Action("onsite_conversion.post_save", ("post_save",)),
    Action("link_click", ("inline_link_clicks",)),
    Action("post", ("post",)),
    Action("post_reaction", ("post_reaction",)),
    Action("video_view", ("video_view",)),
    Action("landing_page_view", ("landing_page_view",)),
    Action("post_engagement", ENGAGEMENT),
    Action("page_engagement", ENGAGEMENT),
    *_pixel("view_content"),
    *_pixel("add_to_cart"),
    *_pixel("initiate_checkout", "omni_initiated_checkout"),
    *_pixel("purchase"),
    Action("offsite_conversion.fb_pixel_lead", ("lead",), conversion=True),
    Action("lead", ("lead", "onsite_lead"), conversion=True),
    Action("onsite_conversion.lead_grouped", ("onsite_lead",), conversion=True),
    Action("onsite_conversion.messaging_conversation_started_7d", ("messaging",), conversion=True),
    Action("mobile_app_install", ("app_install",), conversion=True),
    Action("omni_app_install", ("app_install",), conversion=True),
)
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
