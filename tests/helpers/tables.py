"""Tables of cases that are one test: all wrong rows are reported at once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet


def table(
    names: str | tuple[str, ...], rows: Iterable[Any], *, fresh: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for each row, with the arguments of `pytest.mark.parametrize`, and fail with every row that is wrong.

    All rows share the fixtures, except those named by `fresh`: each row gets a new object of the same class.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table_rows = [_values(row, len(columns)) for row in rows]

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*args: Any, **fixtures: Any) -> None:
            wrong = []
            for row in table_rows:
                made = {name: type(fixtures[name])() for name in fresh}
                try:
                    test(*args, **{**fixtures, **made}, **dict(zip(columns, row, strict=True)))
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - every row is reported
                    wrong.append(f"{', '.join(map(repr, row))[:300]}\n    {type(error).__name__}: {error}"[:1500])
            assert not wrong, f"{len(wrong)} of {len(table_rows)} rows are wrong:\n" + "\n".join(wrong)

        signature = inspect.signature(test)
        kept = [parameter for name, parameter in signature.parameters.items() if name not in columns]
        run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return run

    return decorate


def _values(row: Any, count: int) -> tuple[Any, ...]:
    values = row.values if isinstance(row, ParameterSet) else row
    return tuple(values) if count > 1 or isinstance(row, ParameterSet) else (values,)
