"""The page on paper."""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError

_NEEDED = {"html": ("jinja2", "altair", "vl_convert"), "pdf": ("jinja2", "altair", "vl_convert", "weasyprint")}
_SYSTEM = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def require(format: str) -> None:
    """Raise `FacebookAdsError` saying what to install, if something that a format needs is missing.

    >>> require("text")
    """
    for name in _NEEDED.get(format, ()):
        if name == "weasyprint":
            _weasyprint()
        else:
            optional(name, "report")


def pdf_of(page: str) -> bytes:
    """Return a page as PDF; whatever it may name elsewhere is not loaded.

    >>> pdf_of("<h1>Week</h1>")[:5]
    b'%PDF-'
    """
    return bytes(_weasyprint().HTML(string=page, url_fetcher=_nothing).write_pdf())


def _weasyprint() -> Any:
    try:
        importlib.import_module("weasyprint")
    except OSError as error:  # it is there, but the libraries it draws with are not
        raise FacebookAdsError(
            f"weasyprint cannot draw: {error.args[0] if error.args else error}",
            advice=f"Install Pango: {_SYSTEM} (or take format html)",
            who="admin",
        ) from None
    except ImportError:
        pass
    return optional("weasyprint", "report")


def _nothing(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"not loaded: {url}")
