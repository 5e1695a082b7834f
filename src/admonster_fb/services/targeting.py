"""Targeting search, estimates. https://developers.facebook.com/docs/marketing-api/audiences/reference/targeting-search"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, Unpack

from facebook_business.adobjects import adaccount, adset
from pydantic import Field

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models._params import checked
from admonster_fb.models.targeting import options
from admonster_fb.models.targeting.builder import TargetingLike
from admonster_fb.models.targeting.options import (
    DeliveryEstimate,
    GeoMetadata,
    OptionId,
    ReachEstimate,
    TargetingOption,
    TargetingSentences,
)
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Service
from admonster_fb.transport.request import Call

_ALIASES = {**dict.fromkeys(("query", "name", "search"), "q"), "targeting": "targeting_spec"}
op = ops_of("targeting", "", aliases=_ALIASES)
M = TypeVar("M", bound=Node)
Limit = Annotated[int, Field(ge=1, le=500)]
_ROOT = ("search",)
_US = {"geo_locations": {"countries": ["US"]}}


class TargetingHelp(Service):
    """Search, estimates and descriptions of targeting: the root edge `search`, and edges of ad accounts and ad sets."""

    @no_op("search_interests, search_behaviors and search_locations look for what bots need")
    def search(self, type: str, q: str | None = None, **params: Unpack[options.SearchQuery]) -> list[TargetingOption]:
        """Search targeting options by name. Returns one page, the best matches first. Meta's default `limit`: 8.

        Types: adinterest, adinterestsuggestion, adinterestvalid, adTargetingCategory (with `class_`; Meta ignores `q`),
        adgeolocation, adradiussuggestion, adlocale, adeducationschool, adeducationmajor, adworkemployer,
        adworkposition, targetingoptionstatus. `docs/meta-rules.md#targeting-search-and-estimates`.

        >>> fb.targeting.search("adlocale", "English (UK)")[0].key
        '24'
        """
        query = {name.rstrip("_"): value for name, value in checked(options.SearchQuery, params).items()}
        return self._first_page(Call("GET", _ROOT, {"type": type, "q": q, **query}))

    @op("search_interests", access="read", then=("validate_targeting", "create_adset"))
    def search_interests(self, q: str, *, limit: Limit = 25) -> list[TargetingOption]:
        """Search interests by name. Use only ids that a search returned: others may not exist.

        >>> fb.targeting.search_interests("movies")[0].id
        '6003139266461'
        """
        return self.search("adinterest", q, limit=limit)

    @op("search_behaviors", access="read", then=("validate_targeting", "create_adset"))
    def search_behaviors(self, q: str = "", *, limit: Limit = 25) -> list[TargetingOption]:
        """Search behaviors by name. Meta returns all; those whose name or category contains each word of `q` are kept.

        >>> fb.targeting.search_behaviors("frequent travel")[0].name
        'Frequent Travelers'
        """
        return self._category("behaviors", q)[:limit]

    @no_op("validate_targeting suggests them; search_interests and search_behaviors find most")
    def search_demographics(
        self, q: str = "", *, class_: str = "demographics", limit: Limit = 25
    ) -> list[TargetingOption]:
        """Search life events, family statuses, income and industries, or one class, as `search_behaviors` does.

        >>> fb.targeting.search_demographics("birthday")[0].type
        'life_events'
        """
        return self._category(class_, q)[:limit]

    @op("search_locations", access="read", then=("validate_targeting", "create_adset"))
    def search_locations(
        self,
        q: str,
        *,
        limit: Limit = 25,
        location_types: Annotated[
            Sequence[str], Field(description='Default: all kinds. ["country", "region", "city", "zip", …]')
        ] = (),
        country_code: Annotated[str | None, Field(description='Only places in this country: "US"')] = None,
    ) -> list[TargetingOption]:
        """Search places by name. Their keys go into `geo_locations`, under countries, regions, cities and so on.

        >>> fb.targeting.search_locations("California", location_types=["region"])[0].key
        '3847'
        """
        narrowed: dict[str, Any] = {"location_types": [*location_types], "country_code": country_code}
        narrowed = {name: value for name, value in narrowed.items() if value}
        return self._first_page(Call("GET", _ROOT, {"type": "adgeolocation", "q": q, "limit": limit, **narrowed}))

    @no_op("languages are seldom targeted; help of create_adset says how")
    def search_locales(self, q: str, *, limit: Limit = 25) -> list[TargetingOption]:
        """Search languages by name. Their keys are numbers, and go into `locales`.

        >>> [locale.key for locale in fb.targeting.search_locales("French (Canada)")]
        ['44']
        """
        return self.search("adlocale", q, limit=limit)

    @no_op("validate_targeting looks keys up")
    def geo_metadata(self, **keys: Sequence[str]) -> GeoMetadata:
        """Return places by kind and key: `regions=["3847"]`, `cities=["2421836"]`. Meta leaves out unknown keys.

        >>> fb.targeting.geo_metadata(regions=["3847", "0"]).data["regions"]["3847"].name
        'California'
        """
        lists = {kind: [*values] for kind, values in keys.items()}
        return self._transport.node(Call("GET", _ROOT, {"type": "adgeolocationmeta", **lists}), GeoMetadata)

    @no_op("search_interests and search_behaviors find what bots need")
    def search_all(self, ad_account_id: str, q: str, **params: Unpack[options.OptionSearch]) -> list[TargetingOption]:
        """Search options of every kind at once, or of one kind (`limit_type`). Returns one page. Meta: targetingsearch.

        >>> fb.targeting.search_all("act_1", "Harvard", limit_type="education_schools")[0].id
        '105930651606'
        """
        query = {"q": q, **checked(options.OptionSearch, params)}
        return self._first_page(self._call(self._account(ad_account_id).get_targeting_search, query))

    @no_op("a whole catalogue is too long to read")
    def browse(self, ad_account_id: str, **params: Unpack[options.OptionBrowse]) -> list[TargetingOption]:
        """Return all targeting options, or those of one kind (`limit_type`). Meta: targetingbrowse.

        >>> {option.type for option in fb.targeting.browse("act_1", limit_type="life_events")}
        {'life_events'}
        """
        prepare = self._account(ad_account_id).get_targeting_browse
        return [*self._edge(prepare, TargetingOption, checked(options.OptionBrowse, params), ())]

    @no_op("search_interests finds what bots need")
    def suggestions(
        self, ad_account_id: str, targeting_list: Sequence[OptionId], **params: Unpack[options.OptionSuggestions]
    ) -> list[TargetingOption]:
        """Suggest options similar to known ones, each passed as `{"type": …, "id": …}`. Meta: targetingsuggestions.

        >>> movies = {"type": "interests", "id": "6003139266461"}
        >>> fb.targeting.suggestions("act_1", [movies], limit=1)[0].path[:2]
        ['Interests', 'Entertainment']
        """
        query = {"targeting_list": [*targeting_list], **checked(options.OptionSuggestions, params)}
        return self._first_page(self._call(self._account(ad_account_id).get_targeting_suggestions, query))

    @no_op("validate_targeting looks ids up")
    def validation(self, ad_account_id: str, **params: Unpack[options.OptionValidation]) -> list[TargetingOption]:
        """Look up options by kind and id, by id, or by name. `valid` says whether new ad sets can use them.

        >>> [row.valid for row in fb.targeting.validation("act_1", id_list=["6003139266461", "6"])]
        [True, False]
        """
        prepare = self._account(ad_account_id).get_targeting_valid_a_t_i_on
        return [*self._edge(prepare, TargetingOption, checked(options.OptionValidation, params), ())]

    @op("get_reach_estimate", access="read", then=("create_adset",))
    def reachestimate(
        self,
        ad_account_id: str,
        *,
        targeting_spec: TargetingLike,
        optimization_goal: Annotated[str, Field(description="not needed: reach does not depend on it")] | None = None,  # noqa: ARG002 - bots send it
    ) -> ReachEstimate:
        """Estimate a targeting's reach. Meta returns no number for specs with custom audiences.

        A city without a radius is the city only. Genders: 1 men, 2 women; absent for all.

        >>> city = {"key": "2900006", "radius": 25, "distance_unit": "mile"}
        >>> coffee = [{"interests": [{"id": "6003900000201"}]}]
        >>> women = {"geo_locations": {"cities": [city]}, "genders": [2], "age_min": 25, "flexible_spec": coffee}
        >>> estimate = fb.targeting.reachestimate("act_1", targeting_spec=women)
        >>> estimate.users_lower_bound < estimate.users_upper_bound
        True
        """
        query = checked(options.TargetingSpecQuery, {"targeting_spec": targeting_spec})
        return self._transport.node(self._call(self._account(ad_account_id).get_reach_estimate, query), ReachEstimate)

    @op(
        "get_delivery_estimate",
        access="read",
        example={"object_id": "act_1", "targeting_spec": _US, "optimization_goal": "LINK_CLICKS"},
        aliases={"ad_account_id": "object_id", "adset_id": "object_id"},
        then=("create_adset",),
    )
    def delivery_estimate(
        self, object_id: str, *, targeting_spec: TargetingLike | None = None, **params: Unpack[options.EstimateQuery]
    ) -> DeliveryEstimate:
        """Estimate people per month for a targeting and a goal.

        `object_id` is an ad account (`act_…`) or an ad set. An ad set's own targeting and goal are the defaults. For an
        ad account, both are required, or `ParameterError` is raised.

        >>> fb.targeting.delivery_estimate(adset_id).estimate_ready
        True
        """
        query = self._spec(targeting_spec) | checked(options.EstimateQuery, params)
        required = ("targeting_spec", "optimization_goal")
        return self._of_targeting(object_id, "get_delivery_estimate", query, DeliveryEstimate, *required)

    @no_op("validate_targeting shows them")
    def sentence_lines(self, object_id: str, *, targeting_spec: TargetingLike | None = None) -> TargetingSentences:
        """Describe a targeting spec in sentences: an ad set's own, or a spec within an ad account (`act_…`).

        >>> fb.targeting.sentence_lines(adset_id).lines[0]
        'Location: United States'
        """
        edge, query = "get_targeting_sentence_lines", self._spec(targeting_spec)
        return self._of_targeting(object_id, edge, query, TargetingSentences, "targeting_spec")

    def _spec(self, targeting_spec: TargetingLike | None) -> dict[str, Any]:
        return {} if targeting_spec is None else checked(options.TargetingSpecQuery, {"targeting_spec": targeting_spec})

    def _of_targeting(self, object_id: str, edge: str, query: dict[str, Any], model: type[M], *required: str) -> M:
        """Return what an edge of an ad account or an ad set says; an ad account has the `required` parameters."""
        node = self._account_or(adset.AdSet, object_id, "object_id")
        missing = [name for name in required if name not in query] if isinstance(node, adaccount.AdAccount) else []
        if missing:
            raise ParameterError([Violation(name, MISSING, "required for an ad account") for name in missing])
        return self._transport.node(self._call(getattr(node, edge), query), model)

    def _category(self, class_: str, q: str) -> list[TargetingOption]:
        """Return the options of a class whose name or path contains all words, matches in the name first."""
        words = q.casefold().split()
        by_name, by_path = list[TargetingOption](), list[TargetingOption]()
        for option in self._first_page(Call("GET", _ROOT, {"type": "adTargetingCategory", "class": class_})):
            name, path = (option.name or "").casefold(), " ".join(option.path or ()).casefold()
            if all(word in f"{name} {path}" for word in words):
                (by_name if all(word in name for word in words) else by_path).append(option)
        return [*by_name, *by_path]

    def _first_page(self, call: Call) -> list[TargetingOption]:
        """Return the first page only: Meta sorts by relevance."""
        return next(iter(self._transport.edge(call, TargetingOption).pages())).data
