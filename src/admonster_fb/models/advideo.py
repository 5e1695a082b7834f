"""Ad videos. https://developers.facebook.com/docs/marketing-api/reference/ad-account/advideos"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from admonster_fb.models._node import Map, Node, TimedNode
from admonster_fb.models._params import Extra, Params
from admonster_fb.models.common import EdgeList

Title = Annotated[str, Field(description="Title; shorter than 255 characters.", min_length=1, max_length=254)]


class AdVideo(TimedNode):
    """A video of an ad account. Creatives refer to it by `id`; ads can use it once its status is ready.

    >>> AdVideo.from_api({"id": "5", "status": {"video_status": "processing"}}).video_status
    'processing'
    """

    NOT_REQUESTED: ClassVar = frozenset({"embeddable", "format", "views", "published", "content_category"})

    id: str = ""
    """ID of the video; creatives use it as `video_id`."""
    title: str | None = None
    """Title of the video."""
    description: str | None = None
    """Description of the video."""
    length: float | None = None
    """Length in seconds."""
    picture: str | None = None
    """URL of the preferred thumbnail; expires."""
    source: str | None = None
    """URL of the file; expires."""
    status: Map | None = None
    """`video_status` (ready, processing, expired, error), `processing_progress` (0-100) and the phases."""
    permalink_url: str | None = None
    """Permanent URL of the video."""
    is_instagram_eligible: bool | None = None
    """Whether ads on Instagram can use the video."""
    published: bool | None = None
    """Whether the video is published on a Page."""
    embeddable: bool | None = None
    """Whether the video can be embedded in web pages."""
    content_category: str | None = None
    """Category of the content."""
    views: int | None = None
    """Number of views."""
    format: list[Map] | None = None
    """Versions of the video, each with `width`, `height` and `embed_html`."""

    @property
    def video_status(self) -> str | None:
        """State of the video: ready, processing, expired or error; `None` if `status` was not read."""
        state = self.status.get("video_status") if isinstance(self.status, dict) else None
        return state if isinstance(state, str) else None


class VideoThumbnail(Node):
    """An image that can represent a video: its `uri` is the `image_url` of a creative's video_data.

    >>> VideoThumbnail.from_api({"id": "51", "is_preferred": True}).is_preferred
    True
    """

    NOT_REQUESTED: ClassVar = frozenset({"name", "scale"})

    id: str = ""
    """ID of the thumbnail."""
    uri: str | None = None
    """URL of the image; expires."""
    is_preferred: bool | None = None
    """Whether the video shows this thumbnail."""
    width: int | None = None
    """Width in pixels."""
    height: int | None = None
    """Height in pixels."""
    name: str | None = None
    """Name of the thumbnail."""
    scale: float | None = None
    """Scale of the image."""


class AdVideoList(EdgeList, total=False):
    """Filters of an account's videos.

    >>> params: AdVideoList = {"minlength": 5, "maxlength": 60}
    """

    title: str
    """Title of the videos to return."""
    minlength: int
    """Minimum length in seconds."""
    maxlength: int
    """Maximum length in seconds."""
    minwidth: int
    """Minimum width in pixels."""
    maxwidth: int
    """Maximum width in pixels."""
    minheight: int
    """Minimum height in pixels."""
    maxheight: int
    """Maximum height in pixels."""
    min_aspect_ratio: float
    """Minimum ratio of width to height."""
    max_aspect_ratio: float
    """Maximum ratio of width to height."""


class AdVideoCreate(Params, total=False):
    """Parameters of a new video besides its file.

    >>> params: AdVideoCreate = {"title": "Shoes", "file_url": "https://example.com/shoes.mp4"}
    """

    title: Title
    description: str
    """Description of the video."""
    file_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/\S+$")]
    """URL that Meta fetches the video from."""
    extra: Extra


class AdVideoUpdate(Params, total=False):
    """Parameters of a change of a video.

    >>> params: AdVideoUpdate = {"name": "Shoes, spring"}
    """

    name: Title
    """New title; shorter than 255 characters."""
    description: str
    """Description of the video."""
    preferred_thumbnail_id: Annotated[str, Field(pattern="^[0-9]+$")]
    """ID of one of the video's thumbnails."""
    extra: Extra
