"""Read the last 30 days of an account by campaign, most expensive first."""

from _connect import connect

with connect() as fb:
    rows = fb.insights.list(fb.account, level="campaign", date_preset="last_30d", sort=["spend_descending"])
    for row in rows:
        print(
            f"{row.campaign_name}: {row.impressions or 0:,} impressions, {row.clicks or 0:,} clicks, "
            f"{row.spend or 0} {row.account_currency}, {row.date_start} to {row.date_stop}"
        )
    if not rows:
        print("No activity in the last 30 days.")
