"""Posts that ads promote instead of building their own: of a Page, and of its Instagram account."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.history import PAGE, SITE
from admonster_fb.sandbox.store import Node, Store
from admonster_fb.sandbox.world import Call

# A link, a video, and one that no ad can promote; then two of Instagram.
PAGE_POSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"{PAGE}_122101000000000001", {"message": "The new harvest is in.", "link": SITE, "promotable": True}),
    (f"{PAGE}_122101000000000002", {"message": "How we roast", "video": True, "promotable": True}),
    (f"{PAGE}_122101000000000003", {"message": "We are hiring", "promotable": False}),
)
MEDIA: tuple[tuple[str, dict[str, Any]], ...] = (
    ("17900000000000001", {"caption": "Morning light", "permalink": "https://www.instagram.com/p/DSandbox001/"}),
    ("17900000000000002", {"caption": "Behind the bar", "permalink": "https://www.instagram.com/p/DSandbox002/"}),
)


def seed(store: Store, business_id: str) -> None:
    """Add the posts of a business's Page and Instagram account."""
    for kind, rows in (("PagePost", PAGE_POSTS), ("IGMedia", MEDIA)):
        for post_id, told in rows:
            store.add(kind, dict(told), id=post_id).hidden["business"] = business_id


def find(call: Call, post_id: str, kind: str) -> Node | None:
    """Return a "PagePost" or "IGMedia" that the caller's businesses own."""
    post = call.store.get(post_id)
    return post if post and post.kind == kind and post.hidden["business"] in call.token.businesses else None


def made_by_an_ad(call: Call, account: Node, story: str) -> bool:
    """Tell whether a creative of this account built the post: ads share its likes by sharing it."""
    creatives = call.store.children(account.id, "AdCreative")
    return any(creative.data.get("effective_object_story_id") == story for creative in creatives)
