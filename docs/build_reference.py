"""The index of ops and, from it, the reference pages: `python docs/build_reference.py [--check] [FOLDER]`."""

from __future__ import annotations

import argparse
import ast
import doctest
import importlib
import inspect
import itertools
import json
import re
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from admonster_fb import services, workflows
from admonster_fb.bot.help import Argument, arguments, command_line, example, with_details
from admonster_fb.bot.host import codes
from admonster_fb.bot.registry import GROUPS, INDEX, TOOL, Op, names, registry
from admonster_fb.error_atlas import entries
from admonster_fb.operation import spec_of

_ID = "1202100001"
FOLDER = Path(__file__).parent / "reference"
_REWRITE = "run python docs/build_reference.py"
_NOTE = "<!-- Made from the code by `python docs/build_reference.py`: do not edit. -->\n"
_MANY = 12
"""More values than this go into a list at the end of the page."""


_TOOL_MODULES = ("plans.plan", "audit.undo")


def declared() -> Iterator[tuple[str | None, Callable[..., Any]]]:
    """Yield every method with an `@op` declaration, with the service that has it.

    >>> next(declared())[0]
    'adaccounts'
    """
    for attribute, service in services.by_attribute().items():
        yield from ((attribute, function) for _, function in services.methods(service))
    yield from ((None, function) for function in workflows.functions())
    for module in (importlib.import_module(f"admonster_fb.bot.{name}") for name in _TOOL_MODULES):
        own = (each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__)
        yield from ((TOOL, each) for each in own if inspect.isfunction(each))


def index() -> str:
    """Return the index of ops: a line of JSON for each, in the order of groups and declarations.

    >>> json.loads(index())[0]["name"]
    'status'
    """
    found = [(spec, where, function) for where, function in declared() if (spec := spec_of(function))]
    rows = [
        {
            "where": f"{function.__module__.removeprefix('admonster_fb.')}:{function.__qualname__}",
            "service": service,
            **{
                each.name: value
                for each in fields(spec)
                if not callable(value := getattr(spec, each.name)) and value != each.default
            },
            "example": spec.example or _documented_call(function, service),
        }
        for spec, service, function in sorted(found, key=lambda row: GROUPS.index(row[0].group))
    ]
    lines = [json.dumps({name: row[name] for name in row if row[name] != {}}, ensure_ascii=False) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _documented_call(function: Callable[..., Any], service: str | None) -> dict[str, Any]:
    """Return the arguments of the first call of an op in its docstring's `>>>` examples."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(function) or "")
    tree = ast.parse("".join(example.source for example in examples))
    nodes = [*ast.walk(tree)]
    variables = {name: value for node in nodes if isinstance(node, ast.Assign) for name, value in _assigned(node)}
    kind = ast.Attribute if service else ast.Name  # fb.campaigns.get(…) or status(fb, …)
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, kind)]
    calls = [node for node in calls if _name(node.func) == function.__name__]
    if not calls:
        return {}
    names = [*inspect.signature(function).parameters][1:]
    positional = calls[0].args if service else calls[0].args[1:]  # a workflow takes the facade first
    pairs = [*zip(names, positional, strict=False), *((word.arg, word.value) for word in calls[0].keywords)]
    return {str(name): _value(str(name), node, variables) for name, node in pairs}


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """Yield the variables that a statement assigns, of `a, b = 1, 2` both."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from ((_name(name), item) for name, item in zip(target.elts, value.elts, strict=True))
    else:
        yield _name(target), value


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _value(name: str, node: ast.expr, variables: Mapping[str, ast.expr]) -> Any:
    """Return the value of an argument; a sample id or "…" where the docstring computes it. `other_…_id` is another."""
    if isinstance(node, ast.Name) and isinstance(variables.get(node.id), (ast.Dict, ast.List, ast.Constant)):
        return _value(name, variables[node.id], variables)
    if isinstance(node, ast.List):
        return [_value(name, item, variables) for item in node.elts]
    if isinstance(node, ast.Dict):
        keys = [str(ast.literal_eval(key)) for key in node.keys if key is not None]
        return {key: _value(key, item, variables) for key, item in zip(keys, node.values, strict=True)}
    try:
        return ast.literal_eval(node)
    except ValueError:
        return str(int(_ID) + _name(node).startswith("other")) if _name(node).endswith("id") else "…"


def python_call(op: Op) -> str:
    """Return how the same is written in Python.

    >>> python_call(registry()["archive_ad"]), python_call(registry()["list_campaigns"])
    ('workflows.bulk.archive_ad(fb, ad_id)', 'fb.campaigns.iter(ad_account_id, …)')
    """
    module = op.function.__module__.removeprefix("admonster_fb.")
    if op.service == TOOL:
        return f"tool.guard.{'plans' if op.access == 'read' else op.name}({', '.join(_parameters(op.function))})"
    called = f"{module}.{op.function.__name__}" if op.service is None else f"fb.{op.service}.{op.function.__name__}"
    shown = (["fb"] if op.service is None else []) + _parameters(op.function)
    return f"{called}({', '.join(shown)})"


def _parameters(function: Callable[..., Any]) -> list[str]:
    """Name what a method takes by position; the rest is one ellipsis."""
    parameters = [*inspect.signature(function).parameters.values()][1:]
    named = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return named if len(named) == len(parameters) else [*named, "…"]


def _returns(op: Op) -> str:
    return str(inspect.signature(op.function).return_annotation).replace("builtins.", "")


def _doctest(op: Op) -> str:
    before, mark, example = (inspect.getdoc(op.function) or "").partition(">>>")
    return f"{mark}{example}" if mark and before else ""


def pages() -> dict[str, str]:
    """Return every page by its file's name.

    >>> sorted(pages())[:3]
    ['account.md', 'ad.md', 'adset.md']
    """
    groups = {group: [*ops] for group, ops in itertools.groupby(registry().values(), key=lambda op: op.spec.group)}
    made = {f"{group}.md": "\n".join(_group(group, ops)) for group, ops in groups.items()}
    made |= {
        "index.md": "\n".join(_index(groups)),
        "python.md": "\n".join(_python()),
        "scopes.md": "\n".join(_scopes()),
        "errors.md": "\n".join(_errors()),
    }
    return {name: f"{_NOTE}\n{text.strip()}\n" for name, text in made.items()}


def _group(group: str, ops: list[Op]) -> Iterator[str]:
    yield f"# {group}\n"
    for op in ops:
        yield from _op(op)
    objects = {name: kind for op in ops for name, kind in op.schema.get("$defs", {}).items()}
    if objects:
        yield "## Objects\n"
        for name, kind in sorted(objects.items(), key=lambda item: item[0].lstrip("_")):
            yield f"### {name.lstrip('_')}\n\n{kind.get('description', '')}\n"
            yield from _table(arguments(kind))
    every = [a for kind in (*(op.schema for op in ops), *objects.values()) for a in arguments(kind)]
    yield from _lists([argument for argument in every if len(argument.values) > _MANY])


def _op(op: Op) -> Iterator[str]:
    yield f"## {op.name}\n\n{op.summary}\n"
    if op.details:
        yield f"{op.details}\n"
    facts = {
        "Access": op.access,
        "Cost": op.spec.cost,
        "Also called": ", ".join(f"`{name}`" for name in op.spec.also),
        "Other names of arguments": ", ".join(f"`{alias}` for `{own}`" for alias, own in op.spec.aliases.items()),
        "Python": f"`{python_call(op)}` gives `{_returns(op)}`",
        "Next": ", ".join(f"`{name}`" for name in op.spec.then),
    }
    yield from (f"- {title}: {fact}" for title, fact in facts.items() if fact)
    yield ""
    yield from _table(arguments(op.schema))
    yield f"```sh\n{command_line(**example(op))}\n```\n"
    yield f"```json\n{json.dumps(example(op), ensure_ascii=False)}\n```\n"
    if doctest := _doctest(op):
        yield f"```python\n{doctest}\n```\n"


def _table(rows: list[Argument]) -> Iterator[str]:
    if not rows:
        return
    yield "| argument | type | required | description |\n|---|---|---|---|"
    for row in rows:
        meaning = _cell(with_details(row.description, _choice(row)))
        kind = re.sub(r"\b[A-Z]\w*[a-z]\w*", lambda name: f"[{name[0]}](#{name[0].lower()})", row.type)
        yield f"| `{row.name}` | {kind} | {'yes' if row.required else ''} | {meaning} |"
    yield ""


def _choice(row: Argument) -> str:
    if len(row.values) > _MANY:
        return f"one of {len(row.values)}, listed under [Values](#values)"
    return f"one of {', '.join(f'`{value}`' for value in row.values)}" if row.values else ""


def _cell(text: str) -> str:
    return " ".join(re.sub(r"([|<])", r"\\\1", text).split())


def _lists(rows: list[Argument]) -> Iterator[str]:
    """List long enumerations, each once."""
    seen: dict[str, Argument] = {row.name: row for row in rows}
    if seen:
        yield "## Values\n"
    for row in sorted(seen.values(), key=lambda row: row.name):
        yield f"`{row.name}`: {', '.join(f'`{value}`' for value in row.values)}\n"


def _index(groups: Mapping[str, list[Op]]) -> Iterator[str]:
    yield "# Reference\n"
    yield f"{sum(map(len, groups.values()))} ops. Each is called alike in four ways:\n"
    yield '- the bot\'s tool: `facebook(op="get_campaign", args={"campaign_id": "…"})`'
    yield "- a shell: `admonster-fb call get_campaign campaign_id=…`"
    yield "- MCP: `admonster-fb mcp` serves the tool, `admonster-fb mcp --tools per-op` one tool per op"
    yield "- Python: as each op's entry says; [methods that are no ops](python.md)\n"
    yield "[Which scopes each op needs](scopes.md).\n"
    for group, ops in groups.items():
        yield f"## [{group}]({group}.md)\n\n| op | access | what it does |\n|---|---|---|"
        yield from (f"| [`{op.name}`]({group}.md#{op.name}) | {op.access} | {_cell(op.summary)} |" for op in ops)
        yield ""
    yield "## Exit codes of the command line\n\n| code | after |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in codes().items())


def _python() -> Iterator[str]:
    yield "# Methods that are no ops\n\n| method | what it does | why it is no op |\n|---|---|---|"
    for title, function in without_op():
        summary = (inspect.getdoc(function) or "").split("\n", 1)[0]
        reason = getattr(function, "__no_op__", "")
        yield f"| `{title}({', '.join(_parameters(function))})` | {_cell(summary)} | {_cell(reason)} |"


def _scopes() -> Iterator[str]:
    """List what a token must have been granted, by op."""
    yield "# Scopes\n\nWhat the user must have granted before an op goes through: [Sign-in](../oauth-setup.md).\n"
    yield "| op | scopes |\n|---|---|"
    for op in registry().values():
        scopes = (" or ".join(f"`{scope}`" for scope in need.split("|")) for need in op.spec.scopes)
        yield f"| [`{op.name}`]({op.spec.group}.md#{op.name}) | {', '.join(scopes) or 'none'} |"


def _errors() -> Iterator[str]:
    """List every number that the atlas knows."""
    yield "# Error numbers\n\nWhat Meta's numbers mean and who can cure them: [Common issues](../common-issues.md)."
    yield "A subcode without a code means the same under every code.\n"
    yield "| code | subcode | class | who | cause | what to do |\n|---|---|---|---|---|---|"
    for row in sorted(entries(), key=lambda row: (row.error, row.code or 0, row.subcode or 0)):
        numbers = " | ".join("" if number is None else str(number) for number in (row.code, row.subcode))
        yield f"| {numbers} | `{row.error}` | {row.who} | {_cell(row.cause)} | {_cell(row.advice)} |"


def without_op() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public method and workflow that is no op, with its name."""
    for attribute, service in services.by_attribute().items():
        for name, function in services.methods(service):
            if spec_of(function) is None:
                yield f"fb.{attribute}.{name}", function
    for function in workflows.functions():
        if spec_of(function) is None:
            yield f"{function.__module__.removeprefix('admonster_fb.')}.{function.__name__}", function


def drift(folder: Path) -> list[str]:
    """Return what is wrong in a folder of pages: one line each."""
    if index() != INDEX.read_text(encoding="utf-8"):
        return [f"out of date: {INDEX.name}"]
    made = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    return [
        *(f"missing: {name}" for name in made if name not in there),
        *(f"out of date: {name}" for name in made if name in there and there[name] != made[name]),
        *(f"not a page any more: {name}" for name in there if name not in made),
    ]


def write(folder: Path) -> None:
    """Write every page and remove those that are none any more."""
    made = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def main(given: list[str] | None = None) -> int:
    """Write the pages, or with `--check` say what differs and return 1."""
    parser = argparse.ArgumentParser(prog="python docs/build_reference.py", description="Write the reference pages.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: docs/reference")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    options = parser.parse_args(given)
    if not options.check:
        INDEX.write_text(index(), encoding="utf-8", newline="\n")
        registry.cache_clear()
        names.cache_clear()
        write(options.folder)
        if options.folder == FOLDER:
            runpy.run_path(str(FOLDER.parents[1] / "tests/helpers/golden_help.py"))["write"]()
        return 0
    problems = drift(options.folder)
    if problems:
        sys.stderr.write("\n".join([*problems, f"To correct: {_REWRITE}", ""]))
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
