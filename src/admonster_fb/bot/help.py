"""The answers of `help`: the list of ops, one op and its arguments in words, a search, and suggestions for a name."""

from __future__ import annotations

import difflib
import functools
import itertools
import json
import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from admonster_fb.bot.registry import ACCOUNT_ARGUMENTS, Op, names, registry
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models.insights.dates import PRESETS

_AMOUNT = '"50.00 USD"'
"""The example that marks the JSON Schema of an amount of money."""
AMOUNT_TYPE = f"minor units or {_AMOUNT}"
"""The type of an amount in words."""
PAGE_CHARS = 3900
"""The most characters of the help of one op: it fits into one answer of the tool."""
LIST_CHARS = 5_600
"""The most characters of the list of ops."""
_AS_IN_NAMES = {
    "ad account": "account",
    "ad set": "adset",
    "a/b": "ab",
    "set up": "setup",
    "return ": "get ",
    "many ": "bulk ",
    " at once": "",
}
"""Words of first sentences, and how the names of ops write them."""
_DETAIL = ((100, 80, 5, 1), (90, 90, 12, 1), (60, 60, 6, 1), (60, 60, 0, 0))
"""How much help shows: characters for an argument's values and for its description, how many optional arguments are
described, and the detail of types within arguments. The first with which the page fits is used."""
_LEGEND = {"money": 'money: minor units (5000 is $50) or "50.00 USD"', "time": "time: ISO 8601 or unix seconds"}
_BRIEFLY = {
    "fields": ("fields to read", ""),
    "limit": ("Objects per page", ""),
    "after": ("Cursor of the page to continue after", "cursor"),
    "filtering": ("Conditions ", "[{field*, operator*, value*}]"),
    "summary": ('"total_count" returns', ""),
}
"""What most lists take: how its description begins, and the same in a word or two, for one line behind the others."""
_USUAL_VALUES = (
    *("yesterday", "last_7d", "last_week_mon_sun", "this_month", "last_month"),
    *("age", "gender", "country", "publisher_platform", "impression_device"),
    *("LINK_CLICKS", "LANDING_PAGE_VIEWS", "OFFSITE_CONVERSIONS", "LEAD_GENERATION", "REACH"),
)
"""Values that are named of a list that is too long."""
_MOST_TAKING = 4
"""An argument that more ops have tells nothing about what was meant."""
_NAMES = 360
"""The most characters for the fields of a type within arguments."""
_SOURCE = re.compile(r"(?:^|(?<=[.] ))(?:Meta: [^.]+[.]|See \S+/\S+ at Meta[.]|See `docs/[^`]+`[.])(?: |$)")
"""Sentences that name a source, for people who read the documentation."""
_LONG = 200
"""The most characters for a type that only optional arguments have."""
_MONEY_HINT = re.compile(r' Minor units or "[0-9.]+ [A-Z]{3}"[.]?')
_VERBS = {
    "activate": "start publish turn on enable unpause live run",
    "update": "raise increase lower reduce change edit set rename pause stop resume activate enable turn switch off",
    "scale": "raise increase lower reduce decrease budget",
    "archive": "stop retire",
    "create": "make new add build start",
    "launch": "start publish create whole complete new ad adset",
    "bulk": "update change many all several every pause raise stop rename",
    "delete": "remove erase",
    "duplicate": "copy clone",
    "get": "show read see",
    "list": "show all find",
    "search": "find look",
    "add": "upload",
    "replace": "refresh",
}
"""The verbs of ops, each with words that people use for it."""
_SUBJECTS = {
    "list_ads get_ad": "rejected disapproved refused review declined appeal policy",
    "list_campaigns list_adsets list_ads": "find name named called id",
    "get_ad list_ads status": "delivering delivery running status why not",
    "weekly_report get_detailed_insights": "explain why reason drop rise trend",
    "get_insights get_detailed_insights": "cost result performance figure roas cpa cpc cpm ctr conversion spend lead",
    "get_detailed_insights": "breakdown age gender country placement hourly device group purchase best worst top",
    "weekly_report": "why change changed cost price week compare",
    "status": "today health spend overview",
    "status get_ad_account_info": "balance money left owe owed bill unpaid account disabled blocked",
    "list_activities": "who changed did history log recently edited",
    "list_account_users add_account_user": "who has access permission",
    "get_reach_estimate": "how many people reach audience size",
    "diagnose": "why stop stopped deliver delivering delivery run running not no impression shown",
    "launch_campaign create_lead_form sync_leads": "collect gather lead generation contact enquiry signup",
    "boost_post": "promote advertise best photo reel",
    "add_users_to_audience create_custom_audience": "customer email phone people remarketing retargeting",
    "create_lookalike_audience": "similar like people",
    "create_ab_test": "split experiment",
    "upload_image": "picture photo",
    "preview_ad": "look see show",
    "update_adset create_adset": "bid schedule dayparting evening weekend hour language",
    "update_campaign update_adset": "move",
    "bulk_update_campaigns": "stop pause off spending everything all advertising now",
    "activate_campaign": "start run go live campaign everything",
    "list_adsets get_adset": "who sees shown targeting audience people",
    "duplicate_ad create_ad": "another new same existing picture image",
    "get_minimum_budgets": "minimum",
    "create_budget_schedule": "temporary",
    "validate_targeting": "country age gender language",
    "setup_performance_alert create_ad_rule": "notify automatic automatically alert when high",
    "check_alerts": "fatigue",
    "get_pixel_code create_custom_conversion send_conversion_events": "conversion tracking",
    "send_conversion_events": "offline server conversion",
    "get_adset": "learning phase",
    "undo": "revert undo last change",
}
"""Ops, each with words of people that its texts lack."""
_STOP_WORDS = "a an and are did for from how i in is it me my of on or per please that the to was with"
_USUAL = ("name", "status", "daily_budget", "targeting", "creative", "retention_days")
"""Arguments that are asked for most: after those of the example."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an op in words."""

    name: str
    type: str
    required: bool
    description: str
    values: tuple[str, ...] = ()
    """The values that it takes, where they are listed."""


def arguments(schema: Mapping[str, Any]) -> list[Argument]:
    """Return the arguments in a JSON Schema, required ones first."""
    required = schema.get("required", ())
    found = []
    for name, kind in schema.get("properties", {}).items():
        branches = [branch for branch in kind.get("anyOf", ()) if branch != {"type": "null"}]
        if len(branches) == 1:  # a type that may be left out: the type itself, with its meaning
            kind = {**branches[0], **{key: value for key, value in kind.items() if key != "anyOf"}}
        items = [f"items: {each}" for each in _bounds(kind, "minItems", "maxItems")]
        text = with_details(str(kind.get("description", "")), *_bounds(kind, "minimum", "maximum"), *items)
        found.append(Argument(name, _kind(kind), name in required, text, tuple(_values(kind))))
    return sorted(found, key=lambda argument: not argument.required)


def _kind(kind: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        return str(kind["$ref"]).rsplit("/", 1)[-1].lstrip("_")
    if "anyOf" in kind:
        names = [_kind(one) for one in kind["anyOf"] if one != {"type": "null"}]
        return AMOUNT_TYPE if _AMOUNT in names else " or ".join(dict.fromkeys(names))
    if kind.get("type") == "array":
        inner = _kind(kind.get("items", {}))
        return f"list of ({inner})" if " or " in inner else f"list of {inner}"
    examples = [f'"{example}"' for example in kind.get("examples", ())]
    return ", ".join(examples) or str(kind.get("format") or kind.get("type") or "any")


def _values(kind: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(value) for value in kind.get("enum", ()))
    for inner in (*kind.get("anyOf", ()), *([kind["items"]] if "items" in kind else [])):
        yield from _values(inner)


def _bounds(kind: Mapping[str, Any], lowest: str, highest: str) -> Iterator[str]:
    """Yield the bounds of a number, such as "1 to 90" or "at least 1"; none if there are none."""
    least, most = kind.get(lowest), kind.get(highest)
    if least and most:
        yield f"{least} to {most}"
    elif least or most:
        yield f"at least {least}" if least else f"at most {most}"


def with_details(sentence: str, *details: str) -> str:
    """Return a sentence with details behind it."""
    parts = [part for part in details if part]
    return "; ".join(filter(None, [sentence.rstrip("."), *parts])) if parts else sentence


def command_line(op: str, args: Mapping[str, Any]) -> str:
    """Return a call of an op as a shell command."""
    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in args.values())
    words = (f"{name}={text}" for name, text in zip(args, texts, strict=True))
    return shlex.join(["admonster-fb", "call", op, *words])


def example(op: Op) -> dict[str, Any]:
    """Return a call of the op: the one in its docstring, or the `example` of its declaration (`ops.json` has either).

    The ad account is left out: a tool usually has a default account.
    """
    arguments = op.spec.example or {}
    return {"op": op.name, "args": {name: value for name, value in arguments.items() if name != "ad_account_id"}}


def answer(ops: Mapping[str, Op], args: Mapping[str, Any], account: str | None = None) -> str:
    """Return the list of ops, a `group` of them, one (`op`) or one of its arguments, or those that match a `query`."""
    allowed = ("op", "argument", "query", "group")
    if unknown := [Violation(name, value, ", ".join(allowed)) for name, value in args.items() if name not in allowed]:
        raise ParameterError(unknown)
    name, query, group = args.get("op"), args.get("query"), args.get("group")
    if name:
        op = ops.get(names().get(str(name), str(name)))
        if op is None:
            raise ParameterError([Violation("op", name, nearest(str(name), ops))])
        return describe_argument(op, str(args["argument"])) if args.get("argument") else describe(op, account)
    groups = dict.fromkeys(op.spec.group for op in ops.values())
    if group and group not in groups:
        raise ParameterError([Violation("group", group, f"one of {', '.join(groups)}")])
    found = search(ops, str(query)) if query else list(ops.values())
    chosen = [op for op in found if group in (None, "", op.spec.group)]
    required = bool(query or group)
    return listing(chosen, required=required) if chosen else f"No op matches. Groups: {', '.join(groups)}"


def listing(ops: Iterable[Op], *, required: bool = False) -> str:
    """Return ops by group, a line each: the name, the first sentence and, with `required`, the required arguments.

    If that is more than `LIST_CHARS`, ops whose sentence says no more than their name stand together, by name.
    """
    groups = [(group, [*members]) for group, members in itertools.groupby(ops, key=lambda op: op.spec.group)]
    end = "Details: op=help args={op: NAME}; what the ops of one group do: args={group: NAME}"
    text = ""
    for short in (False, True):
        lines = []
        for group, members in groups:
            alone = [op.name for op in members if short and says_no_more(op)]
            described = [op for op in members if op.name not in alone]
            lines += [f"[{group}]", *([", ".join(alone)] if alone else [])]
            lines += [f"{op.name}: {first_sentence(op.summary)}{_required(op) if required else ''}" for op in described]
        about = ["An op without a sentence does what its name says."] if short else []
        text = "\n".join([*lines, *about, end])
        if len(text) <= LIST_CHARS:
            break
    return text


def says_no_more(op: Op) -> bool:
    """Return whether the first sentence of an op says what its name says, or only adds that it is of an ad account."""
    text = first_sentence(op.summary).lower().replace("'s ", " ")
    for words, name in _AS_IN_NAMES.items():
        text = text.replace(words, name)
    summary, named = _words(text) - _words(_STOP_WORDS), _words(op.name.replace("_", " "))
    return summary - {"account"} == named - {"account", "info"}


def _required(op: Op) -> str:
    names = [name for name in op.schema.get("required", ()) if name not in ACCOUNT_ARGUMENTS]
    takes = [name for name in (*_USUAL, *example(op)["args"]) if name in op.schema["properties"] and name not in names]
    more = f" Takes {', '.join(dict.fromkeys(takes))}, …" if op.spec.effect == "update" and takes else ""
    return f" Requires {', '.join(names)}.{more}" if names else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return re.split(r"(?<=[.?!]) (?=[A-Z`{])", text, maxsplit=1)[0]


def describe(op: Op, account: str | None = None) -> str:
    """Return everything about an op on one page: summary, cost, names, an example and its arguments.

    `account` is the default ad account. What would not fit is shortened, the types within arguments first:
    `describe_argument` returns them whole.
    """
    parts = {
        f"{op.name} ({op.access}): ": op.summary,
        "": _SOURCE.sub("", op.details).replace("Raises `ParameterError`", "Refused").strip(),
        "Cost: ": op.spec.cost,
        "Example: ": json.dumps(example(op), ensure_ascii=False),
    }
    head = [label + text for label, text in parts.items() if text]
    for detail in _DETAIL:
        page = "\n".join([*head, *_argument_lines(op, detail, account)])
        if len(page) <= PAGE_CHARS:
            break
    return page


def _argument_lines(op: Op, detail: tuple[int, int, int, int], account: str | None) -> list[str]:
    """Return the arguments, required ones first, then those of the example; the last ones by name; then inner types."""
    values, words, described, inner = detail
    several = '; or "all"' if op.access == "read" else ""
    defaults = {name: f"Default: {account}{several}" for name in ACCOUNT_ARGUMENTS if account}
    required = [name for name in op.schema.get("required", ()) if name not in defaults]
    rows = [
        replace(row, description=defaults.get(row.name, "" if row.name == "extra" else row.description))
        for row in arguments({**op.schema, "required": required})
    ]
    usual = {*example(op)["args"], *_USUAL, *defaults}
    rows.sort(key=lambda row: (not row.required, row.name not in usual))
    like = op.spec.like
    brief = {} if like else {row.name: _BRIEFLY[row.name][1] for row in rows if _is_brief(row)}
    rows = [row for row in rows if row.name not in brief]
    shown = rows[: len(required) + described]
    if like:
        known = registry()[like].schema["properties"]
        shown = [row for row in rows if row.required or row.name not in known]
        rows = [*shown, *(row for row in rows if row not in shown)]
    lines = [_line(row, 700 if row.required and inner else values, words) for row in shown]
    if rest := rows[len(shown) :]:
        lines.append(f"  {f'as in {like}' if like else 'also (…)'}: {', '.join(row.name for row in rest)}")
    if brief:
        lines.append(f"  and: {', '.join(f'{name} ({short})' if short else name for name, short in brief.items())}")
    lines += [] if like else _inner_types(op, rows, inner)
    text = " ".join(lines)
    legend = [meaning for word, meaning in _LEGEND.items() if re.search(rf": (list of )?{word}\b", text)]
    more = ["(…): help args={op, argument}"] if "(…)" in text else []
    marks = ["* required"] if required else []
    notes = "; ".join([*marks, *legend, *more])
    return [f"Arguments{f' ({notes})' if notes else ''}:", *lines] if lines else ["Arguments: none"]


def _is_brief(row: Argument) -> bool:
    """Return whether an argument is one that most lists take, with the usual meaning."""
    return not row.required and row.name in _BRIEFLY and row.description.startswith(_BRIEFLY[row.name][0])


def _inner_types(op: Op, rows: Iterable[Argument], detail: int) -> Iterator[str]:
    """Yield the types within the arguments; `(…)` instead of a long one that no required argument needs."""
    types = {name.lstrip("_"): (name, kind) for name, kind in op.schema.get("$defs", {}).items()}
    labels = [(name, row.required) for row in rows for name in _names(row.type)]
    for label, required in labels:
        name, kind = types.pop(label, ("", {}))
        if not name:
            continue
        line = "\n".join(_type_lines(name, kind, detail))
        whole = required or len(line) <= _LONG
        yield line if whole else f"{label}: (…)"
        inner = arguments(kind) if whole else []
        labels += [(more, required) for row in inner for more in _names(row.type)]


def _names(kind: str) -> list[str]:
    return re.findall(r"\w+", kind)


def _type_lines(name: str, schema: Mapping[str, Any], detail: int) -> list[str]:
    """Return a type within the arguments: a line per field (2), all their names in one line (1), or none (0)."""
    label, rows = name.lstrip("_"), arguments(schema)
    if detail > 1:
        return [f"{label}:", *(f"  {_line(row, PAGE_CHARS, PAGE_CHARS)}" for row in rows)]
    fields = [f"{row.name}{'*' * row.required}" for row in rows]
    if detail and sum(map(len, fields)) < _NAMES:
        return [f"{label}: {{{', '.join(fields)}}}"]
    ends = itertools.accumulate(len(row.name) + 2 for row in rows)
    names = "".join(f"{row.name}, " for row, end in zip(rows, ends, strict=True) if end <= _NAMES)
    return [f"{label}: {{{names}(…)}}" if detail else f"{label}: (…)"]


def _line(row: Argument, values: int, words: int) -> str:
    """Return an argument as a line, with at most so many characters for its values and its description."""
    text = _MONEY_HINT.sub("", row.description).rstrip(".")
    text = text if len(text) <= words else first_sentence(text).rstrip(".")
    kind = _type(row, values)
    about = ". ".join(part for part in ("" if text and kind == "string" else kind, text) if part)
    return f"{'*' if row.required else ' '} {row.name}: {about}"


def _type(row: Argument, values: int) -> str:
    """Return an argument's type; for one with listed values these, or how many there are if they are too long."""
    kind = row.type.replace(AMOUNT_TYPE, "money").replace("date-time or integer", "time")
    if not row.values:
        return kind
    listed = ", ".join(row.values)
    usual = ", ".join(value for value in _USUAL_VALUES if value in row.values)
    many = f"one of {usual}, … (…)" if usual else f"one of {len(row.values)} values (…)"
    choice = f"one of {listed}" if len(listed) <= values else many
    return choice if kind == "string" else kind.replace("string", choice)


def describe_argument(op: Op, name: str) -> str:
    """Return an argument with all its values and the types within it."""
    schema = op.schema
    pool = {**schema.get("$defs", {}), "": schema}
    rows = [row for inner in pool.values() for row in arguments(inner) if row.name == name]
    if not rows:
        names = sorted(schema["properties"])
        allowed = f"one of {', '.join(difflib.get_close_matches(name, names) or names)}"
        raise ParameterError([Violation("argument", name, allowed)])
    lines, types = [_line(rows[-1], PAGE_CHARS, PAGE_CHARS)], [rows[-1].type]
    for kind in types:
        for label in [label for label in pool if label and label.lstrip("_") in _names(kind)]:
            lines += _type_lines(label, pool[label], 2)
            types += [row.type for row in arguments(pool.pop(label))]
    return "\n".join([f"{op.name}, argument {name}:", *lines])


def preset_lines(today: date) -> list[str]:
    """Return the days of each named window of days."""
    return [f"  {name}: {first} to {last}" for name, (first, last) in ((n, of(today)) for n, of in PRESETS.items())]


def compact(schema: Any) -> Any:
    """Return a JSON Schema without titles, defaults and nulls, which cost tokens and say nothing."""
    if isinstance(schema, list):
        return [compact(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    titled = isinstance(schema.get("title"), str)  # else it is a property of that name
    left_out = ("default", "title") if titled else ("default",)
    short = {key: compact(value) for key, value in schema.items() if key not in left_out}
    only = short.get("anyOf")
    if isinstance(only, list) and len(only) == 1:
        return {**{key: value for key, value in short.items() if key != "anyOf"}, **only[0]}
    return short


def search(ops: Mapping[str, Op], query: str) -> list[Op]:
    """Return up to seven ops that match the words of the query best: the verb of the name counts most.

    >>> search(registry(), "archive ad set")[0].name, search(registry(), "raise budget")[0].name
    ('archive_adset', 'scale_campaign')
    """
    words = _words(query.lower().replace("ad set", "adset").replace("a/b", "ab")) - _words(_STOP_WORDS)
    index = {name: _weights(name) for name in ops}
    common = Counter(word for weights in index.values() for word in weights)
    scores: dict[str, float] = {}
    for name, weights in index.items():
        found = sum(weights[word] * math.log(1 + len(index) / common[word]) for word in words if weights[word])
        scores[name] = found - len(_words(name) - words) / 2 if found else 0
    ranked = sorted(ops, key=lambda name: -scores[name])[:7]
    return [ops[name] for name in ranked if scores[name] > max(0, scores[ranked[0]] / 3)]


def _words(text: str) -> set[str]:
    """Return the words of a text, without the endings of plurals."""
    return {re.sub(r"(?<=[^s])s$", "", word) for word in re.findall(r"[a-z0-9]+", text.lower())}


@functools.cache
def _weights(name: str) -> Counter[str]:
    """Return what each word of an op counts in a search."""
    op = registry()[name]
    verb, _, rest = op.name.partition("_")
    subjects = {words: names.split() for names, words in _SUBJECTS.items() if op.name in names.split()}
    texts = (
        (" ".join(f"{row.name} {row.description}" for row in arguments(op.schema)), 1),
        (op.details, 1),
        (op.summary, 2),
        (op.spec.group, 3),
        (" ".join(op.spec.also), 4),
        *((words, 7 - same.index(op.name)) for words, same in subjects.items()),
        (_VERBS.get(verb, ""), 6),
        (rest, 6),
        (verb, 8),
    )
    return Counter({word: weight for text, weight in texts for word in _words(text)})


def nearest(name: str, ops: Mapping[str, Op]) -> str:
    """Return the three ops whose names are most similar to one that does not exist."""
    known = [other for other, own in names().items() if own in ops]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.8)
    near += [op.name for op in search(ops, name.replace("_", " "))]
    near += difflib.get_close_matches(name, known, n=3, cutoff=0.3) + known[:3]
    return f"{', '.join([*dict.fromkeys(near)][:3])}, …: op=help lists all"


def with_hints(op: Op, error: ParameterError, ops: Mapping[str, Op]) -> ParameterError:
    """Return an error that says where arguments belong which an op does not have, and a list of those it has once."""
    listed: set[str] = set()
    found = []
    creative = op.schema.get("$defs", {}).get("AdCreativeCreate", {}).get("properties", {})
    for each in error.violations:
        part, _, name = each.field.partition(".")
        is_part = part == "creative" and "create_creative" in ops  # which has simpler parameters than Meta
        allowed = each.allowed
        if each.field not in {*op.schema["properties"], *op.spec.aliases} and "." not in each.field:
            allowed = _belongs(op, each, ops) or ("no such parameter" if allowed in listed else allowed)
        elif is_part and name not in creative and name in ops["create_creative"].schema["properties"]:
            allowed = f'part of create_creative: create one, then {op.name} creative={{"creative_id": "…"}}'
        listed.add(allowed)
        found.append(replace(each, allowed=allowed))
    return ParameterError(found)


def _belongs(op: Op, violation: Violation, ops: Mapping[str, Op]) -> str:
    """Return where an argument belongs that an op does not have; "" if nothing is known or a similar one was named."""
    name, own = violation.field, op.schema["properties"]
    types = op.schema.get("$defs", {})
    targeting = next((kind["properties"] for label, kind in types.items() if label.endswith("TargetingSpec")), ())
    if name in ("name", "search", "query", "q") and "filtering" in own:
        condition = {"field": "name", "operator": "CONTAIN", "value": violation.given}
        return f"filtering=[{json.dumps(condition, ensure_ascii=False)}]"
    if name in ("since", "until") and "time_range" in own:
        return 'time_range={"since": "YYYY-MM-DD", "until": "YYYY-MM-DD"}'
    if "targeting" in own and name in targeting:
        part = json.dumps({name: violation.given}, ensure_ascii=False, default=str)
        whole = f"read it with get_adset, change {name} and send all of it" if op.spec.effect == "update" else part
        return f"a part of targeting: {whole}"
    if f"{name}_id" in op.spec.aliases:
        return f"did you mean {name}_id?"
    if not violation.allowed.startswith("one of "):
        return ""
    taking = [other for other, each in ops.items() if name in each.schema["properties"]]
    taking = [other for other in taking if ops[other].spec.group in (op.spec.group, "creative")] or taking
    return f"no such parameter; for {', '.join(taking)}" if 0 < len(taking) <= _MOST_TAKING else ""


def done(op: Op, value: Any) -> str:
    """Return the first line of the text of a write."""
    if value is None:
        return f"OK: {op.spec.past}."
    return f"OK: {op.spec.past}, as it is now:" if isinstance(value, Node) else f"OK: {op.spec.past}:"
