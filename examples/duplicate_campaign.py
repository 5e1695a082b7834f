"""Copy the first running campaign with all its ad sets and ads, paused, to try something with."""

from _connect import confirm, connect

from admonster_fb.workflows.duplicate.copy import duplicate_campaign

with connect() as fb:
    source = next(iter(fb.campaigns.iter(fb.account, fields=["name"], effective_status=["ACTIVE"])), None)
    if source is None:
        print("No campaign is running.")
    else:
        confirm(fb, f"copy {source.name} (ID: {source.id}) with its ad sets and ads, all PAUSED")
        copy = duplicate_campaign(fb, source.id, new_name=f"{source.name}, trial")
        print(f"Copied {source.name} to ID: {copy.id}: {len(copy.adsets)} ad sets, {len(copy.ads)} ads, all PAUSED")
        for source_id, error in copy.failed.items():
            print(f"NOT copied: {source_id}: {error}")
