"""A whole campaign as one declaration: the campaign, its ad sets, their ads, and the pictures and creatives they use.

The same in Python, JSON and YAML. Everything is made PAUSED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._params import STRICT

Preset = Literal["awareness", "traffic", "engagement", "leads", "app_promotion", "sales"]
Sources = Annotated[
    dict[str, Annotated[str, Field(json_schema_extra={"format": "path-or-url"})]],
    Field(description="paths or URLs by names of your own, by which creatives refer to them"),
]
State = Literal["complete", "stopped", "gone"]


@with_config(STRICT)
class Defaults(TypedDict, total=False):
    """What every ad set, ad or creative has unless it says otherwise; objects are merged name by name."""

    adset: dict[str, Any]
    ad: dict[str, Any]
    creative: dict[str, Any]


@with_config(STRICT)
class Launch(TypedDict, total=False):
    """A whole campaign. Budgets, countries, Pages and pixels are never filled in."""

    preset: Annotated[Preset, Field(description="the usual parameters of an objective; all of them are shown")]
    defaults: Defaults
    images: Sources
    videos: Sources
    creatives: Annotated[
        dict[str, dict[str, Any]],
        Field(description="as create_creative takes them, with image and video by their names above"),
    ]
    campaign: Annotated[dict[str, Any], Field(description="as create_campaign takes it")]
    adsets: Annotated[
        list[dict[str, Any]],
        Field(
            description="as create_adset takes them, with ads: [{name, creative}]; creative is a name above, "
            '{"creative_id": …}, or the parts of a new one'
        ),
    ]


@dataclass(frozen=True, slots=True)
class Launched:
    """What a launch has made, or what is left of one that was taken back.

    `made` has ids by place (`campaign`, `adsets.0`, `adsets.0.ads.1`, `creatives.main`; hashes of `images.hero`);
    `failed` the error of what was refused, and `unknown` what may exist, since its answer was lost. `different` says
    what reads otherwise than it was asked for.
    """

    id: str
    account: str
    state: State
    made: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, FacebookAdsError] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    of: int = 0
    """How many objects the whole launch has."""
    journal: Path | None = None

    @property
    def campaign_id(self) -> str | None:
        """The campaign's id, once it is made."""
        return self.made.get("campaign")

    def ids(self, kind: Literal["adsets", "ads", "creatives", "images", "videos"]) -> list[str]:
        """Return the ids of all that was made of a kind, in the order of the declaration.

        >>> Launched("launch_1", "act_1", "complete", {"campaign": "1", "adsets.0": "2"}).ids("adsets")
        ['2']
        """
        return [node_id for place, node_id in self.made.items() if kind_of(place) == kind]


def kind_of(place: str) -> str:
    """Return what stands at a place.

    >>> kind_of("adsets.0.ads.1"), kind_of("creatives.main"), kind_of("campaign")
    ('ads', 'creatives', 'campaign')
    """
    first, _, rest = place.partition(".")
    return "ads" if first == "adsets" and ".ads." in rest else first
