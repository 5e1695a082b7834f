"""Ad videos. https://developers.facebook.com/docs/marketing-api/reference/ad-account/advideos"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models._params import STRICT
from admonster_fb.models.common import EdgeList

Title = Annotated[str, Field(description="shorter than 255 characters", min_length=1, max_length=254)]


class AdVideo(Node):
    """A video of an ad account; creatives name it by `id`. Ads can use it once `status` says `ready`."""

    NOT_ASKED: ClassVar = frozenset({"embeddable", "format", "views", "published", "content_category"})

    id: str = ""
    title: str | None = None
    description: str | None = None
    length: float | None = None
    """Seconds."""
    picture: str | None = None
    """The URL of its preferred thumbnail; expires."""
    source: str | None = None
    """The URL of the file; expires."""
    status: Map | None = None
    """`video_status` (ready, processing, expired, error), `processing_progress` and the phases."""
    permalink_url: str | None = None
    is_instagram_eligible: bool | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    published: bool | None = None
    embeddable: bool | None = None
    content_category: str | None = None
    views: int | None = None
    format: list[Map] | None = None

    @property
    def video_status(self) -> str | None:
        """How far it is: ready, processing, expired or error; `None` if `status` was not read."""
        return (self.status or {}).get("video_status")


class VideoThumbnail(Node):
    """A picture that can stand for a video: its `uri` is the `image_url` of a creative's video_data."""

    NOT_ASKED: ClassVar = frozenset({"name", "scale"})

    id: str = ""
    uri: str | None = None
    is_preferred: bool | None = None
    width: int | None = None
    height: int | None = None
    name: str | None = None
    scale: float | None = None


class AdVideoList(EdgeList, total=False):
    """Filters of an account's videos; lengths are seconds."""

    title: str
    minlength: int
    maxlength: int
    minwidth: int
    maxwidth: int
    minheight: int
    maxheight: int
    min_aspect_ratio: float
    max_aspect_ratio: float


@with_config(STRICT)
class AdVideoCreate(TypedDict, total=False):
    """What is said of a new video."""

    title: Title
    description: str
    file_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/\S+$")]


@with_config(STRICT)
class AdVideoUpdate(TypedDict, total=False):
    """What of a video can be changed."""

    name: Annotated[Title, Field(description="what is read as its title")]
    description: str
    preferred_thumbnail_id: Annotated[str, Field(description="of one of its thumbnails", pattern=r"^[0-9]+$")]
