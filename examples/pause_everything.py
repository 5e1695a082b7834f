"""Pause every active campaign of the account: the red button."""

from _connect import connect

with connect() as fb:
    active = fb.campaigns.list(fb.account, fields=["name"], effective_status=["ACTIVE"])
    for campaign in active:
        fb.campaigns.update(campaign.id, status="PAUSED")
        print(f"Paused {campaign.name} (ID: {campaign.id})")
    print(f"{len(active)} campaigns paused.")
