"""Uploading images and videos from a file, a URL, base64 or bytes."""

from __future__ import annotations

import base64
import functools
import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from admonster_fb import media
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._params import LocalPath
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.advideo import AdVideo, Title
from admonster_fb.operation import no_op, op
from admonster_fb.paths import is_url

_uploads = functools.partial(
    op, group="creative", effect="create", past="uploaded", cost="nothing", then=("create_creative",)
)


@_uploads("upload_image", changes="adimages", example={"image_url": "https://example.com/shoes.png"})
def upload_image(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    image_path: LocalPath | None = None,
    image_url: Annotated[str, Field(description="of an image on the public internet")] | None = None,
    image_base64: str | None = None,
) -> AdImage:
    """Upload an image. Returns its hash. Jpg or png, up to 30 MB, for creatives of this account.

    Pass exactly one of `image_path`, `image_url` and `image_base64`. The image is inspected first: `warnings` of the
    result name what Meta accepts but displays badly.

    >>> upload_image(fb, "act_1", image_base64=base64.b64encode(png).decode()).width
    1200
    """
    name, value = _only_source(image_path=image_path, image_url=image_url, image_base64=image_base64)
    if name != "image_base64":
        is_file = name == "image_path"
        content = media.read_file(value, name) if is_file else media.fetch(value, name=name, net=net_of(fb))
    else:
        try:  # also a data: URL
            content = base64.b64decode(value.partition(";base64,")[2] or value, validate=True)
        except ValueError:
            raise ParameterError([Violation(name, "not base64", "the image's bytes in base64")]) from None
    return _upload(fb, ad_account_id, content, name, Path(value) if name == "image_path" else None)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The result of one image upload: `image`, or `error`."""

    source: str
    image: AdImage | None = None
    error: FacebookAdsError | None = None


@no_op("a bot uploads images one by one, with upload_image")
def upload_images(
    fb: FacebookAds, ad_account_id: str, images: Sequence[str | Path | bytes], *, threads: int = 4
) -> list[Uploaded]:
    """Upload many images (paths, URLs or bytes) in parallel; return the results in order, errors included.

    The same content is sent once. At most `threads` images are in memory at once.

    >>> [upload.image.width for upload in upload_images(fb, "act_1", [png, other_png, png])]
    [1200, 300, 1200]
    """
    if not isinstance(threads, int) or not 1 <= threads <= 32:
        raise ParameterError([Violation("threads", threads, "a whole number from 1 to 32")])
    lock, results = threading.Lock(), dict[str, Future[AdImage]]()

    def upload(number: int, source: str | Path | bytes) -> Uploaded:
        label, name = f"{len(source):,} bytes" if isinstance(source, bytes) else str(source), f"images.{number}"
        try:
            if not isinstance(source, str | Path | bytes):
                raise ParameterError([Violation(name, type(source).__name__, "a path, a URL or bytes")])
            content = source if isinstance(source, bytes) else _read(fb, source, name)
            key = hashlib.sha256(content).hexdigest()
            with lock:
                first = key not in results
                result = results.setdefault(key, Future())
            if first:
                path = None if isinstance(source, bytes) or is_url(source) else Path(source)
                _fill(result, lambda: _upload(fb, ad_account_id, content, name, path))
            return Uploaded(label, result.result())
        except FacebookAdsError as error:
            return Uploaded(label, error=error)

    with ThreadPoolExecutor(threads, thread_name_prefix="images") as pool:
        return list(pool.map(upload, range(len(images)), images))


@_uploads("upload_video", changes="advideos", aliases={"name": "title"})
def upload_video(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    video_path: LocalPath | None = None,
    video_url: Annotated[str, Field(description="on the public internet; Meta fetches it")] | None = None,
    title: Title | None = None,
    description: str | None = None,
    wait: Annotated[bool, Field(description="wait until ads can use it, at most ten minutes")] = False,
) -> AdVideo:
    """Upload a video. Returns its ID. Preferably mp4 or mov, for creatives.

    Pass exactly one of `video_path` and `video_url`. Meta processes it for a minute or more before ads can use it.

    >>> upload_video(fb, "act_1", video_url="https://example.com/clip.mp4", wait=True).video_status
    'ready'
    """
    name, value = _only_source(video_path=video_path, video_url=video_url)
    source: dict[str, Any] = {"filename" if name == "video_path" else "file_url": value}
    if name == "video_url":
        media.check_url(value, "video_url", net_of(fb))
    video = fb.advideos.create(ad_account_id, title=title, description=description, **source)
    return fb.advideos.wait(video.id) if wait else video


def _fill(result: Future[AdImage], work: Callable[[], AdImage]) -> None:
    try:
        result.set_result(work())
    except BaseException as error:  # noqa: BLE001 - waiting threads need any error
        result.set_exception(error)


def _upload(fb: FacebookAds, ad_account_id: str, content: bytes, name: str, path: Path | None) -> AdImage:
    """Inspect and upload an image; a file is sent under its name if Meta accepts the suffix."""
    facts = media.inspect_image(content, name)
    by_name = path is not None and path.suffix.lower() in media.SUFFIXES
    image = fb.adimages.create(ad_account_id, **({"filename": path} if by_name else {"bytes": content}))
    return image.model_copy(update={"warnings": list(facts.warnings)}) if facts.warnings else image


def _only_source(**sources: str | None) -> tuple[str, str]:
    present = [(name, value) for name, value in sources.items() if value is not None]
    if len(present) != 1:
        names = ", ".join(name for name, _ in present) or MISSING
        raise ParameterError([Violation(next(iter(sources)), names, f"exactly one of {', '.join(sources)}")])
    return present[0]


@no_op("for the uploads of the library itself")
def net_of(fb: FacebookAds) -> media.Net:
    """Return how a facade follows URLs. For a sandbox each URL holds a sample image, and the network is not used.

    >>> media.fetch("https://example.com/a.png", net=net_of(fb))[:4] == png[:4]
    True
    """

    def sample(url: str) -> bytes:
        from admonster_fb.sandbox import png

        red, green, blue = hashlib.sha256(url.encode()).digest()[:3]
        return png(rgb=(red, green, blue))

    return media.offline(sample) if fb.is_sandbox else media.INTERNET


def _read(fb: FacebookAds, source: str | Path, name: str) -> bytes:
    return media.fetch(str(source), name=name, net=net_of(fb)) if is_url(source) else media.read_file(source, name)
