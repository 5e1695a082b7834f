"""Posts of Pages, Instagram media and their comments. https://developers.facebook.com/docs/graph-api/reference/page"""

from __future__ import annotations

import re
from typing import Annotated, Any

from facebook_business.adobjects import comment as sdk_comment
from facebook_business.adobjects import igcomment, page
from pydantic import Field

from admonster_fb.errors import MISSING, InvalidParameterError, ParameterError, PermissionDeniedError, Violation
from admonster_fb.models._params import WriteTime
from admonster_fb.models.post import Comment, InstagramMedia, PagePost
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.services._base import Edge, Fields, Service, node_id
from admonster_fb.transport.request import Call

op = ops_of("ad", "comments", writes=("ads_management", "pages_manage_engagement", "instagram_manage_comments"))
_FACEBOOK = ("id", "message", "created_time", "from", "is_hidden", "like_count", "parent", "permalink_url")
_INSTAGRAM = ("id", "text", "timestamp", "username", "hidden", "like_count", "parent_id")
PageId = Annotated[str, Field(description="the Page of the post; only for comments on Facebook")]


class Posts(Service):
    """The edges `published_posts` of a Page, `media` of an Instagram account, and `comments` of both."""

    @no_op("boost_post reads it")
    def get(self, post_id: str) -> PagePost | InstagramMedia:
        """Return a Page post (`<page>_<post>`, with the Page's own token), or Instagram media with its `owner`.

        >>> fb.posts.get("108356564252733_122101000000000001").engagement
        45
        """
        if "_" in post_id:
            query, page_id = {"fields": ",".join(PagePost.fields())}, post_id.partition("_")[0]
            return self._transport.node(Call("GET", (_checked_id(post_id, "post_id"),), query, page=page_id), PagePost)
        query = {"fields": ",".join([*InstagramMedia.fields(), "owner"])}
        return self._transport.node(Call("GET", (_checked_id(post_id, "post_id"),), query), InstagramMedia)

    @no_op("list_posts shows them with Instagram's, the best first")
    def published(
        self, page_id: str, *, fields: Fields = None, since: WriteTime | None = None, until: WriteTime | None = None
    ) -> Edge[PagePost]:
        """List what a Page has published, with the Page's own token. Reels are not among it.

        >>> [post.id for post in fb.posts.published(page_id)][0].partition("_")[0] == page_id
        True
        """
        node = self._node(page.Page, page_id, "page_id")
        params = {"since": since, "until": until, "limit": 100}
        return self._edge(node.get_published_posts, PagePost, params, fields, page_id)

    @no_op("list_posts shows them with those of Pages, the best first")
    def media(
        self,
        instagram_user_id: str,
        *,
        fields: Fields = None,
        since: WriteTime | None = None,
        until: WriteTime | None = None,
    ) -> list[InstagramMedia]:
        """List the media of an Instagram account. If Meta refuses to tell the eligibility, without it.

        >>> [media.media_product_type for media in fb.posts.media("17841400000000001")][-1]
        'REELS'
        """
        names = fields or InstagramMedia.fields()
        params = {"since": since, "until": until, "limit": 100}
        path = (node_id(instagram_user_id, "instagram_user_id"), "media")

        def read(names: Any) -> list[InstagramMedia]:
            return [*self._transport.edge(Call("GET", path, {**params, "fields": ",".join(names)}), InstagramMedia)]

        try:
            return read(names)
        except (InvalidParameterError, PermissionDeniedError):
            if "boost_eligibility_info" not in names:
                raise
        return read([name for name in names if name != "boost_eligibility_info"])

    @no_op("list_comments finds the post of an ad")
    def comments(self, post_id: str) -> Edge[Comment]:
        """List the comments of a Page post (`<page>_<post>`) or of Instagram media, newest first.

        >>> [comment.author for comment in fb.posts.comments("108356564252733_122101000000000001")][-1]
        'Someone'
        """
        path, page_id = (_checked_id(post_id, "post_id"), "comments"), post_id.rpartition("_")[0]
        query = {"fields": ",".join(_FACEBOOK if page_id else _INSTAGRAM)}
        query |= {"filter": "stream", "order": "reverse_chronological"} if page_id else {}
        return self._transport.edge(Call("GET", path, query, page=page_id), Comment)

    @no_op("list_comments shows it")
    def comment(self, comment_id: str, *, page_id: PageId | None = None) -> Comment:
        """Return a comment.

        >>> fb.posts.comment("122101000000000001_880", page_id=page_id).author
        'Ana Silva'
        """
        facebook, path = "_" in comment_id, (_checked_id(comment_id, "comment_id"),)
        query = {"fields": ",".join(_FACEBOOK if facebook else _INSTAGRAM)}
        return self._transport.node(Call("GET", path, query, page=_page(page_id) if facebook else ""), Comment)

    @op("reply_to_comment", effect="create", past="written", then=("list_comments",))
    @costs("nothing; everybody can read it")
    def reply(self, comment_id: str, *, message: str, page_id: PageId | None = None) -> Comment:
        """Reply to a comment. In the name of the Page or Instagram account; public at once.

        Instagram allows replies to visible comments of the first level only.

        >>> fb.posts.reply("122101000000000001_880", message="At 8!", page_id=page_id).id[:18]
        '122101000000000001'
        """
        if not message.strip():
            raise ParameterError([Violation("message", message, "the text of the reply")])
        if "_" not in comment_id:
            node = self._node(igcomment.IGComment, comment_id, "comment_id")
            return self._create(node.create_reply, Comment, {"message": message}, ())
        node = self._sdk(sdk_comment.Comment, _checked_id(comment_id, "comment_id"))
        fields = ("id", "message", "created_time")
        return self._create(node.create_comment, Comment, {"message": message}, fields, _page(page_id))

    @op("hide_comment", effect="update", past="changed", then=("list_comments",))
    @costs("nothing; its author and their friends still see it")
    def hide(self, comment_id: str, *, page_id: PageId | None = None, hidden: bool = True) -> None:
        """Hide a comment, or show it again. `hidden=false` shows it.

        >>> fb.posts.hide("122101000000000001_881", page_id=page_id)
        """
        if "_" not in comment_id:
            self.comment(comment_id)  # an ID of digits may be that of anything else
            self._change(self._node(igcomment.IGComment, comment_id, "comment_id").api_update, {"hide": hidden})
            return
        node = self._sdk(sdk_comment.Comment, _checked_id(comment_id, "comment_id"))
        self._change(node.api_update, {"is_hidden": hidden}, _page(page_id))


def _checked_id(value: str, name: str) -> str:
    """Return the ID of a Page post or a comment on it, or digits of Instagram."""
    if "_" not in value:
        return node_id(value, name)
    if not re.fullmatch("[0-9]+_[0-9]+", value):
        raise ParameterError([Violation(name, value, "two numbers with _ between them, or the digits of Instagram")])
    return value


def _page(page_id: str | None) -> str:
    if page_id is None:
        raise ParameterError([Violation("page_id", MISSING, "the Page of the post: list_comments names it")])
    return node_id(page_id, "page_id")
