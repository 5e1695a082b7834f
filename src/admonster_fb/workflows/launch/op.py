"""The op of launches, and what a plan tells of one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.change import Change
from admonster_fb.models.launch import Launch, Launched, kind_of
from admonster_fb.operation import no_op, op
from admonster_fb.workflows.launch import run
from admonster_fb.workflows.launch.expand import places
from admonster_fb.workflows.launch.journal import Notes
from admonster_fb.workflows.launch.validate import WEB, ready

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

LaunchId = Annotated[str, Field(pattern=r"^launch_[0-9a-f]{12}$", description="as a launch that stopped names itself")]
_BESIDE = ("ad_account_id", "resume", "rollback")
EDGES = {"campaign": "campaigns", "images": "adimages", "videos": "advideos", "creatives": "adcreatives"}
"""Meta's edge of what stands at a place, where it has another name."""


@op(
    "launch_campaign",
    group="campaign",
    access="write",
    effect="create",
    changes="campaigns",
    past="done",
    call_per_object=True,
    scopes=("ads_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads"),
    example={
        "preset": "traffic",
        "campaign": {"name": "Autumn sale", "special_ad_categories": []},
        "images": {"hero": "hero.png"},
        "adsets": [
            {
                "name": "US",
                "daily_budget": "20.00 USD",
                "targeting": {"geo_locations": {"countries": ["US"]}},
                "ads": [
                    {
                        "name": "Hero",
                        "creative": {"page_id": "1", "link": "https://example.com/", "message": "New", "image": "hero"},
                    }
                ],
            }
        ],
    },
    cost="nothing: all of it is PAUSED",
    then=("get_campaign", "preview_ad", "update_campaign"),
)
def launch_campaign(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    resume: LaunchId | None = None,
    rollback: LaunchId | None = None,
    **spec: Unpack[Launch],
) -> Launched:
    """Make a whole campaign with ad sets, creatives and ads at once, all PAUSED; or go on with one that stopped.

    `resume` completes a launch that stopped, `rollback` deletes what one has made; both without anything else. What
    Meta refuses for good is taken back whole. Budgets are minor units of the account's currency (5000 is 50.00 USD) or
    `"50.00 USD"`, and never defaulted. `creative` of an ad is a name among `creatives`, `{"creative_id": …}`, or parts
    as create_creative takes them, with `image` and `video` by their names in `images` and `videos`.

    >>> launch_campaign(fb, "act_1", preset="traffic", campaign={"name": "Sale", "special_ad_categories": []}).state
    'complete'
    """
    _one(resume, rollback, spec)
    if resume is not None:
        return run.resume(fb, resume)
    if rollback is not None:
        return run.rollback(fb, rollback)
    return run.launch(fb, ad_account_id, spec)


def _one(resume: str | None, rollback: str | None, spec: Mapping[str, Any]) -> None:
    """Refuse more than one of a new launch, `resume` and `rollback`."""
    given = [name for name, value in {"resume": resume, "rollback": rollback}.items() if value is not None]
    if len(given) + bool(spec) > 1:
        raise ParameterError(
            [Violation(given[0], "beside other arguments", "resume or rollback alone, or a new launch")]
        )


@no_op("a plan of launch_campaign shows it")
def preview(fb: FacebookAds, given: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what `launch_campaign` with these arguments would make or delete; nothing is sent.

    >>> [change.node for change in preview(fb, {"ad_account_id": "act_1", "preset": "traffic",
    ...     "campaign": {"name": "Sale", "special_ad_categories": []}})]
    ['campaigns']
    """
    spec = {name: value for name, value in given.items() if name not in _BESIDE}
    resume, rollback = given.get("resume"), given.get("rollback")
    _one(resume, rollback, spec)
    if rollback is not None:
        notes = Notes.read(rollback)
        for place, node_id in sorted(notes.ids.items(), key=lambda item: item[0] != "campaign"):
            if place not in notes.found:
                yield Change(_edge(place), node_id, _said(notes.whole, place).get("name"), {"status": "PAUSED"}, {})
    elif resume is not None:
        notes = Notes.read(resume)
        yield from (_new(notes.whole, place) for place in places(notes.whole) if place not in notes.ids)
    else:
        whole, tree, _ = ready(fb, given["ad_account_id"], spec)
        whole = {**whole, "campaign": tree["campaign"], "adsets": _amounts(whole["adsets"], tree["adsets"])}
        yield from (_new(whole, place) for place in places(whole))


def _amounts(adsets: list[Any], typed: list[Any]) -> list[Any]:
    """Return ad sets as the tree has them, amounts in minor units, with the ads as they were written."""
    return [{**each, "ads": adset["ads"]} for adset, each in zip(adsets, typed, strict=True)]


def _edge(place: str) -> str:
    return EDGES.get(kind_of(place), kind_of(place))


def _new(whole: Mapping[str, Any], place: str) -> Change:
    said = _said(whole, place)
    paused = {"status": "PAUSED"} if kind_of(place) in ("campaign", "adsets", "ads") else {}
    return Change(_edge(place), None, said.get("name"), {}, {**paused, **said})


def _said(whole: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return what a launch says of one object."""
    kind, name = kind_of(place), place.partition(".")[2]
    if kind in ("images", "videos"):
        source = whole[kind][name]
        return {"name": name, "source": source, **_digest(source)}
    if kind == "creatives":
        return dict(whole["creatives"][name])
    if kind == "campaign":
        return dict(whole["campaign"])
    number, _, index = name.partition(".ads.")
    adset = whole["adsets"][int(number)]
    return dict(adset["ads"][int(index)]) if index else {key: value for key, value in adset.items() if key != "ads"}


def _digest(source: str) -> dict[str, str]:
    """Return what tells one content of a file from another; a plan does not hold for a file that was changed."""
    return {} if source.startswith(WEB) else {"sha256": hashlib.sha256(Path(source).read_bytes()).hexdigest()[:16]}
