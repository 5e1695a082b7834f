"""Collect leads for a driving school, 10 a day: form, campaign and ad (all PAUSED), then the leads in a file.

Run it: `python examples/collect_leads.py`
"""

from pathlib import Path

from _connect import agreed, connect

from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, png

sandbox = Sandbox()
fb = connect(sandbox)
tool = FacebookTool(fb, files=Path.cwd())
Path("school.png").write_bytes(png())  # a sample image

page = fb.pages.list()[0]
form = {
    "name": "Driving school",
    "questions": ["full name", "phone", {"label": "Which course?", "options": ["Car", "Motorbike"]}],
    "privacy_policy": "https://example.com/privacy",
}
creative = {"page_id": page.id, "message": "Learn to drive", "image": "school", "form": "main"}
adset = {
    "name": "Around us",
    "daily_budget": f"10.00 {fb.currency(fb.account)}",
    "targeting": {"geo_locations": {"countries": ["US"]}},
    "ads": [{"name": "Learn to drive", "creative": creative}],
}
launched = agreed(
    tool,
    "launch_campaign",
    preset="leads_form",
    images={"school": "school.png"},
    forms={"main": form},
    campaign={"name": "Driving school", "special_ad_categories": []},
    adsets=[adset],
)
print("Created, PAUSED:", launched.made)

form_id = launched.made["forms.main"]
sandbox.add_leads(form_id, [None]) if fb.is_sandbox else None
synced = fb.leads.sync(form_id, "leads.csv")
print(f"{synced.new} new, {synced.stored} in leads.csv. Run the sync again to catch up.")
