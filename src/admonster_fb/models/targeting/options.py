"""What can be targeted, and how many people that is. https://developers.facebook.com/docs/marketing-api/audiences"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import OptimizationGoal
from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import ANY_OBJECT, STRICT
from admonster_fb.models.targeting.builder import TargetingLike

Count = Annotated[int | None, AfterValidator(lambda count: None if count == -1 else count)]
"""How many people; `None` where Meta does not say, which it writes as -1."""


class TargetingOption(Node):
    """An interest, behaviour, place, language and the like. Places and languages have a `key`, all others an `id`."""

    id: str | None = None
    key: str | None = None
    name: str | None = None
    type: str | None = None
    path: list[str] | None = None
    """From the widest category down to the option itself."""
    audience_size_lower_bound: int | None = None
    audience_size_upper_bound: int | None = None
    description: str | None = None
    topic: str | None = None
    coverage: int | None = None
    valid: bool | None = None
    """Whether new ad sets can use it, where that was asked."""
    current_status: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    region: str | None = None
    region_id: str | None = None
    primary_city: str | None = None
    supports_region: bool | None = None
    supports_city: bool | None = None
    suggested_radius: float | None = None
    distance_unit: str | None = None


class GeoMetadata(Node):
    """Places by kind and key: `{"regions": {"3847": …}}`. What Meta does not know is left out."""

    data: dict[str, dict[str, TargetingOption]] = {}

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read the answer; a kind without places comes as an empty list."""
        kinds = data.get("data")
        found = {kind: rows or {} for kind, rows in kinds.items()} if isinstance(kinds, dict) else {}
        return super().from_api({"data": found})


class _Answer(Node):
    """One object, which some edges wrap in `data`, as it is or in a list."""

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read the object, however it is wrapped."""
        inner = data.get("data", data)
        row = next(iter(inner), {}) if isinstance(inner, list) else inner
        return super().from_api(row if isinstance(row, dict) else {})


class ReachEstimate(_Answer):
    """How many people a targeting spec reaches; without bounds where Meta does not say."""

    users_lower_bound: Count = None
    users_upper_bound: Count = None
    estimate_ready: bool | None = None


class DeliveryEstimate(_Answer):
    """How many people a month a targeting spec reaches, for a goal; without bounds where Meta does not say."""

    estimate_mau_lower_bound: Count = None
    estimate_mau_upper_bound: Count = None
    estimate_ready: bool | None = None
    targeting_optimization_types: list[Any] | None = None


class SentenceLine(Node):
    """One line of a targeting spec in words."""

    content: str | None = None
    children: list[str] | None = None


class TargetingSentences(_Answer):
    """A targeting spec in words."""

    id: str | None = None
    targetingsentencelines: list[SentenceLine] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines as text: "Location: United States"."""
        found = self.targetingsentencelines or ()
        return [f"{line.content} {'; '.join(line.children or ())}".strip() for line in found]


@with_config(STRICT)
class SearchQuery(TypedDict, total=False):
    """What `search` takes beside `type` and `q`, each for some types only. Meta: targeting-search."""

    limit: Annotated[int, Field(ge=1, description="8 unless given")]
    locale: Annotated[str, Field(description='language of names: "en_US"')]
    location_types: Annotated[list[str], Field(description='["country", "region", "city", "zip", …]')]
    country_code: Annotated[str, Field(description='only in this country: "US"')]
    region_id: str | int
    match_country_code: bool
    class_: Annotated[str, Field(description="of adTargetingCategory: behaviors, demographics, life_events, …")]
    interest_list: Annotated[list[str], Field(description="names of interests, letter by letter")]
    interest_fbid_list: Annotated[list[str], Field(description="ids of interests")]
    targeting_option_list: Annotated[list[str], Field(description="ids, for targetingoptionstatus")]
    latitude: float
    longitude: float
    distance_unit: str


@with_config(STRICT)
class OptionId(TypedDict):
    """An option and its kind: `{"type": "interests", "id": "6003139266461"}`."""

    type: str
    id: str


@with_config(STRICT)
class OptionBrowse(TypedDict, total=False):
    """What all edges take that find options. Meta: detailed-targeting."""

    limit_type: Annotated[str, Field(description="only this kind: interests, behaviors, life_events, …")]
    regulated_categories: list[str]
    regulated_countries: list[str]
    whitelisted_types: list[str]


class OptionSearch(OptionBrowse, total=False):
    """What `search_all` takes beside `q`."""

    limit: Annotated[int, Field(ge=1)]
    targeting_list: list[OptionId]


class OptionSuggestions(OptionBrowse, total=False):
    """What `suggestions` takes beside the options to start from."""

    limit: Annotated[int, Field(ge=1, le=45, description="30 unless given")]
    countries: list[str]


@with_config(STRICT)
class OptionValidation(TypedDict, total=False):
    """What is to be looked up, in one way or more."""

    targeting_list: list[OptionId]
    id_list: list[str]
    name_list: list[str]
    is_exclusion: bool


@with_config(STRICT)
class TargetingSpecQuery(TypedDict):
    """The targeting that is asked about."""

    targeting_spec: TargetingLike


@with_config(STRICT)
class EstimateQuery(TypedDict, total=False):
    """What an estimate of delivery takes beside the targeting."""

    optimization_goal: Annotated[OptimizationGoal | str, Field(description="needed for an ad account")]
    promoted_object: ANY_OBJECT
