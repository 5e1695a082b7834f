"""A change that can spend is a plan first; it is refused once another person has changed what it was made from."""

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.policy import SpendPolicy

fb = FacebookAds.sandbox()  # never Meta: it changes budgets
print("This runs on the sandbox, which is not Meta.")
tool = FacebookTool(fb, policy=SpendPolicy(max_daily_budget="100.00 USD", max_increase_percent=50))
running = {"effective_status": ["ACTIVE"], "fields": ["name", "daily_budget"]}
campaign = next(each for each in fb.campaigns.iter(fb.account, **running) if each.daily_budget)


def call(op: str, **args: object) -> ToolResult:
    """Call an op as a model does, and show the answer."""
    print(f"> {op} {args}")
    result = tool.call({"op": op, "args": args})
    print(result.text, end="\n\n")
    return result


before = campaign.daily_budget or 0
call("update_campaign", campaign_id=campaign.id, daily_budget=before * 3)  # beyond the policy: no plan is made

plan = call("update_campaign", campaign_id=campaign.id, daily_budget=before * 6 // 5).data
fb.campaigns.update(campaign.id, daily_budget=before * 11 // 10)  # somebody else, in Ads Manager
call("apply", plan_id=plan.id)  # refused: says what has changed

plan = call("update_campaign", campaign_id=campaign.id, daily_budget=before * 6 // 5).data
call("apply", plan_id=plan.id)
call("apply", plan_id=plan.id)  # refused: once is once
call("update_campaign", campaign_id=campaign.id, status="PAUSED")  # what saves is done at once
