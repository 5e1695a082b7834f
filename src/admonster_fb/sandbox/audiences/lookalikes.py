"""Lookalikes: validation of their spec and their size (`docs/meta-rules.md`, Audiences; types are strict since v24)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.audiences.state import is_flagged, people
from admonster_fb.sandbox.catalog.nodes import PLACES
from admonster_fb.sandbox.convert import listed, read_json
from admonster_fb.sandbox.errors import bad_param, invalid, refuse
from admonster_fb.sandbox.world import Call, Node

# The share of a country's people for each type.
TYPES = {"similarity": Decimal("0.01"), "reach": Decimal("0.05")}
# How a spec with a ratio of its own reads back.
CUSTOM = "custom_ratio"
STEP, LARGEST = Decimal("0.01"), Decimal("0.20")
CAMPAIGNS, PAGE_LIKES = "campaign_conversions", "page_like"
Spec = dict[str, Any]


def read(value: Any) -> Spec:
    """Return a spec that came as JSON, or as text with JSON in it."""
    return need.fields("lookalike_spec", read_json(need.something("lookalike_spec", value)))


def check(call: Call, account: Node, spec: Spec) -> Node | None:
    """Refuse a spec that can't be, or a seed that can't be used; return the seed if it is an audience."""
    _check_ratio(spec)
    _check_places(spec)
    if "allow_international_seeds" in spec and not isinstance(spec["allow_international_seeds"], bool):
        raise _wrong("allow_international_seeds", "a boolean")
    return _seed(call, account, spec)


def _check_ratio(spec: Spec) -> None:
    kind, ratio = spec.get("type"), spec.get("ratio")
    if kind is not None and kind not in (*TYPES, CUSTOM):
        raise _wrong("type", f"one of {{{', '.join([*TYPES, CUSTOM])}}}")
    if (kind in TYPES) == (ratio is not None):
        raise invalid("lookalike_spec", "Invalid Lookalike Spec", "Set either the type or the ratio of a lookalike.")
    for name in ("ratio", "starting_ratio"):
        value = spec.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise _wrong(name, "a number")
    if ratio is not None and not _is_step(ratio, STEP):
        raise invalid("lookalike_spec", "Invalid Ratio", "The ratio must be from 0.01 to 0.20, in steps of 0.01.")
    start = spec.get("starting_ratio")
    if start is not None and (not _is_step(start, Decimal(0)) or Decimal(str(start)) >= ratio_of(spec)):
        raise invalid("lookalike_spec", "Invalid Starting Ratio", "The starting ratio must be less than the ratio.")


def _is_step(value: float, least: Decimal) -> bool:
    exact = Decimal(str(value))
    return least <= exact <= LARGEST and exact % STEP == 0


def _check_places(spec: Spec) -> None:
    country, location = spec.get("country"), spec.get("location_spec")
    if (country is None) == (location is None):
        raise invalid("lookalike_spec", "Invalid Lookalike Spec", "Set either the country or the location_spec.")
    if country is not None and not isinstance(country, str):
        raise _wrong("country", "a string")
    if location is not None and not (isinstance(location, dict) and isinstance(location.get("geo_locations"), dict)):
        raise _wrong("location_spec", "an object with geo_locations")
    named = countries(spec)
    if not named:
        raise invalid("lookalike_spec", "Location Missing", "Name at least one country or country group.")
    for code in named:
        if code not in PLACES["country"]:
            raise invalid("lookalike_spec", "Invalid Country", f"There is no country {code}.")


def countries(spec: Spec) -> list[str]:
    """Return the countries a spec names, those of groups included."""
    if spec.get("country"):
        return [str(spec["country"]).upper()]
    geo = (spec.get("location_spec") or {}).get("geo_locations") or {}
    groups = [PLACES["country_group"].get(str(name)) for name in listed(geo.get("country_groups"))]
    members = [code for group in groups if group for code in sorted(group.members)]
    return list(dict.fromkeys([*(str(country).upper() for country in listed(geo.get("countries"))), *members]))


def _seed(call: Call, account: Node, spec: Spec) -> Node | None:
    conversion = spec.get("conversion_type")
    if conversion == CAMPAIGNS or "origin_ids" in spec:
        _check_campaigns(call, spec)
        return None
    if conversion == PAGE_LIKES or "page_id" in spec:
        call.existing(spec.get("page_id"), "Page")
        return None
    seed_id = need.value("origin_audience_id", call.params.get("origin_audience_id"))
    seed = call.existing(seed_id, state.AUDIENCE)
    # Who an audience was shared with can't seed from it (Meta's page "Custom Audience Ad Accounts").
    if seed.data["account_id"] != account.data["account_id"]:
        raise invalid("origin_audience_id", "Seed Not Available", "A shared audience can't be used as a seed.")
    if is_flagged(seed):
        raise refuse(1713232)
    if (people(call.world, seed) or 0) < state.LEAST_SEED:
        text = f"The seed audience must have at least {state.LEAST_SEED} people."
        raise invalid("origin_audience_id", "Seed Audience Too Small", text)
    return seed


def _check_campaigns(call: Call, spec: Spec) -> None:
    if spec.get("conversion_type") != CAMPAIGNS or not spec.get("origin_ids"):
        raise invalid("lookalike_spec", "Invalid Lookalike Spec", f"origin_ids needs conversion_type={CAMPAIGNS}.")
    sent = spec["origin_ids"]
    for item in sent if isinstance(sent, list) else [sent]:
        call.existing(item, "Campaign", "AdSet")


def ratio_of(spec: Spec) -> Decimal:
    """Return which share of a country's people a lookalike reaches up to."""
    return Decimal(str(spec["ratio"])) if spec.get("ratio") is not None else TYPES[spec["type"]]


def size(spec: Spec) -> int:
    """Return how many people a lookalike has."""
    share = ratio_of(spec) - Decimal(str(spec.get("starting_ratio") or 0))
    return int(sum(PLACES["country"][code].people for code in countries(spec)) * share)


def as_read(spec: Spec, seed: Node | None) -> Spec:
    """Return a spec as it reads back: with its origin by name (recorded) and its countries."""
    fields = {name: spec[name] for name in ("country", "starting_ratio") if spec.get(name) is not None}
    fields |= {"type": spec.get("type") or CUSTOM, "ratio": float(ratio_of(spec)), "target_countries": countries(spec)}
    if seed is not None:
        fields["origin"] = [{"id": seed.id, "name": seed.data["name"], "type": "custom_audience"}]
    elif spec.get("page_id"):
        fields["origin"] = [{"id": str(spec["page_id"]), "type": "page"}]
    elif sent := spec.get("origin_ids"):
        ids = sent if isinstance(sent, list) else [sent]
        fields["origin"] = [{"id": str(object_id), "type": "campaign"} for object_id in ids]
    return fields


def _wrong(name: str, what: str) -> Exception:
    return bad_param(f"Param lookalike_spec[{name}] must be {what}")
