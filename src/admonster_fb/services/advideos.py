"""Ad videos. https://developers.facebook.com/docs/marketing-api/reference/ad-account/advideos"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import advideo as sdk
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.advideo import AdVideo, AdVideoCreate, AdVideoList, AdVideoUpdate, VideoThumbnail
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.video_upload import UploadProgress

LOOKS = (2.0, 3.0, 5.0, 10.0)
"""Seconds between looks at a video that Meta processes; the last goes on."""


class AdVideos(Service):
    """The edge `advideos`, its nodes and their thumbnails."""

    @op("get_video", group="creative", access="read", then=("list_video_thumbnails", "create_creative"))
    def get(self, video_id: str, *, fields: Sequence[str] = AdVideo.fields()) -> AdVideo:
        """Read a video.

        >>> video_id = fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id
        >>> fb.advideos.get(video_id).video_status
        'processing'
        """
        node = self._sdk(sdk.AdVideo, node_id(video_id, "video_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdVideo)

    @no_op("no op of the bot lists videos")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = AdVideo.fields(), **params: Unpack[AdVideoList]
    ) -> builtins.list[AdVideo]:
        """Read all videos of an account, to the last page.

        >>> video = fb.advideos.create("act_1", file_url="https://example.com/clip.mp4")
        >>> video.id in [each.id for each in fb.advideos.list("act_1")]
        True
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @no_op("no op of the bot lists videos")
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = AdVideo.fields(), **params: Unpack[AdVideoList]
    ) -> Edge[AdVideo]:
        """Read the videos of an account, page by page as they are wanted.

        >>> video = fb.advideos.create("act_1", file_url="https://example.com/clip.mp4")
        >>> next(iter(fb.advideos.iter("act_1"))).title
        'clip.mp4'
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(account.get_ad_videos, checked(AdVideoList, params), fields), AdVideo)

    @no_op("upload_video takes a path within the folder for files, or a URL")
    def create(
        self,
        ad_account_id: str,
        *,
        filename: str | Path | None = None,
        file_url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        progress: UploadProgress | None = None,
        fields: Sequence[str] = AdVideo.fields(),
    ) -> AdVideo:
        """Upload a video from a file, in chunks and on through cut connections, or have Meta fetch a URL.

        Ads can use it once Meta has processed it: see `wait`. Without `title` it has the name of its file.
        `progress(sent, total)` is told of bytes. A file is read as it is sent and never held in memory. Raises
        `FacebookAdsError` when nothing new has arrived in six tries. Meta: Video API, Publishing; `api_facts.md`
        section 10.

        >>> fb.advideos.create("act_1", file_url="https://example.com/clip.mp4", title="Warm feet").title
        'Warm feet'
        """
        if (filename is None) == (file_url is None):
            given = MISSING if filename is None else "both"
            raise ParameterError([Violation("filename", given, "exactly one of filename and file_url")])
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        name = Path(filename).name if filename is not None else _name_in(file_url)
        said = {"title": title or name[-254:] or "video", "description": description, "file_url": file_url}
        params = checked(AdVideoCreate, {key: value for key, value in said.items() if value is not None})
        call = self._call(account.create_ad_video, params, fields)
        if filename is None:
            return self._transport.create(call, AdVideo)
        return self._transport.upload(call, Path(filename), AdVideo, progress)

    @no_op("upload_video waits if asked to")
    def wait(self, video_id: str, *, timeout: float = 600.0, progress: Callable[[int], None] | None = None) -> AdVideo:
        """Wait until ads can use a video, at most `timeout` seconds, and read it then.

        `progress` is told how many percent Meta has processed. Raises `FacebookAdsError` if the video cannot be
        processed, if its upload has expired, or (`retryable`) if it takes longer.

        >>> fb.advideos.wait(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id).video_status
        'ready'
        """
        clock = self._transport.api.clock
        ends = clock.now() + timedelta(seconds=timeout)
        for pause in itertools.chain(LOOKS, itertools.repeat(LOOKS[-1])):
            seen = self.get(video_id, fields=("id", "status"))
            if seen.video_status == "ready":
                return self.get(video_id)
            if seen.video_status in _FAILED:
                raise FacebookAdsError(f"video {video_id} {_trouble(seen)}", advice=_FAILED[seen.video_status])
            if progress and seen.status:
                progress(int(seen.status.get("processing_progress") or 0))
            left = (ends - clock.now()).total_seconds()
            if left <= 0:
                break
            clock.sleep(min(pause, left))
        raise FacebookAdsError(
            f"video {video_id} is not ready after {timeout:.0f} s", advice="Wait for it again.", retryable=True
        )

    @op("list_video_thumbnails", group="creative", access="read", then=("create_creative",))
    def thumbnails(
        self, video_id: str, *, fields: Sequence[str] = VideoThumbnail.fields()
    ) -> builtins.list[VideoThumbnail]:
        """Read the thumbnails that Meta has made of a video, the preferred one among them; none before it is ready.

        >>> video = fb.advideos.wait(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id)
        >>> [each.is_preferred for each in fb.advideos.thumbnails(video.id)]
        [True, False, False]
        """
        node = self._sdk(sdk.AdVideo, node_id(video_id, "video_id"))
        return [*self._transport.edge(self._call(node.get_thumbnails, fields=fields), VideoThumbnail)]

    @no_op("no op of the bot changes videos")
    def update(self, video_id: str, **params: Unpack[AdVideoUpdate]) -> None:
        """Change a video's name, description or preferred thumbnail; the pictures themselves are fixed.

        >>> fb.advideos.update(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id, name="Feet")
        """
        node = self._sdk(sdk.AdVideo, node_id(video_id, "video_id"))
        self._transport.change(self._call(node.api_update, checked(AdVideoUpdate, params)))

    @no_op("no op of the bot deletes videos")
    def delete(self, video_id: str) -> None:
        """Delete a video.

        >>> fb.advideos.delete(fb.advideos.create("act_1", file_url="https://example.com/clip.mp4").id)
        """
        self._transport.change(self._call(self._sdk(sdk.AdVideo, node_id(video_id, "video_id")).api_delete))


_FAILED = {
    "error": "Encode it as mp4 (H.264 and AAC) and upload it again.",
    "expired": "Upload it again: the upload did not end in time.",
}


def _trouble(video: AdVideo) -> str:
    """Say what Meta says of a video that cannot be used."""
    status: dict[str, Any] = video.status or {}
    phases = [phase for phase in status.values() if isinstance(phase, dict)]
    errors = [error for phase in phases for error in (phase.get("error"), *(phase.get("errors") or ()))]
    told = [str(error["message"]) for error in errors if isinstance(error, dict) and error.get("message")]
    return ": ".join([f"has ended as {video.video_status}", *told])


def _name_in(url: Any) -> str:
    """Return the name of the file that a URL leads to: a lost upload is found again by its title."""
    path = urlsplit(url).path if isinstance(url, str) else ""
    return unquote(PurePosixPath(path).name)
