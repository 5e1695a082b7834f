"""What the examples share: they connect to Meta if there is a token in `.env`, else to the sandbox, and say which."""

import sys
import time
from typing import Any

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.errors import MISSING
from admonster_fb.sandbox import Sandbox


def connect(sandbox: Sandbox | None = None) -> FacebookAds:
    """Return a facade with a default account; without a token on this sandbox."""
    try:
        fb = FacebookAds.from_env()
    except ParameterError as error:
        if error.violations[0].given is not MISSING:
            raise
        print("No FACEBOOK_ACCESS_TOKEN: this runs on the sandbox, which is not Meta.")
        return FacebookAds.sandbox(sandbox)
    print(f"Connected: {fb.api}, {fb}.")
    return fb


def wait(fb: FacebookAds, sandbox: Sandbox) -> None:
    """Wait for an hour; if this is the sandbox, a day goes by at once."""
    is_sandbox = fb.now() == sandbox.now()
    sandbox.advance(days=1) if is_sandbox else time.sleep(3600)


def agreed(tool: FacebookTool, op: str, **args: Any) -> Any:
    """Carry out an op; a plan is shown, and applied as if a person had said yes."""
    result = tool.call({"op": op, "args": args})
    if result.ok and "apply" in result.next_actions:
        print("  asked:", *[line for line in result.text.splitlines() if line.startswith(("- ", "Most it adds"))])
        result = tool.approve(result.data.id)
    return result.data if result.ok else sys.exit(result.text)
