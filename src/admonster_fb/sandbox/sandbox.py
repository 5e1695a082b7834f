"""The sandbox as its users know it: the core with its doors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import requests

from admonster_fb.sandbox import control
from admonster_fb.sandbox.core import Core
from admonster_fb.sandbox.faults.problems import BROKEN, PROBLEMS, Ad
from admonster_fb.sandbox.transport import SandboxAdapter
from admonster_fb.sandbox.wire import Request, Response


class Sandbox(Core):
    """A Graph API in memory: same seed, same ids, same clock, same answers.

    Default: 30 days of history in two of four ad accounts, and a clock that only `advance` and `sleep` change.
    `latency` is in seconds of real time, before each answer; calls of several threads wait side by side.

    >>> sandbox = Sandbox(seed=1, history=0)
    >>> sandbox.session().get("https://graph.facebook.com/act_1?fields=currency").json()["currency"]
    'USD'
    """

    @property
    def problems(self) -> dict[str, Callable[[], None]]:
        """Problems of the token, the app or the account, by name; calling one causes it.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.problems["disabled"]()
        >>> sandbox.object("act_1")["account_status"]
        2
        """
        return {name: partial(cause, self) for name, cause in PROBLEMS.items()}

    def break_delivery(self, name: str, ad_id: str) -> None:
        """Let an ad deliver no more, or less, by one of the causes in `sandbox.broken_deliveries`.

        >>> sandbox = Sandbox()
        >>> sandbox.break_delivery("campaign-paused", sandbox.objects("Ad")[0]["id"])
        >>> sandbox.objects("Campaign")[0]["status"]
        'PAUSED'
        """
        BROKEN[name](Ad(self, ad_id))

    @property
    def broken_deliveries(self) -> tuple[str, ...]:
        """The names of what `break_delivery` can break."""
        return tuple(BROKEN)

    def adapter(self) -> SandboxAdapter:
        """Return a `requests` adapter that answers in process.

        >>> Sandbox(history=0).adapter().sandbox.account
        'act_1'
        """
        return SandboxAdapter(self)

    def session(self, token: str | None = None) -> requests.Session:
        """Return a `requests` session that reaches this sandbox whatever the host. Default: the default token.

        >>> Sandbox(history=0).session().get("https://graph.facebook.com/act_1").status_code
        200
        """
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token or self.token}"
        for scheme in ("https://", "http://"):
            session.mount(scheme, self.adapter())
        return session

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(control.PREFIX):
            return control.answer(self, request)
        return super()._answer(request)
