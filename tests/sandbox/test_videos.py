"""Videos: uploaded in chunks, whole or by address; cut connections; processing; thumbnails; what is refused."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb.sandbox import Http, LostResponse, Reset, Truncated, serve
from admonster_fb.sandbox.sample_media import mp4, mp4_head

GRAPH = "https://graph-video.facebook.com/v26.0"
PATH = "act_1/advideos"
CHUNK = 1000


class Uploader:
    """Sends a file in chunks over a session, as Meta's own SDKs do."""

    def __init__(self, session: requests.Session, content: bytes, url: str = GRAPH, path: str = PATH) -> None:
        self.session, self.content, self.edge = session, content, f"{url}/{path}"
        self.told = self.phase("start", file_size=len(content))
        self.id, self.video = self.told["upload_session_id"], self.told["video_id"]
        self.offsets = (int(self.told["start_offset"]), int(self.told["end_offset"]))

    def phase(self, phase: str, files: Any = None, **data: Any) -> dict[str, Any]:
        return dict(self.session.post(self.edge, data={"upload_phase": phase, **data}, files=files).json())

    def send(self, chunk: bytes | None = None, at: int | None = None) -> dict[str, Any]:
        start, end = self.offsets
        part = ("clip.mp4", self.content[start:end] if chunk is None else chunk, "multipart/form-data")
        where = start if at is None else at
        told = self.phase("transfer", {"video_file_chunk": part}, upload_session_id=self.id, start_offset=where)
        if "error" not in told:
            self.offsets = (int(told["start_offset"]), int(told["end_offset"]))
        return told

    def send_all(self) -> None:
        while self.offsets[0] != self.offsets[1]:
            assert "error" not in self.send()

    def finish(self, **data: Any) -> dict[str, Any]:
        return self.phase("finish", upload_session_id=self.id, **data)


@pytest.fixture
def begin(client: Any) -> Any:
    """Start an upload of 3,500 bytes, asked for a thousand at a time."""
    client.sandbox.video_chunk = CHUNK
    return lambda content=None: Uploader(client.session, content or mp4(size=3500))


def status(client: Any, video: str) -> Any:
    return client.get(video, fields="status")["status"]


def ready(client: Any, **options: Any) -> str:
    """A video that ads can use."""
    video = client.session.post(f"{GRAPH}/{PATH}", files={"source": ("a.mp4", mp4(**options))}).json()["id"]
    client.sandbox.sleep(61)
    return str(video)


def test_chunks_are_asked_for_and_counted(client: Any, begin: Any) -> None:
    upload = begin()
    assert upload.told["start_offset"] == "0"
    assert upload.told["end_offset"] == "1000"
    assert upload.send() == {"start_offset": "1000", "end_offset": "2000"}
    arrived = {"status": "in_progress", "bytes_transferred": 1000}
    assert status(client, upload.video)["uploading_phase"] == arrived
    assert client.get(PATH) == {"data": []}
    upload.send_all()
    assert upload.offsets == (3500, 3500)
    assert upload.finish(title='"Roast" ☕') == {"success": True}
    assert client.get(upload.video, fields="title")["title"] == '"Roast" ☕'
    held = client.sandbox.internals(upload.video)
    assert held["sha256"] == hashlib.sha256(upload.content).hexdigest()
    assert held["size"] == 3500
    assert [row["id"] for row in client.get(PATH)["data"]] == [upload.video]


def test_a_chunk_may_be_shorter_than_asked(begin: Any) -> None:
    upload = begin()
    assert upload.send(upload.content[:300]) == {"start_offset": "300", "end_offset": "1300"}


@table("at", [0, 999, 2000], fresh=True)
def test_a_wrong_offset_is_answered_with_the_right_one(begin: Any, at: int) -> None:
    upload = begin()
    upload.send()
    error = upload.send(at=at)["error"]
    assert (error["code"], error["error_subcode"]) == (6001, 1363037)
    assert error["error_data"] == {"start_offset": 1000, "end_offset": 2000}
    assert error["is_transient"] is False
    upload.send_all()
    assert upload.finish() == {"success": True}


def test_after_the_last_byte_the_offsets_meet(begin: Any) -> None:
    upload = begin()
    upload.send_all()
    assert upload.send(b"more", at=0)["error"]["error_data"] == {"start_offset": 3500, "end_offset": 3500}
    assert upload.send(b"more", at=3500)["error"]["error_subcode"] == 1363045


def test_sessions_that_are_not(client: Any, begin: Any) -> None:
    upload = begin()
    upload.send()
    assert upload.finish()["error"]["error_subcode"] == 1363045
    unknown = upload.phase("transfer", upload_session_id="12", start_offset=0)["error"]
    assert (unknown["code"], unknown["error_subcode"]) == (6000, 1363041)
    elsewhere = client.session.post(
        f"{GRAPH}/act_3/advideos", data={"upload_phase": "finish"} | {"upload_session_id": upload.id}
    )
    assert elsewhere.json()["error"]["error_subcode"] == 1363041
    client.sandbox.advance(days=2)
    late = upload.send()["error"]
    assert (late["code"], late["error_subcode"], late["error_user_title"]) == (390, 1363030, "Video Upload Time Out")
    assert status(client, upload.video)["video_status"] == "expired"


def test_a_session_ends_once(client: Any, begin: Any) -> None:
    upload = begin()
    upload.send_all()
    assert upload.finish() == {"success": True}
    assert upload.finish()["error"]["error_subcode"] == 1363041
    other = begin()
    assert other.phase("cancel", upload_session_id=other.id) == {"success": True}
    assert client.get(other.video)["error"]["error_subcode"] == 33
    assert other.send()["error"]["error_subcode"] == 1363041


def test_sessions_end_with_the_process(client: Any, begin: Any, tmp_path: Any) -> None:
    upload = begin()
    client.sandbox.save(tmp_path / "state.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "state.json")
    assert status(other, upload.video)["video_status"] == "expired"


REFUSED: list[tuple[dict[str, Any], int, int | None]] = [
    ({"upload_phase": "pause"}, 100, None),
    ({"upload_phase": "start"}, 100, None),
    ({"upload_phase": "start", "file_size": "many"}, 100, None),
    ({"upload_phase": "start", "file_size": 100}, 382, 1363022),
    ({"upload_phase": "start", "file_size": 11 * 1024**3}, 6000, 1363023),
    ({"upload_phase": "transfer"}, 100, None),
    ({}, 390, 1363030),
    ({"file_url": "ftp://example.com/a.mp4"}, 389, 1363057),
    ({"file_url": "http://example.com/a.mp4"}, 389, 1363057),
    ({"file_url": "https://localhost/a.mp4"}, 389, 1363057),
    ({"file_url": "https://example.com/"}, 389, 1363057),
    ({"file_url": "https://example.com/a.jpg"}, 352, None),
    ({"slideshow_spec": {"images_urls": []}}, 501, None),
]


@table(("params", "code", "subcode"), REFUSED)
def test_invalid_upload_is_refused(client: Any, params: dict[str, Any], code: int, subcode: int | None) -> None:
    error = client.post(PATH, **params)["error"]
    assert (error["code"], error.get("error_subcode")) == (code, subcode)
    assert client.get(PATH) == {"data": []}


@pytest.mark.thorough
def test_what_is_no_video(client: Any, begin: Any) -> None:
    upload = begin(b"\x89PNG" + bytes(3000))
    upload.send_all()
    assert upload.finish()["error"]["code"] == 352
    assert client.get(upload.video)["error"]["error_subcode"] == 33
    whole = client.session.post(f"{GRAPH}/{PATH}", files={"source": ("a.mp4", b"no video" * 500)})
    assert whole.json()["error"]["code"] == 352
    assert upload.phase("transfer", upload_session_id=begin().id, start_offset=0)["error"]["error_subcode"] == 1363020


@table("magic", [b"RIFF", b"\x1a\x45\xdf\xa3", b"\0\0\0\x14ftypqt  ", b"FLV", b"OggS", b"GIF89a"])
def test_container_is_found_by_its_first_bytes(client: Any, magic: bytes) -> None:
    files = {"source": ("clip", magic + bytes(2000))}
    assert "id" in client.session.post(f"{GRAPH}/{PATH}", files=files).json()


def test_processing_takes_a_minute(client: Any) -> None:
    video = client.post(PATH, file_url="https://example.com/clip.mp4", name="Clip")["id"]
    begun = status(client, video)
    assert (begun["video_status"], begun["processing_progress"]) == ("processing", 0)
    assert client.get(video, fields="source,picture,length") == {"id": video}
    assert client.get(f"{video}/thumbnails") == {"data": []}
    client.sandbox.sleep(30)
    assert status(client, video)["processing_progress"] == 50
    client.sandbox.sleep(31)
    done = status(client, video)
    assert done["video_status"] == "ready"
    assert {done[f"{phase}_phase"]["status"] for phase in ("uploading", "processing", "publishing")} == {"complete"}
    fields = "title,source,picture,length,created_time,is_instagram_eligible"
    assert client.get(video, fields=fields).keys() == {*fields.split(","), "id"}


def test_corrupt_videos_end_in_error(client: Any) -> None:
    broken = b"\x7f\xff\xff\xffftypmp42" + bytes(3000)
    video = client.session.post(f"{GRAPH}/{PATH}", files={"source": ("a.mp4", broken)}).json()["id"]
    client.sandbox.sleep(61)
    told = status(client, video)
    assert (told["video_status"], told["processing_phase"]["status"]) == ("error", "error")
    assert client.get(f"{video}/thumbnails") == {"data": []}


@pytest.mark.parametrize(("seconds", "eligible"), [(8.5, True), (17.0, False)])
def test_length_is_read_from_the_file(client: Any, seconds: float, eligible: bool) -> None:
    told = client.get(ready(client, seconds=seconds), fields="length,is_instagram_eligible")
    assert (told["length"], told["is_instagram_eligible"]) == (seconds, eligible)


def test_thumbnails_appear_when_the_video_is_ready(client: Any) -> None:
    video = ready(client)
    rows = client.get(f"{video}/thumbnails")["data"]
    assert [row["is_preferred"] for row in rows] == [True, False, False]
    assert rows[0].keys() == {"id", "uri", "width", "height", "scale", "is_preferred"}
    nested = client.get(video, fields="thumbnails{uri}")["thumbnails"]["data"]
    assert [row["uri"] for row in nested] == [row["uri"] for row in rows]
    assert client.post(video, preferred_thumbnail_id=rows[2]["id"]) == {"success": True}
    assert [row["is_preferred"] for row in client.get(f"{video}/thumbnails")["data"]] == [False, False, True]
    assert "preferred_thumbnail_id" in client.post(video, preferred_thumbnail_id="5")["error"]["message"]


def test_changing_and_deleting(client: Any) -> None:
    video = ready(client)
    assert client.post(video, name="[New] name", description='"quoted"') == {"success": True}
    told = client.get(video, fields="title,description")
    assert told == {"title": "[New] name", "description": '"quoted"', "id": video}
    assert client.delete(video) == {"success": True}
    assert client.get(video)["error"]["error_subcode"] == 33
    assert client.get(PATH) == {"data": []}


def test_what_is_not_played_says_so(client: Any) -> None:
    assert client.get(PATH, minheight=100)["error"]["type"] == "SandboxNotModelled"
    assert client.post("act_1/video_ads", upload_phase="start")["error"]["type"] == "SandboxNotModelled"


FAULTS = {
    "reset": (Reset(), 0),
    "unavailable": (Http(503), 0),
    "lost": (LostResponse(), CHUNK),
    "cut": (Truncated(), CHUNK),
}


@pytest.mark.thorough
@table("name", FAULTS)
@table("over_http", [False, True])
def test_a_cut_transfer_was_received_or_not(client: Any, name: str, over_http: bool) -> None:
    """After each of these a client asks with any offset and goes on where the answer says."""
    fault, arrived = FAULTS[name]
    client.sandbox.video_chunk = CHUNK
    with serve(client.sandbox) as server:
        session = client.session
        if over_http:
            session = requests.Session()
            session.headers["Authorization"] = f"Bearer {client.sandbox.token}"
        upload = Uploader(session, mp4(size=3500), f"{server.url}/v26.0" if over_http else GRAPH)
        client.sandbox.fail_next("POST act_*/advideos", fault)
        with pytest.raises((requests.RequestException, ValueError)):
            upload.send()
        client.sandbox.check_spent()
        told = upload.send(at=3499)["error"]["error_data"]
        assert told["start_offset"] == arrived
        upload.offsets = (told["start_offset"], told["end_offset"])
        upload.send_all()
        assert upload.finish() == {"success": True}
    held = client.sandbox.internals(upload.video)
    assert held["sha256"] == hashlib.sha256(upload.content).hexdigest()


@pytest.mark.thorough
@pytest.mark.parametrize("over_http", [False, True])
def test_the_bytes_are_not_kept(client: Any, over_http: bool) -> None:
    """64 MB in chunks of 8: what is held at the peak is a few chunks, and next to nothing afterwards."""
    size, chunk = 64 * 1024**2, 8 * 1024**2
    client.sandbox.video_chunk = chunk
    piece = bytes(chunk)
    with serve(client.sandbox) as server:
        url = f"{server.url}/v26.0" if over_http else GRAPH
        session = requests.Session() if over_http else client.session
        session.headers["Authorization"] = f"Bearer {client.sandbox.token}"
        upload = Uploader(session, b"\0" * 1024, url)
        told = upload.phase("start", file_size=size)
        head = mp4_head(30, size).ljust(chunk, b"\0")
        tracemalloc.start()
        try:
            for start in range(0, size, chunk):
                content = piece if start else head
                files = {"video_file_chunk": ("a.mp4", content)}
                upload.phase("transfer", files, upload_session_id=told["upload_session_id"], start_offset=start)
            left, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert upload.phase("finish", upload_session_id=told["upload_session_id"]) == {"success": True}
    # Client and server share this process: its own body and ours, and the chunk cut from ours.
    assert peak < 5 * chunk
    assert left < chunk
    assert client.sandbox.internals(told["video_id"])["size"] == size
