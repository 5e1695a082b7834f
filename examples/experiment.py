"""Tactics launched PAUSED, activated by plans, stopped or accelerated by rules: `experiment.py [FILE] [HOURS]`.

On the sandbox, what a person would be asked is printed, and agreed to. Elsewhere a person is asked.
"""

import sys
from pathlib import Path

from _connect import agreed, confirm, connect, wait
from _tactics import launches

from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox

PAUSED = {"status": "PAUSED"}

sandbox, document = Sandbox(history=0), Path(*sys.argv[1:2] or [Path(__file__).parent, "launch", "tactics.yaml"])
with connect(sandbox) as fb:
    tool = FacebookTool(fb, files=document.resolve().parent)
    trees, told = launches(fb, document)
    hours = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    names = ", ".join(f"{tree['campaign']['name']} ({tree['adsets'][0]['daily_budget']} a day)" for tree in trees)
    confirm(fb, f"launch and ACTIVATE {names}", f"pause or scale them by rules, every hour for {hours} hours")
    made = [agreed(tool, "launch_campaign", **tree) for tree in trees]
    for each in made:
        for kind, ids in {"ad": each.ids("ads"), "adset": each.ids("adsets"), "campaign": [each.campaign_id]}.items():
            for node_id in ids:
                agreed(tool, f"update_{kind}", **{f"{kind}_id": node_id, "status": "ACTIVE"})
    rules = [{**rule, "ids": [each.campaign_id for each in made]} for rule in told["rules"]]
    most = f"{told['most_a_day']} {fb.currency(fb.account)}"
    for hour in range(hours):
        wait(sandbox)
        for alert in fb.alerts.evaluate(fb.account, rules=rules, time_preset="LAST_3_DAYS"):
            print(f"Check {hour + 1}: {alert.object_name}: {alert.action}, for {alert.why}")
            scale = {"factor": alert.factor, "max_daily_budget": most}
            op, change = ("scale_campaign", scale) if alert.action == "scale" else ("update_campaign", PAUSED)
            agreed(tool, op, campaign_id=alert.object_id, **change)
