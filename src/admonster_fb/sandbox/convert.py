"""From what is written to what is read: parameters become fields in the types the API answers with."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from admonster_fb.sandbox import spec, times
from admonster_fb.sandbox.errors import GraphError

# Currencies whose smallest unit is the whole; all other supported ones have hundredths.
WHOLE_UNITS = frozenset({"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})


def offset(currency: str) -> int:
    """Return how many minor units make one major unit."""
    return 1 if currency in WHOLE_UNITS else 100


def to_minor(major: object, currency: str) -> int:
    """Return an amount in minor units, rounded half up."""
    return int((Decimal(str(major)) * offset(currency)).quantize(Decimal(1), ROUND_HALF_UP))


# A value that removes the field instead of setting it (`docs/meta-rules.md`, Campaigns and Ad sets).
NO_CAP = "922337203685478"
CLEARING = {
    **dict.fromkeys(("spend_cap", "daily_spend_cap", "lifetime_spend_cap"), NO_CAP),
    **dict.fromkeys(("daily_min_spend_target", "lifetime_min_spend_target", "end_time"), "0"),
}
TRUE_WORDS = frozenset({"true", "1"})
# Never a property of an object: they steer the call.
CALL_PARAMS = frozenset(
    {"access_token", "appsecret_proof", "execution_options", "fields", "id", "account_id", "date_format"}
)


def fields_of(operation: str, kind: str, params: dict[str, Any], zone_name: str) -> dict[str, Any]:
    """Return the fields that `params` set; None marks one to clear. What cannot be set is dropped, as at Meta."""
    types = spec.readable_fields(kind)
    writable = spec.writable_fields(kind, operation)
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name not in writable:
            continue
        cleared = str(value) == CLEARING.get(name)
        found[name] = None if cleared else _convert(name, types[name], value, zone_name)
    return found


def _convert(name: str, type_name: str, value: Any, zone_name: str) -> Any:
    if type_name == "datetime":
        return times.stamp(times.parse(value, zone_name, name), zone_name)
    convert = CONVERTERS.get(type_name)
    try:
        return convert(value) if convert else value
    except (TypeError, ValueError):
        raise GraphError(100, message=f"(#100) Param {name} must be a {type_name}") from None


def truth(value: Any) -> bool:
    """Return the value of a boolean parameter."""
    return str(value).lower() in TRUE_WORDS


def whole(value: Any) -> int | None:
    """Return an integer sent as number or text, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.removeprefix("-").isdecimal() else None


def is_number(value: Any) -> bool:
    """Return whether a value is a number, or the text of one."""
    return not isinstance(value, bool) and str(value).removeprefix("-").replace(".", "", 1).isdecimal()


def read_json(value: Any) -> Any:
    """Return a value that may have come as JSON text; None for a text that is none."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def words_of(value: Any) -> list[str]:
    """Return the names in a parameter that is a list or a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [word for part in parts if (word := str(part).strip())]


def listed(value: Any) -> list[Any]:
    """Return a list parameter, empty for anything else."""
    return value if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """Return an object parameter, empty for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list parameter."""
    return [item for item in listed(value) if isinstance(item, dict)]


CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "string": lambda value: json.dumps(value) if isinstance(value, dict | list) else str(value),
    "int": int,
    "unsigned int": int,
    "float": float,
    "bool": truth,
}
