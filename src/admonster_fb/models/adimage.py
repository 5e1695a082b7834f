"""Ad images. https://developers.facebook.com/docs/marketing-api/reference/ad-image"""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field

from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models.common import EdgeList


class AdImage(Node):
    """An image of an ad account; creatives name it by `hash`, which holds in this account only."""

    NOT_ASKED: ClassVar = frozenset({"url_256"})

    hash: str | None = None
    id: str | None = None
    """The account's number, a colon and the hash."""
    account_id: str | None = None
    name: str | None = None
    url: str | None = None
    """Expires; not for publishing."""
    url_128: str | None = None
    url_256: str | None = None
    width: int | None = None
    height: int | None = None
    original_width: int | None = None
    original_height: int | None = None
    permalink_url: str | None = None
    status: str | None = None
    created_time: Time | None = None
    updated_time: Time | None = None

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read an image, or the answer to an upload: `{"images": {"<file name>": {…}}}`.

        >>> AdImage.from_api({"images": {"bytes": {"hash": "ab"}}}).hash
        'ab'
        """
        uploaded = data.get("images")
        return super().from_api(next(iter(uploaded.values())) if isinstance(uploaded, dict) and uploaded else data)


class AdImageList(EdgeList, total=False):
    """Filters of an account's images."""

    hashes: Annotated[list[str], Field(description="only these")]
    name: str
    minwidth: int
    minheight: int
