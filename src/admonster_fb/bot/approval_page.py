"""A page on which a person reads a plan on their phone and decides: a signed link for each plan and person.

The key that signs belongs to the host: the model's process, or its shell, must not be able to read it, and the link
goes from the host to the person, never through the model's text. GET only shows, since previews of links open them.
POST decides, once. A link that is forged, used or over is 410. Only requests whose Host and Origin are those of the
page's `url` are answered: no other site's form decides, and no other name of this machine shows a plan.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.tool import FacebookTool
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation

_LEAST_KEY = 32
_MOST_BODY = 1000
_STATUS = {200: "200 OK", 403: "403 Forbidden", 405: "405 Method Not Allowed", 409: "409 Conflict", 410: "410 Gone"}
_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _CONTENT),
    ("Referrer-Policy", "same-origin"),  # with "no-referrer" the Origin of the page's own form would be null
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
]
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem;
margin: 0 auto; padding: 1.2rem; overflow-wrap: anywhere }} h1 {{ font-size: 1.7rem; line-height: 1.2 }}
li {{ margin: .8rem 0 }} ul {{ padding-left: 1.1rem }} small {{ opacity: .75 }} form {{ display: grid; gap: .8rem }}
button {{ font: inherit; padding: .9rem; border-radius: .6rem; border: 1px solid #888 }}
button[value=yes] {{ background: #0a66c2; color: #fff; border: 0 }}</style>
<h1>{title}</h1>{body}</html>
"""
_PARTS = re.compile(r' \| (?=(?:[^"]*"[^"]*")*[^"]*$)')
"""What parts a line of a plan: names in quotes may hold it too."""
_BUTTONS = """<form method="post"><button name="decision" value="yes">Yes, do exactly this</button>
<button name="decision" value="no">No</button></form>"""


class ApprovalPage:
    """The page as a WSGI application, and its links. `url` is where the host serves it; `key` has 32 bytes or more.

    A proxy in front passes the Host header on as it came: a request with another host than that of `url` gets 403.

    >>> from admonster_fb import FacebookAds
    >>> tool = FacebookTool(FacebookAds.sandbox())
    >>> page = ApprovalPage(tool, key=b"0" * 32, url="https://bot.example/plans")
    >>> plan = tool.call({"op": "scale_campaign", "args": {"campaign_id": tool.fb.campaigns.list("act_1")[-1].id,
    ...     "factor": 1.1, "max_daily_budget": "90.00 USD"}}).data
    >>> page.link(plan.id, person="Ann").startswith("https://bot.example/plans/")
    True
    """

    def __init__(self, tool: FacebookTool, *, key: bytes, url: str) -> None:
        if len(key) < _LEAST_KEY:
            raise ParameterError([Violation("key", f"{len(key)} bytes", f"{_LEAST_KEY} random bytes or more")])
        self._tool, self._key, self._url = tool, key, url.rstrip("/")

    def link(self, plan_id: str, *, person: str) -> str:
        """Return the link for a person, who is named in the audit log if they agree. It ends with its plan.

        Raises `PlanRefused` if the plan can no longer be applied.
        """
        self._tool.guard.pending(plan_id)
        payload = base64.urlsafe_b64encode(json.dumps([plan_id, person]).encode()).decode().rstrip("=")
        return f"{self._url}/{payload}.{self._signature(payload)}"

    def _signature(self, payload: str) -> str:
        return hmac.new(self._key, f"approval of {payload}".encode(), "sha256").hexdigest()

    def _opened(self, token: str) -> tuple[Plan, str] | None:
        """Return the plan and the person of a link; `None` if it is forged, or the plan can no longer be applied."""
        payload, _, signature = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(signature, self._signature(payload)):
            return None
        plan_id, person = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        try:
            return self._tool.guard.pending(plan_id), person
        except FacebookAdsError:
            return None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer a request: a WSGI application."""
        token = environ.get("PATH_INFO", "").rpartition("/")[2]
        status, title, body = self._answer(environ["REQUEST_METHOD"], token, environ)
        page = _PAGE.format(title=escape(title), body=body).encode()
        start_response(_STATUS[status], [*_HEADERS, ("Content-Length", str(len(page)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [page]

    def _answer(self, method: str, token: str, environ: dict[str, Any]) -> tuple[int, str, str]:
        if not self._is_ours(environ):
            return 403, "Not from here", _paragraphs("Host and Origin must be those of the link.")
        if method not in ("GET", "HEAD", "POST"):
            return 405, "Not understood", ""
        opened = self._opened(token)
        if opened is None:
            text = "It was used, its time is over, or it is not whole. Ask for a new one."
            return 410, "This link is over", _paragraphs(text)
        plan, person = opened
        if method != "POST":
            return 200, *self._shown(plan)
        length = environ.get("CONTENT_LENGTH") or "0"
        size = min(int(length), _MOST_BODY) if length.isdecimal() else 0
        form = parse_qs(environ["wsgi.input"].read(size).decode("ascii", "replace"))
        decision = form.get("decision", [""])[0]
        if decision == "no":
            self._tool.guard.discard(plan.id)
            return 200, "Nothing was changed", _paragraphs("You said no, and the plan is gone.")
        if decision != "yes":
            return 409, "Nothing was changed", _paragraphs("Neither yes nor no was said.")
        result = self._tool.approve(plan.id, by=person)
        if result.ok:
            return 200, "Done", _paragraphs(*self._tool.shown(plan).split("\n")[1:-1])
        if result.error and result.error.get("type") == "PlanRefused" and not self._opened(token):
            return 410, "This link is over", _paragraphs("It was used, or its time is over.")
        return 409, "It was not done", _paragraphs(*result.text.split("\n"))

    def _is_ours(self, environ: dict[str, Any]) -> bool:
        """Return whether Host, and Origin if there is one, are those of `url`."""
        host, origin = environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN")
        ours = _origin(self._url)
        if host is not None and _origin(f"{ours[0]}://{host}") != ours:
            return False
        own_form = origin == "null" and environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
        return origin is None or own_form or _origin(origin) == ours

    def _shown(self, plan: Plan) -> tuple[str, str]:
        """Return a plan as title and body, the amount first, the buttons before what is rarely needed."""
        first, *lines, until = self._tool.shown(plan).split("\n")
        parts = [map(escape, _PARTS.split(line[2:])) for line in lines if line[:2] == "- "]
        changes = "".join(f"<li>{'<br>'.join(each)}" for each in parts)
        rest = _paragraphs(*(line for line in lines if line[:2] != "- "))
        return first.rstrip("."), f"<ul>{changes}</ul>{rest}{_BUTTONS}<p><small>{escape(until)}</small>"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, host and port of a URL; what no URL can equal, of a text that is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, -1


def _paragraphs(*lines: str) -> str:
    return "".join(f"<p>{escape(line)}" for line in lines)
