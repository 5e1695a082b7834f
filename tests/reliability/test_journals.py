"""One run per journal; a damaged journal is one error that loses nothing; the last release's are resumed."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, LaunchStopped, OutcomeUnknown, storage
from admonster_fb.sandbox import GraphError
from admonster_fb.sandbox.sample_media import mp4
from admonster_fb.storage import Busy
from admonster_fb.transport import video_upload
from admonster_fb.transport.journal import Journal
from admonster_fb.workflows.launch import launch, resume, rollback
from admonster_fb.workflows.launch.journal import LaunchJournal

KEPT = Path(__file__).parent / "journals"
CAMPAIGN = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
ADSET = {"name": "US", "daily_budget": 1000, "targeting": {"geo_locations": {"countries": ["US"]}}}


LAUNCH = {"preset": "traffic", "campaign": {"name": "A", "special_ad_categories": []}}


class Stop(BaseException):
    pass


def names(sandbox, kind="Campaign"):
    return sorted(node["name"] for node in sandbox.objects(kind))


def interrupted(fb, path, count=3):
    """A run that made all its campaigns and died."""
    with suppress(Stop), fb.resumable(path) as run:
        for number in range(count):
            run.campaigns.create("act_1", name=f"Sale {number}", **CAMPAIGN)
        raise Stop


def test_a_second_run_with_the_same_journal_is_refused(fb, sandbox, tmp_path):
    path = tmp_path / "journal"
    with fb.resumable(path) as run:
        run.campaigns.create("act_1", name="A", **CAMPAIGN)
        with pytest.raises(Busy), fb.resumable(path):
            raise AssertionError("two runs at once")
    assert names(sandbox) == ["A"]


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["run", "launch"])
def test_a_second_run_with_the_journal_under_another_name_is_refused(fb, tmp_path, kind):
    path, link = tmp_path / "journal", tmp_path / "link"
    if kind == "launch":
        launch(fb, "act_1", LAUNCH, journal=path)
    opened = (lambda name: LaunchJournal.load(name)) if kind == "launch" else fb.resumable
    with opened(path):
        os.link(path, link)
        with pytest.raises(Busy), opened(link):
            raise AssertionError("two runs at once")
    with suppress(Stop), opened(link):
        raise Stop


@pytest.mark.parametrize("kind", ["run", "launch"])
def test_a_second_run_is_refused_where_files_have_no_locks_of_their_own(fb, tmp_path, monkeypatch, kind):
    """As on Windows, and on some file systems of a network."""
    monkeypatch.setattr(storage, "fcntl", None)
    if kind == "launch":
        launch(fb, "act_1", LAUNCH, journal=tmp_path / "journal")
    opened = LaunchJournal.load if kind == "launch" else fb.resumable
    with opened(tmp_path / "journal"), pytest.raises(Busy), opened(tmp_path / "journal"):
        raise AssertionError("two runs at once")


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_that_lives_on_keeps_no_journal(fb, tmp_path):
    reads, writes = os.pipe()
    with suppress(Stop), fb.resumable(tmp_path / "journal") as run:
        run.campaigns.create("act_1", name="A", **CAMPAIGN)
        if not (child := os.fork()):
            os.close(writes)
            os.read(reads, 1)  # until the parent has opened it again
            os._exit(0)
        raise Stop
    with fb.resumable(tmp_path / "journal"):
        os.close(writes)
    os.waitpid(child, 0)


@table("name", ["a\0b", "a\ud800b", "x" * 300], ids=ascii, fresh=True)
def test_a_name_that_no_file_can_have_is_one_error_before_anything_is_sent(fb, sandbox, tmp_path, name):
    path = f"{tmp_path}/{name}"
    for work in (
        lambda: launch(fb, "act_1", LAUNCH, journal=path),
        lambda: resume(fb, path),
        lambda: rollback(fb, path),
        lambda: fb.resumable(path).__enter__(),
    ):
        with pytest.raises(FacebookAdsError):
            work()
    assert not any(entry.method == "POST" for entry in sandbox.journal)


def test_of_many_threads_one_runs(fb, sandbox, tmp_path):
    started, outcomes = threading.Barrier(6), []

    def run_all():
        started.wait()
        try:
            with fb.resumable(tmp_path / "journal") as run:
                run.campaigns.create("act_1", name="A", **CAMPAIGN)
                held.wait(5)
        except Busy:
            outcomes.append("busy")
            if len(outcomes) == 5:
                held.set()

    held = threading.Event()
    threads = [threading.Thread(target=run_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(sandbox) == ["A"]


def damaged(content):
    """Each way to cut the last line, as a crash does, and to turn a bit anywhere."""
    last = content.rstrip(b"\n").rindex(b"\n") + 1
    for at in range(last, len(content)):
        yield content[:at]
    for at in range(1, len(content), 7):
        yield content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        yield content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :]
    for value in (b"[]", b"7", b"null", b"{}", b'{"key": 5}', b'{"key": "a", "id": "1"}', b'{"version": 99}', b"\xff"):
        yield value + b"\n"
        yield content + value + b"\n" + content
        yield value + b"\n" + content[:-9]


@pytest.mark.thorough
def test_a_damaged_journal_is_one_error_and_makes_nothing_twice(fb, sandbox, tmp_path):
    path = tmp_path / "journal"
    interrupted(fb, path)
    whole, wrong, refused = path.read_bytes(), [], 0
    for content in damaged(whole):
        path.write_bytes(content)
        try:
            interrupted(fb, path)
        except FacebookAdsError as error:
            refused += 1
            if path.read_bytes() != content or ("damaged" not in str(error) and "newer" not in str(error)):
                wrong.append((content, str(error)))
        except Exception as error:  # noqa: BLE001 - a raw error is what this looks for
            wrong.append((content, repr(error)))
        if len(sandbox.objects("Campaign")) != 3:
            wrong.append((content, names(sandbox)))
            break
    assert wrong == []
    assert refused > 50


def test_a_journal_of_a_newer_release_is_not_resumed(fb, sandbox, tmp_path, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(storage, "VERSION", storage.VERSION + 1)
        interrupted(fb, tmp_path / "journal")
    content = (tmp_path / "journal").read_bytes()
    with pytest.raises(FacebookAdsError, match="newer release"):
        interrupted(fb, tmp_path / "journal", count=4)
    assert ((tmp_path / "journal").read_bytes(), len(names(sandbox))) == (content, 3)


def test_what_meta_refused_is_sent_by_the_next_run_at_once(fb, sandbox, tmp_path):
    began = sandbox.now()
    for refused in (True, False):
        if refused:
            sandbox.fail_next("POST act_*/campaigns", GraphError(100))
        with suppress(FacebookAdsError), fb.resumable(tmp_path / "journal") as run:
            run.campaigns.create("act_1", name="A", **CAMPAIGN)
    assert (names(sandbox), sandbox.now()) == (["A"], began)


ODD = [None, 5, "", "x", [], [5], {}, True, 10**40, ["nowhere"], {"campaign": 5}, {"nowhere": "5"}, {"adsets": 5}]


@pytest.mark.thorough
def test_a_launch_journal_with_a_value_of_another_kind_is_one_error(fb, tmp_path):
    """As of the first version, without checksums, and written by another program."""
    path = tmp_path / "journal"
    launch(fb, "act_1", LAUNCH, journal=path)
    lines = [{k: v for k, v in json.loads(line).items() if k != "crc"} for line in path.read_text().splitlines()]
    wrong, refused = [], 0
    for row, name in [(line, name) for line in lines for name in line]:
        whole = row[name]
        for row[name] in ODD:
            path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
            for work in (resume, rollback):
                try:
                    work(fb, path)
                except FacebookAdsError:
                    refused += 1
                except Exception as error:  # noqa: BLE001 - a raw error is what this looks for
                    wrong.append((name, row[name], work.__name__, repr(error)))
        row[name] = whole
    assert wrong == []
    assert refused > 100


@pytest.mark.thorough
def test_a_damaged_launch_journal_is_one_error(fb, tmp_path):
    path = tmp_path / "journal"
    launch(fb, "act_1", LAUNCH, journal=path)
    whole, wrong = path.read_bytes(), []
    for content in damaged(whole):
        path.write_bytes(content)
        try:
            with LaunchJournal.load(path):
                pass
        except FacebookAdsError:
            continue
        except Exception as error:  # noqa: BLE001
            wrong.append((content, repr(error)))
    assert wrong == []


def kept(tmp_path, name, ids):
    """A journal of the last release, with the ids of this sandbox."""
    text = (KEPT / name).read_text()
    for old, new in ids.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.thorough
def test_a_run_of_the_last_release_is_resumed(fb, sandbox, tmp_path):
    made = [fb.campaigns.create("act_1", name=name, **CAMPAIGN).id for name in ("One", "Two")]
    path = kept(
        tmp_path, "resumable-1.jsonl", dict(zip(("120201442725090398", "120201442725090447"), made, strict=True))
    )
    with suppress(Stop), fb.resumable(path) as run:
        assert [run.campaigns.create("act_1", name=name, **CAMPAIGN).id for name in ("One", "Two")] == made
        with pytest.raises(OutcomeUnknown, match="resume with send_again"):
            run.campaigns.create("act_1", name="Three", **CAMPAIGN)
        raise Stop
    assert names(sandbox) == ["One", "Two"], "the third may exist and does not show, which is no proof"
    with fb.resumable(path, send_again=True) as run:
        again = [run.campaigns.create("act_1", name=name, **CAMPAIGN).id for name in ("One", "Two", "Three")]
    assert again[:2] == made
    assert names(sandbox) == ["One", "Three", "Two"]


@pytest.mark.thorough
def test_a_launch_of_the_last_release_is_resumed(fb, sandbox, tmp_path):
    campaign = fb.campaigns.create("act_1", name="Kept", **CAMPAIGN).id
    path = kept(tmp_path, "launch-1.jsonl", {"120201442725090474": campaign})
    with pytest.raises(LaunchStopped, match="resume with send_again"):
        resume(fb, path)  # its ad set was sent, and does not show
    assert resume(fb, path, send_again=True).state == "complete"
    assert (names(sandbox), names(sandbox, "AdSet")) == (["Kept"], ["US"])


def test_a_journal_carries_its_version_and_the_kept_ones_are_of_each_earlier_one(fb, tmp_path):
    interrupted(fb, tmp_path / "journal")
    version = json.loads((tmp_path / "journal").read_text().splitlines()[0])["version"]
    for kind in ("resumable", "launch"):
        assert [(KEPT / f"{kind}-{number}.jsonl").is_file() for number in range(1, version)] == [True] * (version - 1)


def test_nothing_of_the_customer_is_in_the_journal(fb, tmp_path):
    interrupted(fb, tmp_path / "journal")
    assert "Sale" not in (tmp_path / "journal").read_text()


def test_the_record_of_a_create_that_the_disk_refuses_loses_no_id(fb, sandbox, tmp_path, monkeypatch):
    from admonster_fb.transport.journal import Journal

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "done", full)
    with fb.resumable(tmp_path / "journal") as run:
        assert run.campaigns.create("act_1", name="A", **CAMPAIGN).id == sandbox.objects("Campaign")[0]["id"]


def clip(folder):
    path = folder / "clip.mp4"
    path.write_bytes(mp4(size=3000))
    return str(path)


def dies_at_its_end(monkeypatch, kind, method, work):
    """Let the process die instead of recording something."""

    def die(*_args):
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(kind, method, die)
        with pytest.raises(Stop):
            work()


def upload_in_a_run(fb, folder):
    with fb.resumable(folder / "journal") as run:
        return run.advideos.create("act_1", filename=clip(folder)).id


def upload_in_a_launch(fb, folder):
    path = folder / "journal"
    creative = {
        "page_id": "1",
        "link": "https://example.com/",
        "video": "clip",
        "image_url": "https://example.com/a.png",
    }
    declared = {**LAUNCH, "videos": {"clip": clip(folder)}, "creatives": {"main": creative}}
    return (resume(fb, path) if path.exists() else launch(fb, "act_1", declared, journal=path)).made["videos.clip"]


UPLOADS = [(upload_in_a_run, Journal, "done"), (upload_in_a_launch, LaunchJournal, "record_created")]
uploads = pytest.mark.parametrize(("upload", "journal", "end"), UPLOADS, ids=["run", "launch"])


@pytest.mark.thorough
@uploads
def test_a_video_that_was_uploaded_when_the_process_died_is_used(
    fb, sandbox, tmp_path, monkeypatch, upload, journal, end
):
    dies_at_its_end(monkeypatch, journal, end, lambda: upload(fb, tmp_path))
    made = upload(FacebookAds.sandbox(sandbox), tmp_path)
    assert [video.id for video in fb.advideos.list("act_1")] == [made]


@pytest.mark.thorough
@uploads
def test_a_video_of_which_a_part_was_uploaded_is_uploaded_again(
    fb, sandbox, tmp_path, monkeypatch, upload, journal, end
):
    dies_at_its_end(monkeypatch, video_upload._Upload, "finish", lambda: upload(fb, tmp_path))
    made = upload(FacebookAds.sandbox(sandbox), tmp_path)
    assert [video.id for video in fb.advideos.list("act_1") if video.video_status != "uploading"] == [made]


@pytest.mark.thorough
@uploads
def test_a_video_that_cannot_be_looked_up_is_not_uploaded_again(
    fb, sandbox, sent, tmp_path, monkeypatch, upload, journal, end
):
    dies_at_its_end(monkeypatch, journal, end, lambda: upload(fb, tmp_path))
    requests = sent("POST", "act_1/advideos")
    sandbox.fail_next("GET 1202*", GraphError(10))
    with pytest.raises(FacebookAdsError, match="may have uploaded video"):
        upload(fb, tmp_path)
    assert sent("POST", "act_1/advideos") == requests
    upload(fb, tmp_path)
    assert len(fb.advideos.list("act_1")) == 1
