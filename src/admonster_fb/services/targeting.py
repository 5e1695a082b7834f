"""What can be targeted. https://developers.facebook.com/docs/marketing-api/audiences/reference/targeting-search"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from facebook_business.adobjects import adaccount, adset
from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.targeting.builder import TargetingLike
from admonster_fb.models.targeting.options import (
    DeliveryEstimate,
    EstimateQuery,
    GeoMetadata,
    OptionBrowse,
    OptionId,
    OptionSearch,
    OptionSuggestions,
    OptionValidation,
    ReachEstimate,
    SearchQuery,
    TargetingOption,
    TargetingSentences,
    TargetingSpecQuery,
)
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, account_or_node_id
from admonster_fb.transport.request import Call

Limit = Annotated[int, Field(ge=1, le=500)]
_ROOT = ("search",)


class TargetingHelp(Service):
    """Search, estimates and words for targeting: the root edge `search` and edges of accounts and ad sets."""

    @no_op("search_interests, search_behaviors and search_locations look for what bots need")
    def search(self, type: str, q: str | None = None, **params: Unpack[SearchQuery]) -> builtins.list[TargetingOption]:
        """Search by name for what can be targeted; one page of it, 8 unless `limit` says otherwise.

        Types: adinterest, adinterestsuggestion, adinterestvalid, adTargetingCategory (with `class_`; Meta ignores `q`),
        adgeolocation, adradiussuggestion, adlocale, adeducationschool, adeducationmajor, adworkemployer,
        adworkposition, targetingoptionstatus. `api_facts.md` section 3.

        >>> fb.targeting.search("adlocale", "English (UK)")[0].key
        '24'
        """
        said = {name.rstrip("_"): value for name, value in checked(SearchQuery, params).items()}
        return self._rows(Call("GET", _ROOT, {"type": type, "q": q, **said}))

    @op("search_interests", group="targeting", access="read", then=("validate_targeting", "create_adset"))
    def search_interests(self, q: str, *, limit: Limit = 25) -> builtins.list[TargetingOption]:
        """Search interests by name; only ids found like this are sure to exist.

        >>> fb.targeting.search_interests("movies")[0].id
        '6003139266461'
        """
        return self.search("adinterest", q, limit=limit)

    @op("search_behaviors", group="targeting", access="read", then=("validate_targeting", "create_adset"))
    def search_behaviors(self, q: str = "", *, limit: Limit = 25) -> builtins.list[TargetingOption]:
        """Search behaviours; Meta lists them all, and those whose name or category holds the words of `q` are kept.

        >>> fb.targeting.search_behaviors("frequent travel")[0].name
        'Frequent Travelers'
        """
        return self._category("behaviors", q)[:limit]

    @no_op("validate_targeting suggests them; search_interests and search_behaviors find most")
    def search_demographics(
        self, q: str = "", *, class_: str = "demographics", limit: Limit = 25
    ) -> builtins.list[TargetingOption]:
        """Search life events, family statuses, income and industries, or one class, as `search_behaviors` does.

        >>> fb.targeting.search_demographics("birthday")[0].type
        'life_events'
        """
        return self._category(class_, q)[:limit]

    @op("search_locations", group="targeting", access="read", then=("validate_targeting", "create_adset"))
    def search_locations(
        self,
        q: str,
        *,
        limit: Limit = 25,
        location_types: Annotated[
            Sequence[str], Field(description='of all kinds unless given: ["country", "region", "city", "zip", …]')
        ] = (),
        country_code: Annotated[str | None, Field(description='only in this country: "US"')] = None,
    ) -> builtins.list[TargetingOption]:
        """Search places by name: their keys go into `geo_locations`, as countries, regions, cities and so on.

        >>> fb.targeting.search_locations("California", location_types=["region"])[0].key
        '3847'
        """
        params: dict[str, Any] = {"location_types": [*location_types], "country_code": country_code}
        return self._rows(Call("GET", _ROOT, {"type": "adgeolocation", "q": q, "limit": limit, **_given(params)}))

    @no_op("languages are seldom targeted; help of create_adset says how")
    def search_locales(self, q: str, *, limit: Limit = 25) -> builtins.list[TargetingOption]:
        """Search languages by name: their keys are numbers, and go into `locales`.

        >>> [locale.key for locale in fb.targeting.search_locales("French (Canada)")]
        ['44']
        """
        return self.search("adlocale", q, limit=limit)

    @no_op("validate_targeting looks keys up")
    def geo_metadata(self, **keys: Sequence[str]) -> GeoMetadata:
        """Look places up by kind and key: `regions=["3847"]`, `cities=["2421836"]`.

        >>> fb.targeting.geo_metadata(regions=["3847", "0"]).data["regions"]["3847"].name
        'California'
        """
        said = {kind: [*each] for kind, each in keys.items()}
        return self._transport.node(Call("GET", _ROOT, {"type": "adgeolocationmeta", **said}), GeoMetadata)

    @no_op("search_interests and search_behaviors find what bots need")
    def search_all(self, ad_account_id: str, q: str, **params: Unpack[OptionSearch]) -> builtins.list[TargetingOption]:
        """Search options of every kind at once, or of one (`limit_type`). Meta: targetingsearch.

        >>> fb.targeting.search_all("act_1", "Harvard", limit_type="education_schools")[0].id
        '105930651606'
        """
        node = self._account(ad_account_id)
        return self._rows(self._call(node.get_targeting_search, {"q": q, **checked(OptionSearch, params)}))

    @no_op("a whole catalogue is too long to read")
    def browse(self, ad_account_id: str, **params: Unpack[OptionBrowse]) -> builtins.list[TargetingOption]:
        """Read the whole catalogue, or one kind (`limit_type`), to the last page. Meta: targetingbrowse.

        >>> {option.type for option in fb.targeting.browse("act_1", limit_type="life_events")}
        {'life_events'}
        """
        node = self._account(ad_account_id)
        call = self._call(node.get_targeting_browse, checked(OptionBrowse, params))
        return [*self._transport.edge(call, TargetingOption)]

    @no_op("search_interests finds what bots need")
    def suggestions(
        self, ad_account_id: str, targeting_list: Sequence[OptionId], **params: Unpack[OptionSuggestions]
    ) -> builtins.list[TargetingOption]:
        """Suggest options beside those given as `{"type": …, "id": …}`. Meta: targetingsuggestions.

        >>> movies = {"type": "interests", "id": "6003139266461"}
        >>> fb.targeting.suggestions("act_1", [movies], limit=1)[0].path[:2]
        ['Interests', 'Entertainment']
        """
        node = self._account(ad_account_id)
        said = {"targeting_list": [*targeting_list], **checked(OptionSuggestions, params)}
        return self._rows(self._call(node.get_targeting_suggestions, said))

    @no_op("validate_targeting looks ids up")
    def validation(self, ad_account_id: str, **params: Unpack[OptionValidation]) -> builtins.list[TargetingOption]:
        """Look options up by kind and id, by id, or by name; `valid` says whether new ad sets can use them.

        >>> [row.valid for row in fb.targeting.validation("act_1", id_list=["6003139266461", "6"])]
        [True, False]
        """
        node = self._account(ad_account_id)
        call = self._call(node.get_targeting_valid_a_t_i_on, checked(OptionValidation, params))
        return [*self._transport.edge(call, TargetingOption)]

    @op(
        "get_reach_estimate",
        group="targeting",
        access="read",
        aliases={"targeting": "targeting_spec"},
        then=("create_adset",),
    )
    def reachestimate(
        self,
        ad_account_id: str,
        *,
        targeting_spec: TargetingLike,
        optimization_goal: Annotated[str, Field(description="not needed: reach does not depend on it")] | None = None,  # noqa: ARG002 - bots send it
    ) -> ReachEstimate:
        """Estimate how many people a targeting spec reaches; Meta does not say where custom audiences are in it.

        >>> estimate = fb.targeting.reachestimate("act_1", targeting_spec={"geo_locations": {"countries": ["CA"]}})
        >>> estimate.users_lower_bound < estimate.users_upper_bound
        True
        """
        said = checked(TargetingSpecQuery, {"targeting_spec": targeting_spec})
        return self._transport.node(self._call(self._account(ad_account_id).get_reach_estimate, said), ReachEstimate)

    @op(
        "get_delivery_estimate",
        group="targeting",
        access="read",
        example={
            "object_id": "act_1",
            "targeting_spec": {"geo_locations": {"countries": ["US"]}},
            "optimization_goal": "LINK_CLICKS",
        },
        aliases={"targeting": "targeting_spec", "ad_account_id": "object_id", "adset_id": "object_id"},
        then=("create_adset",),
    )
    def delivery_estimate(
        self, object_id: str, *, targeting_spec: TargetingLike | None = None, **params: Unpack[EstimateQuery]
    ) -> DeliveryEstimate:
        """Estimate how many people a month a targeting spec reaches for a goal, in an ad account (`act_…`).

        An ad set's id needs neither: its own stand where none are given.

        >>> fb.targeting.delivery_estimate(adset_id).estimate_ready
        True
        """
        node, said = self._of(object_id, targeting_spec)
        said |= checked(EstimateQuery, params)
        if isinstance(node, adaccount.AdAccount):
            _demand(said, "targeting_spec", "optimization_goal")
        return self._transport.node(self._call(node.get_delivery_estimate, said), DeliveryEstimate)

    @no_op("validate_targeting shows them")
    def sentence_lines(self, object_id: str, *, targeting_spec: TargetingLike | None = None) -> TargetingSentences:
        """Put a targeting spec into words: one that is given for an ad account, or an ad set's own.

        >>> fb.targeting.sentence_lines(adset_id).lines[0]
        'Location: United States'
        """
        node, said = self._of(object_id, targeting_spec)
        if isinstance(node, adaccount.AdAccount):
            _demand(said, "targeting_spec")
        return self._transport.node(self._call(node.get_targeting_sentence_lines, said), TargetingSentences)

    def _account(self, ad_account_id: str) -> Any:
        return self._sdk(adaccount.AdAccount, account_id(ad_account_id))

    def _of(self, object_id: str, targeting_spec: TargetingLike | None) -> tuple[Any, dict[str, Any]]:
        """Return the SDK's account or ad set, and the targeting as it is sent."""
        said = {} if targeting_spec is None else checked(TargetingSpecQuery, {"targeting_spec": targeting_spec})
        kind: Callable[..., Any] = adaccount.AdAccount if str(object_id).startswith("act_") else adset.AdSet
        return self._sdk(kind, account_or_node_id(object_id, "object_id")), said

    def _category(self, class_: str, q: str) -> builtins.list[TargetingOption]:
        """Return the options of a class in whose name or path all words are, those with them in the name first."""
        words = q.casefold().split()
        found = [
            (any(word not in (option.name or "").casefold() for word in words), option)
            for option in self._rows(Call("GET", _ROOT, {"type": "adTargetingCategory", "class": class_}))
            if all(word in " ".join([option.name or "", *(option.path or ())]).casefold() for word in words)
        ]
        return [option for _, option in sorted(found, key=lambda row: row[0])]

    def _rows(self, call: Call) -> builtins.list[TargetingOption]:
        """Return one page: searches answer the best first, and what is best is on the first."""
        return next(iter(self._transport.edge(call, TargetingOption).pages())).data


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value}


def _demand(said: dict[str, Any], *names: str) -> None:
    """Raise `ParameterError` for what an ad account needs to be told."""
    if missing := [name for name in names if name not in said]:
        raise ParameterError([Violation(name, MISSING, "required for an ad account") for name in missing])
