"""Videos in chunks: start, transfer until Meta has all, finish. A cut connection costs one chunk at most.

Meta: Video API, Publishing and Error Codes; `api_facts.md` section 10. The offsets that Meta answers rule: which bytes
it wants next, and when it has them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

from admonster_fb.errors import (
    APIError,
    FacebookAdsError,
    NetworkError,
    NotFoundError,
    OutcomeUnknown,
    ParameterError,
    TransientError,
    Violation,
    unreadable,
)
from admonster_fb.transport.api import CHECK, Answer, Api, decode_object
from admonster_fb.transport.form import Slice
from admonster_fb.transport.request import Call

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many bytes Meta has, and of how many."""
_WATCHING: ContextVar[Progress | None] = ContextVar("watching", default=None)

SMALLEST, LARGEST = 1024, 10 * 1024**3
"""Bytes of a video. Meta: Video API, Error Codes (1363022), and Graph API, Uploading Videos."""
TRIES = 6
"""How often in a row nothing new may arrive at Meta before an upload is given up."""
LONGEST = 30.0
_WRONG_OFFSET = 1363037
_AGAIN = frozenset({1363019, 1363033})
"""Refusals of a chunk for which Meta's advice is to send it again."""


class Offsets(NamedTuple):
    """The bytes that Meta wants next: from `start`, up to `end`. They meet when it has all."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Session:
    """An upload that Meta has opened."""

    id: str
    video_id: str
    wanted: Offsets


def upload(api: Api, edge: Call, path: Path, said: Mapping[str, Any], progress: Progress | None = None) -> str:
    """Upload the file at `path` to the edge of a `Call`; return the video's id. `said` is its title and the like."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise ParameterError([Violation("filename", str(path), f"a readable file ({error.strerror})")]) from None
    with file:
        size = os.fstat(file.fileno()).st_size
        if not SMALLEST <= size <= LARGEST:
            raise ParameterError([Violation("filename", f"{path} of {size:,} bytes", "a video of 1 KB to 10 GB")])
        told = progress or _WATCHING.get() or (lambda _sent, _size: None)
        sending = _Upload(api, edge, file, path.name, size, told)
        session = sending.start()
        sending.transfer(session)
        sending.finish(session, said)
        return session.video_id


@contextmanager
def watched(progress: Progress) -> Iterator[None]:
    """Tell of uploads in this block that nobody else is told of: an op takes no function."""
    token = _WATCHING.set(progress)
    try:
        yield
    finally:
        _WATCHING.reset(token)


class _Upload:
    def __init__(self, api: Api, edge: Call, file: BinaryIO, name: str, size: int, progress: Progress) -> None:
        self._api, self._edge, self._progress = api, edge, progress
        self._file, self._name, self._size = file, name, size

    def start(self) -> Session:
        """Open a session. Sent again if its answer is lost: a session that nobody uses makes no video and expires."""
        for failures in range(1, TRIES + 1):
            try:
                return self._send({"upload_phase": "start", "file_size": self._size}, _session)
            except (OutcomeUnknown, NetworkError, TransientError):
                if failures == TRIES:
                    raise
            self._pause(failures)
        raise AssertionError("the last try returns or raises")

    def transfer(self, session: Session) -> None:
        """Send what Meta wants until it wants nothing more.

        After a failure it goes on where Meta says: a chunk that did arrive is answered with the next one's offset.
        Only bytes that Meta did not have before count as progress, so this ends whatever Meta answers.
        """
        wanted, furthest, failures = session.wanted, session.wanted.start, 0
        self._progress(furthest, self._size)
        while wanted.start != wanted.end:
            told, failed = self._chunk(session, wanted)
            if told.start > furthest:
                furthest, failures = told.start, 0
                self._progress(furthest, self._size)
            elif failed or told.start <= wanted.start:
                failures += 1
                if failures == TRIES:
                    raise failed or FacebookAdsError("Meta takes no more of the video", advice="Upload it again.")
                self._pause(failures)
            wanted = told

    def _chunk(self, session: Session, wanted: Offsets) -> tuple[Offsets, FacebookAdsError | None]:
        """Send one chunk; return what Meta wants next, and what went wrong if that is worth another try."""
        part = Slice(self._file, self._name, wanted.start, min(wanted.end, self._size) - wanted.start)
        if part.length <= 0:
            raise FacebookAdsError("Meta wants more of the video than there is", advice="Upload it again.")
        params = {"upload_phase": "transfer", "upload_session_id": session.id, "start_offset": wanted.start}
        try:
            return self._send(params, _offsets, {"video_file_chunk": part}), None
        except (OutcomeUnknown, NetworkError) as error:
            return wanted, error
        except APIError as error:
            if error.error_subcode == _WRONG_OFFSET and (told := _wanted(error.error_data)):
                return told, error
            if isinstance(error, TransientError) or error.error_subcode in _AGAIN:
                return wanted, error
            raise

    def finish(self, session: Session, said: Mapping[str, Any]) -> None:
        """Say that all is there. If the answer is lost, the video is read before it is said again."""
        params = {**said, "upload_phase": "finish", "upload_session_id": session.id}
        lost: FacebookAdsError | None = None
        for failures in range(1, TRIES + 1):
            try:
                return self._send(params, _success)
            except (OutcomeUnknown, NetworkError, TransientError) as error:
                lost = error
            except APIError:
                # If the lost one did it, Meta knows the session no more.
                if lost is None or self._uploading_phase(session.video_id, lost) not in ("complete", None):
                    raise
                return None
            self._pause(failures)
            if self._uploading_phase(session.video_id, lost) == "complete":
                return None
        raise lost or AssertionError("the last try returns or raises")

    def _uploading_phase(self, video_id: str, lost: FacebookAdsError) -> str | None:
        """Read how far Meta takes the upload to be; `None` where it does not say."""
        try:
            video = self._api.send(Call("GET", (video_id,), {"fields": "status"}), decode_object)
        except NotFoundError:
            raise FacebookAdsError(
                f"Meta has dropped video {video_id} after its upload: the file is none it can read",
                advice="Encode it as mp4 and upload it again.",
                who="user",
            ) from None
        except FacebookAdsError as error:
            reason = f"{lost.message}; looking failed too: {error.message}"
            raise OutcomeUnknown(reason, request=self._edge.name, check=f"read video {video_id}") from None
        status = video.get("status")
        phase = status.get("uploading_phase") if isinstance(status, dict) else None
        return str(phase["status"]) if isinstance(phase, dict) and "status" in phase else None

    def _send(
        self,
        params: Mapping[str, Any],
        parse: Callable[[Answer, str], T],
        files: Mapping[str, Slice] | None = None,
    ) -> T:
        return self._api.send(replace(self._edge, params=params, files=files or {}), parse)

    def _pause(self, failures: int) -> None:
        self._api.clock.sleep(min(2.0 ** (failures - 1), LONGEST))


def _wanted(data: Any) -> Offsets | None:
    """Read offsets, which come as numbers or as text."""
    try:
        told = Offsets(int(data["start_offset"]), int(data["end_offset"]))
    except (TypeError, KeyError, ValueError):
        return None
    return told if 0 <= told.start <= told.end else None


def _offsets(response: Answer, request: str) -> Offsets:
    told = _wanted(decode_object(response, request))
    if told is None:
        raise unreadable(response.status_code, response.content, request)
    return told


def _session(response: Answer, request: str) -> Session:
    data = decode_object(response, request)
    if not {"upload_session_id", "video_id"} <= data.keys():
        raise unreadable(response.status_code, response.content, request)
    return Session(str(data["upload_session_id"]), str(data["video_id"]), _offsets(response, request))


def _success(response: Answer, request: str) -> None:
    if decode_object(response, request).get("success") is False:
        raise OutcomeUnknown("Meta answered success: false", request=request, check=CHECK)
