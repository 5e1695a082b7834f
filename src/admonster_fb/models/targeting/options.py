"""What can be targeted, and how many people that is. https://developers.facebook.com/docs/marketing-api/audiences"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from admonster_fb.enums import OptimizationGoal
from admonster_fb.models._node import Map, Node, object_in
from admonster_fb.models._params import Params
from admonster_fb.models.common import PromotedObject
from admonster_fb.models.targeting.builder import TargetingLike

Count = Annotated[int | None, AfterValidator(lambda count: None if count == -1 else count)]
"""How many people; `None` where Meta does not say, which it writes as -1."""


class TargetingOption(Node):
    """An interest, behavior, place, language or the like. Places and languages have a `key`, all others an `id`.

    >>> TargetingOption.from_api({"id": 6003139266461, "name": "Movies", "type": "interests"}).id
    '6003139266461'
    """

    id: str | None = None
    """ID of the option; `None` for places and languages."""
    key: str | None = None
    """Key of a place or language."""
    name: str | None = None
    """Name of the option."""
    type: str | None = None
    """Kind of option, such as interests or city."""
    path: list[str] | None = None
    """Categories from the widest to the option itself."""
    audience_size_lower_bound: int | None = None
    """Minimum number of people."""
    audience_size_upper_bound: int | None = None
    """Maximum number of people."""
    description: str | None = None
    """Description of the option."""
    topic: str | None = None
    """Topic of an interest."""
    coverage: int | None = None
    """Number of people covered (legacy)."""
    valid: bool | None = None
    """Whether new ad sets can use it; only in answers to a validation."""
    current_status: str | None = None
    """NORMAL, DEPRECATING, NON-DELIVERABLE or UNKNOWN."""
    country_code: str | None = None
    """ISO code of the country of a place."""
    country_name: str | None = None
    """Name of the country of a place."""
    region: str | None = None
    """Name of the region of a place."""
    region_id: str | None = None
    """Key of the region of a place."""
    primary_city: str | None = None
    """City that a postal code belongs to."""
    supports_region: bool | None = None
    """Whether regions of the country can be targeted."""
    supports_city: bool | None = None
    """Whether cities of the country can be targeted."""
    suggested_radius: float | None = None
    """Suggested radius around a place, in `distance_unit`."""
    distance_unit: str | None = None
    """mile or kilometer."""


class GeoMetadata(Node):
    """Places by kind and key. Places that Meta does not know are left out.

    >>> GeoMetadata.from_api({"data": {"regions": {"3847": {"name": "California"}}}}).data["regions"]["3847"].name
    'California'
    """

    data: dict[str, dict[str, TargetingOption]] = {}
    """Places, by kind and key."""

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read the answer; a kind without places comes as an empty list, and of an odd place only the key is known."""
        found = {
            kind: {
                key: TargetingOption.from_api(object_in(row) or {"key": key}) for key, row in object_in(rows).items()
            }
            for kind, rows in object_in(data.get("data")).items()
        }
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
    """How many people a targeting spec reaches.

    >>> ReachEstimate.from_api({"data": {"users_lower_bound": -1, "estimate_ready": False}}).users_lower_bound is None
    True
    """

    users_lower_bound: Count = None
    """Minimum number of people; `None` if Meta does not state it."""
    users_upper_bound: Count = None
    """Maximum number of people; `None` if Meta does not state it."""
    estimate_ready: bool | None = None
    """Whether the estimate is ready."""


class DeliveryEstimate(_Answer):
    """How many people a month a targeting spec reaches, for a goal.

    >>> DeliveryEstimate.from_api({"data": [{"estimate_mau_lower_bound": 1000}]}).estimate_mau_lower_bound
    1000
    """

    estimate_mau_lower_bound: Count = None
    """Minimum number of people a month; `None` if Meta does not state it."""
    estimate_mau_upper_bound: Count = None
    """Maximum number of people a month; `None` if Meta does not state it."""
    estimate_ready: bool | None = None
    """Whether the estimate is ready."""
    targeting_optimization_types: list[Any] | None = None
    """Ways in which Meta may go beyond the targeting."""


class SentenceLine(Node):
    """A line of a targeting spec in words.

    >>> SentenceLine.from_api({"content": "Age:", "children": ["25 - 65+"]}).children
    ['25 - 65+']
    """

    content: str | None = None
    """What the line is about, such as "Location:"."""
    children: list[str] | None = None
    """Values of the line."""


class TargetingSentences(_Answer):
    """A targeting spec in words.

    >>> sentence = {"content": "Location:", "children": ["United States"]}
    >>> TargetingSentences.from_api({"targetingsentencelines": [sentence]}).lines
    ['Location: United States']
    """

    id: str | None = None
    """ID of the ad set, where the targeting is an ad set's."""
    targetingsentencelines: list[SentenceLine] | None = None
    """The lines."""

    @property
    def lines(self) -> list[str]:
        """The lines as text: "Location: United States"."""
        found = self.targetingsentencelines or ()
        return [f"{line.content} {'; '.join(line.children or ())}".strip() for line in found]


class SearchQuery(Params, total=False):
    """Parameters of `search` besides `type` and `q`; each applies to some types only. Meta: targeting-search.

    >>> query: SearchQuery = {"location_types": ["city"], "country_code": "US", "limit": 5}
    """

    limit: Annotated[int, Field(ge=1)]
    """Number of options to return. Default: 8."""
    locale: str
    """Language of the names: "en_US"."""
    location_types: list[str]
    """Kinds of places: ["country", "region", "city", "zip", …]."""
    country_code: str
    """ISO code; only options in this country are returned."""
    region_id: str | int
    """Key of a region; only places in it are returned."""
    match_country_code: bool
    """Whether the country code must match."""
    class_: str
    """Class of adTargetingCategory: behaviors, demographics, life_events, …"""
    interest_list: list[str]
    """Exact names of interests to look up."""
    interest_fbid_list: list[str]
    """IDs of interests to look up."""
    targeting_option_list: list[str]
    """IDs to look up with targetingoptionstatus."""
    latitude: float
    """Latitude of the point to search around."""
    longitude: float
    """Longitude of the point to search around."""
    distance_unit: str
    """mile or kilometer."""


class OptionId(Params):
    """An option and its kind.

    >>> option: OptionId = {"type": "interests", "id": "6003139266461"}
    """

    type: str
    """Kind of option."""
    id: str
    """ID of the option."""


class OptionBrowse(Params, total=False):
    """Parameters of all edges that find options. Meta: detailed-targeting.

    >>> query: OptionBrowse = {"limit_type": "behaviors"}
    """

    limit_type: str
    """Kind of options to return: interests, behaviors, life_events, …"""
    regulated_categories: list[str]
    """Special ad categories whose restrictions apply."""
    regulated_countries: list[str]
    """ISO codes of the countries of these categories."""
    whitelisted_types: list[str]
    """Kinds of options to return."""


class OptionSearch(OptionBrowse, total=False):
    """Parameters of `search_all` besides `q`.

    >>> query: OptionSearch = {"limit": 5}
    """

    limit: Annotated[int, Field(ge=1)]
    """Number of options to return."""
    targeting_list: list[OptionId]
    """Options that are already chosen."""


class OptionSuggestions(OptionBrowse, total=False):
    """Parameters of `suggestions` besides the options to start from.

    >>> query: OptionSuggestions = {"countries": ["US"]}
    """

    limit: Annotated[int, Field(ge=1, le=45)]
    """Number of options to return, 1 to 45. Default: 30."""
    countries: list[str]
    """ISO codes of the countries of the audience."""


class OptionValidation(Params, total=False):
    """The options to look up, in one way or several.

    >>> query: OptionValidation = {"id_list": ["6003139266461"]}
    """

    targeting_list: list[OptionId]
    """Options with their kinds."""
    id_list: list[str]
    """IDs of options."""
    name_list: list[str]
    """Names of options."""
    is_exclusion: bool
    """Whether the options are to be excluded."""


class TargetingSpecQuery(Params):
    """The targeting that an estimate is for.

    >>> query: TargetingSpecQuery = {"targeting_spec": {"geo_locations": {"countries": ["US"]}}}
    """

    targeting_spec: TargetingLike
    """The targeting: a `Targeting` or Meta's spec."""


class EstimateQuery(Params, total=False):
    """Parameters of an estimate of delivery besides the targeting.

    >>> query: EstimateQuery = {"optimization_goal": "LINK_CLICKS"}
    """

    optimization_goal: OptimizationGoal | str
    """What delivery is optimized for; required for an ad account."""
    promoted_object: PromotedObject
