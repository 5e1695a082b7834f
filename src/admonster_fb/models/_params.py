"""Validation of parameters before anything is sent: all violations at once, each with its field.

Parameters are TypedDicts, which editors and type checkers understand; `checked` applies the same types at run time.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, Required, get_args, get_origin, get_type_hints

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter, ValidationError, ValidationInfo
from pydantic.config import ConfigDict, with_config
from pydantic.functional_validators import BeforeValidator, PlainValidator
from pydantic.json_schema import GenerateJsonSchema, WithJsonSchema
from pydantic.types import GetPydanticSchema
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from typing_extensions import TypedDict

from admonster_fb.errors import MISSING, MOST_SHOWN, ParameterError, Violation
from admonster_fb.models._documentation import field_docs, type_text
from admonster_fb.money import Money, MoneyError
from admonster_fb.redaction import read_json

STRICT = ConfigDict(extra="forbid", strict=True)
"""Unknown names are refused. Only `checked` converts, where text has one meaning: `"5"` is 5, `"true"` is true."""


@with_config(STRICT)
class Params(TypedDict):
    """The base of parameters: unknown names are refused.

    >>> params: Params = {}
    """


ANY_OBJECT = Annotated[dict[str, Any], Field(description="a JSON object as Meta documents it")]


def _minor_units(value: object) -> int | Money:
    if isinstance(value, str):
        if _BARE.fullmatch(value):
            raise ValueError(f"an amount with its currency, or an integer of minor units: {_readings(value.strip())}")
        value = Money(value)
    if isinstance(value, bool) or not isinstance(value, int | Money):
        raise ValueError('integer minor units (5000 is 50.00 USD) or a string with its currency ("50.00 USD")')
    if isinstance(value, int) and value >= 2**63:
        raise ValueError("an amount that Meta can store: less than 2**63 minor units")
    if (value.minor if isinstance(value, Money) else value) < 0:
        raise ValueError("an amount that is not negative")
    return value


MinorUnits = Annotated[
    int | str | Money,
    PlainValidator(_minor_units),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "description": "minor units: 5000 is 50.00 USD"},
                {"type": "string", "description": "with the account's currency", "examples": ["50.00 USD"]},
            ]
        }
    ),
]
"""An amount in one of Meta's own fields: integer minor units, or money in the account's currency."""


def id_text(value: Any) -> Any:
    """Return an ID that was given as a number as text; anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else value


Id = Annotated[str, BeforeValidator(id_text)]
"""An ID of Meta's. A number passes as well, as it does in Meta's SDK."""

_BARE = re.compile(r"\s*-?[0-9]{1,19}([.,][0-9]*)?\s*")


def own_amount(value: object) -> Money:
    """Return an amount that names its currency. Raises `MoneyError` for a number alone, with its two readings."""
    if isinstance(value, float | int | Decimal) or (isinstance(value, str) and _BARE.fullmatch(value)):
        raise MoneyError(f'an amount with its currency, like "100.00 USD": {_readings(str(value).strip())}')
    amount = value if isinstance(value, Money) else Money(value)  # type: ignore[arg-type]  # Money refuses other types
    if amount.minor < 0:
        raise MoneyError("an amount that is not negative")
    return amount


def _readings(text: str) -> str:
    """Return what a number without a currency could mean, in an account of dollars."""
    number = Decimal(text.replace(",", ".")) if _BARE.fullmatch(text) else Decimal("NaN")
    if not number.is_finite() or number < 0:
        return f"{text} is no amount"
    if number != number.to_integral_value():
        return f'{text} has no currency: write "{number:.2f} USD", or the amount in the account\'s own currency'
    return (
        f"{text} could be minor units (in dollars ${number / 100:.2f}) or not (${number:.2f}): write "
        f'"{number:.2f} USD", or the amount in the account\'s own currency'
    )


OwnAmount = Annotated[
    str | Money,
    PlainValidator(own_amount),
    WithJsonSchema(
        {
            "type": "string",
            "description": "an amount with the account's currency; a number alone is refused",
            "examples": ["50.00 USD"],
        }
    ),
]
"""An amount in a parameter of this library's: it always names its currency."""

_SECONDS = re.compile("0|[0-9]{9,10}")
"""Unix seconds as text; fewer digits are a date without signs."""
_TIME = 'a datetime, ISO 8601 text ("2026-12-01T09:00:00-0800") or unix seconds'


def _time(value: object) -> str | int:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S%z")  # without offset: the account's time, as of text
    if isinstance(value, str):
        try:
            _ = int(value) if _SECONDS.fullmatch(value) else datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(_TIME) from None
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(_TIME)


WriteTime = Annotated[
    datetime | str | int,
    PlainValidator(_time),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]
"""A time: a datetime, ISO 8601 text (without offset: the account's time zone) or unix seconds."""

WHY_NOT_MORE: dict[Any, str] = {}
"""Reasons, by TypedDict, for which it has no other parameters although a caller may expect them."""


@functools.cache
def _adapter(spec: Any) -> TypeAdapter[Any]:
    return TypeAdapter(spec)


known_names: Callable[[str], frozenset[str]] = lambda spec: frozenset()  # noqa: ARG005, E731 - set by `transport.sdk_adapter`
"""Returns the names that Meta's SDK or the facts know for a TypedDict by its name, or for one of the SDK's objects."""
known_values: Callable[[str, str], frozenset[str]] = lambda spec, name: frozenset()  # noqa: ARG005, E731 - set by `transport.sdk_adapter`
"""Returns the values of the SDK's list for a parameter of a TypedDict or object; empty if it has none."""
offered_values: Callable[[str, str], frozenset[str]] = lambda spec, name: frozenset()  # noqa: ARG005, E731 - set by `transport.sdk_adapter`
"""Returns those of `known_values` that Meta still takes."""
why_refused: Callable[[str, str], str] = lambda spec, name: ""  # noqa: ARG005, E731 - set by `transport.sdk_adapter`
"""Returns why a name that Meta's SDK knows for a TypedDict is refused here; empty if it is not."""

Extra = Annotated[
    dict[str, Any],
    Field(description="Parameters that are new at Meta, sent unchecked: {name: value}. Plan and audit show them."),
]
"""Parameters that neither this library nor Meta's SDK knows yet."""


def checked(spec: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return `params` with the types of `spec` (a TypedDict). What only Meta's SDK knows is returned as it is.

    Raises `ParameterError` with every violation.

    >>> from admonster_fb.models.campaign import CampaignUpdate
    >>> checked(CampaignUpdate, {"daily_budget": "50.00 USD"})
    {'daily_budget': Money('50.00 USD')}
    """
    return checked_with_untyped(spec, params)[0]


def checked_with_untyped(spec: Any, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what `checked` returns, and the paths of the parameters that are passed without a type.

    A value that is new in a list of Meta's is among them with its path, as `tasks.0=NEW_TASK`.
    """
    new: list[tuple[str, bool]] = []
    try:
        typed = dict(_adapter(spec).validate_python(dict(params), context=new))
        paths = [_path_to(text, params, is_key) + ("" if is_key else f"={text}") for text, is_key in new]
        return typed, paths + _new_values(spec, _free(spec, typed))
    except ValidationError as error:
        details = error.errors(include_url=False)
    if meant := {path: value for detail in details for path, value in _read(detail, params)}:
        return checked_with_untyped(spec, _with_values(params, meant))
    missing = {detail["loc"][0] for detail in details if detail["type"] == "missing" and len(detail["loc"]) == 1}
    if made_too := {name for name, other in _INSTEAD.items() if name in missing and params.get(other)}:
        typed, untyped = checked_with_untyped(spec, {**params, **dict.fromkeys(made_too, "0")})
        return {name: value for name, value in typed.items() if name not in made_too}, untyped
    if passed := {path: detail["input"] for detail in details if (path := _passed(detail, spec, params))}:
        typed, untyped = checked_with_untyped(spec, _with_values(params, dict.fromkeys(passed, MISSING)))
        untyped += _new_values(spec, {path[0]: value for path, value in passed.items() if len(path) == 1})
        return _with_values(typed, passed), [*map(".".join, passed), *untyped]
    raise ParameterError(_violations(details, spec, params))


def _read(detail: ErrorDetails, params: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and value of a number, a yes or no, a JSON object or list written as text, as Meta takes it.

    Amounts of money are not among them: "50" could be minor or major units.
    """
    value, (form, kind) = detail["input"], _WRITTEN.get(detail["type"], (None, None))
    if detail["type"] == "int_type" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        yield tuple(_path(detail, params)), int(value)
    elif kind and isinstance(value, str):
        read = read_json(value, otherwise=None) if form.fullmatch(value) else None
        if isinstance(read, kind):
            yield tuple(_path(detail, params)), read


_WRITTEN: dict[str, Any] = {
    "int_type": (re.compile(r"0|[1-9][0-9]{0,17}"), int),
    "float_type": (re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?"), int | float),
    "bool_type": (re.compile("true|false"), bool),
    "dict_type": (re.compile(r"\s*\{.*\}\s*", re.DOTALL), dict),
    "list_type": (re.compile(r"\s*\[.*\]\s*", re.DOTALL), list),
}
"""How a value of another type is written as text, and what JSON makes of it, by the error that the text causes."""


def _with_values(params: Any, values: Mapping[tuple[str, ...], Any]) -> Any:
    """Return a copy of parameters with other values at these paths; `MISSING` leaves a parameter out."""
    if () in values:
        return values[()]
    below = defaultdict[str, dict[tuple[str, ...], Any]](dict)
    for path, value in values.items():
        below[path[0]][path[1:]] = value
    params = to_params(params)
    if isinstance(params, list):
        return [_with_values(each, below[str(n)]) if str(n) in below else each for n, each in enumerate(params)]
    changed = {**params, **{name: _with_values(params.get(name), inner) for name, inner in below.items()}}
    return {name: value for name, value in changed.items() if value is not MISSING}


def _free(spec: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are texts, or lists of texts, without a list of values of their own here."""
    properties = schema(spec)["properties"]
    kinds = {name: (properties[name], properties[name].get("items", {})) for name in params}
    listed = {name for name, (kind, inner) in kinds.items() if "enum" in kind or "enum" in inner}
    return {
        name: value
        for name, value in params.items()
        if name not in listed and "string" in (kinds[name][0].get("type"), kinds[name][1].get("type"))
    }


def _violations(details: list[ErrorDetails], spec: Any, params: Mapping[str, Any]) -> Iterable[Violation]:
    """Return the first errors of each parameter: to describe those of a list of thousands would take a minute."""
    found: dict[str, Violation] = {}
    count = Counter[int | str]()
    for detail in details:
        count[detail["loc"][0]] += 1
        if count[detail["loc"][0]] > 2 * MOST_SHOWN:
            continue
        field, allowed = ".".join(_path(detail, params)), _allowed(detail, spec)
        if known := found.get(field):  # another branch of the same union
            found[field] = replace(known, allowed=f"{known.allowed} or {allowed}")
        else:
            found[field] = Violation(field, MISSING if detail["type"] == "missing" else detail["input"], allowed)
    return found.values()


def _new_values(spec: Any, params: Mapping[str, Any]) -> list[str]:
    """Return the parameters with values that the SDK's lists do not have. Raises `ParameterError` for misspelt ones."""
    found = unlisted(spec.__name__, params)
    wrong = [Violation(path, text, f"{nearest}, the nearest") for path, (text, nearest) in found.items() if nearest]
    if wrong:
        raise ParameterError(wrong)
    return [f"{path}={text}" for path, (text, _) in found.items()]


def _path_to(text: str, params: Any, is_key: bool) -> str:
    """Return the path of the first parameter with a value, or of a key; empty if there is none."""
    named = params.items() if isinstance(params, Mapping) else enumerate(params) if isinstance(params, list) else ()
    for name, inner in named:
        if (name if is_key else inner) == text:
            return str(name)
        if path := _path_to(text, inner, is_key):
            return f"{name}.{path}"
    return ""


_INSTEAD = {"adset_id": "adset_spec", "campaign_id": "campaign_spec"}
"""What makes the parent in the same call, by the parameter that names an existing one."""


def _passed(detail: ErrorDetails, spec: Any, params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path of a parameter that has no type here but is known to Meta's SDK; empty if there is none."""
    name = str(detail["loc"][-1])
    if detail["type"] != "extra_forbidden" or name not in known_names(_object_at(spec, detail["loc"]).get("title", "")):
        return ()
    path = tuple(_path(detail, params))
    return path if path and path[-1] == name else ()


def with_extra(spec: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters to send: those of `extra` among the others, objects within objects joined.

    Raises `ParameterError` if `extra` has a parameter that has a type of its own, or a value that stands already.
    """
    sent = {name: value for name, value in params.items() if name != "extra"}
    if params.get("extra") is None:
        return sent
    typed = schema(spec)["properties"]
    wrong: list[Violation] = []
    for name, value in params["extra"].items():
        if name in typed and not (isinstance(value, Mapping) and isinstance(sent.get(name), Mapping)):
            wrong.append(Violation(f"extra.{name}", value, f"{name} outside of extra"))
        else:
            sent[name] = _joined(sent[name], value, f"extra.{name}", wrong) if name in sent else value
    if wrong:
        raise ParameterError(wrong)
    return sent


def _joined(old: Any, new: Any, field: str, wrong: list[Violation]) -> Any:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        wrong.append(Violation(field, new, f"a name that is not among the parameters: it is {old!r:.40} there"))
        return old
    joined = {key: _joined(old[key], new[key], f"{field}.{key}", wrong) for key in new if key in old}
    return {**old, **new, **joined}


def _path(detail: ErrorDetails, params: Any) -> Iterator[str]:
    """Yield the path to a value in the parameters, without pydantic's names for branches of a union."""
    for part in detail["loc"]:
        if isinstance(params, Mapping) and (part in params or detail["type"] == "missing"):
            yield str(part)
            params = to_params(params.get(part))
        elif isinstance(part, int) and isinstance(params, list):
            yield str(part)
            params = params[part]


def _unknown(detail: ErrorDetails, spec: Any) -> str:
    here, name = _object_at(spec, detail["loc"]), str(detail["loc"][-1])
    names = list(here.get("properties", {}))
    own = next((f"{part}_id" for part in detail["loc"][-3:-1] if isinstance(part, str)), "")
    if name == "id" and own in {*names, "creative_id"}:
        return f"no such parameter; did you mean {own}?"
    if why := why_refused(here.get("title", ""), name):
        return f"no {name}: {why}"
    if near := difflib.get_close_matches(name, {*names, *known_names(here.get("title", ""))} - {"extra"}, n=3):
        return f"no such parameter; did you mean {' or '.join(sorted(near, key=lambda n: n not in names))}?"
    if len(names) == 1:
        return f"no such parameter; did you mean {names[0]}?"
    reason = WHY_NOT_MORE.get(spec) if len(detail["loc"]) == 1 else None
    new = '; what is new at Meta goes into extra={"name": value}' if "extra" in names else ""
    if not names:
        return "no such parameter"
    return f"one of {', '.join(sorted({*names} - {'extra'}))}{f' ({reason})' if reason else ''}{new}"


def _object_at(spec: Any, location: tuple[int | str, ...]) -> dict[str, Any]:
    """Return the schema of the object that holds a parameter, following nested TypedDicts through the JSON Schema."""
    root: dict[str, Any] = schema(spec)
    here = root
    for part in location[:-1]:
        if isinstance(part, str) and part not in here.get("properties", {}):
            continue  # the name of a branch of a union
        here = here["properties"][part] if isinstance(part, str) else here.get("items", {})
        branches = [here, *here.get("anyOf", ()), *here.get("allOf", ())]
        reference = next((branch["$ref"] for branch in branches if "$ref" in branch), None)
        array = next((branch for branch in branches if "items" in branch), None)
        inline = next((branch for branch in branches if "properties" in branch), None)
        here = root["$defs"][reference.rsplit("/", 1)[-1]] if reference else array or inline or here
        if "$ref" in here.get("items", {}):
            here = {**here, "items": root["$defs"][here["items"]["$ref"].rsplit("/", 1)[-1]]}
    return here


def near(value: str, known: Collection[str], short: float = 0) -> str | None:
    """Return the known value that another one misspells; None if it looks like a value that is new at Meta.

    Values are words in capitals, of six letters or joined by "_"; of other words `short` is the least likeness that
    makes them misspelt. Known values in small letters are compared alike.
    """
    by_capitals = {other.upper(): other for other in known}
    written = value.upper() if any(map(str.islower, known)) else value
    name = value.strip().upper().replace(" ", "_").replace("-", "_")
    if name in by_capitals:
        return by_capitals[name]
    longer = sorted(other for other in by_capitals if "_" in name and other.startswith(f"{name}_"))
    may_be_new = re.fullmatch(_CAPITALS, written)
    found = longer[:1] or difflib.get_close_matches(name, sorted(by_capitals), 1, 0.9 if may_be_new else short)
    return by_capitals[found[0]] if found else None


class Open:
    """An annotation of a Literal to which Meta may add: at run time a new value of the same form passes.

    Type checkers and the JSON Schema keep the known values; a value that is nearly a known one is refused with it.
    `form` is a regular expression. Default: words in the case of the known values.
    """

    def __init__(self, form: str = "") -> None:
        self._form = form

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate a known value, or one of the form that is not nearly a known one."""
        known: tuple[str, ...] = get_args(source)
        form = re.compile(self._form or (_CAPITALS if known[0].isupper() else _SMALL))

        def check(value: Any, of_known: Callable[[Any], Any], info: ValidationInfo) -> Any:
            if not (isinstance(value, str) and form.fullmatch(value)) or value in known:
                return of_known(value)
            cut = any(name.startswith(value) or value in name.split("_") for name in known)
            if cut or difflib.get_close_matches(value, known, 1, 0.85):
                return of_known(value)
            if isinstance(info.context, list):
                info.context.append((value, False))
            return value

        return core_schema.with_info_wrap_validator_function(check, handler(source))


_CAPITALS, _SMALL = r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|[A-Z]{6,}", r"[a-z][a-z0-9]*(_[a-z0-9]+)+|[a-z]{3,}"


def unlisted(kind: str, params: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return the texts that the SDK's lists do not have, by path, each with the value that it misspells."""
    found: dict[str, tuple[str, str | None]] = {}
    for name, value in params.items():
        known = known_values(kind, name)
        several = {f"{name}.{index}": text for index, text in enumerate(value)} if isinstance(value, list) else {}
        texts = several or {name: value}
        if max(map(len, known), default=0) > _CODE:
            new = {path: text for path, text in texts.items() if isinstance(text, str) and text not in known}
            found |= {path: (text, near(text, offered_values(kind, name))) for path, text in new.items()}
    return found


_CODE = 2
"""Letters of a country's code, of which Meta has more than its SDK lists."""


class KnownKeys:
    """An annotation of an object without a type of its own: its keys are those of one of the SDK's objects.

    With `more`, only misspelt keys are refused; another that the SDK does not know passes with a warning.
    """

    def __init__(self, kind: str, *, more: bool = False) -> None:
        self._kind = kind
        self._more = more

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate the object, then its keys."""
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        known = known_names(self._kind)
        wrong = [name for name in value if known and name not in known]
        if self._more:
            new = [name for name in wrong if not difflib.get_close_matches(name, known, 1, 0.8)]
            wrong = [name for name in wrong if name not in new]
            if isinstance(info.context, list):
                info.context.extend((name, True) for name in new)
        if wrong:
            near = {name: difflib.get_close_matches(name, sorted(known), n=1) for name in wrong}
            hints = [f"{name} ({f'did you mean {found[0]}?' if found else 'unknown'})" for name, found in near.items()]
            raise ValueError(f"an object without {', '.join(hints)}; what is new at Meta goes into extra")
        for name, (text, nearest) in unlisted(self._kind, value).items():
            if nearest:
                raise ValueError(f"{name} of Meta's list: {text} is not in it; the nearest is {nearest}")
            if isinstance(info.context, list):
                info.context.append((text, False))
        return value


_DAY = "a day, such as 2026-10-24"
_TYPES = {
    "string_type": "a string",
    "int_type": "an integer",
    "bool_type": "true or false",
    "list_type": "a list",
    **dict.fromkeys(("date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
}


def _allowed(detail: ErrorDetails, spec: Any) -> str:
    """Return what is allowed where an error is."""
    match detail["type"]:
        case "missing":
            return _expected(detail, spec)
        case "extra_forbidden":
            return _unknown(detail, spec)
        case "int_type" if detail["loc"][-2:][0] == "genders":
            return "1 (men) or 2 (women); leave genders out for all"
        case "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            return _DAY if pattern == r"^\d{4}-\d\d-\d\d$" else f"text of the form {pattern}"
        case "dict_type":
            return _by_name(detail) or _an_object(detail, spec)
        case "literal_error":
            return _one_of(detail["input"], re.findall(r"[^', ]+(?='|$| or |, )", detail["ctx"]["expected"]))
        case kind:
            return _TYPES.get(kind) or re.sub(r"^(?:Value error, |Input )(?:'[^']*': )?", "", detail["msg"])


_SEARCHES = {
    "interests": ("id", "search_interests"),
    "behaviors": ("id", "search_behaviors"),
    **dict.fromkeys(("cities", "regions", "zips", "geo_markets"), ("key", "search_locations")),
}
"""The key of an object in targeting that is meant where a name stands, and the op that finds it."""


def _an_object(detail: ErrorDetails, spec: Any) -> str:
    """Return the form of an object where it has few fields."""
    inner = _object_at(spec, (*detail["loc"], ""))
    needed = inner.get("required", ())
    names = [f'"{name}": …' for name in inner.get("properties", {}) if name in needed]
    return f"an object: {{{', '.join(names)}}}" if names else "an object"


def _by_name(detail: ErrorDetails) -> str:
    """Return how the ID of something is found that was passed by name; empty if this is no such place."""
    place = next((part for part in detail["loc"] if part in _SEARCHES), None)
    if place is None:
        return ""
    key, search = _SEARCHES[str(place)]
    word = key.replace("id", "ID")
    return f'an object with its {word}: {{"{key}": "…"}}; {search} finds {word}s by name'


def _one_of(value: object, known: Sequence[str]) -> str:
    """Return the values that are allowed, after those that are most similar to a wrong one."""
    text = re.sub(r"\W+", "_", str(value)).lower()
    names = {name.lower(): name for name in known}
    near = [names[name] for name in difflib.get_close_matches(text, names, n=3)]
    near = near or [name for low, name in names.items() if text and (text in low or low in text)][:3]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{hint}one of {', '.join(known)}" if len(known) > 1 else known[0]


def _expected(detail: ErrorDetails, spec: Any) -> str:
    """Return what belongs where a parameter is missing: its values, or its type and meaning."""
    if found := _by_name(detail):
        return found
    kind = _object_at(spec, detail["loc"]).get("properties", {}).get(detail["loc"][-1], {})
    inner = [kind, *kind.get("anyOf", ()), kind.get("items", {})]
    if values := next((part["enum"] for part in inner if "enum" in part), None):
        return f"{'a list of ' if 'items' in kind else ''}one of {', '.join(map(str, values))}"
    name = {"string": "a string", "integer": "an integer", "boolean": "true or false", "array": "a list"}
    text = kind.get("description", "").rstrip(".")
    type_name = name.get(kind.get("type", ""), "an object" if "$ref" in kind or kind.get("type") == "object" else "")
    return ": ".join(part for part in (type_name, text) if part) or "required"


@functools.cache
def schema(spec: Any) -> dict[str, Any]:
    """Return the JSON Schema of a TypedDict of parameters; each property is described as the field is documented."""
    return _adapter(spec).json_schema(schema_generator=_WithDocs)


class _WithDocs(GenerateJsonSchema):
    """Describes the properties of a TypedDict by the docstrings under its fields."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        """Return pydantic's schema with the descriptions."""
        found = super().typed_dict_schema(schema)
        found["description"] = found.get("description", "").partition(">>>")[0].strip()  # without the example
        cls: Any = schema["cls"]
        for name, text in field_docs(cls).items():
            if text:
                found["properties"][name].setdefault("description", text)
        return {name: value for name, value in found.items() if value != ""}


def documented_hints(spec: Any) -> dict[str, Any]:
    """Return the types of a TypedDict's fields, each with the field's meaning as its description."""
    docs = field_docs(spec)
    return {
        name: _described(hint, docs.get(name, "")) for name, hint in get_type_hints(spec, include_extras=True).items()
    }


def _described(hint: Any, text: str) -> Any:
    if not text:
        return hint
    if get_origin(hint) is Required:
        return Required[Annotated[get_args(hint)[0], Field(description=text)]]
    return Annotated[hint, Field(description=text)]


class ParameterDoc(NamedTuple):
    """One parameter of a call as its documentation shows it."""

    name: str
    """The parameter's name at Meta."""
    type: str
    """Its type as short text: `int | str | Money`."""
    meaning: str
    """One line: meaning, unit, allowed values."""
    required: bool
    """Whether a call must pass it."""
    default: str | None = None
    """What applies if it is omitted, where its meaning says "Default: …"."""


def parameter_docs(spec: Any) -> tuple[ParameterDoc, ...]:
    """Return the parameters of a TypedDict, the required ones first."""
    docs, required = field_docs(spec), schema(spec).get("required", [])
    rows = []
    for name, hint in get_type_hints(spec, include_extras=True).items():
        default = _DEFAULT.search(docs.get(name, ""))
        rows.append(ParameterDoc(name, type_text(hint), docs.get(name, ""), name in required, default and default[1]))
    return tuple(sorted(rows, key=lambda row: not row.required))


_DEFAULT = re.compile(r"Default: `?([^`.]+(?:\.\d+)?)")


def given(**values: Any) -> Any:
    """Return the arguments that are not `None`, to pass them on."""
    return {name: value for name, value in values.items() if value is not None}


def to_params(value: Any) -> Any:
    """Return the parameter that a builder, such as `Targeting`, builds; other values unchanged."""
    spec = getattr(value, "spec", None)
    return spec() if callable(spec) else value


LocalPath = Annotated[str, Field(json_schema_extra={"format": "path"})]
"""A file on this machine. The bot's tool accepts only paths in the folder that its host has set."""
FileOrFolder = Annotated[str, Field(json_schema_extra={"format": "path-or-folder"})]
"""A file as `LocalPath` has it, or a folder of files that the library writes."""
PathOrUrl = Annotated[str, Field(json_schema_extra={"format": "path-or-url"})]
"""A URL, or a file as `LocalPath` has it."""


def accepts_builder(kind: Any, make: Callable[[Any], Any] = to_params) -> GetPydanticSchema:
    """Return an annotation of a type that also takes a builder; validation and JSON Schema are the plain type's."""
    return GetPydanticSchema(lambda _source, handler: handler.generate_schema(Annotated[kind, BeforeValidator(make)]))
