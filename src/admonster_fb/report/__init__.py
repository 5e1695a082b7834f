"""The weekly report to look at: one HTML file that loads nothing, or PDF. Needs the extra `report`."""

from admonster_fb.report.html import html_of
from admonster_fb.report.pdf import pdf_of, require

__all__ = ["html_of", "pdf_of", "require"]
