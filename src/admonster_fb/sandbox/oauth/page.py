"""The dialog as HTML: no script, nothing from elsewhere, and a line that says what it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from urllib.parse import urlsplit

from admonster_fb.sandbox.oauth.app import App
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.wire import Response

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
}
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
_STYLE = resources.files(__package__).joinpath("dialog.css").read_text(encoding="utf-8").strip()
_NOT = '<div class="not">Sandbox: this is not Facebook. Nobody is signed in and nothing is shared.</div>'
_MARKS = {"granted": ("✓", "granted before"), "declined": ("–", "declined before")}
_HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'


@dataclass(frozen=True, slots=True)
class Row:
    """A scope in the dialog: `granted` or `declined` before, or `open`."""

    name: str
    description: str
    state: str


def ask(
    app: App, params: Mapping[str, str], user: Node, users: Sequence[Node], rows: Sequence[Row], choice: bool
) -> Response:
    """Return the page that asks. Without `choice` all scopes are granted, or none."""
    hidden = _hidden(params)
    mode = "live" if app.live else "in development mode"
    listed = "".join(_row(row, choice) for row in rows)
    back = urlsplit(params["redirect_uri"])
    origin = f"{back.scheme}://{back.netloc}"
    body = (
        f"<h1>{escape(app.name)} asks for access</h1><p><small>App {escape(app.id)}, {mode}</small></p>"
        f"{_who(hidden, user, users)}"
        f'<form method="post">{hidden}<input type="hidden" name="as" value="{escape(user.id)}">'
        f"<p>{'Choose what the app may do:' if choice else 'The app will be able to:'}</p><ul>{listed}</ul>"
        '<div class="buttons"><button name="decision" value="cancel">Cancel</button>'
        '<button class="go" name="decision" value="continue">Continue</button></div></form>'
        f'<p class="foot">Either way you go back to {escape(origin)}.</p>'
    )
    return _page(200, f"Log in to {app.name}", body, origin)


def error(code: int, title: str, text: str) -> Response:
    """Return the page that says why there is nothing to ask."""
    body = f'<h1>{escape(title)}</h1><p>{escape(text)}</p><p class="foot">Error {code}</p>'
    return _page(501 if code == 501 else 400, title, body)


def _who(hidden: str, user: Node, users: Sequence[Node]) -> str:
    """Return the user who signs in; a form if there are several users."""
    if len(users) == 1:
        return f'<div class="who">Signed in as <b>{escape(str(user.data["name"]))}</b></div>'
    options = "".join(
        f'<option value="{escape(item.id)}"{" selected" if item is user else ""}>{escape(str(item.data["name"]))}'
        "</option>"
        for item in users
    )
    select = f'<label for="as">Sign in as</label><select id="as" name="as">{options}</select>'
    return f'<form class="who" method="get">{hidden}{select}<button>Switch</button></form>'


def _row(row: Row, choice: bool) -> str:
    text = f"<span>{escape(row.description)}<small>{escape(row.name)}"
    if row.state == "open" and choice:
        box = f'<input type="checkbox" name="granted[]" value="{escape(row.name)}" checked>'
        return f"<li><label>{box}{text}</small></span></label></li>"
    mark, note = _MARKS.get(row.state, ("•", ""))
    note = "always" if row.name == "public_profile" else note
    return f'<li><div><span class="mark">{mark}</span>{text}{note and f" · {note}"}</small></span></div></li>'


def _hidden(params: Mapping[str, str]) -> str:
    fields = (f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in params.items() if value)
    return "".join(fields)


def _page(status: int, title: str, body: str, back: str = "") -> Response:
    """Return a page. Browsers hold the way back, too, to what the form may lead to."""
    text = (
        f'<!doctype html><html lang="en"><head>{_HEAD}<title>{escape(title)} (sandbox)</title>'
        f"<style>{_STYLE}</style></head><body>{_NOT}<main>{body}</main></body></html>"
    )
    policy = {"content-security-policy": f"{_CSP} {back}".rstrip()}
    return Response(status, {**HEADERS, **policy}, text.encode())
