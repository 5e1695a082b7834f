"""The audit's file: every write is in it, its lines vouch for each other, and it holds no secret."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from audit_writer import NOW, write
from tables import table

from admonster_fb import FacebookAds, storage
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.audit import AuditLog, verify
from admonster_fb.bot.audit import log as audit_log
from admonster_fb.bot.audit.log import FIRST, entry_of, parse_line
from admonster_fb.bot.plans.plan import WriteRecord
from admonster_fb.errors import NetworkError, OutcomeUnknown, api_error
from admonster_fb.models.change import Change
from admonster_fb.models.launch import Launched
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import LostResponse


@pytest.fixture
def log(path: Path) -> AuditLog:
    made = AuditLog(path)
    for number in range(5):
        write(made, number)
    return made


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_write_is_kept_whole(call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox) -> None:
    sandbox.journal.clear()
    result = call("update_adset", adset_id=adset, daily_budget="15.00 USD")
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert entry["id"] in result.text
    assert (entry["who"], entry["by"], entry["op"], entry["account"]) == ("ann", "model", "update_adset", "act_1")
    assert (entry["plan"], entry["outcome"], entry["error"]) == (None, "done", None)
    assert entry["changes"] == [["adsets", adset, "US", {"daily_budget": 2000}, {"daily_budget": 1500}]]
    assert len(entry["fbtrace_ids"]) == 1, "of the write, and not of what was read before it"


def test_an_applied_plan_is_named_and_who_applied_it(call: Any, tool: FacebookTool, adset: str) -> None:
    plan = call("delete_adset", adset_id=adset).data
    assert [*tool.log.entries()] == [], "a plan writes nothing"  # type: ignore[union-attr]
    tool.approve(plan.id, by="Bob")
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert (entry["plan"], entry["by"], entry["who"]) == (plan.id, "Bob", "ann")


def test_the_record_of_a_write_shows_none_of_its_arguments() -> None:
    record = WriteRecord(NOW, "model", "add_users_to_audience", "act_1", {"emails": ["mary@example.com"]}, ())
    assert "act_1" in repr(record)
    assert "mary" not in repr(record)


def test_what_a_write_has_made_is_told(call: Any, tool: FacebookTool) -> None:
    made = call("create_campaign", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[]).data
    assert [entry["made"] for entry in tool.log.entries()] == [made.id]  # type: ignore[union-attr]


def test_a_refusal_of_meta_is_told_with_its_numbers(
    call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox
) -> None:
    sandbox.fail_next("POST *", GraphError(200))
    call("update_adset", adset_id=adset, name="Other")
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert entry["outcome"] == "failed"
    assert (entry["error"]["type"], entry["error"]["code"]) == ("PermissionDeniedError", 200)
    assert len(entry["fbtrace_ids"]) == 1


def test_a_lost_answer_is_told_as_unknown(call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST *", LostResponse(after=True), times=99)
    sandbox.fail_next("GET *", LostResponse(after=True), times=99, skip=1)
    result = call("update_adset", adset_id=adset, name="Other")
    assert not result.ok
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert (entry["outcome"], entry["error"]["type"]) == ("unknown", "OutcomeUnknown")


def test_what_is_refused_before_it_is_sent_is_no_write(call: Any, tool: FacebookTool, adset: str) -> None:
    assert not call("update_adset", adset_id=adset, daily_budget="15.00 EUR").ok
    assert [*tool.log.entries()] == []  # type: ignore[union-attr]


def test_only_its_owner_can_read_it(log: AuditLog) -> None:
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_whole_audit(log: AuditLog) -> None:
    found = verify(log.path, log.head())
    assert (found.entries, found.head, found.whole, found.notes) == (5, log.head(), True, ())
    assert log.head() != FIRST


def _edited(told: list[str]) -> list[str]:
    return [
        line.replace('"daily_budget":1000', '"daily_budget":9000') if n == 2 else line for n, line in enumerate(told)
    ]


@pytest.mark.thorough
@table(
    ("tamper", "problem"),
    [
        (_edited, "line 3"),
        (lambda told: [*told[:2], *told[3:]], "line 3 does not follow"),
        (lambda told: [*told[:3], *told[2:]], "line 4 does not follow"),
        (lambda told: [told[0], told[2], told[1], *told[3:]], "line 2 does not follow"),
        (lambda told: [*told[:2], told[2][:40], *told[3:]], "line 3"),
        (lambda told: [*told[:3], "{}", *told[3:]], "line 4"),
        (lambda told: told[1:], "line 1 does not follow"),
    ],
    ids=["edited", "missing", "doubled", "swapped", "cut", "added", "first missing"],
    fresh=True,
)
def test_tampering_is_found(log: AuditLog, tamper: Any, problem: str) -> None:
    log.path.write_text("\n".join(tamper(lines(log.path))) + "\n")
    found = verify(log.path)
    assert not found.whole
    assert found.problems[0].startswith(problem)


def test_a_line_cut_from_the_end_is_found_by_a_head_kept_elsewhere(log: AuditLog) -> None:
    head = log.head()
    log.path.write_text("\n".join(lines(log.path)[:-1]) + "\n")
    assert verify(log.path).whole, "without the head nothing shows"
    assert verify(log.path, head).problems == (
        f"the line with the hash {head[:12]}… is missing: lines were removed, or the file written anew",
    )


def test_a_file_written_anew_is_found_by_a_head_kept_elsewhere(log: AuditLog) -> None:
    head = log.head()
    log.path.unlink()
    for number in range(5):
        write(log, number + 100)
    assert verify(log.path).whole
    assert not verify(log.path, head).whole


def test_a_line_that_a_crash_has_cut_is_told_and_the_chain_goes_on(log: AuditLog) -> None:
    with log.path.open("a") as file:
        file.write('{"id":"write_cut","at":"2026')
    assert not verify(log.path).whole, "as yet it may be an edit"
    write(log, 6)
    write(log, 7)
    found = verify(log.path)
    assert (found.whole, found.entries, found.notes) == (True, 7, ("line 6 was cut by a crash",))
    whole = lines(log.path)
    log.path.write_text("\n".join([*whole[:5], *whole[6:]]) + "\n")
    assert verify(log.path).problems == ("the line that a crash had cut before line 6 is missing or edited",)
    log.path.write_text("\n".join(whole).replace("write_cut", "write_xyz") + "\n")
    assert not verify(log.path).whole, "the fragment is vouched for too"


def test_a_log_without_any_entry_is_begun_anew_and_what_it_held_is_told(path: Path) -> None:
    path.write_text("no entry\nnor this\n")
    log = AuditLog(path)
    assert log.head() == FIRST
    write(log)
    assert verify(path).problems == tuple(f"line {number} is no entry, or was edited" for number in (1, 2))


@pytest.mark.thorough
def test_a_very_long_line_is_followed(path: Path) -> None:
    log = AuditLog(path)
    many = tuple(Change("campaigns", str(n), "x" * 1000, {"name": "y" * 900}, {"name": "z"}) for n in range(200))
    log.write(WriteRecord(NOW, "model", "bulk_update_campaigns", "act_1", {}, many))
    write(log)
    assert path.stat().st_size > 300_000
    assert verify(path).entries == 2
    assert verify(path).whole


def worker(code: str) -> subprocess.Popen[bytes]:
    """Start another process, in which `write` and `AuditLog` are known."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", f"from audit_writer import write, AuditLog\n{code}"], env=env)


@pytest.mark.thorough
def test_processes_keep_one_chain(path: Path) -> None:
    workers = [worker(f"for number in range(50): write(AuditLog({str(path)!r}), number)") for _ in range(4)]
    assert [each.wait() for each in workers] == [0] * 4
    found = verify(path)
    assert (found.entries, found.problems) == (200, ())


@pytest.mark.thorough
def test_killed_in_the_middle(path: Path) -> None:
    for _ in range(3):
        begun = path.stat().st_size if path.exists() else 0
        process = worker(f"log = AuditLog({str(path)!r})\nwhile True: write(log)")
        deadline = time.monotonic() + 30
        while (path.stat().st_size if path.exists() else 0) < begun + 4000 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    write(AuditLog(path))
    found = verify(path)
    assert found.problems == ()
    assert found.entries > 10


def test_no_secret_and_no_customer_is_written(fb: FacebookAds, path: Path, sandbox: Sandbox) -> None:
    audience = fb.customaudiences.create(
        "act_1", name="Buyers", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY"
    )
    tool = FacebookTool(fb, audit=path)
    tool.call(
        {
            "op": "add_users_to_audience",
            "args": {"audience_id": audience.id, "emails": ["planted@example.com"], "phones": ["+4915112345678"]},
        }
    )
    sandbox.fail_next("POST *", GraphError(200, message="(#200) no planted@example.com"))
    tool.call({"op": "add_users_to_audience", "args": {"audience_id": audience.id, "emails": ["planted@example.com"]}})
    token = f"EAA{'B' * 40}"
    tool.call({"op": "update_audience", "args": {"audience_id": audience.id, "name": f"access_token={token}"}})
    told = path.read_text()
    assert len(lines(path)) == 6, "each before it is sent, and after"
    assert "planted" not in told
    assert "15112345678" not in told
    assert token not in told
    assert sandbox.token not in told
    assert json.loads(lines(path)[3])["error"] == {"type": "PermissionDeniedError", "code": 200, "subcode": None}


def test_a_write_stands_though_it_cannot_be_recorded(fb: FacebookAds, tmp_path: Path, adset: str) -> None:
    heard: list[WriteRecord] = []
    tool = FacebookTool(fb, audit=tmp_path, on_write=heard.append)
    result = tool.call({"op": "update_adset", "args": {"adset_id": adset, "name": "Other"}})
    assert result.ok
    assert "could not be recorded: IsADirectoryError" in result.text
    assert fb.adsets.get(adset).name == "Other"
    assert len(heard) == 1, "the host is told all the same"


def test_a_write_is_on_the_disk_before_it_is_sent(
    tool: FacebookTool, fb: FacebookAds, sandbox: Sandbox, call: Any
) -> None:
    log: Any = tool.log

    class Dies:
        def before(self, request: Any) -> None:
            if request.method == "POST":
                seen.append([(entry["id"], entry["outcome"]) for entry in log.entries()])

        def after(self, request: Any, response: Any) -> Any:
            if request.method == "POST":
                raise KeyboardInterrupt
            return response

    seen: list[Any] = []
    sandbox.hooks.append(Dies())
    campaign: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "write", lambda _: "")  # a process that is dead writes no end
        with pytest.raises(KeyboardInterrupt):
            call("create_campaign", **campaign)
    sandbox.hooks.clear()
    [entry] = log.entries()
    assert seen == [[(entry["id"], "begun")]]
    assert [change[2] for change in entry["changes"]] == ["A"]
    assert "look first" in call("undo", audit_id=entry["id"]).text
    found = verify(log.path)
    assert (found.entries, found.problems, len(found.notes)) == (1, (), 1)
    assert call("create_campaign", **{**campaign, "name": "B"}).ok
    assert [each["outcome"] for each in log.entries()] == ["begun", "done"]
    assert verify(log.path).entries == 2


def test_a_stop_does_not_wait_for_the_log_before_it_is_sent(
    tool: FacebookTool, sandbox: Sandbox, adset: str, call: Any
) -> None:
    arrived = threading.Event()

    class Arrives:
        def before(self, request: Any) -> None:
            if request.method == "POST":
                arrived.set()

        def after(self, request: Any, response: Any) -> Any:
            return response

    sandbox.hooks.append(Arrives())
    stop = {"adset_id": adset, "status": "PAUSED"}
    with storage.lock(tool.log.path):  # type: ignore[union-attr]
        thread = threading.Thread(target=call, args=("update_adset",), kwargs=stop)
        thread.start()
        assert arrived.wait(5)
    thread.join(10)
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert entry["outcome"] == "done"


@pytest.mark.thorough
def test_who_may_be_asked_for_at_each_write(fb: FacebookAds, path: Path, adset: str) -> None:
    people = iter(["ann", "bob"])
    tool = FacebookTool(fb, audit=path, who=lambda: next(people))
    for name in ("A", "B"):
        tool.call({"op": "update_adset", "args": {"adset_id": adset, "name": name}})
    assert [entry["who"] for entry in AuditLog(path).entries()] == ["ann", "bob"]


@pytest.mark.thorough
def test_a_launch_is_one_entry_with_every_trace(tool: FacebookTool, fb: FacebookAds, call: Any) -> None:
    image = fb.adimages.create("act_1", bytes=png()).hash
    story: Any = {"page_id": "1", "link_data": {"message": "New", "image_hash": image}}
    links = [{**story, "link_data": {**story["link_data"], "link": f"https://example.com/{n}"}} for n in range(25)]
    ads = [{"name": f"A{n}", "creative": {"object_story_spec": link}} for n, link in enumerate(links)]
    adset = {"name": "US", "daily_budget": 2000, "targeting": {"geo_locations": {"countries": ["US"]}}, "ads": ads}
    spec = {"preset": "traffic", "campaign": {"name": "Sale", "special_ad_categories": []}, "adsets": [adset]}
    plan = call("launch_campaign", **spec)
    assert plan.ok, plan.text
    done = tool.approve(plan.data.id)
    assert done.ok, done.text
    [entry] = tool.log.entries()  # type: ignore[union-attr]
    assert entry["made"] == done.data.id
    assert len(entry["changes"]) == 1 + 1 + 25 + 25
    assert len(entry["fbtrace_ids"]) >= 4, "of every batch, those in other threads too"


def test_an_error_that_is_none_of_ours(path: Path) -> None:
    log = AuditLog(path)
    log.write(WriteRecord(NOW, "model", "x", None, {}, (), error=KeyboardInterrupt()))
    log.write(WriteRecord(NOW, "model", "x", None, {}, (), error=NetworkError("no route to host")))
    assert [entry["outcome"] for entry in log.entries()] == ["unknown", "failed"]


def record(error: BaseException | None = None, **fields: Any) -> WriteRecord:
    return WriteRecord(NOW, "model", "update_campaign", "act_1", fields.pop("arguments", {}), (), error=error, **fields)


def test_entry_says_how_a_write_ended() -> None:
    denied = api_error({"code": 200, "error_subcode": 7, "message": "no"}, http_status=400, request="POST 1")
    rows: list[tuple[WriteRecord, str, Any]] = [
        (record(), "done", None),
        (record(denied), "failed", {"type": "PermissionDeniedError", "code": 200, "subcode": 7}),
        (record(NetworkError("gone")), "failed", {"type": "NetworkError"}),
        (record(OutcomeUnknown("lost", request="POST 1", check="look")), "unknown", {"type": "OutcomeUnknown"}),
        (record(KeyboardInterrupt()), "unknown", {"type": "KeyboardInterrupt"}),
        (record(ValueError("secret")), "failed", {"type": "ValueError"}),
    ]
    wrong = []
    for write_record, outcome, error in rows:
        entry = entry_of(write_record)
        found = {name: value for name, value in (entry["error"] or {}).items() if name != "message"} or None
        if (entry["outcome"], found) != (outcome, error):
            wrong.append((write_record, entry))
    assert not wrong


def test_message_of_an_error_is_kept_unless_it_may_hold_customers_or_is_not_ours() -> None:
    assert "gone" in entry_of(record(NetworkError("gone")))["error"]["message"]
    private = entry_of(record(NetworkError("mary"), arguments={"emails": ["mary"], "audience_id": "1"}))
    assert private["error"] == {"type": "NetworkError"}
    assert "message" in entry_of(record(NetworkError("gone"), arguments={"audience_id": "1"}))["error"]
    assert "message" not in entry_of(record(ValueError("mary")))["error"]


def test_entry_bounds_texts_and_traces_and_names_what_was_made() -> None:
    created = Change("ads", None, "x" * 3000, {}, {"name": "y" * 2000})
    value = Launched("launch_1", "act_1", "complete")
    many = WriteRecord(NOW, "Ann", "create_ad", None, {}, (created,), "plan_1", value, who="ann", traces=("t",) * 300)
    entry = entry_of(many)
    [[edge, node_id, name, before, after]] = entry["changes"]
    assert (edge, node_id, len(name), before, len(after["name"])) == ("ads", None, 2000, {}, 2000)
    assert len(entry["fbtrace_ids"]) == 200
    assert (entry["made"], entry["plan"], entry["who"], entry["by"]) == ("launch_1", "plan_1", "ann", "Ann")
    assert (entry["at"], entry["account"]) == ("2026-11-01T00:00:00+00:00", None)
    assert entry_of(record(value=Change("ads", "1", None)))["made"] == "1"
    assert entry_of(record(value=3))["made"] is None


def test_lines_are_ascii_and_not_only_json(path: Path) -> None:
    log = AuditLog(path)
    change = Change("ads", "1", "é\n", {"name": "é"}, {"name": "ü"})
    log.write(WriteRecord(NOW, "model", "update_ad", "act_1", {}, (change,)))
    assert path.read_bytes().isascii()
    assert path.read_bytes().count(b"\n") == 1
    assert FIRST == "0" * 64
    for damaged in (b"", b"{}", b"[]", b'"x"', b"5", b'{"prev": 1}', path.read_bytes().rstrip() + b" "):
        assert parse_line(damaged) is None, damaged


def test_a_lone_line_that_is_no_entry_does_not_break_the_chain(log: AuditLog) -> None:
    with log.path.open("a") as file:
        file.write("garbage\ngarbage\n")
    assert log.head() == json.loads(lines(log.path)[4])["hash"]
    write(log, 6)
    found = verify(log.path)
    assert found.problems == ("line 6 is no entry, or was edited", "line 7 is no entry, or was edited")
    assert found.entries == 6
    assert [entry["changes"][0][1] for entry in log.entries()] == ["0", "1", "2", "3", "4", "6"]


def test_the_last_entry_is_found_before_what_two_crashes_have_cut(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_BLOCK", 10)
    head = log.head()
    with log.path.open("a") as file:
        file.write('{"id":"write_cut')
    assert log.head() == head
    with log.path.open("a") as file:
        file.write('\n{"id":"write_too')
    assert log.head() == head


def test_the_head_is_read_however_long_others_write(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def lock(_path: Path, seconds: float) -> AbstractContextManager[None]:
        waits.append(seconds)
        return nullcontext()

    monkeypatch.setattr(storage, "lock", lock)
    assert log.head() == verify(log.path).head
    assert waits == [-1]


def test_a_cut_last_line_is_named(log: AuditLog) -> None:
    with log.path.open("a") as file:
        file.write("{")
    assert verify(log.path).problems == ("line 6 is cut: a crash, or an edit",)
    missing = verify(log.path.with_name("none"))
    assert (missing.entries, missing.head, missing.whole) == (0, FIRST, False)


def test_writers_and_readers_of_the_end_wait_for_each_other(log: AuditLog) -> None:
    for work in (lambda: write(log, 9), log.head):
        with storage.lock(log.path):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
        thread.join(10)
        assert not thread.is_alive()


def test_no_file_stays_open(log: AuditLog) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        write(log, number)
        log.head()
    assert len(os.listdir("/proc/self/fd")) <= before + 1
