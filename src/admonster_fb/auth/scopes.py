"""Which scopes each op needs, so that a missing one is named before Meta refuses.

Source: Meta: permissions reference; `api_facts.md` section 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from admonster_fb.errors import PermissionDeniedError

SCOPES = (
    "ads_management",
    "ads_read",
    "business_management",
    "read_insights",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_ads",
)
"""What a login asks for unless told otherwise."""

READ = ("ads_read|ads_management",)
WRITE = ("ads_management",)
"""Each item is a scope needed, or several of which one is enough, the least first."""

_PAGE = ("pages_show_list", "pages_read_engagement", "pages_manage_ads")

OPS: dict[str, tuple[str, ...]] = {
    "help": (),
    "connect": (),
    "status": READ,
    "apply": (),
    "discard": (),
    "create_ad_account": ("business_management", *WRITE),
    "list_pages": (*READ, "pages_show_list"),
    "create_creative": (*WRITE, *_PAGE),
    "launch_campaign": (*WRITE, *_PAGE),
    "create_async_report": READ,
    "weekly_report": READ,
}
"""Ops that need other scopes than their names tell."""

_READS = ("get_", "list_", "search_", "check_", "export_", "sync_", "validate_", "preview_", "save_previews")


def needed(op: str) -> tuple[str, ...]:
    """Return what an op needs: each a scope, or several with `|` between, of which one is enough.

    >>> needed("create_campaign"), needed("list_campaigns")
    (('ads_management',), ('ads_read|ads_management',))
    """
    return OPS.get(op, READ if op.startswith(_READS) else WRITE)


def missing(granted: Iterable[str], ops: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the scopes that these ops (any op, unless given) need and that are not granted; of a choice, the least.

    >>> missing({"ads_read"}, ["list_campaigns", "create_campaign"])
    ('ads_management',)
    """
    held = {*granted}
    wanted = ops if ops is not None else [*OPS, "list_", "create_"]
    choices = [need.split("|") for need in _named(wanted)]
    return tuple(dict.fromkeys(choice[0] for choice in choices if held.isdisjoint(choice)))


def _named(ops: Iterable[str]) -> Iterator[str]:
    for op in ops:
        yield from needed(op)


def require(granted: Iterable[str], op: str, login_url: str | None = None) -> None:
    """Raise `PermissionDeniedError`, which names the scope, if an op needs one that is not granted.

    `login_url` is a link that asks for it again, to show to the user.

    >>> require({"ads_management"}, "create_campaign")
    """
    lacking = missing(granted, [op])
    if not lacking:
        return
    told = f"{op} needs the scope {' and '.join(lacking)}, which the user has not granted"
    error = PermissionDeniedError(message=told)
    error.advice = "Ask the user to log in again and to grant it."
    error.who = "user"
    error.login_url = login_url
    raise error
