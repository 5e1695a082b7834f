"""The Conversions API's `user_data`, by the same rules as customer lists."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.column_mapping import key_for_column, shown
from admonster_fb.audience_data.phones import checked_region
from admonster_fb.audience_data.schema_keys import CAPI, KEYS, Key, finished, normalise
from admonster_fb.errors import ParameterError, Violation

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
