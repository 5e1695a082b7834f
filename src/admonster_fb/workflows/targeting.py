"""Targeting looked at before it is used: do its ids exist, are they what they are called, whom does it reach."""

from __future__ import annotations

import difflib
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from admonster_fb.errors import InvalidParameterError, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.targeting.builder import DETAILS, LISTS, TargetingLike
from admonster_fb.models.targeting.options import ReachEstimate, TargetingOption, TargetingSpecQuery
from admonster_fb.operation import no_op, op
from admonster_fb.rules import Finding

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

ASKED = 100
"""Most ids of a request, which has them in its URL. Those beyond are left for Meta to judge."""
SUGGESTED = 10
"""For how many wrong ids the right ones are looked for."""
KEEP = timedelta(hours=1)
MOST = 10_000
_KINDS = {name: kind for kind, name in LISTS.items() if kind != "country"}
"""Lists of places that have keys: the type of what is in them."""
_ALWAYS_KNOWN = frozenset({"regions", "cities", "zips", "geo_markets"})
"""Kinds whose keys Meta surely looks up; of others it may know no metadata."""

_LOOK_UP = {
    "interests": "an id that search_interests finds",
    "behaviors": "an id that search_behaviors finds",
    **dict.fromkeys(_KINDS, "a key that search_locations finds"),
}


@dataclass(frozen=True, slots=True)
class WrongId:
    """An id in targeting that new ad sets cannot use, or that is something else than what it is called."""

    field: str
    """Where: `geo_locations.regions.0.key`."""
    kind: str
    """Of which list: `regions`."""
    given: str
    name: str | None
    """What it is called there."""
    reason: str
    nearest: tuple[TargetingOption, ...] = ()
    """What it may have been meant to be."""

    def violation(self, field: str = "targeting") -> Violation:
        """Return it as a violation of a parameter."""
        told = " or ".join(_told(option) for option in self.nearest)
        allowed = told or _LOOK_UP.get(self.kind, "an id that exists")
        return Violation(f"{field}.{self.field}", self.given, f"{allowed} ({self.reason})")


@dataclass(frozen=True, slots=True)
class TargetingCheck:
    """What is known of targeting: in words, how many people it reaches, and what is wrong with it."""

    sentences: list[str]
    reach: ReachEstimate | None
    wrong_ids: list[WrongId]
    findings: list[Finding]
    """What the offline rules say of it."""
    refused: list[InvalidParameterError]
    """What Meta said where it would not answer."""

    @property
    def ok(self) -> bool:
        """Whether an ad set can have it, as far as is known."""
        return not (self.wrong_ids or self.refused or any(each.severity == "error" for each in self.findings))


@op(
    "validate_targeting",
    group="targeting",
    access="read",
    example={"targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}},
    aliases={"targeting_spec": "targeting"},
    then=("create_adset", "get_delivery_estimate"),
)
def validate_targeting(fb: FacebookAds, ad_account_id: str, *, targeting: TargetingLike) -> TargetingCheck:
    """Check targeting: in words, how many people it reaches, each wrong id with the right ones, and what rules say.

    >>> check = validate_targeting(fb, "act_1", targeting={"geo_locations": {"regions": [{"key": "3847"}]}})
    >>> check.ok, check.sentences[0]
    (True, 'Location: California')
    """
    spec = _spec(targeting)
    wrong = verify_targeting(fb, ad_account_id, spec)
    with fb.batch() as batch:
        reach = batch.add(fb.targeting.reachestimate, ad_account_id, targeting_spec=spec)
        words = batch.add(fb.targeting.sentence_lines, ad_account_id, targeting_spec=spec)
    errors = [item.error for item in (reach, words) if isinstance(item.error, InvalidParameterError)]
    refused = {(each.error_subcode, each.error_user_msg or each.message): each for each in errors}
    return TargetingCheck(
        [] if isinstance(words.error, InvalidParameterError) else words.result().lines,
        None if isinstance(reach.error, InvalidParameterError) else reach.result(),
        wrong,
        [each for each in fb.check({"targeting": spec}, "adset") if each.field.startswith("targeting.")],
        [*refused.values()],
    )


@no_op("validate_targeting tells more")
def verify_targeting(fb: FacebookAds, ad_account_id: str, spec: TargetingLike) -> list[WrongId]:
    """Return the ids and keys in targeting that do not exist, are retired, or are something else than their `name`.

    One request for interests and the like, one for places, none for what was found within the hour. The id of an ad
    set does as well as its account's.

    >>> texas = {"key": "3847", "name": "Texas"}
    >>> [wrong] = verify_targeting(fb, "act_1", {"geo_locations": {"regions": [texas]}})
    >>> wrong.reason, wrong.nearest[0].key
    ('3847 is California', '3886')
    """
    used = [*_ids(_spec(spec))]
    known = _looked_up(fb, ad_account_id, used)
    wrong = [each for each in used if each.id in known.get(each.kind, {}) and not _fits(each, known)]
    found = [_wrong(fb, ad_account_id, each, known[each.kind][each.id], number) for number, each in enumerate(wrong)]
    return [each for each in found if each is not None]


@no_op("create_adset and update_adset ask it by themselves")
def verified(fb: FacebookAds, ad_account_id: str, targeting: TargetingLike, field: str = "targeting") -> None:
    """Raise `ParameterError` for ids in targeting that are wrong, with the right ones. See `verify_targeting`.

    Where Meta refuses to look them up, it is left to judge them itself.

    >>> verified(fb, "act_1", {"geo_locations": {"countries": ["US"]}})
    """
    try:
        wrong = verify_targeting(fb, ad_account_id, targeting)
    except InvalidParameterError:
        return
    if wrong:
        raise ParameterError([each.violation(field) for each in wrong])


def _spec(targeting: TargetingLike) -> Any:
    """Return targeting as Meta has it, once its types are known to be right."""
    return checked(TargetingSpecQuery, {"targeting_spec": targeting})["targeting_spec"]


class _Used(NamedTuple):
    """An id in targeting."""

    field: str
    kind: str
    id: str
    name: str | None


Looked = dict[str, dict[str, TargetingOption | None]]
"""By kind and id what it is; None for what new ad sets cannot use. What is not there is not known."""


def _ids(spec: Mapping[str, Any]) -> Iterator[_Used]:
    """Yield every id that can be looked up."""
    groups = enumerate(spec.get("flexible_spec") or ())
    for path, group in [("", spec), *((f"flexible_spec.{number}.", group) for number, group in groups)]:
        for kind in DETAILS:
            yield from _entries(f"{path}{kind}", kind, group.get(kind), "id")
    for where in ("geo_locations", "excluded_geo_locations"):
        for kind in _KINDS:
            yield from _entries(f"{where}.{kind}", kind, (spec.get(where) or {}).get(kind), "key")


def _entries(path: str, kind: str, entries: object, key: str) -> Iterator[_Used]:
    for number, each in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(each, Mapping):
            yield _Used(f"{path}.{number}", kind, str(each), None)
        elif each.get(key) not in (None, ""):
            name = each.get("name")
            yield _Used(f"{path}.{number}.{key}", kind, str(each[key]), name if isinstance(name, str) else None)


def _looked_up(fb: FacebookAds, ad_account_id: str, used: list[_Used]) -> Looked:
    memory = _memory(fb)
    known: Looked = {}
    asked: dict[str, list[str]] = {}
    for kind, each in dict.fromkeys((each.kind, each.id) for each in used):
        if option := memory.get(kind, each, fb.now()):
            known.setdefault(kind, {})[each] = option
        else:
            asked.setdefault(kind, []).append(each)
    for kind, found in (_options(fb, ad_account_id, asked) | _places(fb, asked)).items():
        memory.keep(kind, found, fb.now())
        known.setdefault(kind, {}).update(found)
    return known


def _options(fb: FacebookAds, ad_account_id: str, asked: Mapping[str, list[str]]) -> Looked:
    """Look up interests and the like."""
    pairs = [(kind, each) for kind in DETAILS for each in asked.get(kind, ())][:ASKED]
    found: Looked = {}
    if pairs:
        said: Any = [{"type": kind, "id": each} for kind, each in pairs]
        rows = {str(row.id): row for row in fb.targeting.validation(_account(fb, ad_account_id), targeting_list=said)}
        for kind, each in pairs:
            if each in rows:
                found.setdefault(kind, {})[each] = None if rows[each].valid is False else rows[each]
    return found


def _account(fb: FacebookAds, object_id: str) -> str:
    """Return an ad account's id, or that of an ad set's account."""
    if object_id.startswith("act_"):
        return object_id
    return f"act_{fb.adsets.get(object_id, fields=['account_id']).account_id}"


def _places(fb: FacebookAds, asked: Mapping[str, list[str]]) -> Looked:
    """Look up places."""
    keys = {kind: asked[kind][:ASKED] for kind in _KINDS if kind in asked}
    if not keys:
        return {}
    found = fb.targeting.geo_metadata(**keys).data
    return {kind: {each: found.get(kind, {}).get(each) for each in keys[kind]} for kind in keys if _tells(kind, found)}


def _tells(kind: str, found: Mapping[str, Any]) -> bool:
    return kind in found or kind in _ALWAYS_KNOWN


def _fits(used: _Used, known: Looked) -> bool:
    """Tell whether an id is there and has the name that it is given."""
    option = known[used.kind][used.id]
    if option is None:
        return False
    given, real = _folded(used.name or ""), _folded(option.name or "")
    return not real or given in real or real in given


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return " ".join("".join(char for char in bare if not unicodedata.combining(char)).casefold().split())


def _wrong(
    fb: FacebookAds, ad_account_id: str, used: _Used, option: TargetingOption | None, number: int
) -> WrongId | None:
    """Return what is wrong with an id; nothing if it is found by the name it is given, which may be a translation."""
    name = used.name or ""
    nearest = _nearest(fb, ad_account_id, used.kind, name) if name and number < SUGGESTED else []
    if option is not None and used.id in [each.key or each.id for each in nearest]:
        return None
    reason = f"{used.id} is {option.name}" if option else "it does not exist, or new ad sets cannot use it"
    return WrongId(used.field, used.kind, used.id, used.name, reason, tuple(nearest[:3]))


def _nearest(fb: FacebookAds, ad_account_id: str, kind: str, name: str) -> list[TargetingOption]:
    """Search by name, and if nothing is called so by how it begins; the most alike first."""
    for words, alike in ((name, 0.0), (name[:4], 0.5)):
        if kind in _KINDS:
            found = fb.targeting.search_locations(words, location_types=[_KINDS[kind]])
        else:
            found = fb.targeting.search_all(_account(fb, ad_account_id), words, limit_type=kind)
        rated = [
            (difflib.SequenceMatcher(None, _folded(name), _folded(each.name or "")).ratio(), each) for each in found
        ]
        if best := [each for rate, each in sorted(rated, key=lambda row: -row[0]) if rate >= alike]:
            return best
    return []


def _told(option: TargetingOption) -> str:
    where = [option.type, option.region, option.country_name] if option.key else (option.path or [])[:-1]
    about = ", ".join(part for part in where if part)
    return f'{option.key or option.id} "{option.name}"{f", {about}" if about else ""}'


class _Memory:
    """What Meta has found, for an hour. Safe to share between threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], tuple[datetime, TargetingOption]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, kind: str, option_id: str, now: datetime) -> TargetingOption | None:
        with self._lock:
            read = self._found.get((kind, option_id))
        return read[1] if read is not None and now - read[0] < KEEP else None

    def keep(self, kind: str, found: Mapping[str, TargetingOption | None], now: datetime) -> None:
        with self._lock:
            for option_id, option in found.items():
                if option is not None:
                    self._found[kind, option_id] = (now, option)
            while len(self._found) > MOST:
                self._found.popitem(last=False)


_MEMORIES: WeakKeyDictionary[FacebookAds, _Memory] = WeakKeyDictionary()
_MAKING = threading.Lock()


def _memory(fb: FacebookAds) -> _Memory:
    with _MAKING:
        return _MEMORIES.setdefault(fb, _Memory())
