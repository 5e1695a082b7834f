"""List all ad accounts the token can see, grouped by business."""

from _connect import connect

from admonster_fb import Money

with connect() as fb:
    for business, accounts in fb.adaccounts.by_business():
        print(business.name if business else "Personal")
        for account in accounts:
            known = account.currency and account.amount_spent is not None
            spent = Money.from_minor(account.amount_spent, account.currency) if known else "unknown"
            print(f"  {account.id}  {account.name}  spent {spent}  ({account.timezone_name})")
