"""Results of calls that change several objects: what failed in them, though others succeeded."""

from __future__ import annotations

from typing import Any

from admonster_fb.errors import FacebookAdsError


def failures(value: Any) -> tuple[list[FacebookAdsError], bool]:
    """Return the errors within a result (of its rows, or the `failed` of a copy), and whether all of it failed.

    >>> from admonster_fb.workflows.bulk import Changed
    >>> lost = FacebookAdsError("refused")
    >>> failures([Changed("1"), Changed("2", lost)]) == ([lost], False)
    True
    """
    if isinstance(failed := getattr(value, "failed", None), dict):
        return [*failed.values()], False
    rows = value if isinstance(value, list) else getattr(value, "changes", None)
    results = [row.error for row in rows if hasattr(row, "error")] if isinstance(rows, list) else []
    errors = [error for error in results if isinstance(error, FacebookAdsError)]
    return errors, bool(errors) and len(errors) == len(results)
