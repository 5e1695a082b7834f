"""Say how the week was, and write a page to look at: `weekly_report.py [report.html]`. Needs the extra `report`."""

import sys

from _connect import connect

from admonster_fb.bot import FacebookTool
from admonster_fb.workflows.weekly_report import weekly_report

with connect() as fb:
    print(FacebookTool(fb).call({"op": "weekly_report"}).text)
    filename = sys.argv[1] if len(sys.argv) > 1 else "report.html"
    page = weekly_report(fb, format="html", filename=filename, overwrite=True)
    print(f"Written: {page.filename}")
