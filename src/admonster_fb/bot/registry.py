"""The registry of ops: every public method with an `@op` declaration, ready to be called with JSON.

`ops.json` lists the declarations, and `docs/build_reference.py` writes it from them: a call imports only what its op
needs, so that a pause leaves at once.

An op's arguments are one TypedDict, joined from the method's signature and its `**params: Unpack[…]`. The JSON
Schema, the validation of all arguments at once and the help text are derived from it.
"""

from __future__ import annotations

import functools
import inspect
import json
import pkgutil
import threading
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, Required, get_type_hints

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.bot.arguments import ALL, coerce_arguments
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import STRICT, WHY_NOT_MORE, checked, documented_hints, schema
from admonster_fb.operation import Access, OpSpec, spec_of
from admonster_fb.rules import Kind
from admonster_fb.services._validation import with_judged, with_rules

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

GROUPS = (
    *("account", "campaign", "adset", "targeting", "creative", "ad", "insights", "automation", "audience", "pixel"),
    "lead",
    "plan",
)
TOOL = "tool"
"""The `service` of ops that need the tool, not only the facade: they take it as their first argument."""
INDEX = Path(__file__).with_name("ops.json")
_SCHEMA_LOCK = threading.Lock()
_RULED: Mapping[str, Kind] = {"campaigns": "campaign", "adsets": "adset", "ads": "ad"}
"""The objects whose parameters Meta's rules are about, by edge."""
ACCOUNT_ARGUMENTS = ("ad_account_id", "parent_id", "object_id")
"""Arguments that a default ad account fills in."""
PAGE = 25
"""How many objects a list op shows by default."""


@dataclass(frozen=True)
class Op:
    """An operation: its declaration, the method behind it, and its arguments."""

    spec: OpSpec
    load: Callable[[], Callable[..., Any]]
    """Returns the method; what it imports is loaded with the first use of the op."""
    service: str | None
    """The facade's attribute of the service; `None` for a workflow, `tool` for an op that takes the tool."""

    @property
    def name(self) -> str:
        """The name bots call."""
        return self.spec.name

    @property
    def access(self) -> Access:
        """How far it goes: read, write or destroy."""
        return self.spec.access

    @functools.cached_property
    def function(self) -> Callable[..., Any]:
        """The method behind it."""
        return self.load()

    @functools.cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    @functools.cached_property
    def details(self) -> str:
        """The rest of the docstring, without the example."""
        text = (inspect.getdoc(self.function) or "").partition("\n")[2].split(">>>")[0]
        return " ".join(text.split())

    @functools.cached_property
    def accepts(self) -> Any:
        """The TypedDict of all arguments: the method's own parameters and those of its `Unpack`."""
        # The facade is imported for type checkers only, and is not an argument.
        hints = get_type_hints(self.function, localns={"FacebookAds": object}, include_extras=True)
        items: dict[str, Any] = {}
        spec: Any = None
        for parameter in [*inspect.signature(self.function).parameters.values()][1:]:
            hint = hints[parameter.name]
            if parameter.kind is parameter.VAR_KEYWORD:
                spec = typing.get_args(hint)[0]
                for name, kind in documented_hints(spec).items():
                    items[name] = kind if typing.get_origin(kind) is Required else NotRequired[kind]
            elif parameter.name == "fields":
                items["fields"] = NotRequired[Annotated[list[str], Field(description="fields to read")]]
            else:
                items[parameter.name] = Required[hint] if parameter.default is parameter.empty else NotRequired[hint]
        title = spec.__name__ if spec else self.name
        joined = with_config({**STRICT, "title": title})(TypedDict(self.name, items))  # type: ignore[operator]
        if spec in WHY_NOT_MORE:
            WHY_NOT_MORE[joined] = WHY_NOT_MORE[spec]
        return joined

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments. Threads that start together wait for the first, which makes it."""
        with _SCHEMA_LOCK:
            return schema(self.accepts)

    def prepare(self, fb: FacebookAds, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the method takes them. Raises `ParameterError` with every violation."""
        arguments = self.own_names(arguments)
        properties: dict[str, Any] = self.schema["properties"]
        if "ad_account_id" not in properties and fb.has_account and arguments.get("ad_account_id") == fb.account:
            del arguments["ad_account_id"]
        for account in ACCOUNT_ARGUMENTS:
            if account in properties and account not in arguments and fb.has_account:
                arguments[account] = fb.account
        arguments = coerce_arguments(arguments, properties)
        if resolve := getattr(spec_of(self.function), "resolve", None):  # code is in no index
            arguments = resolve(fb, arguments)
        try:
            return checked(self.accepts, arguments)
        except ParameterError as error:
            raise self._with_rules(error, arguments, fb) from None

    def run(self, fb: Any, arguments: Mapping[str, Any]) -> Any:
        """Call the method with prepared arguments; an op of the tool takes the tool instead of the facade."""
        target = fb if self.service in (None, TOOL) else getattr(fb, str(self.service))
        return self.function(target, **arguments)

    def _with_rules(self, error: ParameterError, arguments: Mapping[str, Any], fb: FacebookAds) -> ParameterError:
        """Return an error about types together with what the offline rules say of the same arguments."""
        if judge := getattr(spec_of(self.function), "judge", None):  # code is in no index
            return with_judged(error, arguments, functools.partial(judge, fb))
        kind = _RULED.get(self.spec.changes)
        if kind and self.spec.effect in ("create", "update") and "name" in self.schema["properties"]:
            return with_rules(error, kind, arguments, update=self.spec.effect == "update")
        if "breakdowns" not in self.schema["properties"]:
            return error
        from admonster_fb.services.insights.query import violations as insight_violations

        named = {violation.field for violation in error.violations}
        more = [each for each in insight_violations(arguments, fb.now().date()) if each.field not in named]
        return ParameterError([*error.violations, *more])

    def own_names(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments under their own names. Two different values for one argument are an error."""
        named: dict[str, Any] = {}
        narrower = {self.spec.aliases.get(name, name) for name in arguments if name != "ad_account_id"}
        for name, value in arguments.items():
            target = self.spec.aliases.get(name, name)
            if name == "ad_account_id" and target in narrower:
                continue  # the campaign or ad set named beside it is within the account
            value = _account(value) if name in ("ad_account_id", "to_account_id") else value
            if target in named and named[target] != value:
                raise ParameterError([Violation(name, value, f"one value for {target}, not two")])
            named[target] = value
        return named


def several_accounts(op: Op, args: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | list[str] | None]:
    """Return a read's arguments without its accounts, and these: "all" or a list; `None` if it is about one.

    Raises `ParameterError` if each account would write the same file.
    """
    everything = [name for name in ("accounts", *ACCOUNT_ARGUMENTS) if args.get(name) == ALL]
    lists = [name for name in ("accounts", "ad_account_id") if isinstance(args.get(name), list)]
    one = ["accounts"] if isinstance(args.get("accounts"), str) else []
    given, properties = next(iter([*everything, *lists, *one]), None), op.schema["properties"]
    own = next((name for name in ACCOUNT_ARGUMENTS if name in properties), None)
    if given is None or own is None or op.access != "read":
        return args, None
    rest = {name: value for name, value in args.items() if name != given}
    if "array" in str(properties[own]):  # it takes several by itself
        return {**rest, own: args[given]}, None
    is_file = properties.get("filename", {}).get("format") == "path"  # a store or a folder takes several
    if is_file and args.get("filename"):
        raise ParameterError([Violation(given, args[given], "one account: each would write the same file")])
    if args[given] == ALL:
        return rest, ALL
    several = args[given] if isinstance(args[given], list) else [args[given]]
    return rest, [str(_account(each)) for each in several]


def _account(value: Any) -> Any:
    """Return an ad account's id with its `act_`, which marks it as an account; any other value unchanged."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return f"act_{text}" if isinstance(text, str) and text.isascii() and text.isdecimal() else value


def _indexed(row: dict[str, Any]) -> Op:
    """Return an op as the index has it. JSON has lists for tuples."""
    where, service = row.pop("where"), row.pop("service")
    declared: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Op(OpSpec(**declared), lambda: inspect.unwrap(pkgutil.resolve_name(f"admonster_fb.{where}")), service)


@functools.cache
def registry() -> Mapping[str, Op]:
    """Return every op by name, in the order of groups and declarations."""
    ops = map(_indexed, json.loads(INDEX.read_text(encoding="utf-8")))
    return types.MappingProxyType({op.name: op for op in ops})


@functools.cache
def names() -> Mapping[str, str]:
    """Return every name a bot may use, alternative names included, with the op's own name."""
    return types.MappingProxyType({n: op.name for op in registry().values() for n in (op.name, *op.spec.also)})
