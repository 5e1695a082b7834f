"""What a machine may lack: optional dependencies, imported where they are used, and forks."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

from admonster_fb.errors import FacebookAdsError

F = TypeVar("F", bound=Callable[[], object])


def optional(name: str, extra: str = "data") -> Any:
    """Import and return a module that an extra installs. Raises `FacebookAdsError` without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = f"the extra {extra}: pip install 'admonster-fb[{extra}]'" if extra else f"pip install {name}"
        raise FacebookAdsError(f"{name} is not installed", advice=f"Install {package}", who="code") from None


def after_fork(work: F) -> F:
    """Call `work` in each process that is forked from this one. Windows has no forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=work)
    return work
