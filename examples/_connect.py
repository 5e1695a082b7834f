"""What the examples share: they connect to Meta if there is a token in `.env`, else to the sandbox, and say which.

Before an example writes to anything but its own sandbox it shows what it will do and asks; `--yes` answers for you.
"""

import sys
import time
from typing import Any

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.errors import MISSING
from admonster_fb.sandbox import Sandbox

YES = "--yes" in sys.argv
sys.argv[:] = [word for word in sys.argv if word != "--yes"]
_own_sandbox = False


def connect(sandbox: Sandbox | None = None) -> FacebookAds:
    """Return a facade with a default account; without a token on this sandbox."""
    global _own_sandbox
    try:
        fb = FacebookAds.from_env()
    except ParameterError as error:
        if error.violations[0].given is not MISSING:
            raise
        print("No FACEBOOK_ACCESS_TOKEN: this runs on the sandbox, which is not Meta.")
        _own_sandbox = True
        return FacebookAds.sandbox(sandbox)
    print(f"Connected: {fb.api}, {fb}.")
    return fb


def confirm(fb: FacebookAds, *will: str) -> None:
    """Show what is going to be written, and end the program unless a person agrees. The own sandbox needs no answer."""
    if _own_sandbox:
        return
    print(f"This will write to {fb.account} at {fb.api}:", *will, sep="\n- ")
    try:
        answer = "y" if YES else input("Go on? (y/N) ")
    except EOFError:  # nobody is there
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        sys.exit("Stopped: nobody agreed to this.")


def wait(sandbox: Sandbox) -> None:
    """Wait for an hour; on the own sandbox, a day goes by at once."""
    sandbox.advance(days=1) if _own_sandbox else time.sleep(3600)


def agreed(tool: FacebookTool, op: str, **args: Any) -> Any:
    """Carry out an op; a plan is shown, and applied if a person agrees. On the own sandbox, nobody is asked."""
    result = tool.call({"op": op, "args": args})
    if result.ok and "apply" in result.next_actions:
        print("  asked:", *[line for line in result.text.splitlines() if line.startswith(("- ", "Most it adds"))])
        confirm(tool.fb, *result.text.splitlines())
        result = tool.approve(result.data.id)
    return result.data if result.ok else sys.exit(result.text)
