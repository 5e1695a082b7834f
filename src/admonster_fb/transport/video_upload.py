"""Upload of a video in chunks: start, transfer until Meta has all bytes, finish. A broken connection costs one chunk.

Source: Meta, Video API, Publishing and Error Codes; `docs/meta-rules.md#images-and-videos`. Meta's offsets decide
which bytes to send next, and when it has them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

from admonster_fb import errors
from admonster_fb.paths import regular_file
from admonster_fb.transport.answers import answer_to, is_id
from admonster_fb.transport.api import CHECK, Api, Parser, RawResponse, decode_object
from admonster_fb.transport.form import Slice
from admonster_fb.transport.observability import bound
from admonster_fb.transport.request import Call

T = TypeVar("T")
UploadProgress = Callable[[int, int], None]
"""Called with the number of bytes that Meta has, and the size of the file in bytes."""
_PROGRESS: ContextVar[UploadProgress | None] = ContextVar("progress", default=None)
STARTED: ContextVar[Callable[[str], object] | None] = ContextVar("started", default=None)
"""Called with the ID that Meta gives a video at the start of its upload: for a journal."""

SMALLEST, LARGEST = 1024, 10 * 1024**3
"""Size of a video in bytes. Source: Meta, Video API, Error Codes (1363022), and Graph API, Uploading Videos."""
TRIES = 6  # attempts in a row without a new byte at Meta, after which an upload fails
LONGEST = 30.0  # longest pause in seconds
_WRONG_OFFSET = 1363037
_SEND_AGAIN = frozenset({1363019, 1363033})  # errors of a chunk for which Meta advises to send it again


class Offsets(NamedTuple):
    """The bytes that Meta needs next: from `start`, up to `end`. They are equal when it has all."""

    start: int
    end: int


class UploadSession(NamedTuple):
    """An upload that Meta has started."""

    id: str
    video_id: str
    offsets: Offsets


def upload(api: Api, edge: Call, path: Path, params: Mapping[str, Any], progress: UploadProgress | None = None) -> str:
    """Upload a file and return the video's id. Raises `ParameterError` if it cannot be read or has a wrong size."""
    try:
        file = open(path, "rb", opener=regular_file)  # noqa: SIM115 - closed below
    except OSError as error:
        wrong = errors.Violation("filename", str(path), f"a readable file ({error.strerror})")
        raise errors.ParameterError([wrong]) from None
    with file:
        size = os.fstat(file.fileno()).st_size
        if not SMALLEST <= size <= LARGEST:
            wrong = errors.Violation("filename", f"{path} of {size:,} bytes", "a video of 1 KB to 10 GB")
            raise errors.ParameterError([wrong])
        report = progress or _PROGRESS.get() or (lambda _sent, _size: None)
        uploading = _Upload(api, edge, file, path.name, size, report)
        session = uploading.start()
        if record := STARTED.get():
            record(session.video_id)
        uploading.transfer(session)
        uploading.finish(session, params)
        return session.video_id


def report_uploads(progress: UploadProgress) -> AbstractContextManager[None]:
    """Report uploads within the block that have no `progress` of their own: an op takes no function."""
    return bound(_PROGRESS, progress)


def is_uploaded(api: Api, edge: Call, video_id: str) -> bool:
    """Return whether Meta has all of a video of an earlier run. Raises `OutcomeUnknown` if it cannot be looked up."""
    try:
        return _read_phase(api, video_id) == "complete"
    except errors.NotFoundError:
        return False
    except errors.FacebookAdsError as error:
        reason = f"an earlier run may have uploaded video {video_id}; looking failed: {error.message}"
        raise errors.OutcomeUnknown(reason, request=edge.name, check=f"read video {video_id}") from None


def _read_phase(api: Api, video_id: str) -> str | None:
    """Return the phase of the upload that Meta shows, `None` if it shows none."""
    read = Call("GET", (video_id,), {"fields": "id,status"})
    status = api.send(read, answer_to(read)).get("status")
    phase = status.get("uploading_phase") if isinstance(status, dict) else None
    return str(phase["status"]) if isinstance(phase, dict) and "status" in phase else None


class _Upload:
    def __init__(self, api: Api, edge: Call, file: BinaryIO, name: str, size: int, progress: UploadProgress) -> None:
        self._api, self._edge, self._progress = api, edge, progress
        self._file, self._name, self._size = file, name, size

    def start(self) -> UploadSession:
        """Start a session. After a lost response it is sent again: a session without bytes creates no video."""
        for failures in range(1, TRIES + 1):
            try:
                return self._send({"upload_phase": "start", "file_size": self._size}, _parse_session)
            except (errors.OutcomeUnknown, errors.NetworkError, errors.TransientError):
                if failures == TRIES:
                    raise
            self._pause(failures)
        raise AssertionError("the last try returns or raises")

    def transfer(self, session: UploadSession) -> None:
        """Send the bytes that Meta needs, until it needs no more.

        After a failure, continue where Meta says: a chunk that did arrive is answered with the next offset. Only
        bytes that Meta did not have before count as progress, so this ends whatever Meta responds.
        """
        offsets, furthest, failures = session.offsets, session.offsets.start, 0
        self._progress(furthest, self._size)
        while offsets.start != offsets.end:
            following, error = self._send_chunk(session, offsets)
            if following.start > furthest:
                furthest, failures = following.start, 0
                self._progress(furthest, self._size)
            elif error or following.start <= offsets.start:
                failures += 1
                if failures == TRIES:
                    raise error or errors.FacebookAdsError("Meta takes no more of the video", advice="Upload it again.")
                self._pause(failures)
            offsets = following

    def _send_chunk(self, session: UploadSession, offsets: Offsets) -> tuple[Offsets, errors.FacebookAdsError | None]:
        """Send one chunk. Return what Meta needs next, and the error if another attempt may help."""
        part = Slice(self._file, self._name, offsets.start, min(offsets.end, self._size) - offsets.start)
        if part.length <= 0:
            raise errors.FacebookAdsError("Meta wants more of the video than there is", advice="Upload it again.")
        params = {"upload_phase": "transfer", "upload_session_id": session.id, "start_offset": offsets.start}
        try:
            return self._send(params, _parse_offsets, video_file_chunk=part), None
        except (errors.OutcomeUnknown, errors.NetworkError) as error:
            return offsets, error
        except errors.APIError as error:
            if error.error_subcode == _WRONG_OFFSET and (following := _read_offsets(error.error_data)):
                return following, error
            if isinstance(error, errors.TransientError) or error.error_subcode in _SEND_AGAIN:
                return offsets, error
            raise

    def finish(self, session: UploadSession, params: Mapping[str, Any]) -> None:
        """End the session. After a lost response, read the video before it is sent again."""
        params = {**params, "upload_phase": "finish", "upload_session_id": session.id}
        lost: errors.FacebookAdsError | None = None
        for failures in range(1, TRIES + 1):
            try:
                return self._send(params, _parse_success)
            except (errors.OutcomeUnknown, errors.NetworkError, errors.TransientError) as error:
                lost = error
            except errors.APIError:
                # If the lost request ended the session, Meta no longer knows it.
                if lost is None or self._uploading_phase(session.video_id, lost) not in ("complete", None):
                    raise
                return None
            self._pause(failures)
            if self._uploading_phase(session.video_id, lost) == "complete":
                return None
        raise lost or AssertionError("the last try returns or raises")

    def _uploading_phase(self, video_id: str, lost: errors.FacebookAdsError) -> str | None:
        """Return the phase of the upload that Meta shows, `None` if it shows none."""
        try:
            return _read_phase(self._api, video_id)
        except errors.NotFoundError:
            reason = f"Meta has dropped video {video_id} after its upload: it cannot read the file"
            advice = "Encode it as mp4 and upload it again."
            raise errors.FacebookAdsError(reason, advice=advice, who="user") from None
        except errors.FacebookAdsError as error:
            reason = f"{lost.message}; looking failed too: {error.message}"
            raise errors.OutcomeUnknown(reason, request=self._edge.name, check=f"read video {video_id}") from None

    def _send(self, params: Mapping[str, Any], parse: Parser[T], **files: Slice) -> T:
        return self._api.send(replace(self._edge, params=params, files=files), parse)

    def _pause(self, failures: int) -> None:
        self._api.clock.sleep(min(2.0 ** (failures - 1), LONGEST))


def _read_offsets(data: Any) -> Offsets | None:
    """Read offsets, which are numbers or text."""
    try:
        offsets = Offsets(int(data["start_offset"]), int(data["end_offset"]))
    except (TypeError, KeyError, ValueError):
        return None
    return offsets if 0 <= offsets.start <= offsets.end else None


def _parse_offsets(response: RawResponse, request: str) -> Offsets:
    offsets = _read_offsets(decode_object(response, request))
    if offsets is None:
        raise errors.unreadable(response.status_code, response.content, request)
    return offsets


def _parse_session(response: RawResponse, request: str) -> UploadSession:
    data = decode_object(response, request)
    if not all(is_id(data.get(name)) for name in ("upload_session_id", "video_id")):
        raise errors.unreadable(response.status_code, response.content, request)
    return UploadSession(str(data["upload_session_id"]), str(data["video_id"]), _parse_offsets(response, request))


def _parse_success(response: RawResponse, request: str) -> None:
    if decode_object(response, request).get("success") is not True:
        raise errors.OutcomeUnknown("Meta answered without success: true", request=request, check=CHECK)
