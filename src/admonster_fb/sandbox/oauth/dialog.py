"""The login dialog, `/vX/dialog/oauth`: it checks the request, shows the scopes and redirects with the decision.

Where Meta's dialog comes back with an error and where it only shows one is not documented: a refusal by the user comes
back, whatever is wrong with the request is shown. Numbers and texts of what is shown are from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from admonster_fb.sandbox import versions
from admonster_fb.sandbox.oauth import page, people
from admonster_fb.sandbox.oauth.app import Config
from admonster_fb.sandbox.oauth.inspection import ALWAYS
from admonster_fb.sandbox.oauth.logins import Consent
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.wire import Request, Response
from admonster_fb.sandbox.world import World

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
# Codes and texts of the errors that the dialog shows.
NO_APP = (101, "Invalid App ID", "The provided app ID does not look like a valid app ID.")
NO_REDIRECT = (191, "Missing redirect_uri", "Missing redirect_uri parameter.")
BLOCKED = (
    1349168,
    "URL Blocked",
    "This redirect failed because the redirect URI is not white-listed in the app's client OAuth settings. Make sure "
    "that the client and web OAuth logins are on and add all your app domains as valid OAuth redirect URIs.",
)
NOT_ACTIVE = (
    1349220,
    "App not active",
    "This app is still in development mode, and you don't have access to it. Switch to a registered test user or ask "
    "an app admin for permissions.",
)
NO_CONFIG = (100, "Invalid configuration", "This app has no login configuration with this config_id.")


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


def is_dialog(path: str) -> bool:
    """Return whether a path is the dialog's.

    >>> is_dialog("/v26.0/dialog/oauth")
    True
    """
    return versions.split(path)[1] == PATH


def answer(world: World, request: Request) -> Response:
    """Show the dialog (GET), or go back to the app with the user's decision (POST)."""
    sent = {**request.query, **request.form}
    try:
        login = _read_login(world, {name: str(sent.get(name) or "") for name in (*CARRIED, "as")})
    except Shown as shown:
        return page.error(shown.code, shown.title, shown.text)
    if gap := _gap(request.method, login.params):
        return page.error(501, "Not modelled", f"The sandbox does not model {gap}.")
    if request.method == "GET":
        return page.ask(world.app, login.params, login.user, people.users(world), _rows(login), login.config is None)
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
        raise Shown(*NO_APP)
    if not params["redirect_uri"]:
        raise Shown(*NO_REDIRECT)
    if not app.allows(params["redirect_uri"]):
        raise Shown(*BLOCKED)
    if not app.live and user.id in app.strangers:
        raise Shown(*NOT_ACTIVE)
    config = _config(world, params["config_id"])
    scopes = _read_scopes(world, config, params["scope"])
    whose = people.system_user(world) if config and config.kind == people.KIND else user
    consent = world.logins.consents.get(whose.id) or Consent("")
    skipped = consent.granted if config or params["auth_type"] == "rerequest" else consent.granted | consent.declined
    return LoginRequest(params, user, consent, scopes, [name for name in scopes if name not in skipped], config)


def _config(world: World, config_id: str) -> Config | None:
    if config_id and config_id not in world.app.configs:
        raise Shown(*NO_CONFIG)
    return world.app.configs.get(config_id)


def _read_scopes(world: World, config: Config | None, scope: str) -> list[str]:
    scopes = list(config.scopes) if config else people.read(scope)
    wrong = [name for name in scopes if name not in people.SCOPES or name in world.app.not_for_app]
    if wrong:
        raise Shown(100, "Invalid Scopes", f"Invalid Scopes: {', '.join(wrong)}. {_UNKNOWN}")
    return list(dict.fromkeys([ALWAYS, *scopes]))


def _rows(login: LoginRequest) -> list[page.Row]:
    """Return the scopes as the page lists them: those that are decided, and those that can be."""
    rows = []
    for name in login.scopes:
        state = "open" if name in login.open and name != ALWAYS else "declined"
        state = "granted" if name in login.consent.granted or name == ALWAYS else state
        rows.append(page.Row(name, people.SCOPES[name], state))
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
    return Response(302, {"location": location, **page.HEADERS}, b"")
