"""Methods of services as `help()`, IPython and Sphinx show them: each parameter with its type and meaning.

The keyword parameters of a method are a TypedDict (`**params: Unpack[CampaignCreate]`), which type checkers read. At
run time signature and docstring are made from it on first access, so that importing a service costs nothing.
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from types import FunctionType, MethodType
from typing import Any

from admonster_fb.models._params import parameter_docs
from admonster_fb.operation import spec_of

_WIDTH = 110
_MEANINGS = {
    "ad_account_id": 'ID of the ad account, with or without "act_".',
    "fields": "Meta's names of the fields to return. Default: the fields of the returned model.",
    "object_id": 'ID of the ad account ("act_…"), campaign, ad set or ad.',
    "parent_id": 'ID of the object that contains them. An ad account\'s starts with "act_".',
    "user_id": 'ID of the user. Default: "me", the user of the token.',
    "q": "Text to search for.",
    "type": "Type of the search; see above.",
    "targeting_list": 'Known options, each as {"type": …, "id": …}.',
    "targeting_spec": "Targeting as Meta documents it, or from the builder. Default: the ad set's own.",
    "people": "CSV or Parquet path, data frame, or iterable of strings, lists or mappings.",
    "report_run_id": "ID of a run that was started earlier for the same query. Default: start a new one.",
    "store": "SQLite file (.sqlite, .db), or folder for Parquet files.",
    "since": 'First day, as a date or "YYYY-MM-DD". Default: `lookback_days` ago, or the first day stored.',
    "until": 'Last day, as a date or "YYYY-MM-DD". Default: yesterday.',
    "progress": "Function called with the number of finished blocks of days, and their total.",
    "lookback_days": "Days after which numbers no longer change, 1 to 1130. Default: 28.",
}
"""Meanings of parameters that are written in signatures. Any other `…_id` is "ID of the …"."""


class _PlainText(str):
    """An annotation or a default that a signature shows without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


class _Docstring:
    """The attribute `__doc__`: a text for the class, made by `docstring()` for an instance."""

    def __init__(self, of_class: str) -> None:
        self._of_class = of_class

    def __get__(self, method: ServiceMethod | None, owner: type) -> str:
        return self._of_class if method is None else method.docstring()


class ServiceMethod:
    __doc__ = _Docstring("A method whose signature and docstring show the keys of its `Unpack[…]`.")

    def __init__(self, function: FunctionType) -> None:
        functools.update_wrapper(self, function, assigned=("__module__", "__name__", "__qualname__"))
        self._function = function

    def __call__(self, service: Any, *args: Any, **kwargs: Any) -> Any:
        return self._function(service, *args, **kwargs)

    def __get__(self, service: Any, owner: Any) -> Any:
        return self if service is None else MethodType(self, service)

    @functools.cached_property
    def __signature__(self) -> Signature:
        return _visible_signature(self._function)

    def docstring(self) -> str:
        """Return the function's docstring with a section "Parameters" before its example."""
        text, mark, example = (inspect.getdoc(self._function) or "").partition(">>>")
        parameters = _parameter_lines(unpacked(self._function), self.__signature__)
        return "\n".join([text.rstrip(), "", "Parameters:", *parameters, *(["", mark + example] if mark else [])])


class ListMethod(ServiceMethod):
    __doc__ = _Docstring("The method `list` of a service: all that its `iter` yields, with the same parameters.")

    def __init__(self, owner: type, iterate: FunctionType) -> None:
        self._function = iterate
        self.__module__, self.__name__, self.__qualname__ = __name__, "list", f"{owner.__qualname__}.list"
        spec = spec_of(iterate)
        self.__no_op__ = f"{spec.name} shows the pages of `iter`" if spec else getattr(iterate, "__no_op__", "")

    def __call__(self, service: Any, *args: Any, **kwargs: Any) -> Any:
        return [*service.iter(*args, **kwargs)]

    @functools.cached_property
    def __signature__(self) -> Signature:
        signature = _visible_signature(self._function)
        model = str(signature.return_annotation).removeprefix("Edge[").removesuffix("]").replace("Rows", "InsightsRow")
        return signature.replace(return_annotation=_PlainText(f"list[{model}]"))

    def docstring(self) -> str:
        """Return the docstring of `iter`, adapted."""
        text = super().docstring().replace(" page by page", " all pages at once", 1)
        return text.replace(" Page by page", " All pages at once", 1)


def _visible_signature(function: FunctionType) -> Signature:
    """Return a signature with the keys of `Unpack[…]` as keyword parameters, required ones first."""
    signature = inspect.signature(function)
    own = [
        parameter if parameter.name == "self" else parameter.replace(annotation=_PlainText(parameter.annotation))
        for parameter in signature.parameters.values()
        if parameter.kind is not Parameter.VAR_KEYWORD
    ]
    positional = [parameter for parameter in own if parameter.kind is not Parameter.KEYWORD_ONLY]
    keywords = [parameter for parameter in own if parameter.kind is Parameter.KEYWORD_ONLY]
    for row in parameter_docs(spec) if (spec := unpacked(function)) else ():
        default = Parameter.empty if row.required else _PlainText(row.default or "...")
        keywords.append(Parameter(row.name, Parameter.KEYWORD_ONLY, default=default, annotation=_PlainText(row.type)))
    keywords.sort(key=lambda parameter: parameter.default is not Parameter.empty)
    return Signature([*positional, *keywords], return_annotation=_PlainText(signature.return_annotation))


def unpacked(function: Callable[..., Any]) -> Any:
    """Return the TypedDict that a function takes its keyword parameters from, or `None`."""
    function = inspect.unwrap(function)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD and str(parameter.annotation).startswith("Unpack["):
            module, _, name = str(parameter.annotation)[len("Unpack[") : -1].rpartition(".")
            return getattr(function.__globals__[module], name) if module else function.__globals__[name]
    return None


def _parameter_lines(spec: Any, signature: Signature) -> Iterator[str]:
    meanings = _MEANINGS | ({row.name: row.meaning for row in parameter_docs(spec) if row.meaning} if spec else {})
    for name, parameter in [*signature.parameters.items()][1:]:
        optional = "" if parameter.default is Parameter.empty else ", optional"
        noun = name.removesuffix("_id").replace("_", " ").replace("adset", "ad set")
        meaning = meanings.get(name) or (f"ID of the {noun}." if name.endswith("_id") else "")
        line = f"{name} ({parameter.annotation}{optional}): {meaning}"
        yield from textwrap.wrap(line, _WIDTH, initial_indent="    ", subsequent_indent="        ")
