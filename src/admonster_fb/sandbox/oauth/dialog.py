"""The login dialog, `/vX/dialog/oauth`: it checks the request, shows the scopes and redirects with the decision.

Where Meta's dialog comes back with an error and where it only shows one is not documented: a refusal by the user comes
back, whatever is wrong with the request is shown. Numbers and texts of what is shown are from memory. Its HTML has no
script, nothing from elsewhere, and a line that says what it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import urlencode, urlsplit

from admonster_fb.sandbox.errors import DIALOG
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.oauth.app import App, Config, Consent
from admonster_fb.sandbox.oauth.exchange import ALWAYS
from admonster_fb.sandbox.wire import Request, Response
from admonster_fb.sandbox.world import Node, World

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


def ask_page(
    app: App, params: Mapping[str, str], user: Node, users: Sequence[Node], rows: Sequence[Row], choice: bool
) -> Response:
    """Return the page that asks. Without `choice` all scopes are granted, or none."""
    sent = ((name, escape(value)) for name, value in params.items() if value)
    hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in sent)
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


def error_page(code: int, title: str, text: str) -> Response:
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


def _page(status: int, title: str, body: str, back: str = "") -> Response:
    """Return a page. Browsers hold the way back, too, to what the form may lead to."""
    text = (
        f'<!doctype html><html lang="en"><head>{_HEAD}<title>{escape(title)} (sandbox)</title>'
        f"<style>{_STYLE}</style></head><body>{_NOT}<main>{body}</main></body></html>"
    )
    policy = {"content-security-policy": f"{_CSP} {back}".rstrip()}
    return Response(status, {**HEADERS, **policy}, text.encode())


PATH = "dialog/oauth"
CARRIED = (
    *("client_id", "redirect_uri", "state", "scope", "response_type", "auth_type", "config_id"),
    *("code_challenge", "code_challenge_method"),
)
"""Parameters that the form sends again."""
RESPONSE_TYPES = ("", "code")
AUTH_TYPES = ("", "rerequest")
METHODS = ("", "S256")
_UNKNOWN = "This message is only shown to developers. Users of your app will ignore these permissions if present."


class Shown(Exception):  # noqa: N818 - a page, not a Graph error
    """An error that the dialog shows."""

    def __init__(self, code: int, title: str, text: str) -> None:
        self.code, self.title, self.text = code, title, text
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A login request and its user; `open` are the scopes the user still has to decide."""

    params: dict[str, str]
    user: Node
    consent: Consent
    scopes: list[str]
    open: list[str]
    config: Config | None


def answer(world: World, request: Request) -> Response:
    """Show the dialog (GET), or go back to the app with the user's decision (POST)."""
    sent = {**request.query, **request.form}
    try:
        login = _read_login(world, {name: str(sent.get(name) or "") for name in (*CARRIED, "as")})
    except Shown as shown:
        return error_page(shown.code, shown.title, shown.text)
    if gap := _gap(request.method, login.params):
        return error_page(501, "Not modelled", f"The sandbox does not model {gap}.")
    if request.method == "GET":
        return ask_page(world.app, login.params, login.user, people.users(world), _rows(login), login.config is None)
    return _back(login, _decided(world, login, sent))


def _gap(method: str, params: dict[str, str]) -> str:
    """Return the requested feature that the sandbox does not model, empty if there is none."""
    if method not in ("GET", "POST"):
        return f"{method} {PATH}"
    known = {"response_type": RESPONSE_TYPES, "auth_type": AUTH_TYPES, "code_challenge_method": METHODS}
    return next((f"{name}={params[name]}" for name, values in known.items() if params[name] not in values), "")


def _read_login(world: World, sent: dict[str, str]) -> LoginRequest:
    app, params = world.app, {name: sent[name] for name in CARRIED}
    user = next((user for user in people.users(world) if user.id == sent["as"]), people.users(world)[0])
    if params["client_id"] != app.id:
        raise Shown(*DIALOG["no_app"])
    if not params["redirect_uri"]:
        raise Shown(*DIALOG["no_redirect"])
    if not app.allows(params["redirect_uri"]):
        raise Shown(*DIALOG["blocked"])
    if not app.live and user.id in app.strangers:
        raise Shown(*DIALOG["not_active"])
    config = app.configs.get(params["config_id"])
    if params["config_id"] and config is None:
        raise Shown(*DIALOG["no_config"])
    scopes = _read_scopes(world, config, params["scope"])
    whose = people.system_user(world) if config and config.kind == people.KIND else user
    consent = world.logins.consents.get(whose.id) or Consent("")
    skipped = consent.granted if config or params["auth_type"] == "rerequest" else consent.granted | consent.declined
    return LoginRequest(params, user, consent, scopes, [name for name in scopes if name not in skipped], config)


def _read_scopes(world: World, config: Config | None, scope: str) -> list[str]:
    scopes = list(config.scopes) if config else people.read(scope)
    wrong = [name for name in scopes if name not in people.SCOPES or name in world.app.not_for_app]
    if wrong:
        raise Shown(100, "Invalid Scopes", f"Invalid Scopes: {', '.join(wrong)}. {_UNKNOWN}")
    return list(dict.fromkeys([ALWAYS, *scopes]))


def _rows(login: LoginRequest) -> list[Row]:
    """Return the scopes as the page lists them: those that are decided, and those that can be."""
    rows = []
    for name in login.scopes:
        state = "open" if name in login.open and name != ALWAYS else "declined"
        state = "granted" if name in login.consent.granted or name == ALWAYS else state
        rows.append(Row(name, people.SCOPES[name], state))
    return rows


def _decided(world: World, login: LoginRequest, sent: dict[str, Any]) -> dict[str, str]:
    """Record the decision; return the parameters of the redirect."""
    if sent.get("decision") != "continue":
        refused = {"error": "access_denied", "error_code": "200", "error_description": "Permissions error"}
        return {**refused, "error_reason": "user_denied"}
    chosen = sent.get("granted") or []
    chosen = chosen if isinstance(chosen, list) else [chosen]
    granted = {name for name in login.open if login.config or name in chosen or name == ALWAYS}
    kind = login.config.kind if login.config else "USER"
    whose = people.system_user(world) if kind == people.KIND else login.user
    now = world.clock()
    world.logins.consent(whose.id, now).decide(granted, set(login.open) - granted, now)
    # Reported: without the scope `openid` the dialog drops the challenge (docs/meta-rules.md, PKCE).
    challenge = login.params["code_challenge"] if "openid" in login.scopes else ""
    return {"code": world.logins.issue(whose.id, login.params["redirect_uri"], kind, now, challenge).value}


def _back(login: LoginRequest, sent: dict[str, str]) -> Response:
    """Return the way back to the app; `state` is passed on as it came."""
    if login.params["state"]:
        sent = {**sent, "state": login.params["state"]}
    uri = login.params["redirect_uri"]
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(sent)}#_=_"
    return Response(302, {"location": location, **HEADERS}, b"")
