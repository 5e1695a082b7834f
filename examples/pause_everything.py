"""Pause every campaign of the account that is on: the red button."""

from _connect import confirm, connect

from admonster_fb import FacebookAdsError

with connect() as fb:
    on = [each for each in fb.campaigns.list(fb.account, fields=["name", "status"]) if each.status == "ACTIVE"]
    confirm(fb, *(f"pause {campaign.name} (ID: {campaign.id})" for campaign in on))
    paused = 0
    for campaign in on:
        try:
            fb.campaigns.update(campaign.id, status="PAUSED")
        except FacebookAdsError as error:  # one that fails must not keep the others running
            print(f"STILL ON: {campaign.name} (ID: {campaign.id}): {error}")
        else:
            paused += 1
            print(f"Paused {campaign.name} (ID: {campaign.id})")
    print(f"{paused} of {len(on)} campaigns paused.")
