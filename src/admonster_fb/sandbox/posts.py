"""Posts of Pages, Instagram media and comments (`docs/meta-rules.md`, Posts): read, hidden, answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import need, project, times
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, bad_param, required
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.world import Call, Node, Store

POST, MEDIA_KIND, COMMENT, IG_COMMENT = "PagePost", "IGMedia", "Comment", "IGComment"
NEEDS_PAGE = (190, 2069032, "A Page access token is required for this call for the new Pages experience.")
# Posts by id: a link, a video, and one that no ad can promote; two of Instagram; and media that Meta refuses, with the
# subcode of that.
PAGE_POSTS: list[tuple[str, dict[str, Any]]] = SEED["posts"]
MEDIA: list[tuple[str, dict[str, Any]]] = SEED["media"]
_REELS: list[tuple[str, int, dict[str, Any]]] = SEED["reels"]
# The internal value: the subcode with which a creative of the media is refused, though it may be eligible.
REFUSED = "refused"
INSTAGRAM, INSTAGRAM_COMMENTS = (
    ((scope,), "Application does not have permission for this action")
    for scope in ("instagram_basic", "instagram_manage_comments")
)
MODERATE, READ, MANAGE = "pages_read_user_content", "pages_read_engagement", "pages_manage_engagement"


def check(call: Call, page_id: str, *scopes: str) -> None:
    """Raise Meta's error unless the call comes with the token of the Page, which holds these scopes."""
    if call.token.profile_id != page_id:
        raise GraphError(*NEEDS_PAGE)
    for scope in scopes:
        call.token.check_scope(((scope,), f"Requires {scope} permission to manage the object"))


def of_page(call: Call, page: Node) -> list[Node]:
    """Return what a Page has published, newest first, within `since` and `until`."""
    check(call, page.id, READ)
    return _within(call, call.store.children(page.id, POST))


def of_instagram(call: Call, account: Node) -> list[Node]:
    """Return the media of an Instagram account; a Page's or a user's token will do."""
    call.token.check_scope(INSTAGRAM)
    return _within(call, call.store.children(account.id, MEDIA_KIND))


def _within(call: Call, found: Any) -> list[Node]:
    bounds = {name: times.parse(call.params[name], "UTC", name) for name in ("since", "until") if name in call.params}

    def test(node: Node) -> bool:
        moment = times.parse(_moment(node), "UTC")
        return bounds.get("since", moment) <= moment <= bounds.get("until", moment)

    return sorted(filter(test, list(found)), key=_moment)[::-1]


def _moment(node: Node) -> str:
    return str(node.data.get("created_time") or node.data.get("timestamp"))


def read_post(call: Call, post: Node) -> dict[str, Any]:
    """Return a post, with the token of its Page."""
    check(call, post.data["page_id"], READ)
    return project.read(call, post)


def reactions(_call: Call, post: Node) -> list[Node]:
    """Return as many nodes as a post has reactions."""
    return [Node(f"{post.id}_{n}", COMMENT, {}) for n in range(int(post.hidden.get("reactions", 0)))]


def comments(call: Call, post: Node) -> list[Node]:
    """Return the comments of a post, or the answers to a comment, in the order of time."""
    kind = IG_COMMENT if post.kind in (MEDIA_KIND, IG_COMMENT) else COMMENT
    if kind == IG_COMMENT:
        call.token.check_scope(INSTAGRAM_COMMENTS)
    elif call.path.endswith("/comments"):
        check(call, _page_of(call, post), READ, MODERATE)
    return list(call.store.children(post.id, kind))


def _page_of(call: Call, node: Node) -> str:
    while node.kind == COMMENT:
        node = call.store.nodes[str(node.data["parent_id"])]
    return str(node.data["page_id"])


def reply(call: Call, node: Node) -> dict[str, Any]:
    """Answer a comment, or write one under a post."""
    message = need.value("message", str(call.params.get("message") or ""))
    if node.kind in (MEDIA_KIND, IG_COMMENT):
        return _reply_on_instagram(call, node, message)
    page_id = _page_of(call, node)
    check(call, page_id, MANAGE)
    page = call.store.nodes[page_id]
    data = {"message": message, "parent_id": node.id, "is_hidden": False, "like_count": 0, "can_hide": False}
    data |= {"from": {"id": page.id, "name": page.data["name"]}, "created_time": times.stamp(call.store.clock(), "UTC")}
    post = node.id if node.kind == POST else node.id.partition("_")[0]
    made = call.store.add(COMMENT, data, id=f"{post.rpartition('_')[2]}_{call.store.new_id()}")
    return project.created(call, made)


def _reply_on_instagram(call: Call, node: Node, message: str) -> dict[str, Any]:
    call.token.check_scope(INSTAGRAM_COMMENTS)
    is_reply = node.kind == IG_COMMENT and call.store.nodes[node.data["parent_id"]].kind != MEDIA_KIND
    if is_reply or (node.kind == IG_COMMENT and node.data.get("hidden")):
        raise bad_param("Replies are allowed to visible top-level comments only")
    stamp = times.stamp(call.store.clock(), "UTC")
    data = {"text": message, "parent_id": node.id, "timestamp": stamp, "hidden": False, "username": "juniperroast"}
    return {"id": call.store.add(IG_COMMENT, data).id}


def hide(call: Call, comment: Node) -> dict[str, Any]:
    """Hide a comment, or show it again."""
    name = "hide" if comment.kind == IG_COMMENT else "is_hidden"
    if comment.kind == COMMENT:
        check(call, _page_of(call, comment), MANAGE)
    else:
        call.token.check_scope(INSTAGRAM_COMMENTS)
    if name not in call.params:
        raise required(name)
    comment.data["hidden" if name == "hide" else name] = truth(call.params[name])
    return {"success": True}


def seed(store: Store, page_id: str, instagram_id: str, business_id: str) -> None:
    """Add posts and media with their times, reactions and comments, and media that Meta refuses. No ids are drawn."""
    for number, (post_id, fields) in enumerate(PAGE_POSTS):
        day = times.stamp(store.clock() - timedelta(days=2 + number), "UTC")
        permalink = f"https://www.facebook.com/575374077926084/posts/{post_id.partition('_')[2]}"
        data = {**fields, "page_id": page_id, "created_time": day, "updated_time": day, "permalink_url": permalink}
        data |= {"is_published": True, "promotable_id": post_id, "status_type": "added_photos"}
        data["is_eligible_for_promotion"] = bool(fields["promotable"])
        if link := fields.get("link"):
            share = {"type": "share", "title": "Juniper Roast", "unshimmed_url": link}
            data |= {"attachments": {"data": [share]}, "shares": {"count": 3}}
        store.add(POST, data, id=post_id).hidden |= {"business": business_id, "reactions": (40, 75, 5)[number % 3]}
    first = store.nodes[PAGE_POSTS[0][0]]
    for number, (name, text) in enumerate(SEED["comments"]):
        data = {"message": text, "parent_id": first.id, "is_hidden": False, "like_count": number, "can_hide": True}
        data |= {"from": {"id": f"90{number}", "name": name}, "created_time": first.data["created_time"]}
        store.add(COMMENT, data, id=f"{first.id.partition('_')[2]}_88{number}")
    for number, (media_id, refusal, fields) in enumerate([*((row[0], None, row[1]) for row in MEDIA), *_REELS]):
        moment = times.stamp(store.clock() - timedelta(days=1 + number), "UTC")
        usual = {"media_type": "IMAGE", "media_product_type": "FEED", "like_count": 60 + number}
        data = {**usual, "boost_eligibility_info": {"eligible_to_boost": True}, **fields, "timestamp": moment}
        data |= {"comments_count": int(not number), "owner": {"id": instagram_id}, "owner_id": instagram_id}
        refused = {} if refusal is None else {REFUSED: refusal}
        store.add(MEDIA_KIND, data, id=media_id).hidden |= {"business": business_id, **refused}
    comment = {"text": "Lovely!", "parent_id": MEDIA[0][0], "hidden": False, "username": "person_1", "like_count": 0}
    comment["timestamp"] = store.nodes[MEDIA[0][0]].data["timestamp"]
    store.add(IG_COMMENT, comment, id="17800000000000001")
