"""Say why the ads of an account do not deliver: each cause with its evidence and its cure."""

from _connect import connect

from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.diagnose import diagnose

sandbox = Sandbox()
sandbox.break_delivery("rejected", sandbox.objects("Ad")[0]["id"])
sandbox.break_delivery("learning-limited", sandbox.objects("Ad")[3]["id"])
with connect(sandbox) as fb:
    found = diagnose(fb, fb.account)
    print(f"{found.delivering} of {found.ads} ads deliver, by impressions of today and yesterday.")
    for problem in found.problems:
        print(f"{problem.cause.effect}: {problem.cause.meaning} {problem.name}: {problem.field} is {problem.value}")
        print(f"  {problem.cause.cure}")
    if not found.problems:
        print("No cause found.")
