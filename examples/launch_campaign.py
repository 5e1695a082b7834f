"""Launch a campaign from a file, all PAUSED: `launch_campaign.py [FILE.yaml]`. On the sandbox it breaks half way."""

import sys
import tempfile
from pathlib import Path

from _connect import confirm, connect

from admonster_fb import LaunchStopped
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows.launch import launch, load, resume

file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "launch" / "coffee.yaml"
journal = Path(tempfile.mkdtemp(), "coffee.journal")
sandbox = Sandbox()
sandbox.fail_next("POST act_*/ads", GraphError(190))  # the token is refused when it comes to the ads
with connect(sandbox) as fb:
    confirm(fb, f"create the campaign in {file} with its ad sets and ads, all PAUSED")
    try:
        made = launch(fb, fb.account, load(file), journal=journal)
    except LaunchStopped as stopped:
        print(f"Stopped with {len(stopped.launched.made)} of {stopped.launched.of} made: {[*stopped.launched.failed]}")
        made = resume(fb, journal)
    print(f"{made.state.capitalize()}: campaign ID: {made.campaign_id}")
    for adset_id in made.ids("adsets"):
        adset = fb.adsets.get(adset_id, fields=["name", "status", "daily_budget"])
        print(f"  {adset.name}, {adset.status}, {adset.daily_budget} a day: {len(fb.ads.list(adset_id))} ads")
