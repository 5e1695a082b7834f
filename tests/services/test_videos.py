"""Videos: chunks through cut connections, lost answers and odd offsets; waiting; thumbnails; what is refused."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, NetworkError, OutcomeUnknown, ParameterError, Settings
from admonster_fb.errors import APIError, InvalidParameterError, NotFoundError, TransientError
from admonster_fb.sandbox import (
    Failure,
    GraphError,
    Http,
    LostResponse,
    Ok200,
    Reset,
    Sandbox,
    Truncated,
    serve,
)
from admonster_fb.sandbox.sample_media import mp4
from admonster_fb.sandbox.transport import SandboxAdapter
from admonster_fb.sandbox.wire import Request, Response, json_response
from admonster_fb.transport.form import Form, Slice
from admonster_fb.transport.video_upload import TRIES
from admonster_fb.workflows.media import upload_video

ACCOUNT, EDGE, CHUNK, SIZE = "act_1", "POST act_*/advideos", 1000, 5500
URL = "https://example.com/clip.mp4"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(history=0)
    sandbox.video_chunk = CHUNK
    yield sandbox
    sandbox.check_spent()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A video of five chunks and a half, each of other bytes."""
    path = tmp_path / "shoes.mp4"
    head = mp4(size=SIZE)[:200]
    path.write_bytes(head + bytes(number * 7 % 251 for number in range(SIZE - len(head))))
    return path


@pytest.fixture(params=["in process", "over http"])
def connected(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[FacebookAds]:
    if request.param == "in process":
        with FacebookAds.sandbox(sandbox) as fb:
            yield fb
    else:
        with (
            serve(sandbox) as server,
            FacebookAds(sandbox.token, ACCOUNT, settings=Settings(endpoint=server.url), clock=sandbox) as fb,
        ):
            yield fb


def digest(sandbox: Sandbox, video_id: str) -> str:
    return str(sandbox.internals(video_id)["sha256"])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def phases(sandbox: Sandbox) -> Counter[str]:
    return Counter(str(entry.params["upload_phase"]) for entry in sandbox.journal if "upload_phase" in entry.params)


def test_a_file_goes_in_the_chunks_that_meta_asks_for(connected: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    told: list[tuple[int, int]] = []
    video = connected.advideos.create(ACCOUNT, filename=file, progress=lambda sent, size: told.append((sent, size)))
    assert told == [(sent, SIZE) for sent in (0, 1000, 2000, 3000, 4000, 5000, 5500)]
    assert phases(sandbox) == {"start": 1, "transfer": 6, "finish": 1}
    assert digest(sandbox, video.id) == sha256(file)
    assert (video.title, video.video_status) == ("shoes.mp4", "processing")


@pytest.mark.thorough
def test_title_and_description(fb: FacebookAds, file: Path) -> None:
    for title in ('"Roast" ☕ \\ \n مبيعات', "[1,2]", "x" * 254):
        video = fb.advideos.create(ACCOUNT, filename=str(file), title=title, description='{"a": 1}')
        assert (video.title, video.description) == (title, '{"a": 1}')
        assert fb.advideos.get(video.id).title == title


def test_a_file_name_of_any_kind(fb: FacebookAds, file: Path) -> None:
    odd = file.with_name('мой "ролик"; ☕.mp4')
    file.rename(odd)
    assert fb.advideos.create(ACCOUNT, filename=odd).title == odd.name


@pytest.mark.thorough
@table("skip", range(8), fresh=True)
@table("fault", [Reset(), LostResponse(), Truncated(), Http(503), Http(502, after=True)], ids=str, fresh=True)
def test_an_upload_resumes_after_a_cut_at_any_point(
    connected: FacebookAds, sandbox: Sandbox, file: Path, fault: Any, skip: int
) -> None:
    """Whatever call it hits, and whether or not it was carried out: one video, whole, and one call more or two."""
    sandbox.fail_next(EDGE, fault, skip=skip)
    video = connected.advideos.create(ACCOUNT, filename=file)
    assert digest(sandbox, video.id) == sha256(file)
    assert [each.id for each in connected.advideos.list(ACCOUNT)] == [video.id]
    assert 8 <= sum(phases(sandbox).values()) <= 9


@pytest.mark.thorough
@table(
    "error",
    [
        GraphError(2, http_status=500, is_transient=True),
        GraphError(1, http_status=500),
        GraphError(6000, 1363033, "connection"),
        GraphError(6000, 1363019, "again"),
    ],
)
def test_refusals_that_say_again(fb: FacebookAds, sandbox: Sandbox, file: Path, error: GraphError) -> None:
    sandbox.fail_next(EDGE, error, skip=2)
    sandbox.fail_next(EDGE, Failure(error, after=True), skip=3)
    assert digest(sandbox, fb.advideos.create(ACCOUNT, filename=file).id) == sha256(file)


def test_an_error_with_status_200(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, Ok200(GraphError(2)), skip=1)
    assert digest(sandbox, fb.advideos.create(ACCOUNT, filename=file).id) == sha256(file)


@pytest.mark.thorough
@table(("skip", "phase"), [(0, "start"), (3, "transfer"), (7, "finish")], fresh=True)
def test_it_is_given_up_in_the_end(fb: FacebookAds, sandbox: Sandbox, file: Path, skip: int, phase: str) -> None:
    sandbox.fail_next(EDGE, Reset(), times=TRIES, skip=skip)
    began = sandbox.now()
    with pytest.raises(OutcomeUnknown):
        fb.advideos.create(ACCOUNT, filename=file)
    whole = {"start": 1, "transfer": 6, "finish": 1}
    assert phases(sandbox)[phase] == TRIES + {"start": 0, "transfer": 2, "finish": 0}[phase]
    assert sum(phases(sandbox).values()) <= sum(whole.values()) + TRIES
    assert 31 <= (sandbox.now() - began).total_seconds() <= 63


@pytest.mark.thorough
def test_failures_count_from_the_last_progress(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    """Five in a row, after each chunk that arrives: thirty in all."""
    answers = Answers(lambda at: {} if answers.asked.count(at) < TRIES else None)
    sandbox.hooks.append(answers)
    assert digest(sandbox, fb.advideos.create(ACCOUNT, filename=file).id) == sha256(file)
    assert Counter(answers.asked) == dict.fromkeys(range(0, SIZE, CHUNK), TRIES)


def test_a_refusal_is_raised_at_once(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, GraphError(200, message="no rights"), skip=2)
    with pytest.raises(APIError, match="no rights"):
        fb.advideos.create(ACCOUNT, filename=file)
    assert phases(sandbox) == {"start": 1, "transfer": 2}


def test_what_is_no_video_is_refused_at_the_end(fb: FacebookAds, file: Path) -> None:
    file.write_bytes(b"no video" * 500)
    with pytest.raises(InvalidParameterError, match="format"):
        fb.advideos.create(ACCOUNT, filename=file)


def test_what_is_no_video_and_the_answer_was_lost(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    file.write_bytes(b"no video" * 500)
    sandbox.fail_next(EDGE, LostResponse(), skip=5)
    with pytest.raises(FacebookAdsError, match=r"Meta has dropped video .* cannot read the file"):
        fb.advideos.create(ACCOUNT, filename=file)


def test_a_lost_end_is_looked_up_before_it_is_said_again(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, LostResponse(), skip=7)
    fb.advideos.create(ACCOUNT, filename=file)
    assert phases(sandbox)["finish"] == 1
    sandbox.fail_next(EDGE, Reset(), skip=7)
    fb.advideos.create(ACCOUNT, filename=file)
    assert phases(sandbox)["finish"] == 1 + 2


class NoPhases:
    """Answers the status of a video as Meta's older versions do, without phases; `told` is all there is."""

    def __init__(self, told: Any) -> None:
        self.told = told

    def before(self, request: Request) -> Response | None:
        asked = request.query.get("fields") == "id,status"
        return json_response(200, {"id": request.path.split("/")[-1], "status": self.told}) if asked else None

    def after(self, _request: Request, response: Response) -> Response:
        return response


@pytest.mark.thorough
@table("told", [{"video_status": "processing"}, "processing", None, {"uploading_phase": {}}], ids=str, fresh=True)
def test_a_lost_end_of_which_nothing_is_told_is_said_again(
    fb: FacebookAds, sandbox: Sandbox, file: Path, told: Any
) -> None:
    """The session is known no more: the lost one did it."""
    sandbox.hooks.append(NoPhases(told))
    sandbox.fail_next(EDGE, LostResponse(), skip=7)
    video = fb.advideos.create(ACCOUNT, filename=file)
    assert phases(sandbox)["finish"] == 2
    assert digest(sandbox, video.id) == sha256(file)


@pytest.mark.thorough
def test_a_refused_end_of_an_upload_that_is_not_over_is_an_error(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.hooks.append(NoPhases({"uploading_phase": {"status": "in_progress"}}))
    sandbox.fail_next(EDGE, Reset(), skip=7)
    sandbox.fail_next(EDGE, GraphError(200, message="no rights"), skip=7)
    with pytest.raises(APIError, match="no rights"):
        fb.advideos.create(ACCOUNT, filename=file)


def test_looking_can_fail_too(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, LostResponse(), skip=7)
    sandbox.fail_next("GET *", GraphError(190))
    with pytest.raises(OutcomeUnknown, match=r"looking failed too.*read video \d+"):
        fb.advideos.create(ACCOUNT, filename=file)


class Answers:
    """Answers transfers as told, and says what they began at."""

    def __init__(self, answer: Callable[[int], Any]) -> None:
        self.answer = answer
        self.asked: list[int] = []

    def before(self, request: Request) -> Response | None:
        if request.form.get("upload_phase") != "transfer":
            return None
        self.asked.append(int(request.form["start_offset"]))
        told = self.answer(self.asked[-1])
        return json_response(400 if "error" in told else 200, told) if told is not None else None

    def after(self, _request: Request, response: Response) -> Response:
        return response


def wrong_offset(start: int, end: int) -> dict[str, Any]:
    data = {"start_offset": start, "end_offset": end}
    return {"error": {"code": 6001, "error_subcode": 1363037, "message": "Again", "error_data": data}}


@pytest.mark.thorough
@table(
    "answer",
    [
        lambda at: {"start_offset": str(at), "end_offset": str(at + 1000)},
        lambda _at: {"start_offset": "0", "end_offset": "1000"},
        lambda at: wrong_offset(at, at + 1000),
        lambda at: wrong_offset(0, 1000) if at else {"start_offset": "1000", "end_offset": "2000"},
        lambda at: {"start_offset": "0", "end_offset": "1"} if at else {"start_offset": "1", "end_offset": "2"},
        lambda _at: {},
        lambda _at: {"start_offset": "2000", "end_offset": "1000"},
        lambda _at: {"start_offset": "x", "end_offset": None},
        lambda _at: [],
    ],
)
def test_offsets_that_lead_nowhere_end(fb: FacebookAds, sandbox: Sandbox, file: Path, answer: Any) -> None:
    answers = Answers(answer)
    sandbox.hooks.append(answers)
    with pytest.raises(FacebookAdsError):
        fb.advideos.create(ACCOUNT, filename=file)
    assert len(answers.asked) <= 2 * TRIES + 1


def test_offsets_beyond_the_file(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    answers = Answers(lambda _at: {"start_offset": "9000", "end_offset": "9500"})
    sandbox.hooks.append(answers)
    with pytest.raises(FacebookAdsError, match="more of the video than there is"):
        fb.advideos.create(ACCOUNT, filename=file)
    assert answers.asked == [0]


def test_meta_may_go_back(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    """It has lost what it had: it gets it again."""

    def lose(at: int) -> Any:
        [video_id] = sandbox.open_uploads
        if at != 3000 or lost:
            return None
        lost.append(at)
        sandbox.lose_upload(video_id)
        return wrong_offset(0, 1000)

    lost: list[int] = []
    answers = Answers(lose)
    sandbox.hooks.append(answers)
    video = fb.advideos.create(ACCOUNT, filename=file)
    assert digest(sandbox, video.id) == sha256(file)
    assert answers.asked == [0, 1000, 2000, 3000, 0, 1000, 2000, 3000, 4000, 5000]


@pytest.mark.thorough
def test_meta_may_ask_for_any_part(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    for chunk in (97, SIZE - 1, SIZE, 10 * SIZE):
        sandbox.video_chunk = chunk
        assert digest(sandbox, fb.advideos.create(ACCOUNT, filename=file).id) == sha256(file)


def test_a_file_that_shrinks_while_it_is_sent(connected: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    def shrink(sent: int, _size: int) -> None:
        if sent == 2000:
            with file.open("r+b") as held:
                held.truncate(2500)

    with pytest.raises(FacebookAdsError, match="shorter while it was sent"):
        connected.advideos.create(ACCOUNT, filename=file, progress=shrink)
    assert phases(sandbox)["finish"] == 0


class Seen(SandboxAdapter):
    """The sandbox, and every request that came to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.requests: list[requests.PreparedRequest] = []
        self.bodies: list[bytes] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.requests.append(request)
        body = request.body.read() if isinstance(request.body, Form) else request.body or b""
        self.bodies.append(body if isinstance(body, bytes) else body.encode())
        request.body = self.bodies[-1]
        return super().send(request, *args, **options)


@pytest.mark.thorough
@table("endpoint", ["https://graph.facebook.com", "https://proxy.example"])
def test_uploads_go_where_all_else_goes(sandbox: Sandbox, file: Path, endpoint: str) -> None:
    """Meta's own host for videos is deprecated and answers 500: facebook-python-business-sdk#701."""
    seen = Seen(sandbox)
    settings = Settings(endpoint=endpoint, adapter=seen)
    with FacebookAds(sandbox.token, ACCOUNT, settings=settings, clock=sandbox) as facade:
        facade.advideos.create(ACCOUNT, filename=file)
    hosts = {(request.method, str(request.url).split("/v26.0/")[0]) for request in seen.requests}
    assert hosts == {("POST", endpoint), ("GET", endpoint)}


def test_the_token_is_in_the_header_alone(sandbox: Sandbox, file: Path) -> None:
    seen = Seen(sandbox)
    settings = Settings(adapter=seen)
    with FacebookAds(sandbox.token, ACCOUNT, settings=settings, clock=sandbox, app_secret="s") as fb:
        fb.advideos.create(ACCOUNT, filename=file)
    for request, body in zip(seen.requests, seen.bodies, strict=True):
        assert request.headers["Authorization"] == f"Bearer {sandbox.token}"
        assert sandbox.token not in str(request.url)
        assert sandbox.token.encode() not in body
        assert request.method == "GET" or re.search(rb"appsecret_proof=|name=\"appsecret_proof\"", body)


def test_the_token_in_the_body(sandbox: Sandbox, file: Path) -> None:
    seen = Seen(sandbox)
    settings = Settings(adapter=seen, token_in="body")
    with FacebookAds(sandbox.token, ACCOUNT, settings=settings, clock=sandbox) as fb:
        fb.advideos.create(ACCOUNT, filename=file)
    chunks = [body for body in seen.bodies if b"video_file_chunk" in body]
    assert len(chunks) == 6
    assert all(sandbox.token.encode() in body for body in chunks)


@table("block", [1, 7, 100, 16384, -1])
def test_a_form_is_the_same_however_it_is_read(file: Path, block: int) -> None:
    with file.open("rb") as opened:
        part = Slice(opened, "a.mp4", 1000, 2000)
        form = Form({"phase": "transfer", "title": "ü"}, {"chunk": part})
        whole = b""
        while read := form.read(block):
            assert block < 0 or len(read) <= block
            whole += read
        assert len(whole) == len(form)
        boundary = form.content_type.partition("boundary=")[2].encode()
        assert whole.count(boundary) == 4
        assert file.read_bytes()[1000:3000] in whole
        again = Form({}, {"chunk": part})
        assert file.read_bytes()[1000:3000] in b"".join(again)


def test_a_url_is_left_to_meta(fb: FacebookAds, sandbox: Sandbox) -> None:
    video = fb.advideos.create(ACCOUNT, file_url="https://example.com/b%C3%BC/my%20clip.mp4?sig=a&b=c")
    assert video.title == "my clip.mp4"
    [entry] = [entry for entry in sandbox.journal if entry.method == "POST"]
    assert entry.params["file_url"] == "https://example.com/b%C3%BC/my%20clip.mp4?sig=a&b=c"


def test_a_lost_upload_of_a_url_is_looked_for(fb: FacebookAds, sandbox: Sandbox) -> None:
    older = fb.advideos.create(ACCOUNT, file_url="https://example.com/clip.mp4", title="Warm feet")
    sandbox.advance(minutes=10)
    sandbox.fail_next(EDGE, LostResponse())
    video = fb.advideos.create(ACCOUNT, file_url=URL, title="Warm feet")
    assert video.id != older.id
    assert sum(entry.method == "POST" for entry in sandbox.journal) == 2
    assert len(fb.advideos.list(ACCOUNT)) == 2


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "filename"),
    ({"filename": "a.mp4", "file_url": URL}, "filename"),
    ({"filename": "nowhere/a.mp4"}, "filename"),
    ({"filename": "."}, "filename"),
    ({"filename": ""}, "filename"),
    ({"file_url": "clip.mp4"}, "file_url"),
    ({"file_url": "ftp://example.com/clip.mp4"}, "file_url"),
    ({"file_url": "https://example.com"}, "file_url"),
    ({"file_url": ""}, "file_url"),
    ({"file_url": 5}, "file_url"),
    ({"file_url": URL, "title": "x" * 255}, "title"),
    ({"file_url": URL, "title": 5}, "title"),
    ({"file_url": URL, "description": 5}, "description"),
]


@table(("given", "field"), BAD)
def test_invalid_parameters_are_refused_unsent(
    fb: FacebookAds, refused: Any, given: dict[str, Any], field: str
) -> None:
    with refused(field):
        fb.advideos.create(ACCOUNT, **given)


def test_all_violations_come_at_once(fb: FacebookAds, refused: Any) -> None:
    with refused("title", "description", "file_url"):
        fb.advideos.create(ACCOUNT, file_url="x", title="x" * 300, description=[])  # type: ignore[arg-type]


def test_sizes_that_meta_does_not_take(fb: FacebookAds, refused: Any, file: Path) -> None:
    for size in (0, 1023, 10 * 1024**3 + 1):
        with file.open("wb") as held:
            held.truncate(size)  # sparse: it takes no room
        with refused("filename"):
            fb.advideos.create(ACCOUNT, filename=file)
    file.write_bytes(mp4(size=1024))
    assert fb.advideos.create(ACCOUNT, filename=file).id


@table("bad", ["", "../me", "act_1", 5, None])
def test_an_invalid_video_id_is_refused(fb: FacebookAds, refused: Any, bad: Any) -> None:
    calls: list[Callable[[Any], object]] = [
        fb.advideos.get,
        fb.advideos.wait,
        fb.advideos.thumbnails,
        fb.advideos.delete,
        lambda video_id: fb.advideos.update(video_id, name="A"),
    ]
    for call in calls:
        with refused("video_id"):
            call(bad)
    for each in (fb.advideos.iter, fb.advideos.list, lambda account: fb.advideos.create(account, file_url=URL)):
        with refused("ad_account_id"):
            each("me")


def test_an_upload_is_too_much_for_a_batch(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    batch = fb.batch()
    with pytest.raises(TypeError, match="more than one call"):
        batch.add(fb.advideos.create, ACCOUNT, filename=file)
    assert phases(sandbox) == {}
    with fb.batch() as batch:
        item = batch.add(fb.advideos.create, ACCOUNT, file_url=URL)
    assert item.result().title == "clip.mp4"


@pytest.mark.thorough
def test_an_upload_that_ended_well_is_not_made_again(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    journal = file.with_name("launch.journal")

    def run() -> tuple[str, str]:
        with fb.resumable(journal) as run:
            first = run.advideos.create(ACCOUNT, filename=file)
            return first.id, run.advideos.create(ACCOUNT, filename=file, title="Second").id

    sandbox.fail_next(EDGE, GraphError(200), skip=8 + 3)
    with pytest.raises(APIError):
        run()
    made = [each.id for each in fb.advideos.list(ACCOUNT)]
    before = phases(sandbox)["start"]
    first, second = run()
    assert [first] == made
    assert phases(sandbox)["start"] == before + 1
    assert {each.id for each in fb.advideos.list(ACCOUNT)} == {first, second}


def test_the_video_is_known_though_it_could_not_be_read(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next("GET *", GraphError(200))
    video = fb.advideos.create(ACCOUNT, filename=file)
    assert video.model_fields_set == {"id"}
    assert digest(sandbox, video.id) == sha256(file)


def test_wait_returns_when_meta_has_processed_the_video(fb: FacebookAds, sandbox: Sandbox) -> None:
    video = fb.advideos.create(ACCOUNT, file_url=URL)
    told: list[int] = []
    began = sandbox.now()
    ready = fb.advideos.wait(video.id, progress=told.append)
    assert ready.video_status == "ready"
    assert ready.source
    assert ready.picture
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] > 50
    assert 60 <= (sandbox.now() - began).total_seconds() <= 70
    assert sum(entry.method == "GET" for entry in sandbox.journal) <= 12


def test_wait_raises_after_the_timeout(fb: FacebookAds, sandbox: Sandbox) -> None:
    video = fb.advideos.create(ACCOUNT, file_url=URL)
    began = sandbox.now()
    with pytest.raises(FacebookAdsError, match="not ready after 25 s") as caught:
        fb.advideos.wait(video.id, timeout=25)
    assert caught.value.retryable
    assert (sandbox.now() - began).total_seconds() == 25
    assert fb.advideos.wait(video.id, timeout=36).video_status == "ready"


@pytest.mark.thorough
def test_a_video_that_cannot_be_processed(fb: FacebookAds, file: Path) -> None:
    file.write_bytes(b"\x7f\xff\xff\xffftypmp42" + bytes(3000))
    video = fb.advideos.create(ACCOUNT, filename=file)
    with pytest.raises(FacebookAdsError, match="its status is error: The video file could not be processed") as caught:
        fb.advideos.wait(video.id)
    assert not caught.value.retryable
    assert "mp4" in caught.value.advice


def test_a_video_whose_upload_expired(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, GraphError(200), skip=2)
    with pytest.raises(APIError):
        fb.advideos.create(ACCOUNT, filename=file)
    [video_id] = sandbox.open_uploads
    sandbox.advance(days=2)
    with pytest.raises(FacebookAdsError, match="its status is expired"):
        fb.advideos.wait(video_id)


def test_thumbnails_and_the_choice_among_them(fb: FacebookAds) -> None:
    video = fb.advideos.create(ACCOUNT, file_url=URL)
    assert fb.advideos.thumbnails(video.id) == []
    fb.advideos.wait(video.id)
    thumbnails = fb.advideos.thumbnails(video.id)
    assert [each.is_preferred for each in thumbnails] == [True, False, False]
    assert all(each.uri and each.width == 1280 for each in thumbnails)
    fb.advideos.update(video.id, preferred_thumbnail_id=thumbnails[2].id)
    assert [each.is_preferred for each in fb.advideos.thumbnails(video.id)] == [False, False, True]


def test_a_video_is_updated_and_deleted(fb: FacebookAds, refused: Any) -> None:
    video = fb.advideos.create(ACCOUNT, file_url=URL)
    fb.advideos.update(video.id, name="Roast", description="New")
    read = fb.advideos.get(video.id)
    assert (read.title, read.description) == ("Roast", "New")
    assert [each.id for each in fb.advideos.iter(ACCOUNT)] == [video.id]
    with refused("titel"):
        fb.advideos.update(video.id, titel="x")  # type: ignore[call-arg]
    with refused("changes"):
        fb.advideos.update(video.id)
    fb.advideos.delete(video.id)
    with pytest.raises(NotFoundError):
        fb.advideos.get(video.id)


@pytest.mark.thorough
def test_the_op_uploads_a_file_or_a_url(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sent = upload_video(fb, ACCOUNT, video_path=str(file), title="Shoes")
    assert (sent.title, sent.video_status) == ("Shoes", "processing")
    assert upload_video(fb, ACCOUNT, video_path=str(file), wait=True).video_status == "ready"
    assert upload_video(fb, ACCOUNT, video_url=URL, description="New").description == "New"
    creative = {"page_id": "1", "video_data": {"video_id": sent.id, "image_url": "https://example.com/a.png"}}
    sandbox.sleep(61)
    assert fb.adcreatives.create(ACCOUNT, object_story_spec=creative).id


@table(
    ("given", "field"),
    [
        ({}, "video_path"),
        ({"video_path": "a.mp4", "video_url": URL}, "video_path"),
        ({"video_url": "http://127.0.0.1/a.mp4"}, "video_url"),
        ({"video_url": "http://169.254.169.254/a.mp4"}, "video_url"),
        ({"video_url": "https://localhost/a.mp4"}, "video_url"),
        ({"video_url": "https://user:pw@example.com/a.mp4"}, "video_url"),
        ({"video_url": "https://example.com:8080/a.mp4"}, "video_url"),
        ({"video_url": "file:///etc/passwd"}, "video_url"),
    ],
)
def test_the_op_refuses(fb: FacebookAds, refused: Any, given: dict[str, Any], field: str) -> None:
    with refused(field):
        upload_video(fb, ACCOUNT, **given)


def test_a_server_that_is_not_there(file: Path) -> None:
    with (
        FacebookAds(
            "sandbox-" + "0" * 40, ACCOUNT, settings=Settings(endpoint="http://127.0.0.1:9"), clock=Sandbox(history=0)
        ) as fb,
        pytest.raises(NetworkError),
    ):
        fb.advideos.create(ACCOUNT, filename=file)


def test_transient_errors_are_not_the_callers(fb: FacebookAds, sandbox: Sandbox, file: Path) -> None:
    sandbox.fail_next(EDGE, GraphError(2, is_transient=True), times=TRIES)
    with pytest.raises(TransientError):
        fb.advideos.create(ACCOUNT, filename=file)


def test_too_little_is_a_violation(fb: FacebookAds, file: Path) -> None:
    file.write_bytes(b"x")
    with pytest.raises(ParameterError, match="1 KB to 10 GB"):
        fb.advideos.create(ACCOUNT, filename=file)
