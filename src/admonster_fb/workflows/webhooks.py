"""Webhooks of an app: its subscription, leads into a file as they come, and alerts sent to people."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import requests

from admonster_fb.alerts.rules import Alert
from admonster_fb.auth.app import App
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, NetworkError, NotFoundError, OutcomeUnknown, ParameterError, Violation
from admonster_fb.operation import no_op
from admonster_fb.redaction import Secret
from admonster_fb.transport.api import decode
from admonster_fb.transport.request import Call
from admonster_fb.webhooks import LeadCreated
from admonster_fb.webhooks.receiver import signature

_LOG = logging.getLogger("admonster_fb")
_SLACK = "https://hooks.slack.com/"
_TIMEOUT = 10.0


@no_op("the host's code subscribes its own app")
def subscribe_app(app: App, kind: str, fields: Iterable[str], *, callback_url: str, verify_token: str | Secret) -> None:
    """Subscribe an app to fields of `page`, `ad_account`, `permissions`, …: Meta verifies the callback at once.

    The new fields replace those before of the same kind. Then subscribe each Page or account with `fb.webhooks`.

    >>> subscribe_app(app, "page", ["leadgen"], callback_url="https://bot.example/meta",
    ...     verify_token="mine")  # doctest: +SKIP
    """
    if not callback_url.startswith("https://"):
        raise ParameterError([Violation("callback_url", callback_url, "a URL that begins with https://")])
    params = {"object": kind, "fields": ",".join(fields), "callback_url": callback_url, "include_values": True}
    call = Call("POST", (app.app_id, "subscriptions"), {**params, "verify_token": Secret(verify_token)})
    with app.api(app.token) as api:
        answer = api.send(call, decode)
    if answer not in (True, "true") and not (isinstance(answer, dict) and answer.get("success") is True):
        raise OutcomeUnknown("Meta answered without success", request=call.name, check="read the app's subscriptions")


@no_op("a function for `Receiver`")
def collect_leads(fb: FacebookAds, store: str | Path) -> Callable[[LeadCreated], None]:
    """Return a function for `Receiver` that adds each new lead to a file of `fb.leads.sync`.

    A lead that cannot be read yet is left to the next sync: call that hourly, as webhooks may be lost.

    >>> from admonster_fb.webhooks import Receiver
    >>> Receiver("secret", "mine", {"leadgen": collect_leads(fb, "leads.sqlite")})
    Receiver(['leadgen'])
    """
    file = Path(store).absolute()  # the process may be in another folder when a lead comes

    def collect(event: LeadCreated) -> None:
        try:
            fb.leads.collect(event.leadgen_id, file, page_id=event.page_id)
        except NotFoundError:
            _LOG.warning("webhook: lead %s cannot be read yet: the next sync will", event.leadgen_id)

    return collect


@no_op("the host's code says where alerts go")
def send_alerts(
    alerts: Iterable[Alert], to: str | Callable[[Alert], object], *, secret: str | Secret | None = None
) -> int:
    """Send alerts to a function, to Slack's incoming webhook, or as JSON to a URL, and return their number.

    With `secret` the JSON is signed as Meta signs: `X-Hub-Signature-256`, which `verify_signature` checks. Raises
    `NetworkError` if the URL does not take it.

    >>> send_alerts([], print)
    0
    """
    found = [*alerts]
    if callable(to):
        for alert in found:
            to(alert)
        return len(found)
    if not (isinstance(to, str) and to.startswith("https://")):  # Slack's URL is a secret: not shown, wrong or right
        raise ParameterError([Violation("to", MISSING, "a function, or an https:// URL")])
    if not found:
        return 0
    lines = [f"{each.action}: {each.level} {each.object_id} {each.object_name}: {each.why}" for each in found]
    content: object = {"text": "\n".join(lines)} if to.startswith(_SLACK) else {"alerts": lines}
    body = json.dumps(content).encode()
    headers = {"Content-Type": "application/json"}
    if secret:
        headers["X-Hub-Signature-256"] = signature(body, Secret(secret).reveal())
    try:
        answer = requests.post(to, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        problem = f"HTTP {answer.status_code}" if answer.status_code >= 300 else ""
    except requests.RequestException as failure:  # its text would show the URL, which is a secret of Slack's
        problem = f"{type(failure).__name__}: no answer"
    if problem:
        raise NetworkError(problem, request="POST of alerts")
    return len(found)
