"""Collect leads for a driving school, 10 a day: form, campaign and ad (all PAUSED), then the leads in a file."""

from pathlib import Path

from _connect import confirm, connect

from admonster_fb.sandbox import png
from admonster_fb.workflows.launch import launch

fb = connect()
Path("school.png").write_bytes(png())  # a sample image
page = fb.pages.list()[0]
questions = ["full name", "phone", {"label": "Which course?", "options": ["Car", "Motorbike"]}]
creative = {"page_id": page.id, "message": "Learn to drive", "image": "school", "form": "main"}
adset = {
    "name": "Around us",
    "daily_budget": f"10.00 {fb.currency(fb.account)}",
    "targeting": {"geo_locations": {"countries": ["US"]}},
    "ads": [{"name": "Learn", "creative": creative}],
}
spec = {
    "preset": "leads_form",
    "images": {"school": "school.png"},
    "forms": {"main": {"name": "School", "questions": questions, "privacy_policy": "https://example.com/privacy"}},
    "campaign": {"name": "Driving school", "special_ad_categories": []},
    "adsets": [adset],
}
confirm(fb, f"a lead form of {page.name}", "a campaign with an ad set and an ad, PAUSED", "a test lead")
school = launch(fb, fb.account, spec)
print(f"Created, PAUSED: {dict(school.made)}")

form_id = school.made["forms.main"]
fb.leads.create_test(form_id)
done = fb.leads.sync(form_id, "leads.csv")
print(f"{done.new} new, {done.stored} in leads.csv. Sync again to catch up.")
