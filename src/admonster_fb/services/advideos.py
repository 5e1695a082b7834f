"""Ad videos. https://developers.facebook.com/docs/marketing-api/reference/ad-account/advideos"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Unpack
from urllib.parse import unquote, urlsplit

from facebook_business.adobjects import advideo as sdk

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._node import objects_in
from admonster_fb.models._params import Extra, checked
from admonster_fb.models.advideo import AdVideo, AdVideoCreate, AdVideoList, AdVideoUpdate, VideoThumbnail
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Edge, Fields, ListingService
from admonster_fb.transport.video_upload import UploadProgress

POLL_PAUSES = (2.0, 3.0, 5.0, 10.0)
"""Seconds between two reads of a video that Meta is processing. The last one repeats."""
_ADVICE = {
    "error": "Encode it as mp4 (H.264 and AAC) and upload it again.",
    "expired": "Upload it again: the upload did not end in time.",
}
"""What to do about a video that Meta could not process, by its status."""


class AdVideos(ListingService):
    """The edge `advideos` of an ad account, its nodes and their thumbnails."""

    @op("get_video", group="creative", access="read", then=("list_video_thumbnails", "create_creative"))
    def get(self, video_id: str, *, fields: Fields = None) -> AdVideo:
        """Return a video.

        >>> video_id = fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id
        >>> fb.advideos.get(video_id).video_status
        'processing'
        """
        return self._get(self._node(sdk.AdVideo, video_id, "video_id"), AdVideo, fields)

    @op("list_videos", group="creative", access="read", then=("get_video", "create_creative"))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[AdVideoList]) -> Edge[AdVideo]:
        """List the videos of an ad account. Page by page.

        >>> video = fb.advideos.create("act_1", file_url="https://example.com/clip.mp4")
        >>> next(iter(fb.advideos.iter("act_1"))).title
        'clip.mp4'
        """
        return self._edge(self._account(ad_account_id).get_ad_videos, AdVideo, checked(AdVideoList, params), fields)

    @no_op("upload_video takes a path within the folder for files, or a URL")
    def create(
        self,
        ad_account_id: str,
        *,
        filename: str | Path | None = None,
        file_url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        extra: Extra | None = None,
        progress: UploadProgress | None = None,
        fields: Fields = None,
    ) -> AdVideo:
        """Upload a video from a file, or let Meta download it from a URL.

        A file is sent in chunks, never held in memory, and resumed after a lost connection. Ads can use the video after
        Meta has processed it: see `wait`. Default `title`: the file name. `progress` is called with the number of bytes
        sent, and the total. Raises `FacebookAdsError` if six tries in a row transfer nothing. Meta: Video API,
        Publishing; `docs/meta-rules.md#images-and-videos`.

        >>> fb.advideos.create("act_1", file_url="https://example.com/clip.mp4", title="Warm feet").title
        'Warm feet'
        """
        if (filename is None) == (file_url is None):
            value = MISSING if filename is None else "both"
            raise ParameterError([Violation("filename", value, "exactly one of filename and file_url")])
        # As the title, the name of the file lets the library find a video whose response was lost.
        url_path = urlsplit(file_url).path if isinstance(file_url, str) else ""
        name = Path(filename).name if filename is not None else unquote(PurePosixPath(url_path).name)
        params = {"title": title or name[-254:] or "video", "description": description, "file_url": file_url}
        given = {key: value for key, value in {**params, "extra": extra}.items() if value is not None}
        valid, prepare = self._checked(AdVideoCreate, given), self._account(ad_account_id).create_ad_video
        if filename is None:
            return self._create(prepare, AdVideo, valid, fields)
        call = self._call(prepare, valid, fields, model=AdVideo)
        return self._transport.upload(call, Path(filename), AdVideo, progress)

    @no_op("upload_video waits if asked to")
    def wait(self, video_id: str, *, timeout: float = 600.0, progress: Callable[[int], None] | None = None) -> AdVideo:
        """Wait until ads can use a video, and return it. Default `timeout`: 600 seconds.

        `progress` is called with the percentage (0-100) that Meta has processed. Raises `FacebookAdsError` if Meta
        cannot process the video, if its upload has expired, or (`retryable`) after `timeout`.

        >>> fb.advideos.wait(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id).video_status
        'ready'
        """
        clock = self._transport.api.clock
        deadline = clock.now() + timedelta(seconds=timeout)
        for pause in itertools.chain(POLL_PAUSES, itertools.repeat(POLL_PAUSES[-1])):
            video = self.get(video_id, fields=("id", "status"))
            if video.video_status == "ready":
                return self.get(video_id)
            if video.video_status in _ADVICE:
                phases = [phase for phase in (video.status or {}).values() if isinstance(phase, dict)]
                errors = [error for phase in phases for error in (phase.get("error"), *objects_in(phase.get("errors")))]
                messages = [str(each["message"]) for each in errors if isinstance(each, dict) and each.get("message")]
                about = f"Meta cannot use video {video_id}: its status is {video.video_status}"
                raise FacebookAdsError(": ".join([about, *messages]), advice=_ADVICE[video.video_status])
            if progress and video.status:
                progress(int(video.status.get("processing_progress") or 0))
            left = (deadline - clock.now()).total_seconds()
            if left <= 0:
                break
            clock.sleep(min(pause, left))
        message = f"video {video_id} is not ready after {timeout:.0f} s"
        raise FacebookAdsError(message, advice="Wait for it again.", retryable=True)

    @op("list_video_thumbnails", group="creative", access="read", then=("create_creative",))
    def thumbnails(self, video_id: str, *, fields: Fields = None) -> list[VideoThumbnail]:
        """List a video's thumbnails. Empty before the video is ready.

        >>> video = fb.advideos.wait(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id)
        >>> [thumbnail.is_preferred for thumbnail in fb.advideos.thumbnails(video.id)]
        [True, False, False]
        """
        node = self._node(sdk.AdVideo, video_id, "video_id")
        return [*self._edge(node.get_thumbnails, VideoThumbnail, fields=fields)]

    @no_op("no op of the bot changes videos")
    def update(self, video_id: str, **params: Unpack[AdVideoUpdate]) -> None:
        """Update a video's name, description or preferred thumbnail. Its content cannot change.

        >>> fb.advideos.update(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id, name="Feet")
        """
        self._change(self._node(sdk.AdVideo, video_id, "video_id").api_update, self._checked(AdVideoUpdate, params))

    @no_op("no op of the bot deletes videos")
    def delete(self, video_id: str) -> None:
        """Delete a video.

        >>> fb.advideos.delete(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id)
        """
        self._change(self._node(sdk.AdVideo, video_id, "video_id").api_delete)
