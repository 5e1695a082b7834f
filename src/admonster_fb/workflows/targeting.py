"""Validation of targeting: whether its IDs exist and match their names, and how many people it reaches."""

from __future__ import annotations

import difflib
import itertools
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from admonster_fb.client import FacebookAds
from admonster_fb.errors import InvalidParameterError, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.targeting.builder import DETAILS, LISTS, TargetingLike
from admonster_fb.models.targeting.options import ReachEstimate, TargetingOption, TargetingSpecQuery
from admonster_fb.operation import no_op, op
from admonster_fb.rules import Finding
from admonster_fb.transport.account_cache import ExpiringCache

MAX_IDS = 100
"""IDs in one request, which has them in its URL. Meta itself validates the rest."""
MAX_SUGGESTIONS = 10
CACHE_TIME = timedelta(hours=1)
CACHE_SIZE = 10_000
_CACHES: WeakKeyDictionary[FacebookAds, ExpiringCache[TargetingOption]] = WeakKeyDictionary()
"""Options that Meta has found, by kind and ID, for each facade."""
_CACHES_LOCK = threading.Lock()
_KINDS = {name: kind for kind, name in LISTS.items() if kind != "country"}
"""Lists of locations with keys, and the type of their entries."""
_ALWAYS_KNOWN = frozenset({"regions", "cities", "zips", "geo_markets"})
"""Kinds of locations of which Meta always has metadata; of others it may have none."""

_SEARCH_HINTS = {kind: f"an ID from search_{kind}" for kind in ("interests", "behaviors")}
_SEARCH_HINTS |= dict.fromkeys(_KINDS, "a key from search_locations")


@dataclass(frozen=True, slots=True)
class WrongId:
    """An ID in targeting that new ad sets cannot use, or that does not match its name."""

    field: str
    """Path of the ID: `geo_locations.regions.0.key`."""
    kind: str
    given: str
    name: str | None
    """Name next to the ID."""
    reason: str
    nearest: tuple[TargetingOption, ...] = ()

    def violation(self) -> Violation:
        """Return it as a violation of the parameter `targeting`."""
        options = []
        for each in self.nearest:
            context = [each.type, each.region, each.country_name] if each.key else (each.path or [])[:-1]
            about = ", ".join(part for part in context if part)
            options.append(f'{each.key or each.id} "{each.name}"{f", {about}" if about else ""}')
        allowed = " or ".join(options) or _SEARCH_HINTS.get(self.kind, "an existing ID")
        return Violation(f"targeting.{self.field}", self.given, f"{allowed} ({self.reason})")


@dataclass(frozen=True, slots=True)
class TargetingCheck:
    """The result of a targeting check: a description, the reach, and what is wrong."""

    sentences: list[str]
    reach: ReachEstimate | None
    wrong_ids: list[WrongId]
    findings: list[Finding]
    refused: list[InvalidParameterError]

    @property
    def ok(self) -> bool:
        """Whether an ad set can have this targeting, as far as is known."""
        return not (self.wrong_ids or self.refused or any(finding.severity == "error" for finding in self.findings))


@op(
    "validate_targeting",
    group="targeting",
    access="read",
    example={"targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}},
    aliases={"targeting_spec": "targeting"},
    then=("create_adset", "get_delivery_estimate"),
)
def validate_targeting(fb: FacebookAds, ad_account_id: str, *, targeting: TargetingLike) -> TargetingCheck:
    """Validate a targeting. Returns a description, the reach, each wrong ID with alternatives, and rule findings.

    >>> check = validate_targeting(fb, "act_1", targeting={"geo_locations": {"regions": [{"key": "3847"}]}})
    >>> check.ok, check.sentences[0]
    (True, 'Location: California')
    """
    spec = _spec(targeting)
    wrong_ids = verify_targeting(fb, ad_account_id, spec)
    with fb.batch() as batch:
        reach = batch.add(fb.targeting.reachestimate, ad_account_id, targeting_spec=spec)
        sentences = batch.add(fb.targeting.sentence_lines, ad_account_id, targeting_spec=spec)
    errors = [item.error for item in (reach, sentences) if isinstance(item.error, InvalidParameterError)]
    refused = {(error.error_subcode, error.error_user_msg or error.message): error for error in errors}
    lines = [] if isinstance(sentences.error, InvalidParameterError) else sentences.result().lines
    people = None if isinstance(reach.error, InvalidParameterError) else reach.result()
    findings = [each for each in fb.check({"targeting": spec}, "adset") if each.field.startswith("targeting.")]
    return TargetingCheck(lines, people, wrong_ids, findings, [*refused.values()])


@no_op("validate_targeting returns more")
def verify_targeting(fb: FacebookAds, ad_account_id: str, spec: TargetingLike) -> list[WrongId]:
    """Return the IDs and keys in targeting that do not exist, are retired, or do not match their `name`.

    Takes one request for interests and behaviors, one for locations, none for IDs found within the last hour.
    `ad_account_id` can be the ID of an ad set.

    >>> texas = {"key": "3847", "name": "Texas"}
    >>> [wrong] = verify_targeting(fb, "act_1", {"geo_locations": {"regions": [texas]}})
    >>> wrong.reason, wrong.nearest[0].key
    ('3847 is California', '3886')
    """
    used = [*_used_ids(_spec(spec))]
    known = _look_up(fb, ad_account_id, used)
    found, searches = list[WrongId](), itertools.count()
    for item, option in ((item, known[item.kind, item.id]) for item in used if (item.kind, item.id) in known):
        name, real = _fold(item.name or ""), _fold(option.name or "") if option else ""
        if option is not None and (not real or name in real or real in name):
            continue
        search = next(searches) < MAX_SUGGESTIONS and item.name
        nearest = _nearest(fb, ad_account_id, item.kind, item.name or "") if search else []
        if option is not None and item.id in [each.key or each.id for each in nearest]:
            continue  # a search by its name finds it: the name may be a translation
        reason = f"{item.id} is {option.name}" if option else "it does not exist, or new ad sets cannot use it"
        found.append(WrongId(item.field, item.kind, item.id, item.name, reason, tuple(nearest[:3])))
    return found


@no_op("create_adset and update_adset call it")
def check_ids(fb: FacebookAds, ad_account_id: str, targeting: TargetingLike) -> None:
    """Raise `ParameterError` for wrong IDs in targeting, with alternatives. See `verify_targeting`.

    If Meta refuses the lookup, the IDs are not checked.

    >>> check_ids(fb, "act_1", {"geo_locations": {"countries": ["US"]}})
    """
    try:
        wrong_ids = verify_targeting(fb, ad_account_id, targeting)
    except InvalidParameterError:
        return
    if wrong_ids:
        raise ParameterError([wrong.violation() for wrong in wrong_ids])


def _spec(targeting: TargetingLike) -> Any:
    return checked(TargetingSpecQuery, {"targeting_spec": targeting})["targeting_spec"]


class _UsedId(NamedTuple):
    field: str
    kind: str
    id: str
    name: str | None


KnownOptions = dict[tuple[str, str], TargetingOption | None]
"""Options by kind and ID; `None` for IDs that new ad sets cannot use. IDs without an entry are unknown."""


def _used_ids(spec: Mapping[str, Any]) -> Iterator[_UsedId]:
    groups = enumerate(spec.get("flexible_spec") or ())
    for path, group in [("", spec), *((f"flexible_spec.{number}.", group) for number, group in groups)]:
        for kind in DETAILS:
            yield from _entries(f"{path}{kind}", kind, group.get(kind), "id")
    for where in ("geo_locations", "excluded_geo_locations"):
        for kind in _KINDS:
            yield from _entries(f"{where}.{kind}", kind, (spec.get(where) or {}).get(kind), "key")


def _entries(path: str, kind: str, entries: object, key: str) -> Iterator[_UsedId]:
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, Mapping):
            yield _UsedId(f"{path}.{number}", kind, str(entry), None)
        elif entry.get(key) not in (None, ""):
            name = entry.get("name")
            yield _UsedId(f"{path}.{number}.{key}", kind, str(entry[key]), name if isinstance(name, str) else None)


def _cache(fb: FacebookAds) -> ExpiringCache[TargetingOption]:
    with _CACHES_LOCK:
        return _CACHES.setdefault(fb, ExpiringCache(CACHE_TIME, CACHE_SIZE, fb.api.clock.now))


def _look_up(fb: FacebookAds, ad_account_id: str, used: list[_UsedId]) -> KnownOptions:
    cache = _cache(fb)
    keys = dict.fromkeys((item.kind, item.id) for item in used)
    known: KnownOptions = {key: option for key in keys if (option := cache.get(" ".join(key)))}
    unknown = [key for key in keys if key not in known]
    found: KnownOptions = {}
    if pairs := [(kind, option_id) for kind in DETAILS for of, option_id in unknown if of == kind][:MAX_IDS]:
        entries: Any = [{"type": kind, "id": option_id} for kind, option_id in pairs]
        rows = fb.targeting.validation(_account(fb, ad_account_id), targeting_list=entries)
        options = {str(row.id): None if row.valid is False else row for row in rows}
        found = {(kind, option_id): options[option_id] for kind, option_id in pairs if option_id in options}
    requested = {kind: [key for of, key in unknown if of == kind][:MAX_IDS] for kind in _KINDS}
    if requested := {kind: ids for kind, ids in requested.items() if ids}:
        places = fb.targeting.geo_metadata(**requested).data
        sure = [kind for kind in requested if kind in places or kind in _ALWAYS_KNOWN]
        found |= {(kind, key): places.get(kind, {}).get(key) for kind in sure for key in requested[kind]}
    for key, option in found.items():
        if option is not None:
            cache.put(" ".join(key), option)
    return known | found


def _account(fb: FacebookAds, object_id: str) -> str:
    """Return the ID of an ad account, or of an ad set's account."""
    if object_id.startswith("act_"):
        return object_id
    return f"act_{fb.adsets.get(object_id, fields=['account_id']).account_id}"


def _fold(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return " ".join("".join(char for char in bare if not unicodedata.combining(char)).casefold().split())


def _nearest(fb: FacebookAds, ad_account_id: str, kind: str, name: str) -> list[TargetingOption]:
    """Search by name, and if nothing is found by its first letters; most similar first."""
    for query, min_similarity in ((name, 0.0), (name[:4], 0.5)):
        if kind in _KINDS:
            found = fb.targeting.search_locations(query, location_types=[_KINDS[kind]])
        else:
            found = fb.targeting.search_all(_account(fb, ad_account_id), query, limit_type=kind)
        rated = [(difflib.SequenceMatcher(None, _fold(name), _fold(row.name or "")).ratio(), row) for row in found]
        if best := [option for rate, option in sorted(rated, key=lambda row: -row[0]) if rate >= min_similarity]:
            return best
    return []
