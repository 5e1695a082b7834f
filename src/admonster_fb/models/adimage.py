"""Ad images. https://developers.facebook.com/docs/marketing-api/reference/ad-image"""

from __future__ import annotations

from typing import ClassVar, Self

from admonster_fb.models._node import Map, TimedNode
from admonster_fb.models.common import EdgeList


class AdImage(TimedNode):
    """An image of an ad account. Creatives refer to it by `hash`, which is valid in this account only.

    >>> AdImage.from_api({"hash": "ab", "width": 1080, "height": 1080}).width
    1080
    """

    NOT_REQUESTED: ClassVar = frozenset({"url_256"})

    hash: str | None = None
    """Hash of the image; creatives use it as `image_hash`."""
    id: str | None = None
    """The account's number, a colon and the hash."""
    account_id: str | None = None
    """ID of the ad account, without `act_`."""
    name: str | None = None
    """File name."""
    url: str | None = None
    """URL of the image; expires, not for publishing."""
    url_128: str | None = None
    """URL of a version of 128 by 128 pixels at most; expires."""
    url_256: str | None = None
    """URL of a version of 256 by 256 pixels at most; expires."""
    width: int | None = None
    """Width in pixels."""
    height: int | None = None
    """Height in pixels."""
    original_width: int | None = None
    """Width of the uploaded image, in pixels."""
    original_height: int | None = None
    """Height of the uploaded image, in pixels."""
    permalink_url: str | None = None
    """Permanent URL of the image."""
    status: str | None = None
    """ACTIVE or DELETED."""

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read an image, or the answer to an upload: `{"images": {"<file name>": {…}}}`."""
        uploaded = data.get("images")
        return super().from_api(next(iter(uploaded.values())) if isinstance(uploaded, dict) and uploaded else data)


class AdImageList(EdgeList, total=False):
    """Filters of an account's images.

    >>> params: AdImageList = {"minwidth": 1080, "minheight": 1080}
    """

    hashes: list[str]
    """Hashes of the images to return."""
    name: str
    """Name of the images to return."""
    minwidth: int
    """Minimum width in pixels."""
    minheight: int
    """Minimum height in pixels."""
