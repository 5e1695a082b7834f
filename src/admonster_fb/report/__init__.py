"""The weekly report as a page: one HTML file that loads nothing (Jinja), or PDF (Typst).

Needs the extra `report`. Everything comes with pip's wheels, fonts included.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.analysis.weekly.model import WeeklyReport
from admonster_fb.report.page import FONT, build_page

_HERE = Path(__file__).parent
_FONTS = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Packages that hold only the Noto fonts: Latin and twenty more scripts, symbols, emoji; Chinese, Japanese, Korean."""
_REQUIRED = {"html": ("jinja2", "vl_convert"), "pdf": ("typst", "vl_convert", *_FONTS)}


def require(format: str) -> None:
    """Raise `FacebookAdsError` that names what to install, if a package that a format needs is missing."""
    for name in _REQUIRED.get(format, ()):
        optional(name, "report")


def render_html(report: WeeklyReport) -> str:
    """Return a report as one HTML page that contains its style and charts.

    >>> "Nothing was delivered" in render_html(WeeklyReport(()))
    True
    """
    template = _html_templates().get_template("weekly.html.j2")
    return str(template.render(page=build_page(report), svg=optional("markupsafe", "report").Markup))


def render_pdf(report: WeeklyReport) -> bytes:
    """Return a report as PDF, on A4 pages.

    Names reach the template as data, never as markup, and it can read no file but itself. Fonts are embedded.

    >>> render_pdf(WeeklyReport(()))[:5]
    b'%PDF-'
    """
    page = build_page(report)
    for section in page["sections"]:
        for chart in section["charts"]:
            chart["svg"] = chart["svg"].replace(FONT, "Noto Sans")
    compiler = optional("typst", "report").Compiler(
        _HERE / "weekly.typ", root=_HERE, font_paths=_fonts(), sys_inputs={"page": json.dumps(page)}
    )
    return bytes(compiler.compile(format="pdf"))


@cache
def _html_templates() -> Any:
    jinja2 = optional("jinja2", "report")
    strict = {"autoescape": True, "undefined": jinja2.StrictUndefined}
    return jinja2.Environment(**strict, loader=jinja2.FileSystemLoader(_HERE), trim_blocks=True, lstrip_blocks=True)


@cache
def _fonts() -> Any:
    folders = [str(Path(optional(name, "report").__file__).parent) for name in _FONTS]
    own_only = {"include_system_fonts": False, "include_embedded_fonts": False}
    return optional("typst", "report").Fonts(**own_only, font_paths=folders)
