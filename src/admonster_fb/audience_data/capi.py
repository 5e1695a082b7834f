"""What is known about a customer as the Conversions API's `user_data`, by the same rules as lists of customers."""

from __future__ import annotations

from collections.abc import Mapping

from admonster_fb.audience_data.column_mapping import meant, shown
from admonster_fb.audience_data.phones import checked_region
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.audience_data.schema_keys import CAPI, KEYS, Key, finished, normalise
from admonster_fb.errors import ParameterError, Violation

UserData = dict[str, str | list[str]]


def user_data(person: Mapping[str, object], default_region: str | None = None) -> tuple[UserData, dict[str, str]]:
    """Return `user_data` with what has to be hashed hashed, and by name why something is left out of it.

    Names are those of the Conversions API (`em`, `ph`, `client_ip_address`), of audiences (`EMAIL`), or of columns
    (`email`). A list of values stays one. Raises `ParameterError` for a name that is none of them.

    >>> told, left_out = user_data({"email": "Mary@Example.com", "ph": "(650)555-1212", "client_ip_address": "1.2.3.4"})
    >>> [*told], left_out
    (['em', 'client_ip_address'], {'ph': 'no country code'})
    """
    keys = {name: _key(name, i) for i, name in enumerate(person)}
    region = checked_region(default_region)
    said = next((person[name] for name, key in keys.items() if key.name == "COUNTRY"), None)
    home = normalise("COUNTRY", said[0] if isinstance(said, list) and said else said)
    place = home if isinstance(home, str) and len(home) == 2 else region
    told: UserData = {}
    left_out: dict[str, str] = {}
    for name, key in keys.items():
        where = "" if key.name == "PHONE" and not region else place
        given = person[name]
        made = [finished(key, cell, where) for cell in (given if isinstance(given, list | tuple) else [given])]
        good = [each for each in made if isinstance(each, str) and each]
        left_out.update((key.capi, str(each)) for each in made if isinstance(each, Reason))
        if good:
            told[key.capi] = good if isinstance(given, list | tuple) else good[0]
    return told, left_out


def _key(name: str, index: int) -> Key:
    key = CAPI.get(name) or KEYS.get(name.upper()) or KEYS.get(meant(name) or "")
    if key is None or not key.capi:
        raise ParameterError([Violation("user_data", shown(name, index), f"one of {', '.join(CAPI)}")])
    return key
