"""The weekly report as a page: one HTML file that loads nothing, or PDF. Needs the extra `report`."""

from admonster_fb.report.render import render_html, render_pdf, require

__all__ = ["render_html", "render_pdf", "require"]
