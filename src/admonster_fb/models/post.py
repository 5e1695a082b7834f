"""Posts of Pages, Instagram media and comments. Meta: page-post, ig-media, comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from admonster_fb.models._node import Map, Node, Time, object_in, objects_in
from admonster_fb.money import whole


class PagePost(Node):
    """A post of a Page. What Meta leaves out is unknown, not "no".

    >>> post = PagePost.from_api({"id": "1_2", "shares": {"count": 3}, "reactions": {"summary": {"total_count": 4}}})
    >>> post.engagement
    7
    """

    EXPANDED: ClassVar = {
        "attachments": "attachments{type,title,unshimmed_url}",
        "comments": "comments.limit(0).summary(true)",
        "reactions": "reactions.limit(0).summary(total_count)",
    }

    id: str = ""
    """<page>_<post>."""
    message: str | None = None
    """Text of the post."""
    story: str | None = None
    """Text that Meta writes, for example of a shared link."""
    created_time: Time | None = None
    """Time of creation."""
    permalink_url: str | None = None
    """URL of the post; its number of the Page may be another one."""
    attachments: Map | None = None
    """Links, photos and videos, under `data`."""
    is_published: bool | None = None
    """Whether the post is public."""
    is_eligible_for_promotion: bool | None = None
    """Whether Meta says that an ad can promote it: a hint, not a promise."""
    instagram_eligibility: str | None = None
    """Whether it can be shown on Instagram."""
    shares: Map | None = None
    """`count` of shares."""
    comments: Map | None = None
    """`summary` with the number of comments."""
    reactions: Map | None = None
    """`summary` with the number of reactions."""

    @property
    def engagement(self) -> int:
        """Number of reactions, comments and shares."""
        summaries = [object_in(object_in(each).get("summary")) for each in (self.comments, self.reactions)]
        counts = (*(each.get("total_count") for each in summaries), object_in(self.shares).get("count"))
        return sum(whole(count) or 0 for count in counts)

    @property
    def attached(self) -> list[Map]:
        """Links, photos and videos of the post."""
        return objects_in(object_in(self.attachments).get("data"))

    @property
    def link(self) -> str | None:
        """URL of the link that the post shares."""
        shared = [each for each in self.attached if each.get("type") == "share"]
        return shared[0].get("unshimmed_url") if shared else None


class InstagramMedia(Node):
    """A photo, video, carousel, reel or story of an Instagram account.

    >>> InstagramMedia.from_api({"id": "17", "like_count": 3, "comments_count": 1}).engagement
    4
    """

    id: str = ""
    """Meta's ID of the media."""
    caption: str | None = None
    """Text of the post."""
    media_type: str | None = None
    """IMAGE, VIDEO or CAROUSEL_ALBUM."""
    media_product_type: str | None = None
    """FEED, REELS, STORY or AD."""
    permalink: str | None = None
    """URL of the post."""
    timestamp: Time | None = None
    """Time of creation."""
    like_count: int | None = None
    """Number of likes; absent if the owner hides it."""
    comments_count: int | None = None
    """Number of comments."""
    boost_eligibility_info: Map | None = None
    """`eligible_to_boost` and `boost_ineligible_reason`: a hint, not a promise."""

    @property
    def engagement(self) -> int:
        """Number of likes and comments."""
        return (whole(self.like_count) or 0) + (whole(self.comments_count) or 0)


class Comment(Node):
    """A comment on a post: personal data of its author. On Instagram the text is `text`.

    >>> Comment.from_api({"id": "2_3", "message": "Nice", "from": {"name": "Ana"}}).author
    'Ana'
    """

    id: str = ""
    """Meta's ID of the comment."""
    message: str | None = None
    """Text of a comment on Facebook."""
    text: str | None = None
    """Text of a comment on Instagram."""
    created_time: Time | None = None
    """Time of a comment on Facebook."""
    timestamp: Time | None = None
    """Time of a comment on Instagram."""
    username: str | None = None
    """Author on Instagram."""
    is_hidden: bool | None = None
    """Whether a comment on Facebook is hidden."""
    hidden: bool | None = None
    """Whether a comment on Instagram is hidden."""
    like_count: int | None = None
    """Number of likes."""

    @property
    def author(self) -> str:
        """Name of the author, as far as Meta shows it."""
        sender = (self.model_extra or {}).get("from")
        return str(self.username or (sender.get("name") if isinstance(sender, dict) else "") or "")


@dataclass(frozen=True, slots=True)
class Promotable:
    """A post or Instagram media that can be promoted, as far as Meta says.

    >>> Promotable("1_2", "Page post", "1").eligible is None
    True
    """

    id: str
    """<page>_<post>, or the ID of Instagram media."""
    kind: str
    """Page post, photo, video, carousel or reel."""
    page_id: str
    """Page that it belongs to."""
    instagram_user_id: str = ""
    """Instagram account that it belongs to; empty for a Page post."""
    text: str = ""
    """Beginning of the text."""
    created: datetime | None = None
    """Time of creation."""
    permalink: str = ""
    """URL."""
    engagement: int = 0
    """Number of reactions, comments and shares."""
    eligible: bool | None = None
    """What Meta says of its eligibility; `None` if it says nothing."""
    reason: str = ""
    """Why it is not eligible, in Meta's words."""
    link: str | None = None
    """URL of the link that it shares."""
    attached: str = ""
    """Titles and URLs of the links, photos and videos of a Page post."""


@dataclass(frozen=True, slots=True)
class PostList:
    """Posts and media, the one with the most engagement first.

    >>> PostList([Promotable("1_2", "Page post", "1")]).posts[0].id
    '1_2'
    """

    posts: list[Promotable] = field(default_factory=list)
    """The posts."""
    notes: list[str] = field(default_factory=list)
    """What could not be read."""
