"""`python -m admonster_fb.sandbox`: the sandbox as a server for anything that speaks HTTP."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from admonster_fb.sandbox.control import HELP
from admonster_fb.sandbox.sandbox import Sandbox
from admonster_fb.sandbox.server import HOST, make_server
from admonster_fb.sandbox.wire import Request, Response

BANNER = """\
Graph API SANDBOX: this is not Meta. Nothing here spends, and what passes here may still fail there.
  URL      {url}
  Token    {token}
  Account  {account}
  App      {app}, secret {secret}, {mode}
In a folder's .env, for all commands there:
FACEBOOK_ENDPOINT={url}
FACEBOOK_ACCESS_TOKEN={token}
FACEBOOK_AD_ACCOUNT_ID={account}
{help}Stop with Ctrl-C.
"""


class RealTime:
    """Advances the sandbox by the time that went by since the last call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._last = sandbox, time.monotonic()

    def before(self, request: Request) -> Response | None:  # noqa: ARG002 - a hook
        """Let whole seconds go by."""
        elapsed = int(time.monotonic() - self._last)
        if elapsed:
            self._last += elapsed
            self._sandbox.elapse(elapsed)
        return None

    def after(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - a hook
        """Change nothing."""
        return response


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; with a snapshot file, begin from it and write it at the end."""
    options = _options(arguments)
    began = datetime.now(UTC).replace(microsecond=0)
    clock = None if options.fixed_time else lambda: began
    sandbox = Sandbox(seed=options.seed, clock=clock, history=options.history)
    if not options.fixed_time:
        sandbox.hooks.append(RealTime(sandbox))
    if options.snapshot and options.snapshot.exists():
        sandbox.load(options.snapshot)
    app = sandbox.app
    app.live = app.live and not options.development
    app.redirect_uris = [*dict.fromkeys([*app.redirect_uris, *options.redirect_uri])]
    server = make_server(sandbox, options.port, options.latency)
    url = f"http://{HOST}:{server.server_address[1]}"
    help_text = HELP.format(url=url)
    known = {"app": app.id, "secret": app.secret, "mode": "live" if app.live else "in development mode"}
    sys.stdout.write(BANNER.format(url=url, token=sandbox.token, account=sandbox.account, help=help_text, **known))
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        if options.snapshot:
            sandbox.save(options.snapshot)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m admonster_fb.sandbox",
        description=__doc__,
        epilog=HELP.format(url="URL"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="seed of ids and figures")
    parser.add_argument("--history", type=int, default=30, help="days of delivery to begin with")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer (default: none)")
    development = "its app is in development mode: sign-in comes back to http://localhost, and no creatives are made"
    parser.add_argument("--development", action="store_true", help=development)
    parser.add_argument("--redirect-uri", action="append", default=[], help="address that sign-in may come back to")
    fixed = "its clock stands at 2026-11-01 until it is advanced (default: it goes on from now, and ads deliver)"
    parser.add_argument("--fixed-time", action="store_true", help=fixed)
    parser.add_argument("--snapshot", type=Path, help="JSON file to begin from and to save to")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
