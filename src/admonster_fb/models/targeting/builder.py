"""Targeting built step by builder_method, each step giving a new one. `api_facts.md` section 3."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MethodType
from typing import Annotated, Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeAlias, cast

from typing_extensions import TypedDict, Unpack

from admonster_fb.enums import (
    AudienceNetworkPosition,
    DevicePlatform,
    FacebookPosition,
    InstagramPosition,
    MessengerPosition,
    ThreadsPosition,
    WhatsAppPosition,
)
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models._params import AcceptsBuilder, to_params
from admonster_fb.models.targeting.spec import AdSetTargeting, GeoLocations, TargetingSpec

P = ParamSpec("P")
Found: TypeAlias = str | int | Mapping[str, Any] | Node
"""An id or key as it is, `{"id": …, "name": …}`, or an object that a search found."""
Unit = Literal["mile", "kilometer"]

LISTS = {
    "country": "countries",
    "country_group": "country_groups",
    "region": "regions",
    "city": "cities",
    "zip": "zips",
    "place": "places",
    "geo_market": "geo_markets",
    "electoral_district": "electoral_districts",
    "subcity": "subcities",
    "neighborhood": "neighborhoods",
    "subneighborhood": "subneighborhoods",
    "small_geo_area": "small_geo_areas",
    "medium_geo_area": "medium_geo_areas",
    "large_geo_area": "large_geo_areas",
    "metro_area": "metro_areas",
}
"""The `type` of a place that a search finds: its list in `geo_locations`."""
_BARE = frozenset({"countries", "country_groups"})
_PLATFORMS = ("facebook", "instagram", "messenger", "audience_network", "threads")


class Details(TypedDict, total=False):
    """What describes people: anyone who fits one entry of any kind is in the group."""

    interests: Sequence[Found]
    behaviors: Sequence[Found]
    life_events: Sequence[Found]
    industries: Sequence[Found]
    income: Sequence[Found]
    family_statuses: Sequence[Found]
    work_employers: Sequence[Found]
    work_positions: Sequence[Found]
    education_schools: Sequence[Found]
    education_majors: Sequence[Found]
    education_statuses: Sequence[int]
    college_years: Sequence[int]
    relationship_statuses: Sequence[int]


NUMBERS = frozenset({"education_statuses", "college_years", "relationship_statuses"})
DETAILS = tuple(name for name in Details.__annotations__ if name not in NUMBERS)
"""Kinds of details that have ids."""


class builder_method(Generic[P]):  # noqa: N801 - it reads as a decorator
    """Makes a method callable on the class too, where it begins with nothing."""

    def __init__(self, method: Callable[Concatenate[Targeting, P], Targeting]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, targeting: Targeting | None, owner: type[Targeting]) -> Callable[P, Targeting]:
        """Return the method, bound to the targeting so far."""
        return MethodType(self._method, owner() if targeting is None else targeting)


class _Naming(Protocol):
    def __call__(self, targeting: Targeting, /, *found: Found) -> Targeting: ...


class _Counting(Protocol):
    def __call__(self, targeting: Targeting, /, *numbers: int) -> Targeting: ...


def _details(name: str) -> _Naming:
    def add(targeting: Targeting, /, *found: Found) -> Targeting:
        return targeting._plus((_row(each, "id", name) for each in found), name)

    return add


def _places(name: str, where: str = "geo_locations") -> _Naming:
    def add(targeting: Targeting, /, *found: Found) -> Targeting:
        return targeting._plus((_place(each, name) for each in found), where, name)

    return add


def _located(where: str) -> _Naming:
    def add(targeting: Targeting, /, *found: Found) -> Targeting:
        for each in found:
            kind = LISTS.get(str(getattr(each, "type", None)))
            if kind is None:
                raise ParameterError(
                    [Violation(where, str(each), "places as fb.targeting.search_locations finds them")]
                )
            targeting = targeting._plus([_place(each, kind)], where, kind)
        return targeting

    return add


def _numbers(name: str) -> _Counting:
    def add(targeting: Targeting, /, *numbers: int) -> Targeting:
        return targeting._plus(numbers, name)

    return add


class Targeting(Mapping[str, Any]):
    """Who an ad set is shown to, built step by step: every step is callable here and on what it returns.

    Steps of the same name add up. Different kinds must all fit; within one kind, or one `narrow(…)`, any entry will
    do. Give it as `targeting` of an ad set; `spec()` shows it as Meta takes it.

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
    def of(cls, given: TargetingSpec | Targeting | AdSetTargeting | None) -> Targeting:
        """Begin with a spec, or with what an ad set has; of that, what only Meta writes is left out.

        >>> Targeting.of({"age_min": 25}).ages(30) == {"age_min": 30}
        True
        """
        if given is None:
            raise ParameterError([Violation("targeting", MISSING, "a spec, or an ad set read with its targeting")])
        if isinstance(given, AdSetTargeting):
            return cls()._having(_writable(given.model_dump(exclude_unset=True, mode="json"), TargetingSpec))
        return cls()._having(copy.deepcopy(dict(given)))

    def spec(self) -> TargetingSpec:
        """Return it as Meta takes it; changing that changes nothing here.

        >>> Targeting.countries("US").spec()
        {'geo_locations': {'countries': ['US']}}
        """
        return cast("TargetingSpec", copy.deepcopy(self._spec))

    countries = builder_method(_places("countries"))
    """ISO codes."""
    country_groups = builder_method(_places("country_groups"))
    """Such as "worldwide", "europe"."""
    regions = builder_method(_places("regions"))
    zips = builder_method(_places("zips"))
    """Such as "US:94304"."""
    places = builder_method(_places("places"))
    geo_markets = builder_method(_places("geo_markets"))
    """Such as "COMSCORE_MARKET:501"."""
    locations = builder_method(_located("geo_locations"))
    """Places of any kind, as `fb.targeting.search_locations` finds them."""
    exclude_countries = builder_method(_places("countries", "excluded_geo_locations"))
    exclude_regions = builder_method(_places("regions", "excluded_geo_locations"))
    exclude_cities = builder_method(_places("cities", "excluded_geo_locations"))
    exclude_zips = builder_method(_places("zips", "excluded_geo_locations"))
    exclude_geo_markets = builder_method(_places("geo_markets", "excluded_geo_locations"))
    exclude_locations = builder_method(_located("excluded_geo_locations"))

    @builder_method
    def cities(self, *found: Found, radius: float | None = None, unit: Unit = "mile") -> Targeting:
        """Add cities, each with the country around it up to `radius`: 10 to 50 miles or 17 to 80 kilometres."""
        around = {} if radius is None else {"radius": radius, "distance_unit": unit}
        return self._plus(({**_place(each, "cities"), **around} for each in found), "geo_locations", "cities")

    @builder_method
    def custom_location(self, latitude: float, longitude: float, *, radius: float, unit: Unit = "mile") -> Targeting:
        """Add the country around a point: 0.63 to 50 miles or 1 to 80 kilometres."""
        point = {"latitude": latitude, "longitude": longitude, "radius": radius, "distance_unit": unit}
        return self._plus([point], "geo_locations", "custom_locations")

    @builder_method
    def ages(self, youngest: int, oldest: int | None = None) -> Targeting:
        """Set the ages that are shown the ads; 65 and none at all mean no upper bound."""
        return self._having({"age_min": youngest, **({} if oldest is None else {"age_max": oldest})})

    @builder_method
    def age_range(self, youngest: int, oldest: int) -> Targeting:
        """Suggest ages to Advantage+ audience, which may go beyond."""
        return self._having({"age_range": [youngest, oldest]})

    @builder_method
    def men(self) -> Targeting:
        """Show the ads to men only."""
        return self._having({"genders": [1]})

    @builder_method
    def women(self) -> Targeting:
        """Show the ads to women only."""
        return self._having({"genders": [2]})

    @builder_method
    def locales(self, *found: Found) -> Targeting:
        """Add languages by their keys: `fb.targeting.search_locales` finds them."""
        keys = [_row(each, "key", "locales")["key"] for each in found]
        if wrong := [Violation("locales", key, "a number such as 6") for key in keys if not key.isdecimal()]:
            raise ParameterError(wrong)
        return self._plus(map(int, keys), "locales")

    genders = builder_method(_numbers("genders"))
    """1 men, 2 women."""
    interests = builder_method(_details("interests"))
    behaviors = builder_method(_details("behaviors"))
    life_events = builder_method(_details("life_events"))
    industries = builder_method(_details("industries"))
    income = builder_method(_details("income"))
    family_statuses = builder_method(_details("family_statuses"))
    work_employers = builder_method(_details("work_employers"))
    work_positions = builder_method(_details("work_positions"))
    education_schools = builder_method(_details("education_schools"))
    education_majors = builder_method(_details("education_majors"))
    education_statuses = builder_method(_numbers("education_statuses"))
    """Numbers 1 to 13."""
    college_years = builder_method(_numbers("college_years"))
    relationship_statuses = builder_method(_numbers("relationship_statuses"))
    """1 single, 2 in a relationship, 3 married, 4 engaged, 6 not said."""
    custom_audiences = builder_method(_details("custom_audiences"))
    exclude_custom_audiences = builder_method(_details("excluded_custom_audiences"))

    @builder_method
    def narrow(self, **kinds: Unpack[Details]) -> Targeting:
        """Ask for one thing more: people who also fit any entry of these, of whatever kind."""
        group: dict[str, Any] = {}
        for name, entries in cast("Mapping[str, Sequence[Any]]", kinds).items():
            group[name] = [*entries] if name in NUMBERS else [_row(each, "id", name) for each in entries]
        if not any(group.values()):
            raise ParameterError([Violation("narrow", MISSING, 'details such as interests=["6003139266461"]')])
        return self._plus([group], "flexible_spec")

    @builder_method
    def placements(
        self,
        *,
        facebook: Sequence[FacebookPosition | str] | bool = False,
        instagram: Sequence[InstagramPosition | str] | bool = False,
        messenger: Sequence[MessengerPosition | str] | bool = False,
        audience_network: Sequence[AudienceNetworkPosition | str] | bool = False,
        threads: Sequence[ThreadsPosition | str] | bool = False,
        whatsapp: Sequence[WhatsAppPosition | str] = (),
    ) -> Targeting:
        """Show the ads in these positions instead of any earlier ones; True stands for all of a platform's."""
        said = dict(zip(_PLATFORMS, (facebook, instagram, messenger, audience_network, threads), strict=True))
        chosen = {name: positions for name, positions in [*said.items(), ("whatsapp", whatsapp)] if positions}
        if not chosen:
            raise ParameterError([Violation("placements", MISSING, 'positions such as facebook=["feed"]')])
        kept = self.without("publisher_platforms", *(f"{name}_positions" for name in (*_PLATFORMS, "whatsapp")))
        platforms = [name for name in _PLATFORMS if name in chosen]
        named = {f"{name}_positions": [*given] for name, given in chosen.items() if not isinstance(given, bool)}
        return kept._having({**({"publisher_platforms": platforms} if platforms else {}), **named})

    @builder_method
    def devices(self, *platforms: DevicePlatform | str) -> Targeting:
        """Add kinds of devices: "mobile", "desktop"."""
        return self._plus(platforms, "device_platforms")

    @builder_method
    def user_os(self, *systems: str) -> Targeting:
        """Add operating systems: "iOS", "Android_ver_12.0_and_above"."""
        return self._plus(systems, "user_os")

    @builder_method
    def user_devices(self, *devices: str) -> Targeting:
        """Add models of devices: "iPhone 15"."""
        return self._plus(devices, "user_device")

    @builder_method
    def wifi_only(self) -> Targeting:
        """Show the ads only on Wi-Fi."""
        return self._having({"wireless_carrier": ["Wifi"]})

    @builder_method
    def advantage_audience(self, on: bool) -> Targeting:
        """Say whether Meta may go beyond the targeting; new ad sets must say it."""
        said = self._spec.get("targeting_automation", {})
        return self._having({"targeting_automation": {**said, "advantage_audience": int(on)}})

    @builder_method
    def also(self, **parts: Unpack[TargetingSpec]) -> Targeting:
        """Set any other parts, under Meta's names."""
        return self._having(copy.deepcopy(dict(parts)))

    def without(self, *names: str) -> Targeting:
        """Leave out whole parts, under Meta's names.

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


def _plain(value: Any) -> Any:
    return Targeting.of(value).spec() if isinstance(value, AdSetTargeting) else to_params(value)


TargetingLike: TypeAlias = Annotated[TargetingSpec | Targeting | AdSetTargeting, AcceptsBuilder(TargetingSpec, _plain)]
"""A targeting spec as Meta has it, one built, or one read."""


def _set_path(spec: Mapping[str, Any], path: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return a spec with values added to the list at a path, each once."""
    name, *rest = path
    if rest:
        return {**spec, name: _set_path(spec.get(name) or {}, rest, values)}
    return {**spec, name: [*{repr(each): each for each in (*(spec.get(name) or ()), *values)}.values()]}


def _row(found: Found, key: str, field: str) -> dict[str, Any]:
    """Return the id or key of what was found, with its name if that is known."""
    if isinstance(found, (str, int)) and not isinstance(found, bool):
        return {key: str(found)}
    read: Mapping[str, Any] = found if isinstance(found, Mapping) else dict(found) if isinstance(found, Node) else {}
    if read.get(key) in (None, ""):
        raise ParameterError([Violation(field, str(found), f'an {key}, {{"{key}": …}} or what a search has found')])
    return {key: str(read[key]), **({"name": read["name"]} if read.get("name") else {})}


def _place(found: Found, kind: str) -> Any:
    """Return a place as its list holds it: countries bare, a row that was given whole as it is."""
    row = _row(found, "key", kind)
    if kind in _BARE:
        return row["key"]
    return {**found, "key": row["key"]} if isinstance(found, Mapping) else row


def _writable(read: Mapping[str, Any], spec: Any) -> dict[str, Any]:
    """Return what was read less what cannot be written. `location_types` of old ad sets are refused today."""
    kept = {name: value for name, value in read.items() if name in spec.__annotations__ and value not in (None, [], {})}
    kept.pop("location_types", None)
    inner = {name: _writable(kept[name], GeoLocations) for name in kept if name.endswith("geo_locations")}
    return {**kept, **inner}
