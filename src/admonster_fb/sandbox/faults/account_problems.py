"""Problems of a token, an app or an ad account before any ad runs, each as a change of a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import Reset

if TYPE_CHECKING:
    from admonster_fb.sandbox.core import Core

_TIER = "(#270) This Ads API request is not allowed for apps with development access level"


def account(sandbox: Core, **data: Any) -> None:
    """Change fields of the default ad account; `None` removes one."""
    sandbox.change(sandbox.account, **data)


def unpublished(sandbox: Core) -> None:
    """Unpublish every Page."""
    for page in sandbox.objects("Page"):
        sandbox.change(page["id"], is_published=False)


def used_up(sandbox: Core) -> None:
    """Set the spending limit to what has been spent."""
    account(sandbox, spend_cap="1", amount_spent="1")


def development_mode(sandbox: Core) -> None:
    """Put the app into development mode, in which it makes no creatives."""
    sandbox.app.live = False


def refused(sandbox: Core, code: int, message: str | None = None) -> None:
    """Refuse to return any ad account, with an error code."""
    sandbox.fail_next("GET act_*", GraphError(code, message=message), times=None)


def unreachable(sandbox: Core) -> None:
    """Cut each connection."""
    sandbox.fail_next("GET *", Reset(), times=None)


PROBLEMS: dict[str, Callable[[Core], None]] = {
    "unreachable": unreachable,
    "expired": lambda sandbox: sandbox.expire_token(),
    "scope": lambda sandbox: sandbox.revoke("ads_management"),
    "no-product": partial(refused, code=3),
    "tier": partial(refused, code=270, message=_TIER),
    "no-account": lambda sandbox: sandbox.limit_accounts(()),
    "role": partial(account, user_tasks=["ANALYZE"]),
    "disabled": partial(account, account_status=2, disable_reason=1),
    "unpaid": partial(account, account_status=3, balance="1250"),
    "no-payment": partial(account, funding_source=None),
    "limit": used_up,
    "no-page": lambda sandbox: sandbox.remove("Page"),
    "unpublished": unpublished,
    "development": development_mode,
    "no-pixel": lambda sandbox: sandbox.remove("AdsPixel"),
}
"""By name, as `admonster-fb doctor --sandbox --fault NAME` takes it."""
