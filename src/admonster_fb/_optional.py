"""Modules that an extra brings, imported only where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from admonster_fb.errors import FacebookAdsError


def optional(name: str, extra: str = "data") -> Any:
    """Import a module that an extra brings.

    >>> optional("json").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        brings = f"the extra {extra}: pip install 'admonster-fb[{extra}]'" if extra else f"pip install {name}"
        raise FacebookAdsError(f"{name} is not installed", advice=f"Install {brings}", who="admin") from None
