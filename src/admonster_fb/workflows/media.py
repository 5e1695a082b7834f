"""Pictures and videos from wherever they are: a file, a URL, base64, bytes."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from admonster_fb import media
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.advideo import AdVideo, Title
from admonster_fb.operation import no_op, op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

LocalPath = Annotated[str, Field(json_schema_extra={"format": "path"})]
"""A file on this machine; the bot's tool confines it to the folder its host has set."""


@op(
    "upload_image",
    group="creative",
    access="write",
    effect="create",
    changes="adimages",
    past="uploaded",
    example={"image_path": "shoes.png"},
    cost="nothing",
    then=("create_creative",),
)
def upload_image(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    image_path: LocalPath | None = None,
    image_url: Annotated[str, Field(description="of a picture on the public internet")] | None = None,
    image_base64: str | None = None,
) -> AdImage:
    """Upload an image (jpg or png, up to 30 MB) and get its hash, by which creatives of this account name it.

    From exactly one of `image_path`, `image_url` and `image_base64`. It is looked at first: `warnings` of the answer
    say what Meta takes but shows badly.

    >>> upload_image(fb, "act_1", image_base64=base64.b64encode(png).decode()).width
    1200
    """
    name, value = _only({"image_path": image_path, "image_url": image_url, "image_base64": image_base64})
    return _upload(fb, ad_account_id, _READ[name](value), name, Path(value) if name == "image_path" else None)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How the upload of one image ended: `image`, or `error` where there is none."""

    source: str
    image: AdImage | None = None
    error: FacebookAdsError | None = None


@no_op("a bot uploads pictures one by one, with upload_image: paths in a list would not be confined")
def upload_images(
    fb: FacebookAds, ad_account_id: str, images: Sequence[str | Path | bytes], *, threads: int = 4
) -> list[Uploaded]:
    """Upload many images (paths, URLs or bytes), some at a time; results come in order, errors among them.

    The same content is sent once, however often it is given. At most `threads` pictures are in memory at once.

    >>> [each.image.width for each in upload_images(fb, "act_1", [png, other_png, png])]
    [1200, 300, 1200]
    """
    if not isinstance(threads, int) or not 1 <= threads <= 32:
        raise ParameterError([Violation("threads", threads, "a whole number from 1 to 32")])
    once = _Once()

    def one(number: int, source: str | Path | bytes) -> Uploaded:
        shown = f"{len(source):,} bytes" if isinstance(source, bytes) else str(source)
        name = f"images.{number}"
        try:
            content = _any(source, name)
            key = hashlib.sha256(content).hexdigest()
            path = None if isinstance(source, bytes) or _is_url(source) else Path(source)
            return Uploaded(shown, once.do(key, lambda: _upload(fb, ad_account_id, content, name, path)))
        except FacebookAdsError as error:
            return Uploaded(shown, error=error)

    with ThreadPoolExecutor(threads, thread_name_prefix="images") as pool:
        return list(pool.map(one, range(len(images)), images))


@op(
    "upload_video",
    group="creative",
    access="write",
    effect="create",
    changes="advideos",
    past="uploaded",
    cost="nothing",
    aliases={"name": "title"},
    then=("create_creative",),
)
def upload_video(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    video_path: LocalPath | None = None,
    video_url: Annotated[str, Field(description="on the public internet; Meta fetches it")] | None = None,
    title: Title | None = None,
    description: str | None = None,
    wait: Annotated[bool, Field(description="until ads can use it, ten minutes at most")] = False,
) -> AdVideo:
    """Upload a video (mp4 or mov are best) and get its id, by which creatives name it.

    From exactly one of `video_path` and `video_url`. Meta processes it before ads can use it, a minute or more.

    >>> upload_video(fb, "act_1", video_url="https://example.com/clip.mp4", wait=True).video_status
    'ready'
    """
    name, value = _only({"video_path": video_path, "video_url": video_url})
    told: dict[str, Any] = {"title": title, "description": description}
    if name == "video_url":
        media.check_url(value, "video_url")
        video = fb.advideos.create(ad_account_id, file_url=value, **told)
    else:
        video = fb.advideos.create(ad_account_id, filename=value, **told)
    return fb.advideos.wait(video.id) if wait else video


_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})


class _Once:
    """Does the same thing once, however many threads want it; all get its result or its error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[str, Future[AdImage]] = {}

    def do(self, key: str, work: Callable[[], AdImage]) -> AdImage:
        with self._lock:
            first = key not in self._results
            result = self._results.setdefault(key, Future())
        if first:
            try:
                result.set_result(work())
            except BaseException as error:  # noqa: BLE001 - those that wait must be told of any
                result.set_exception(error)
        return result.result()


def _upload(fb: FacebookAds, ad_account_id: str, content: bytes, name: str, path: Path | None) -> AdImage:
    """Upload a picture once it was looked at; a file goes by its name, if Meta takes files of such a name."""
    facts = media.inspect_image(content, name)
    if path is not None and path.suffix.lower() in _ENDINGS:
        image = fb.adimages.create(ad_account_id, filename=path)
    else:
        image = fb.adimages.create(ad_account_id, bytes=content)
    return image.model_copy(update={"warnings": list(facts.warnings)}) if facts.warnings else image


def _only(sources: Mapping[str, str | None]) -> tuple[str, str]:
    """Return the one source that was given."""
    given = [(name, value) for name, value in sources.items() if value is not None]
    if len(given) != 1:
        told = ", ".join(name for name, _ in given) or MISSING
        raise ParameterError([Violation(next(iter(sources)), told, f"exactly one of {', '.join(sources)}")])
    return given[0]


def _is_url(source: str | Path) -> bool:
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))


def _any(source: str | Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    if not isinstance(source, str | Path):
        raise ParameterError([Violation(name, type(source).__name__, "a path, a URL or bytes")])
    return media.fetch(str(source), name=name) if _is_url(source) else _file(source, name)


def _file(path: str | Path, name: str = "image_path") -> bytes:
    try:
        media.check_size(Path(path).stat().st_size, name)
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise ParameterError([Violation(name, str(path), f"a readable file ({reason})")]) from None


def _decoded(text: str) -> bytes:
    """Decode base64, also as it stands in a data: URL."""
    try:
        return base64.b64decode(text.partition(";base64,")[2] or text, validate=True)
    except ValueError:
        raise ParameterError([Violation("image_base64", "not base64", "the image's bytes in base64")]) from None


_READ: dict[str, Callable[[str], bytes]] = {
    "image_path": _file,
    "image_url": lambda url: media.fetch(url, name="image_url"),
    "image_base64": _decoded,
}
