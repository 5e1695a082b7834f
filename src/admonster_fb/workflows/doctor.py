"""Whether all is in place to run ads: token, scopes, app, role, payment, Page, pixel, clock, API version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from admonster_fb.errors import APIError, FacebookAdsError, NetworkError, NotFoundError
from admonster_fb.models.adaccount import AdAccount, Page
from admonster_fb.money import Money
from admonster_fb.operation import no_op
from admonster_fb.workflows.account_status import account_health

if TYPE_CHECKING:
    from admonster_fb.auth.token import TokenStatus
    from admonster_fb.client import FacebookAds

State = Literal["ok", "warning", "wrong", "skipped"]
_FIELDS = (
    *("id", "name", "currency", "account_status", "disable_reason", "balance", "spend_cap", "amount_spent"),
    *("user_tasks", "funding_source"),
)
_DEVELOPMENT_MODE = 1885183
MARKETING_ENDS = {
    "v19.0": date(2025, 2, 4),
    "v20.0": date(2025, 5, 21),
    "v21.0": date(2025, 9, 9),
    "v22.0": date(2026, 2, 19),
    "v23.0": date(2026, 6, 9),
    "v24.0": date(2026, 10, 6),
}
"""The last day on which each version takes ads calls, where Meta has named one. `api_facts.md` section 11."""
NEWEST = "v26.0"
WITHOUT = {
    "ads_read": "no ads can be read",
    "ads_management": "nothing can be created or changed",
    "business_management": "no ad account can be created",
    "pages_show_list": "Pages are not listed",
    "pages_read_engagement": "no creatives can be made",
    "pages_manage_ads": "no creatives can be made",
}
"""What does not work without a scope."""
SOON = timedelta(days=7)
_LOGIN = "Log in again: admonster-fb login."
_CUT = "The token looks cut: login tokens are about 200 characters long. Paste it whole, or: admonster-fb login."
_ROLE = "Ask for a role in the account (Business settings, Ad accounts, People), then log in again and choose it."
_BILLING = "An admin of the account opens Billing and payments, and pays."
_CURES = {3: _BILLING, 8: "Wait until the payment is settled.", 9: _BILLING}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to do about it unless it is `ok`."""

    name: str
    state: State
    found: str
    todo: str = ""


Finding = tuple[State, str, str]


@no_op("the command `admonster-fb doctor` and developers; the ops say themselves what stops them")
def doctor(fb: FacebookAds, ad_account_id: str | None = None) -> list[Check]:
    """Look at all that must be in place to run ads, and say what to do about what is not. Changes nothing.

    `ad_account_id` is the account to look at: the default one, or the only one, unless given. Whether the app is in
    development mode is tried with a creative that is only validated. `api_facts.md` sections 9 and 11.

    >>> [check.name for check in doctor(fb) if check.state != "ok"]
    []
    """
    seen = _Seen(fb, ad_account_id)
    done: dict[str, Check] = {}
    unseen: set[str] = set()
    for name, look in CHECKS.items():
        lacking = next((each for each in NEEDS.get(name, ()) if done[each].state == "wrong" or each in unseen), None)
        if lacking:
            unseen.add(name)
        done[name] = Check(name, "skipped", f"not looked at: first {lacking}") if lacking else _looked(name, look, seen)
    return [*done.values()]


def _looked(name: str, look: Callable[[_Seen], Finding], seen: _Seen) -> Check:
    """Make a check; an error of Meta's is what it found."""
    try:
        return Check(name, *look(seen))
    except FacebookAdsError as error:
        told = (getattr(error, "cause", "").rstrip("."), error.message)
        return Check(name, "wrong", ": ".join(filter(None, dict.fromkeys(told))), error.advice)


class _Seen:
    """What the checks share: each thing is read once, when the first check wants it."""

    def __init__(self, fb: FacebookAds, ad_account_id: str | None) -> None:
        self.fb = fb
        self.wanted = ad_account_id or (fb.account if fb.has_account else None)

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
        wanted = self.wanted or self.visible[0].id
        return self.fb.adaccounts.get(wanted, fields=_FIELDS)

    @cached_property
    def pages(self) -> list[Page]:
        return [*self.fb.adaccounts.promote_pages(self.account.id)]


def _version(seen: _Seen) -> Finding:
    version = seen.fb.version
    ended = MARKETING_ENDS.get(version)
    todo = f"Set FACEBOOK_API_VERSION={NEWEST}, or leave it out."
    if ended and ended <= seen.fb.now().date():
        return "wrong", f"{version} takes no ads calls since {ended}", todo
    return "ok", f"{version}{f', until {ended}' if ended else ''}", ""


def _connection(seen: _Seen) -> Finding:
    """Reach Meta at all; what it thinks of the token is another check's."""
    try:
        seen.me  # noqa: B018 - asked for, and kept
    except NetworkError as error:
        return "wrong", error.message, "Check the network, a proxy, and FACEBOOK_ENDPOINT."
    except FacebookAdsError as error:
        if getattr(error, "http_status", None) is None:  # raised here: no token, or no way to read it
            return "skipped", "not tried: there is no token to try it with", ""
    return "ok", f"{seen.fb.api} answers", ""


def _token(seen: _Seen) -> Finding:
    status = seen.token
    kind = status.kind.replace("_", " ").lower()
    if not status.valid:
        cut = _CUT if _looks_cut(seen.fb.api.connection.credentials.in_use.reveal()) else ""
        return "wrong", status.error or "Meta does not accept the token", cut or status.todo or _LOGIN
    soon = [told for told in (status.expires_in, status.data_access_expires_in) if told and told < SOON]
    until = "without end" if status.expiry_known else "(until when, Meta tells only to an app with its secret)"
    until = f"until {status.expires_at:%Y-%m-%d}" if status.expires_at else until
    found = f"a {kind} token of {status.user_id or status.application or status.app_id}, valid {until}"
    return ("warning", found, status.todo or _LOGIN) if soon else ("ok", found, "")


def _looks_cut(token: str) -> bool:
    """Tell whether a login token is shorter than Meta's are: some prompts cut what is pasted at 128 characters.

    >>> _looks_cut("EAAB" + "x" * 124), _looks_cut("EAAB" + "x" * 200)
    (True, False)
    """
    return token.startswith("EAA") and len(token) <= 128


def _scopes(seen: _Seen) -> Finding:
    status = seen.token
    if not status.missing:
        return "ok", ", ".join(status.scopes) or "all that is needed", ""
    lacking = [f"{scope} ({WITHOUT[scope]})" for scope in status.missing]
    todo = "Log in again and leave them switched on: admonster-fb login --rerequest."
    return "wrong", f"not granted: {', '.join(lacking)}", todo


def _clock(seen: _Seen) -> Finding:
    told = seen.me.headers().get("date") or seen.me.headers().get("Date")
    if not told:
        return "skipped", "Meta's answer has no date", ""
    apart = seen.fb.now() - parsedate_to_datetime(told)
    seconds = abs(apart.total_seconds())
    words = f"{seconds / 60:.0f} minutes {'ahead of' if apart > timedelta() else 'behind'} Meta's"
    if seconds <= 60:
        return "ok", "within a minute of Meta's", ""
    todo = "Set this machine's clock by NTP: expiry, lost creates and events sent are judged by it."
    return ("wrong" if seconds > 300 else "warning"), f"this machine's clock is {words}", todo


def _account(seen: _Seen) -> Finding:
    """See the account that the others are about."""
    ids = [account.id for account in seen.visible]
    if not seen.wanted and len(ids) != 1:
        if not ids:
            return "wrong", "the token sees no ad account", _ROLE
        told = f"no default account, and {len(ids)} to choose from"
        return "wrong", told, f"Set FACEBOOK_AD_ACCOUNT_ID to one of {_few(ids)}."
    try:
        account = seen.account
    except NotFoundError:
        told = f"{seen.wanted} does not exist, or the token does not see it"
        return "wrong", told, f"Use one that it sees: {_few(ids)}." if ids else _ROLE
    return "ok", f'{account.id} "{account.name}"', ""


def _role(seen: _Seen) -> Finding:
    tasks: list[str] | None = getattr(seen.account, "user_tasks", None)
    if tasks is None:
        return "skipped", "Meta does not tell this user's tasks", ""
    held = ", ".join(tasks) or "none"
    if {"ADVERTISE", "MANAGE"} & {*tasks}:
        return "ok", f"tasks: {held}", ""
    todo = "Ask an admin of the account for the task ADVERTISE or MANAGE (Business settings, Ad accounts, People)."
    return "wrong", f"tasks: {held}: ads can be read at most, not changed", todo


def _status(seen: _Seen) -> Finding:
    account, told = seen.account, account_health(seen.account)
    if account.account_status != 1:
        state: State = "warning" if account.account_status in (8, 9) else "wrong"
        todo = "An admin of the account opens Account Quality and asks for a review, or use another account."
        return state, " ".join(told), _CURES.get(account.account_status or 0, todo)
    return "ok", told[0], ""


def _payment(seen: _Seen) -> Finding:
    account = seen.account
    if not getattr(account, "funding_source", None):
        return "wrong", "no way to pay", "Add a card in Billing and payments of the ad account; an admin has to."
    cap, currency = account.spend_cap, account.currency
    if cap and currency and (account.amount_spent or 0) >= cap:
        todo = "Raise, reset or remove the limit: op update_spending_limit, or Billing and payments."
        return "wrong", f"the spending limit of {Money.from_minor(cap, currency)} is used up", todo
    return "ok", "there is a way to pay", ""


def _page(seen: _Seen) -> Finding:
    if not seen.pages:
        todo = "Create a Page or ask for a role on one, and choose it in the login dialog (pages_show_list)."
        return "wrong", "no Page to advertise for: no creative can be made", todo
    shown = [page for page in seen.pages if page.is_published is not False]
    names = _few([f'{page.id} "{page.name}"' for page in shown or seen.pages])
    return ("ok", names, "") if shown else ("wrong", f"not published: {names}", "Publish the Page in its settings.")


def _app_mode(seen: _Seen) -> Finding:
    """Let Meta validate a creative, which it refuses of an app in development mode. Nothing is made."""
    link = {"link": "https://example.com/", "message": "Only a check"}
    story = {"page_id": seen.pages[0].id, "link_data": link}
    given = {"name": "doctor", "object_story_spec": story, "execution_options": ["validate_only"]}
    try:
        seen.fb.api.call("POST", [seen.account.id, "adcreatives"], given)
    except APIError as error:
        if error.error_subcode == _DEVELOPMENT_MODE:
            todo = "Switch the app to Live in its dashboard; App settings, Basic wants a privacy policy URL first."
            return "wrong", "the app is in development mode: no creative can be made", todo
        return "warning", f"not known; a trial creative was refused: {error.message}", error.advice
    return "ok", "live: a creative passes", ""


def _pixel(seen: _Seen) -> Finding:
    pixels = seen.fb.adspixels.list(seen.account.id)
    if not pixels:
        todo = "For sales or leads on a website: op create_pixel, then put its snippet on the pages."
        return "warning", "no pixel", todo
    fired = max((pixel.last_fired_time for pixel in pixels if pixel.last_fired_time), default=None)
    if fired is None or seen.fb.now() - fired > timedelta(days=7):
        told = f"last event {fired:%Y-%m-%d}" if fired else "no event yet"
        return "warning", f"{len(pixels)} pixels, {told}", "Check the snippet on the website, or send events by server."
    return "ok", f"{len(pixels)} pixels, last event {fired:%Y-%m-%d}", ""


CHECKS: dict[str, Callable[[_Seen], Finding]] = {
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
"""What is looked at, in this order."""
_WORKING = ("API version", "connection", "token")
NEEDS = {
    "token": ("API version", "connection"),
    "clock": _WORKING,
    "scopes": _WORKING,
    "ad account": _WORKING,
    **dict.fromkeys(("role", "account status", "payment", "Page", "pixel"), ("ad account",)),
    "app mode": ("scopes", "Page"),
}
"""What must be in order before a check says anything."""


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
