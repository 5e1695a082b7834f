"""The mapping of names to Meta's keys: of the columns of lists, and of the Conversions API's `user_data`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.normalize import checked_region
from admonster_fb.audience_data.schema_keys import CAPI, EXTRAS, KEYS, PARTS, SINGLE, Key, finished, normalise
from admonster_fb.errors import MISSING, ParameterError, Violation

_PREFIXES = (
    *("customer", "customers", "billing", "shipping", "defaultaddress", "contact", "primary", "home", "personal"),
    *("user", "client", "subscriber", "member", "kunde", "kunden", "cliente"),
)
_SUFFIXES = ("sha256", "hashed", "hash", "1")


def _read_names() -> Iterator[dict[str, str]]:
    """Yield the tables of `column_names.txt`: what each name stands for."""
    for part in Path(__file__).with_name("column_names.txt").read_text("utf-8").split("\n\n"):
        lines = re.sub(r"\n\s+", " ", re.sub(r"(?m)^#.*\n", "", part)).splitlines()
        rows = (line.partition(": ") for line in lines)
        yield {name: key for key, _, names in rows for name in names.split()}


def simplify_header(name: object) -> str:
    """Return the name of a column reduced to letters and digits, without accents, in lower case."""
    text = unicodedata.normalize("NFKD", str(name)).lower()
    return "".join(char for char in text if char.isalnum())


NAMES, AMBIGUOUS = _read_names()


def key_for_column(name: object) -> str | None:
    """Return the key that the name of a column stands for; `None` if it is unknown or ambiguous.

    >>> key_for_column("E-Mail Address"), key_for_column("Billing City"), key_for_column("PLZ"), key_for_column("Notes")
    ('EMAIL', 'CT', 'ZIP', None)
    """
    words = simplify_header(name)
    bare = next((words.removesuffix(end) for end in _SUFFIXES if words.endswith(end)), words)
    candidates = (words, bare, *(bare.removeprefix(start) for start in _PREFIXES))
    return next((NAMES[candidate] for candidate in candidates if candidate in NAMES), None)


@dataclass(frozen=True, slots=True)
class Mapped:
    """The columns that are used, one key for each, and the reasons why others are left out."""

    indices: tuple[int, ...]
    keys: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


Schema = str | Sequence[str | None] | Mapping[str, str]


def shown(name: object, index: int) -> str:
    """Return the name of a column for messages; its number if the name looks like customer data."""
    text = " ".join(str(name).split())
    personal = "@" in text or sum(char.isdigit() for char in text) > 4 or not 0 < len(text) <= 60
    return f"column {index + 1}" if personal or not text.isprintable() else text


def checked_key(name: object) -> str:
    """Return a key of audiences by its name. Raises `ParameterError` if it is unknown."""
    upper = str(name).strip().upper()
    upper = SINGLE.get(upper, upper)
    if upper not in KEYS and upper not in EXTRAS:
        allowed = f"one of Meta's keys: {', '.join((*KEYS, *EXTRAS))}"
        raise ParameterError([Violation("schema", shown(name, 0), allowed)])
    return upper


def by_position(schema: str | Sequence[str | None], width: int) -> Mapped:
    """Return the mapping of columns without names, with a key for each; `None` leaves a column out."""
    keys = [schema] if isinstance(schema, str) else list(schema)
    if len(keys) != width:
        allowed = f"a key for each of {width} columns, null for those to leave out"
        raise ParameterError([Violation("schema", f"{len(keys)} keys", allowed)])
    pairs = [(i, f"column {i + 1}", checked_key(key)) for i, key in enumerate(keys) if key is not None]
    return _mapped(pairs, {})


def by_name(names: Sequence[object], schema: Schema | None) -> Mapped:
    """Return the mapping of named columns. A schema lists the keys to use, or gives the key of each column."""
    if isinstance(schema, Mapping):
        return _by_schema([str(name) for name in names], schema)
    pairs, left_out = [], {}
    for i, name in enumerate(names):
        key = key_for_column(name)
        if key is None:
            left_out[shown(name, i)] = AMBIGUOUS.get(simplify_header(name), "unknown")
        else:
            pairs.append((i, shown(name, i), key))
    return _mapped(pairs, left_out, schema)


def _by_schema(names: list[str], schema: Mapping[str, str]) -> Mapped:
    unknown = [shown(name, i) for i, name in enumerate(schema) if name not in names]
    if unknown:
        columns = ", ".join(shown(name, i) for i, name in enumerate(names))
        raise ParameterError([Violation("schema", name, f"a column: {columns}") for name in unknown])
    pairs = [(i, shown(n, i), checked_key(schema[n])) for i, n in enumerate(names) if n in schema]
    return _mapped(pairs, {shown(n, i): "not in the schema" for i, n in enumerate(names) if n not in schema})


def _mapped(
    pairs: Sequence[tuple[int, str, str]], left_out: dict[str, str], schema: str | Sequence[str | None] | None = None
) -> Mapped:
    listed = [schema] if isinstance(schema, str) else schema
    requested = None if listed is None else [checked_key(key) for key in listed if key is not None]
    used: dict[str, tuple[int, str]] = {}
    for index, name, key in pairs:
        parts = PARTS if key == "DOB" else (key,)
        if requested is not None and key not in requested:
            left_out[name] = "not in the schema"
        elif key in used or any(part in used for part in parts) or (key in PARTS and "DOB" in used):
            left_out[name] = f"a second {key}"
        else:
            used[key] = (index, name)
    missing = [key for key in requested or () if key not in used]
    if missing:
        raise ParameterError([Violation(key, MISSING, "a column with a name that means it") for key in missing])
    if not any(key in KEYS for key in used):
        allowed = "columns named after Meta's keys, such as email or phone; or a schema that says which is which"
        raise ParameterError([Violation("columns", f"{len(pairs) + len(left_out)} without a known name", allowed)])
    order = requested or list(used)
    return Mapped(tuple(used[key][0] for key in order), tuple(order), {used[key][1]: key for key in order}, left_out)


UserData = dict[str, str | list[str]]


def user_data(person: Mapping[str, object], default_region: str | None = None) -> tuple[UserData, dict[str, str]]:
    """Return `user_data`, normalised and hashed where Meta requires it, and the reasons for values left out, by name.

    Names are those of the Conversions API (`em`, `ph`, `client_ip_address`), of audiences (`EMAIL`), or of columns
    (`email`). A list of values remains a list. Raises `ParameterError` for an unknown name.

    >>> data, left_out = user_data({"email": "Mary@Example.com", "ph": "(650)555-1212", "client_ip_address": "1.2.3.4"})
    >>> [*data], left_out
    (['em', 'client_ip_address'], {'ph': 'no country code'})
    """
    keys = {name: _key(name, i) for i, name in enumerate(person)}
    region = checked_region(default_region)
    country = next((person[name] for name, key in keys.items() if key.name == "COUNTRY"), None)
    home = normalise("COUNTRY", country[0] if isinstance(country, list) and country else country)
    place = home if isinstance(home, str) and len(home) == 2 else region
    data: UserData = {}
    left_out: dict[str, str] = {}
    for name, key in keys.items():
        where = "" if key.name == "PHONE" and not region else place
        cells = person[name]
        results = [finished(key, cell, where) for cell in (cells if isinstance(cells, list | tuple) else [cells])]
        usable = [result for result in results if isinstance(result, str) and result]
        left_out.update((key.capi, str(result)) for result in results if isinstance(result, Reason))
        if usable:
            data[key.capi] = usable if isinstance(cells, list | tuple) else usable[0]
    return data, left_out


def _key(name: str, index: int) -> Key:
    key = CAPI.get(name) or KEYS.get(name.upper()) or KEYS.get(key_for_column(name) or "")
    if key is None or not key.capi:
        near = get_close_matches(name.lower(), CAPI, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ParameterError([Violation("user_data", shown(name, index), f"{hint}one of {', '.join(CAPI)}")])
    return key
