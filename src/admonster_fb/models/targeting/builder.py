"""A builder for targeting: every method returns a new one. Meta's rules: `docs/meta-rules.md#targeting`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MethodType
from typing import Annotated, Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from pydantic import Field
from typing_extensions import TypedDict, Unpack

from admonster_fb import enums
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models._params import accepts_builder, to_params
from admonster_fb.models.targeting.spec import AdSetTargeting, GeoLocations, TargetingSpec

P = ParamSpec("P")
T = TypeVar("T", contravariant=True)
Found: TypeAlias = str | int | Mapping[str, Any] | Node
"""An ID or key, `{"id": …, "name": …}`, or an object that a search returned."""
Unit = Literal["mile", "kilometer"]

_PLAIN = "country_group region zip place geo_market electoral_district neighborhood subneighborhood metro_area"
_AREAS = ("small_geo_area", "medium_geo_area", "large_geo_area")
LISTS = {
    "country": "countries",
    "city": "cities",
    "subcity": "subcities",
    **{kind: f"{kind}s" for kind in (*_PLAIN.split(), *_AREAS)},
}
"""The list in `geo_locations` for each `type` of place that a search returns."""
_BARE = frozenset({"countries", "country_groups"})
_PLATFORMS = ("facebook", "instagram", "messenger", "audience_network", "threads")

Options = Annotated[Sequence[Found], Field(description="IDs, or options that a search returned.")]
Numbers = Annotated[Sequence[int], Field(description="Meta's numbers, as in `TargetingSpec`.")]


class Details(TypedDict, total=False):
    """Details of people: anyone who matches one entry of any kind is in the group.

    >>> details: Details = {"interests": ["6003139266461"], "relationship_statuses": [3]}
    """

    interests: Options
    behaviors: Options
    life_events: Options
    industries: Options
    income: Options
    family_statuses: Options
    work_employers: Options
    work_positions: Options
    education_schools: Options
    education_majors: Options
    education_statuses: Numbers
    college_years: Numbers
    relationship_statuses: Numbers


NUMBERS = ("education_statuses", "college_years", "relationship_statuses")
DETAILS = tuple(name for name in Details.__annotations__ if name not in NUMBERS)
"""Kinds of details that have IDs."""


class builder_method(Generic[P]):  # noqa: N801 - a decorator
    """A decorator that makes a method callable on the class too, where it starts with empty targeting."""

    def __init__(self, method: Callable[Concatenate[Targeting, P], Targeting]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, targeting: Targeting | None, owner: type[Targeting]) -> Callable[P, Targeting]:
        """Return the method, bound to the targeting built so far."""
        return MethodType(self._method, owner() if targeting is None else targeting)


class _Adds(Protocol[T]):
    def __call__(self, targeting: Targeting, /, *values: T) -> Targeting: ...


def _options(name: str) -> _Adds[Found]:
    def add(targeting: Targeting, /, *values: Found) -> Targeting:
        return targeting._plus((_row(option, "id", name) for option in values), name)

    return add


def _places(name: str, where: str = "geo_locations") -> _Adds[Found]:
    def add(targeting: Targeting, /, *values: Found) -> Targeting:
        return targeting._plus((_place(place, name) for place in values), where, name)

    return add


def _located(where: str) -> _Adds[Found]:
    def add(targeting: Targeting, /, *values: Found) -> Targeting:
        for place in values:
            kind = LISTS.get(str(getattr(place, "type", None)))
            if kind is None:
                allowed = "places that fb.targeting.search_locations returned"
                raise ParameterError([Violation(where, str(place), allowed)])
            targeting = targeting._plus([_place(place, kind)], where, kind)
        return targeting

    return add


def _numbers(name: str) -> _Adds[int]:
    def add(targeting: Targeting, /, *values: int) -> Targeting:
        return targeting._plus(values, name)

    return add


class Targeting(Mapping[str, Any]):
    """Who may see the ads of an ad set, built step by step: each method is callable on the class and on its results.

    Repeated calls of a method add up. People must match every kind; within one kind, or one `narrow(…)`, any entry
    is enough. Pass the result as `targeting` of an ad set; `spec()` returns it in Meta's form.

    >>> us = Targeting.countries("US", "CA").ages(25, 45).interests({"id": "6003139266461", "name": "Movies"})
    >>> us.advantage_audience(False)["targeting_automation"], us["age_min"], "targeting_automation" in us
    ({'advantage_audience': 0}, 25, False)
    >>> us.without("interests").spec()
    {'geo_locations': {'countries': ['US', 'CA']}, 'age_min': 25, 'age_max': 45}
    """

    __slots__ = ("_spec",)
    _spec: dict[str, Any]

    def __init__(self) -> None:
        self._spec = {}

    @classmethod
    def of(cls, targeting: TargetingSpec | Targeting | AdSetTargeting | None) -> Targeting:
        """Start from a spec, or from the targeting of an ad set without the parts that only Meta writes.

        >>> Targeting.of({"age_min": 25}).ages(30) == {"age_min": 30}
        True
        """
        if targeting is None:
            raise ParameterError([Violation("targeting", MISSING, "a spec, or an ad set read with its targeting")])
        if isinstance(targeting, AdSetTargeting):
            return cls()._having(_writable(targeting.model_dump(exclude_unset=True, mode="json"), TargetingSpec))
        return cls()._having(copy.deepcopy(dict(targeting)))

    def spec(self) -> TargetingSpec:
        """Return a copy of the targeting in Meta's form.

        >>> Targeting.countries("US").spec()
        {'geo_locations': {'countries': ['US']}}
        """
        return cast("TargetingSpec", copy.deepcopy(self._spec))

    countries = builder_method(_places("countries"))
    """Add countries by ISO code."""
    country_groups = builder_method(_places("country_groups"))
    """Add groups of countries, such as "worldwide" or "europe"."""
    regions = builder_method(_places("regions"))
    zips = builder_method(_places("zips"))
    """Add postal codes, such as "US:94304"."""
    places = builder_method(_places("places"))
    geo_markets = builder_method(_places("geo_markets"))
    """Add market areas, such as "COMSCORE_MARKET:501"."""
    locations = builder_method(_located("geo_locations"))
    """Add places of any kind, as `fb.targeting.search_locations` returns them."""
    exclude_countries = builder_method(_places("countries", "excluded_geo_locations"))
    exclude_regions = builder_method(_places("regions", "excluded_geo_locations"))
    exclude_cities = builder_method(_places("cities", "excluded_geo_locations"))
    exclude_zips = builder_method(_places("zips", "excluded_geo_locations"))
    exclude_geo_markets = builder_method(_places("geo_markets", "excluded_geo_locations"))
    exclude_locations = builder_method(_located("excluded_geo_locations"))

    @builder_method
    def cities(self, *found: Found, radius: float | None = None, unit: Unit = "mile") -> Targeting:
        """Add cities, each with the area around it up to `radius`: 10 to 50 miles or 17 to 80 kilometers.

        >>> Targeting.cities("2430536", radius=12).spec()["geo_locations"]["cities"]
        [{'key': '2430536', 'radius': 12, 'distance_unit': 'mile'}]
        """
        around = {} if radius is None else {"radius": radius, "distance_unit": unit}
        return self._plus(({**_place(city, "cities"), **around} for city in found), "geo_locations", "cities")

    @builder_method
    def custom_location(self, latitude: float, longitude: float, *, radius: float, unit: Unit = "mile") -> Targeting:
        """Add the area around a point: 0.63 to 50 miles or 1 to 80 kilometers.

        >>> Targeting.custom_location(40.7, -74.0, radius=5)["geo_locations"]["custom_locations"][0]["radius"]
        5
        """
        point = {"latitude": latitude, "longitude": longitude, "radius": radius, "distance_unit": unit}
        return self._plus([point], "geo_locations", "custom_locations")

    @builder_method
    def ages(self, youngest: int, oldest: int | None = None) -> Targeting:
        """Set the ages in years; 65 or no `oldest` means no upper bound.

        >>> Targeting.ages(25, 45).spec()
        {'age_min': 25, 'age_max': 45}
        """
        return self._having({"age_min": youngest, **({} if oldest is None else {"age_max": oldest})})

    @builder_method
    def age_range(self, youngest: int, oldest: int) -> Targeting:
        """Suggest ages in years to Advantage+ audience, which may go beyond them.

        >>> Targeting.age_range(25, 45).spec()
        {'age_range': [25, 45]}
        """
        return self._having({"age_range": [youngest, oldest]})

    @builder_method
    def men(self) -> Targeting:
        """Show the ads to men only.

        >>> Targeting.men().spec()
        {'genders': [1]}
        """
        return self._having({"genders": [1]})

    @builder_method
    def women(self) -> Targeting:
        """Show the ads to women only.

        >>> Targeting.women().spec()
        {'genders': [2]}
        """
        return self._having({"genders": [2]})

    @builder_method
    def locales(self, *found: Found) -> Targeting:
        """Add languages by key; `fb.targeting.search_locales` returns them.

        >>> Targeting.locales("6").spec()
        {'locales': [6]}
        """
        keys = [_row(locale, "key", "locales")["key"] for locale in found]
        if wrong := [Violation("locales", key, "a number such as 6") for key in keys if not key.isdecimal()]:
            raise ParameterError(wrong)
        return self._plus(map(int, keys), "locales")

    genders = builder_method(_numbers("genders"))
    """Add genders: 1 men, 2 women."""
    interests = builder_method(_options("interests"))
    behaviors = builder_method(_options("behaviors"))
    life_events = builder_method(_options("life_events"))
    industries = builder_method(_options("industries"))
    income = builder_method(_options("income"))
    family_statuses = builder_method(_options("family_statuses"))
    work_employers = builder_method(_options("work_employers"))
    work_positions = builder_method(_options("work_positions"))
    education_schools = builder_method(_options("education_schools"))
    education_majors = builder_method(_options("education_majors"))
    education_statuses = builder_method(_numbers("education_statuses"))
    """Add levels of education, 1 to 13."""
    college_years = builder_method(_numbers("college_years"))
    relationship_statuses = builder_method(_numbers("relationship_statuses"))
    """Add relationships: 1 single, 2 in a relationship, 3 married, 4 engaged, 6 not specified."""
    custom_audiences = builder_method(_options("custom_audiences"))
    exclude_custom_audiences = builder_method(_options("excluded_custom_audiences"))

    @builder_method
    def narrow(self, **kinds: Unpack[Details]) -> Targeting:
        """Narrow to people who also match at least one of these details, of any kind.

        >>> Targeting.countries("US").narrow(interests=["6003139266461"]).spec()["flexible_spec"]
        [{'interests': [{'id': '6003139266461'}]}]
        """
        group: dict[str, Any] = {}
        for name, entries in cast("Mapping[str, Sequence[Any]]", kinds).items():
            group[name] = [*entries] if name in NUMBERS else [_row(option, "id", name) for option in entries]
        if not any(group.values()):
            raise ParameterError([Violation("narrow", MISSING, 'details such as interests=["6003139266461"]')])
        return self._plus([group], "flexible_spec")

    @builder_method
    def placements(
        self,
        *,
        facebook: Sequence[enums.FacebookPosition | str] | bool = False,
        instagram: Sequence[enums.InstagramPosition | str] | bool = False,
        messenger: Sequence[enums.MessengerPosition | str] | bool = False,
        audience_network: Sequence[enums.AudienceNetworkPosition | str] | bool = False,
        threads: Sequence[enums.ThreadsPosition | str] | bool = False,
        whatsapp: Sequence[enums.WhatsAppPosition | str] = (),
    ) -> Targeting:
        """Set the placements, instead of earlier ones; True stands for all positions of a platform.

        >>> Targeting.placements(facebook=["feed"], instagram=True).spec()
        {'publisher_platforms': ['facebook', 'instagram'], 'facebook_positions': ['feed']}
        """
        platforms = dict(zip(_PLATFORMS, (facebook, instagram, messenger, audience_network, threads), strict=True))
        chosen = {name: positions for name, positions in [*platforms.items(), ("whatsapp", whatsapp)] if positions}
        if not chosen:
            raise ParameterError([Violation("placements", MISSING, 'positions such as facebook=["feed"]')])
        rest = self.without("publisher_platforms", *(f"{name}_positions" for name in (*_PLATFORMS, "whatsapp")))
        publishers = [name for name in _PLATFORMS if name in chosen]
        positions = {f"{name}_positions": [*some] for name, some in chosen.items() if not isinstance(some, bool)}
        return rest._having({**({"publisher_platforms": publishers} if publishers else {}), **positions})

    @builder_method
    def devices(self, *platforms: enums.DevicePlatform | str) -> Targeting:
        """Add kinds of devices: "mobile", "desktop".

        >>> Targeting.devices("mobile").spec()
        {'device_platforms': ['mobile']}
        """
        return self._plus(platforms, "device_platforms")

    @builder_method
    def user_os(self, *systems: str) -> Targeting:
        """Add operating systems: "iOS", "Android_ver_12.0_and_above".

        >>> Targeting.user_os("iOS").spec()
        {'user_os': ['iOS']}
        """
        return self._plus(systems, "user_os")

    @builder_method
    def user_devices(self, *devices: str) -> Targeting:
        """Add device models: "iPhone 15".

        >>> Targeting.user_devices("iPhone 15").spec()
        {'user_device': ['iPhone 15']}
        """
        return self._plus(devices, "user_device")

    @builder_method
    def wifi_only(self) -> Targeting:
        """Show the ads only on Wi-Fi.

        >>> Targeting.wifi_only().spec()
        {'wireless_carrier': ['Wifi']}
        """
        return self._having({"wireless_carrier": ["Wifi"]})

    @builder_method
    def advantage_audience(self, on: bool) -> Targeting:
        """Set whether Meta may go beyond the targeting; required for new ad sets.

        >>> Targeting.advantage_audience(False).spec()
        {'targeting_automation': {'advantage_audience': 0}}
        """
        automation = self._spec.get("targeting_automation", {})
        return self._having({"targeting_automation": {**automation, "advantage_audience": int(on)}})

    @builder_method
    def also(self, **parts: Unpack[TargetingSpec]) -> Targeting:
        """Set any other parts, under Meta's names.

        >>> Targeting.also(user_age_unknown=True).spec()
        {'user_age_unknown': True}
        """
        return self._having(copy.deepcopy(dict(parts)))

    def without(self, *names: str) -> Targeting:
        """Remove whole parts, under Meta's names.

        >>> Targeting.countries("US").men().without("genders")
        Targeting.of({'geo_locations': {'countries': ['US']}})
        """
        unknown = [name for name in names if name not in TargetingSpec.__annotations__ and name not in self._spec]
        if unknown:
            allowed = "parts of targeting such as interests, flexible_spec, geo_locations"
            raise ParameterError([Violation("without", name, allowed) for name in unknown])
        return type(self)()._having({name: value for name, value in self._spec.items() if name not in names})

    def _having(self, parts: Mapping[str, Any]) -> Targeting:
        made = type(self)()
        made._spec = {**self._spec, **parts}
        return made

    def _plus(self, values: Iterable[Any], *path: str) -> Targeting:
        if not (added := [*values]):
            raise ParameterError([Violation(path[-1], MISSING, "at least one")])
        return self._having(_set_path(self._spec, path, added))

    def __getitem__(self, name: str) -> Any:
        return copy.deepcopy(self._spec[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._spec)

    def __len__(self) -> int:
        return len(self._spec)

    def __repr__(self) -> str:
        return f"Targeting.of({self._spec!r})"


def _to_spec(value: Any) -> Any:
    return Targeting.of(value).spec() if isinstance(value, AdSetTargeting) else to_params(value)


TargetingLike: TypeAlias = Annotated[
    TargetingSpec | Targeting | AdSetTargeting, accepts_builder(TargetingSpec, _to_spec)
]
"""A targeting spec in Meta's form, a built one, or one that was read."""


def _set_path(spec: Mapping[str, Any], path: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return a spec with values added to the list at a path, each once."""
    name, *rest = path
    if rest:
        return {**spec, name: _set_path(spec.get(name) or {}, rest, values)}
    return {**spec, name: [*{repr(value): value for value in (*(spec.get(name) or ()), *values)}.values()]}


def _row(found: Found, key: str, field: str) -> dict[str, Any]:
    """Return the ID or key of an option, with its name if that is known."""
    if isinstance(found, (str, int)) and not isinstance(found, bool):
        return {key: str(found)}
    read: Mapping[str, Any] = found if isinstance(found, Mapping) else dict(found) if isinstance(found, Node) else {}
    if read.get(key) in (None, ""):
        raise ParameterError([Violation(field, str(found), f'an {key}, {{"{key}": …}} or what a search returned')])
    return {key: str(read[key]), **({"name": read["name"]} if read.get("name") else {})}


def _place(found: Found, kind: str) -> Any:
    """Return a place in the form of its list: countries as codes, mappings with all their keys."""
    row = _row(found, "key", kind)
    if kind in _BARE:
        return row["key"]
    return {**found, "key": row["key"]} if isinstance(found, Mapping) else row


def _writable(read: Mapping[str, Any], spec: Any) -> dict[str, Any]:
    """Return the parts of targeting that can be written. Meta refuses `location_types` of old ad sets today."""
    parts = {
        name: value for name, value in read.items() if name in spec.__annotations__ and value not in (None, [], {})
    }
    parts.pop("location_types", None)
    inner = {name: _writable(parts[name], GeoLocations) for name in parts if name.endswith("geo_locations")}
    return {**parts, **inner}
