"""Who may do what to an audience: its owner everything, once the terms are accepted; others may only use it."""

from __future__ import annotations

from admonster_fb.sandbox.audiences import constants as words
from admonster_fb.sandbox.audiences.state import STATUS
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

SHARED = "shared"
LIST_TERMS, TOOLS_TERMS = "custom_audience_tos", "web_custom_audience_tos"
TERMS_URL = "https://www.facebook.com/customaudiences/app/tos/?act="


def accepted(account: Node, terms: str) -> bool:
    """Tell whether an account has accepted terms."""
    return bool(account.data["tos_accepted"].get(terms))


def check_terms_to_create(account: Node, *, of_events: bool) -> None:
    """Refuse an account whose terms are not accepted: recorded for lists (2663), of event tools known by its number."""
    if of_events and not accepted(account, TOOLS_TERMS):
        title, text = (
            "Business Tools Terms Not Accepted",
            "Please accept the Business Tools Terms to use this audience.",
        )
        raise GraphError(200, 1870092, "Permissions error", http_status=400, user_title=title, user_msg=text)
    if not of_events and not accepted(account, LIST_TERMS):
        where = f"{TERMS_URL}{account.data['account_id']}"
        raise GraphError(2663, message=f"(#2663) Terms of service has not been accepted. To accept, go to {where}")


def check_terms_to_upload(account: Node) -> None:
    """Refuse an account that has not accepted the terms of customer lists (facts, section 6)."""
    if not accepted(account, LIST_TERMS):
        title = "Custom Audience Terms Not Accepted"
        text = f"Please accept the Custom Audience Terms: {TERMS_URL}{account.data['account_id']}"
        raise GraphError(200, 1870090, "Permissions error", http_status=400, user_title=title, user_msg=text)


def check_owner(call: Call, audience: Node) -> None:
    """Refuse everybody but who has the account that owns an audience (recorded)."""
    if f"act_{audience.data['account_id']}" not in call.token.accounts:
        raise GraphError(200, message=f"(#200) The current user can not update audience {audience.id}")


def is_flagged(audience: Node) -> bool:
    """Tell whether an audience was flagged."""
    return audience.hidden.get(STATUS) == words.FLAGGED


def flagged(subcode: int) -> GraphError:
    """Return the refusal of work on a flagged audience (Meta's page "Custom Audience")."""
    title, text = FLAG_WORDS[subcode]
    return GraphError(100, subcode, user_title=title, user_msg=text)


FLAG_WORDS = {
    1713228: (
        "Custom Audience Cannot Be Edited",
        "This audience cannot be edited due to integrity restrictions. Please appeal them or create a new audience.",
    ),
    1713230: (
        "Audience Upload Blocked",
        "Before updating user memberships, you must resolve the integrity restrictions on this audience. Appeal them "
        "in Audience Manager or create a new audience with updated data.",
    ),
    1713231: (
        "Update Restricted Fields and Rule",
        "This custom audience has integrity restrictions. To continue, you must update the restricted fields.",
    ),
    1713232: ("Seed Audience Blocked", "The seed audience has integrity restrictions. Please choose another one."),
}
