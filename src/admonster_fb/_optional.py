"""Import of optional dependencies, where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from admonster_fb.errors import FacebookAdsError


def optional(name: str, extra: str = "data") -> Any:
    """Import and return a module that an extra installs. Raises `FacebookAdsError` without it.

    >>> optional("json").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        package = f"the extra {extra}: pip install 'admonster-fb[{extra}]'" if extra else f"pip install {name}"
        raise FacebookAdsError(f"{name} is not installed", advice=f"Install {package}", who="code") from None
