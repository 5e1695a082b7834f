"""The targeting catalogue: a small part of Meta's (`catalog.txt`), indexed once."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

DEMOGRAPHICS = ("life_events", "family_statuses", "income", "industries")
PAGES = ("education_schools", "education_majors", "work_employers", "work_positions")
ROOTS = {"interests": "Interests", "behaviors": "Behaviors"}
NORMAL = "NORMAL"
# Meta's upper bound of a size is its lower one divided by this (both estimates in live/).
SPREAD = 0.85
# Platform: devices, with millions of people.
DEVICES = {
    "iOS": (("iPhone 13", 90), ("iPhone 14", 92), ("iPhone 15", 84), ("iPhone 16 Pro", 70), ("iPad Pro", 40)),
    "Android": (("Android_Smartphone", 2000), ("Android_Tablet", 110), ("Galaxy S24", 60), ("Pixel 8", 12)),
}
SYSTEMS = {"iOS": 900, "Android": 2100}
EARTH_RADIUS = 6_371.0


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that describes people. `status` other than NORMAL: not for new ad sets."""

    id: str
    name: str
    kind: str
    path: tuple[str, ...]
    people: int
    status: str = NORMAL
    plan: tuple[tuple[str, str], ...] = ()
    is_personal: bool = False
    """Not for ads about housing, jobs and credit."""

    @property
    def is_usable(self) -> bool:
        """Return whether new ad sets may use it."""
        return self.status == NORMAL


@dataclass(frozen=True, slots=True)
class Place:
    """One location. `within` holds (kind, key) of the country, the region and the city around it."""

    kind: str
    key: str
    name: str
    country: str
    people: int
    within: frozenset[tuple[str, str]] = frozenset()
    region: str = ""
    city: str = ""
    at: tuple[float, float] | None = None
    members: frozenset[str] = field(default_factory=frozenset)

    @property
    def whole(self) -> frozenset[tuple[str, str]]:
        """Return the place itself and those around it."""
        return self.within | {(self.kind, self.key)}


# Kind: places by key.
Known = dict[str, dict[str, Place]]


def fold(text: str) -> str:
    """Return text without case and accents, as it is searched; letters that only look accented lose that too."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return plain.casefold().replace("ł", "l").replace("ø", "o").replace("æ", "ae")


def _read_tables() -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    for line in files(__package__).joinpath("catalog.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            rows = tables[line.strip("[]")] = []
        elif line and not line.startswith(";"):
            rows.append([cell.strip() for cell in line.split("|")])
    return tables


TABLES = _read_tables()


def _options(table: str) -> list[Option]:
    found, kind, topic = [], "interests", ""
    for row in TABLES[table]:
        if len(row) == 1:  # a headline: "# topic" or "# kind > topic"
            *kinds, topic = (word.strip() for word in row[0][1:].split(">"))
            kind = kinds[0] if kinds else kind
            continue
        option_id, name, people = row
        bare = name.removeprefix("*")
        path = (ROOTS.get(kind, "Demographics"), topic, bare)
        found.append(Option(option_id, bare, kind, path, int(people), is_personal=bare != name))
    return found


def _retired() -> list[Option]:
    found = []
    for kind, option_id, name, status, planned in TABLES["retired"]:
        moment, _, later = planned.partition(" ")
        plan = ((moment, later),) if planned else ()
        found.append(Option(option_id, name, kind, (ROOTS[kind], name), 0, status, plan))
    return found


# Groups of all countries: which ones the stores leave out is not documented.
EVERYWHERE = {
    "worldwide": "Worldwide",
    "android_app_store": "Android app store",
    "android_free_store": "Android free store",
}


def _countries(_known: Known) -> list[Place]:
    found, groups = [], {key: (label, set[str]()) for key, label in EVERYWHERE.items()}
    for code, name, continent, people in TABLES["countries"]:
        found.append(Place("country", code, name, code, int(people) * 1_000))
        title = continent.replace("_", " ").title()
        for key, label in (*EVERYWHERE.items(), (continent, title)):
            groups.setdefault(key, (label, set()))[1].add(code)
    groups |= {key: (name, set(codes.split())) for key, name, codes in TABLES["country_groups"]}
    return found + [
        Place("country_group", key, name, "", 0, members=frozenset(codes)) for key, (name, codes) in groups.items()
    ]


def _regions(_known: Known) -> list[Place]:
    return [
        Place("region", key, name, country, int(people) * 1_000, frozenset({("country", country)}), key)
        for key, country, name, people in TABLES["regions"]
    ]


def _cities(known: Known) -> list[Place]:
    found = []
    for key, name, above, people, where, zips in TABLES["cities"]:
        parent = known["region"].get(above) or known["country"][above]
        latitude, longitude = (float(item) for item in where.split(","))
        at = (latitude, longitude)
        city = Place("city", key, name, parent.country, int(people) * 1_000, parent.whole, parent.region, key, at)
        found += [city, *_zips(city, zips.split())]
    return found


def _zips(city: Place, codes: list[str]) -> list[Place]:
    share = max(city.people // (4 + len(codes)), 500)
    return [
        Place("zip", f"{city.country}:{code}", code, city.country, share, city.whole, city.region, city.key, city.at)
        for code in codes
    ]


def _smaller(known: Known) -> list[Place]:
    found = []
    for kind, key, name, above, people in TABLES["places"]:
        parent = known["city"].get(above) or known["region"].get(above) or known["country"][above]
        size, around = int(people) * 1_000, parent.whole
        found.append(Place(kind, key, name, parent.country, size, around, parent.region, parent.city, parent.at))
    return found


def _places() -> Known:
    found: Known = defaultdict(dict)
    for make in (_countries, _regions, _cities, _smaller):
        for place in make(found):
            found[place.kind][place.key] = place
    return dict(found)


@lru_cache(maxsize=4_096)
def nearest(latitude: float, longitude: float) -> tuple[Place, float]:
    """Return the city nearest to a point, and how many kilometres away it is."""
    return min(((city, _kilometres(city.at, (latitude, longitude))) for city in CITIES), key=lambda found: found[1])


def _kilometres(one: tuple[float, float] | None, other: tuple[float, float]) -> float:
    if one is None:
        return math.inf
    (north, east), (north2, east2) = (tuple(map(math.radians, point)) for point in (one, other))
    cosine = math.sin(north) * math.sin(north2) + math.cos(north) * math.cos(north2) * math.cos(east - east2)
    return EARTH_RADIUS * math.acos(min(1.0, max(-1.0, cosine)))


_OPTIONS = (*_options("interests"), *_options("options"), *_retired())
OPTION_KINDS = {
    kind: {option.id: option for option in _OPTIONS if option.kind == kind}
    for kind in dict.fromkeys(option.kind for option in _OPTIONS)
}
OPTION_BY_ID = {option.id: option for options in OPTION_KINDS.values() for option in options.values()}
PLACES = _places()
CITIES = tuple(PLACES["city"].values())
LOCALE_NAMES = {int(number): name for number, name, _ in (*TABLES["locales"], *TABLES["locale_groups"])}
# The countries where most read a language; of a group, those of all its members.
LOCALE_HOMES = {int(number): frozenset(codes.split()) for number, _, codes in TABLES["locales"]}
LOCALE_HOMES |= {
    int(number): frozenset().union(*(LOCALE_HOMES[int(member)] for member in members.split()))
    for number, _, members in TABLES["locale_groups"]
}
