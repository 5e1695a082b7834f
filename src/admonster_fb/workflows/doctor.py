"""Diagnosis of the setup: token, scopes, app, role, payment, Page, pixel, clock, API version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Literal

from admonster_fb.analysis.daily_exposure import spending_limit
from admonster_fb.auth.token import RENEW_BEFORE, TokenStatus
from admonster_fb.client import FacebookAds
from admonster_fb.errors import (
    APIError,
    FacebookAdsError,
    NetworkError,
    NotFoundError,
)
from admonster_fb.facts import ended, rows, stale
from admonster_fb.models.adaccount import AdAccount, Page
from admonster_fb.money import minor_text
from admonster_fb.operation import no_op
from admonster_fb.transport.session import Settings
from admonster_fb.workflows.account_status import account_health

State = Literal["ok", "warning", "wrong", "skipped"]
_FIELDS = (
    *("id", "name", "currency", "account_status", "disable_reason", "balance", "spend_cap", "amount_spent"),
    *("user_tasks", "funding_source"),
)
_DEVELOPMENT_MODE = 1885183
WITHOUT = {
    "ads_read": "no ads can be read",
    "ads_management": "nothing can be created or changed",
    "business_management": "no ad account can be created",
    "pages_show_list": "Pages are not listed",
    "pages_read_engagement": "no creatives can be created",
    "pages_manage_ads": "no creatives can be created",
}
_LOGIN = "Log in again: admonster-fb login."
_CUT = "The token looks truncated: login tokens have about 200 characters. Paste all of it, or: admonster-fb login."
_ROLE = "Ask for a role in the account (Business settings, Ad accounts, People), then log in again and choose it."
_BILLING = "An admin of the account opens Billing and payments, and pays."
_CURES = {3: _BILLING, 8: "Wait until the payment is settled.", 9: _BILLING}


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check: what was found, and what to do unless `state` is `ok`."""

    name: str
    state: State
    found: str
    todo: str = ""


Finding = tuple[State, str, str]


@no_op("for the command `admonster-fb doctor` and developers; each op reports its own errors")
def doctor(fb: FacebookAds, ad_account_id: str | None = None) -> list[Check]:
    """Check everything that running ads requires, and say how to fix what is wrong. Changes nothing.

    `ad_account_id` is the account to check. Default: the default account, or the only one. Development mode of the app
    is detected with a creative that Meta only validates. See `docs/meta-rules.md#versions`.

    >>> [check.name for check in doctor(fb) if check.state != "ok"]
    []
    """
    facts = _AccountFacts(fb, ad_account_id)
    checks: dict[str, Check] = {}
    blocked: set[str] = set()
    for name, run in CHECKS.items():
        unmet = [need for need in NEEDS.get(name, ()) if checks[need].state == "wrong" or need in blocked]
        blocked |= {name} if unmet else set()
        checks[name] = Check(name, "skipped", f"not checked: fix {unmet[0]} first") if unmet else _run(name, run, facts)
    checks["API version"] = _run("API version", _version, facts)  # again: Meta's answers may say more
    return [*checks.values()]


def _run(name: str, check: Callable[[_AccountFacts], Finding], facts: _AccountFacts) -> Check:
    """Run a check; an error of Meta's is its finding."""
    try:
        return Check(name, *check(facts))
    except FacebookAdsError as error:
        parts = (getattr(error, "cause", "").rstrip("."), error.message)
        return Check(name, "wrong", ": ".join(filter(None, dict.fromkeys(parts))), error.advice)


class _AccountFacts:
    """What the checks share: each is read once, when a check first needs it."""

    def __init__(self, fb: FacebookAds, ad_account_id: str | None) -> None:
        self.fb = fb
        self.account_id = ad_account_id or (fb.account if fb.has_account else None)

    @cached_property
    def me(self) -> Any:
        return self.fb.api.call("GET", "me", {"fields": "id,name"})

    @cached_property
    def token(self) -> TokenStatus:
        return self.fb.token.status()

    @cached_property
    def visible(self) -> list[AdAccount]:
        return self.fb.adaccounts.list(fields=["id", "name"])

    @cached_property
    def account(self) -> AdAccount:
        account_id = self.account_id or self.visible[0].id
        return self.fb.adaccounts.get(account_id, fields=_FIELDS)

    @cached_property
    def pages(self) -> list[Page]:
        return [*self.fb.adaccounts.promote_pages(self.account.id)]


def _version(facts: _AccountFacts) -> Finding:
    version, known = facts.fb.version, {row.version: row for row in rows("versions")}
    todo = f"Set FACEBOOK_API_VERSION={Settings().version}, or leave it out."
    if end := ended(version, facts.fb.now().date()):
        found = f"ads calls of {version} ended on {end}: Meta raises them to a newer version or refuses them"
        return "warning", f"{found}; {warning}" if (warning := facts.fb.version_warning) else found, todo
    if warning := facts.fb.version_warning:
        return "warning", f"Meta: {warning}", todo
    if version not in known:
        return "warning", f"{version} is not in the table of versions, which ends with {[*known][-1]}", todo
    until = known[version].marketing_until
    newest = "" if version == [*known][-1] else f"; the newest is {[*known][-1]}"
    return "ok", f"{version}, {f'until {until}' if until else 'no end announced'}{newest}", ""


@no_op("the command `admonster-fb doctor --facts` shows it")
def stale_facts(today: date) -> Check:
    """Return which of the library's facts about Meta were checked more than 30 days ago.

    >>> stale_facts(date(2026, 1, 1)).state
    'ok'
    """
    old = stale(today)
    if not old:
        return Check("facts", "ok", "all were checked within 30 days")
    shown = ", ".join(f"{name} ({count}, oldest {day})" for name, (count, day) in old.items())
    return Check("facts", "warning", f"checked more than 30 days ago: {shown}", "Check them against Meta's pages.")


def _connection(facts: _AccountFacts) -> Finding:
    """Check that Meta can be reached; another check is about the token."""
    try:
        facts.me  # noqa: B018 - read and cached
    except NetworkError as error:
        return "wrong", error.message, "Check the network, a proxy, and FACEBOOK_ENDPOINT."
    except FacebookAdsError as error:
        if getattr(error, "http_status", None) is None:  # raised by the library: no token, or it cannot be read
            return "skipped", "not checked: there is no token", ""
    if facts.fb.is_sandbox:
        return "ok", "a sandbox responds: it is not Meta, and passing here says nothing of Meta", ""
    return "ok", f"{facts.fb.api} responds", ""


def _token(facts: _AccountFacts) -> Finding:
    status = facts.token
    kind = status.kind.replace("_", " ").lower()
    if not status.valid:
        token = facts.fb.api.connection.credentials.in_use.reveal()
        is_cut = token.startswith("EAA") and len(token) <= 128  # some prompts truncate pasted text there
        return "wrong", status.error or "Meta does not accept the token", _CUT if is_cut else status.todo or _LOGIN
    expiring = [left for left in (status.expires_in, status.data_access_expires_in) if left and left < RENEW_BEFORE]
    until = "without expiry" if status.expiry_known else "(Meta only returns the expiry to an app with its secret)"
    until = f"until {status.expires_at:%Y-%m-%d}" if status.expires_at else until
    found = f"a {kind} token of {status.user_id or status.application or status.app_id}, valid {until}"
    return ("warning", found, status.todo or _LOGIN) if expiring else ("ok", found, "")


def _scopes(facts: _AccountFacts) -> Finding:
    status = facts.token
    if not status.missing:
        return "ok", ", ".join(status.scopes) or "all required scopes", ""
    missing = [f"{scope} ({WITHOUT[scope]})" for scope in status.missing]
    todo = "Log in again and keep them switched on: admonster-fb login --rerequest."
    return "wrong", f"not granted: {', '.join(missing)}", todo


def _clock(facts: _AccountFacts) -> Finding:
    header = facts.me.headers().get("date") or facts.me.headers().get("Date")
    if not header:
        return "skipped", "Meta's response has no date", ""
    offset = facts.fb.now() - parsedate_to_datetime(header)
    seconds = abs(offset.total_seconds())
    whose = "the sandbox's" if facts.fb.is_sandbox else "Meta's"
    distance = f"{seconds / 60:.0f} minutes {'ahead of' if offset > timedelta() else 'behind'} {whose}"
    if seconds <= 60:
        return "ok", f"within a minute of {whose}", ""
    todo = "Set this machine's clock by NTP: token expiry, lost creates and event times depend on it."
    return ("wrong" if seconds > 300 else "warning"), f"this machine's clock is {distance}", todo


def _account(facts: _AccountFacts) -> Finding:
    ids = [account.id for account in facts.visible]
    if not facts.account_id and not ids:
        return "wrong", "the token sees no ad account", _ROLE
    if not facts.account_id and len(ids) > 1:
        found = f"no default account, and {len(ids)} to choose from"
        return "wrong", found, f"Set FACEBOOK_AD_ACCOUNT_ID to one of {_few(ids)}."
    try:
        account = facts.account
    except NotFoundError:
        found = f"{facts.account_id} does not exist, or the token does not see it"
        return "wrong", found, f"Use one that it sees: {_few(ids)}." if ids else _ROLE
    return "ok", f'{account.id} "{account.name}"', ""


def _role(facts: _AccountFacts) -> Finding:
    tasks: list[str] | None = getattr(facts.account, "user_tasks", None)
    if tasks is None:
        return "skipped", "Meta does not return this user's tasks", ""
    held = ", ".join(tasks) or "none"
    if {"ADVERTISE", "MANAGE"} & {*tasks}:
        return "ok", f"tasks: {held}", ""
    todo = "Ask an admin of the account for the task ADVERTISE or MANAGE (Business settings, Ad accounts, People)."
    return "wrong", f"tasks: {held}: ads can be read at most, not changed", todo


def _status(facts: _AccountFacts) -> Finding:
    status, health = facts.account.account_status, account_health(facts.account)
    if status == 1:
        return "ok", health[0], ""
    todo = "An admin of the account opens Account Quality and asks for a review, or use another account."
    return ("warning" if status in (8, 9) else "wrong"), " ".join(health), _CURES.get(status or 0, todo)


def _payment(facts: _AccountFacts) -> Finding:
    account = facts.account
    if not getattr(account, "funding_source", None):
        return "wrong", "no payment method", "An admin adds one in Billing and payments of the ad account."
    limit = spending_limit(account)
    if limit and account.currency and limit[1] >= limit[0]:
        todo = "Raise or remove it (a reset allows the same amount again): op update_spending_limit, or Billing."
        return "wrong", f"the spending limit of {minor_text(limit[0], account.currency)} is used up", todo
    return "ok", "there is a payment method", ""


def _page(facts: _AccountFacts) -> Finding:
    if not facts.pages:
        todo = "Create a Page or ask for a role on one, and choose it in the login dialog (pages_show_list)."
        return "wrong", "no Page to advertise for: no creative can be created", todo
    shown = [page for page in facts.pages if page.is_published is not False]
    names = _few([f'{page.id} "{page.name}"' for page in shown or facts.pages])
    return ("ok", names, "") if shown else ("wrong", f"not published: {names}", "Publish the Page in its settings.")


def _app_mode(facts: _AccountFacts) -> Finding:
    """Let Meta validate a creative, which it refuses for an app in development mode. Nothing is created."""
    link = {"link": "https://example.com/", "message": "Only a check"}
    story = {"page_id": facts.pages[0].id, "link_data": link}
    params = {"name": "doctor", "object_story_spec": story, "execution_options": ["validate_only"]}
    try:
        facts.fb.api.call("POST", [facts.account.id, "adcreatives"], params)
    except APIError as error:
        if error.error_subcode == _DEVELOPMENT_MODE:
            todo = "Switch the app to Live in its dashboard; App settings, Basic requires a privacy policy URL first."
            return "wrong", "the app is in development mode: no creative can be created", todo
        return "warning", f"unknown; a test creative was refused: {error.message}", error.advice
    return "ok", "live: Meta accepts a creative", ""


def _pixel(facts: _AccountFacts) -> Finding:
    pixels = facts.fb.adspixels.list(facts.account.id)
    if not pixels:
        todo = "For sales or leads on a website: op create_pixel, then put its snippet on the pages."
        return "warning", "no pixel", todo
    counted = "1 pixel" if len(pixels) == 1 else f"{len(pixels)} pixels"
    fired = max((pixel.last_fired_time for pixel in pixels if pixel.last_fired_time), default=None)
    if fired is None or facts.fb.now() - fired > timedelta(days=7):
        last = f"last event {fired:%Y-%m-%d}" if fired else "no event yet"
        return "warning", f"{counted}, {last}", "Check the snippet on the website, or send events by server."
    return "ok", f"{counted}, last event {fired:%Y-%m-%d}", ""


CHECKS: dict[str, Callable[[_AccountFacts], Finding]] = {
    "API version": _version,
    "connection": _connection,
    "token": _token,
    "clock": _clock,
    "scopes": _scopes,
    "ad account": _account,
    "role": _role,
    "account status": _status,
    "payment": _payment,
    "Page": _page,
    "app mode": _app_mode,
    "pixel": _pixel,
}
NEEDS = {
    "token": ("API version", "connection"),
    **dict.fromkeys(("clock", "scopes", "ad account"), ("API version", "connection", "token")),
    **dict.fromkeys(("role", "account status", "payment", "Page", "pixel"), ("ad account",)),
    "app mode": ("scopes", "Page"),
}


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
