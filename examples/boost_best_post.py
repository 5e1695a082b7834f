"""Boost the post of the last week with the most engagement; nothing spends before it is activated."""

from _connect import confirm, connect

from admonster_fb.workflows.boost import boost_post, list_posts

BUDGET, DAYS, PLACES = "10.00 USD", 5, ["US"]  # the budget is in the currency of the account
with connect() as fb:
    for post in list_posts(fb, fb.account, days=7).posts[:5]:
        print(f"{post.engagement:5,} {post.kind} {post.id}: {post.text[:40]} {post.reason}")
    confirm(fb, f"a paused campaign for the best of these posts: {BUDGET} a day, {DAYS} days, in {', '.join(PLACES)}")
    made = boost_post(fb, fb.account, daily_budget=BUDGET, days=DAYS, places=PLACES)
    print(f"Campaign {made.campaign_id} is ready and PAUSED: activate_campaign starts it.")
