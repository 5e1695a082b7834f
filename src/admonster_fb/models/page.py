"""Whom ads speak for: Facebook Pages and Instagram accounts."""

from __future__ import annotations

from admonster_fb.models._node import Node


class Page(Node):
    """A Facebook Page that an ad account may advertise for. Meta: page."""

    id: str = ""
    name: str | None = None
    link: str | None = None
    is_published: bool | None = None


class InstagramAccount(Node):
    """An Instagram account that ads may use as `instagram_user_id`. Meta: IG User."""

    id: str = ""
    username: str | None = None
    name: str | None = None
    followers_count: int | None = None
