"""Tables of cases that are one test: all wrong rows are reported at once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet
from _pytest.tmpdir import tmppath_result_key


def table(
    names: str | tuple[str, ...],
    rows: Iterable[Any],
    *,
    ids: Iterable[str] | Callable[[Any], object] | None = None,
    fresh: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for each row, with the arguments of `pytest.mark.parametrize`, and fail with every row that is wrong.

    All rows share the fixtures. With `fresh` each row gets its own, as each test has.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table_rows = [_values(row, len(columns)) for row in rows]
    labels = _labels(table_rows, ids)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        fixtures_of_test = [each for name, each in signature.parameters.items() if name not in columns]

        @functools.wraps(test)
        def run(*args: Any, **fixtures: Any) -> None:
            request = fixtures["request"] if "request" in signature.parameters else fixtures.pop("request", None)
            wrong = []
            for number, (label, (row, _)) in enumerate(zip(labels, table_rows, strict=True)):
                try:
                    if fresh and number:
                        renewed = _renewed(request)
                        fixtures |= {name: renewed[name] for name in fixtures.keys() & renewed.keys()}
                    test(*args, **fixtures, **dict(zip(columns, row, strict=True)))
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - every row is reported
                    wrong.append(f"{label[:300]}\n    {type(error).__name__}: {error}"[:1500])
            assert not wrong, f"{len(wrong)} of {len(table_rows)} rows are wrong:\n" + "\n".join(wrong)

        if fresh and "request" not in signature.parameters:
            fixtures_of_test.append(inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY))
        run.__signature__ = signature.replace(parameters=fixtures_of_test)  # type: ignore[attr-defined]
        return run

    return decorate


def _renewed(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Tear down what the fixtures of a test made for it alone, and make it again. Pytest has no public way to do so."""
    test: Any = request.node
    test.stash.setdefault(tmppath_result_key, {})  # which `tmp_path` expects of a test that has run
    for fixture in reversed(list(test._request._fixture_defs.values())):
        if fixture.scope == "function":
            fixture.finish(test._request)
    test._initrequest()
    test._request._fillfixtures()
    return dict(test.funcargs)


def _values(row: Any, count: int) -> tuple[tuple[Any, ...], str | None]:
    """Return the values of a row and its name."""
    if isinstance(row, ParameterSet):
        assert not row.marks, "a row of a table has no marks: make a test of its own of it"
        return tuple(row.values), str(row.id) if row.id else None
    return (tuple(row) if count > 1 else (row,)), None


def _labels(rows: list[tuple[tuple[Any, ...], str | None]], ids: Any) -> list[str]:
    if ids is not None and not callable(ids):
        return [str(label) for label, _ in zip(ids, rows, strict=True)]
    said = ids or (lambda _: None)
    return [name or ", ".join(str(said(value) or repr(value)) for value in values) for values, name in rows]
