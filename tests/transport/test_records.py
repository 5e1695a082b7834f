"""What is written down of calls: log lines, trace ids, journals; forms with parts of files; amounts in minor units."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.errors import FacebookAdsError
from admonster_fb.money import Money
from admonster_fb.transport.form import Form, Slice, form
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.observability import Observer, RequestEvent, collect_trace_ids, harmless
from admonster_fb.transport.request import Call

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@table(
    "event, line",
    [
        (
            RequestEvent("GET", "act_1", 1, 200, 12.6, 79.6, "Abc"),
            "GET act_1 200 13 ms attempt 1 usage 80% trace Abc",
        ),
        (RequestEvent("POST", "7", 2, 500, None, 0.0), "POST 7 500 0 ms attempt 2 usage 0% trace -"),
        (
            RequestEvent("POST", "7", 3, error="NetworkError", ms=0.4),
            "POST 7 NetworkError 0 ms attempt 3 usage - trace -",
        ),
    ],
)
def test_a_response_is_one_line(event: RequestEvent, line: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "admonster_fb")
    caplog.clear()
    Observer().after(event)
    assert [record.getMessage() for record in caplog.records] == [line]


def test_the_traces_of_writes_are_collected_also_in_other_threads_contexts() -> None:
    observer = Observer()
    with collect_trace_ids() as ids:
        observer.after(RequestEvent("POST", "7", 1, 200, fbtrace_id="a"))
        observer.after(RequestEvent("GET", "7", 1, 200, fbtrace_id="b"))
        observer.after(RequestEvent("DELETE", "7", 1, 200))
        copy_context().run(observer.after, RequestEvent("DELETE", "7", 1, 200, fbtrace_id="c"))
        with collect_trace_ids() as inner:
            observer.after(RequestEvent("POST", "7", 1, 200, fbtrace_id="d"))
    observer.after(RequestEvent("POST", "7", 1, 200, fbtrace_id="e"))
    assert (ids, inner) == (["a", "c"], ["d"])


def test_a_hook_that_fails_changes_nothing_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[RequestEvent] = []

    def broken(event: RequestEvent) -> None:
        seen.append(event)
        raise RuntimeError("not our business")

    observer, event = Observer(broken, broken), RequestEvent("POST", "7", 1, 200, fbtrace_id="a")
    with collect_trace_ids() as ids:
        observer.before(event)
        observer.after(event)
    assert (seen, ids) == ([event, event], ["a"])
    assert caplog.text.count("a hook failed") == 2
    with pytest.raises(KeyboardInterrupt), harmless("nothing"):
        raise KeyboardInterrupt


# Journals.


def call(name: str = "A") -> Call:
    return Call("POST", ("act_1", "campaigns"), {"name": name})


def test_a_run_that_was_cut_off_knows_what_was_sent_and_made(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with suppress(ZeroDivisionError), Journal(path) as journal:
        records = [journal.begin(call(name), NOW) for name in "AABCD"]
        assert not any(record.sent for record in records)
        assert len({record.key for record in records}) == 5
        journal.done(records[0], "11")
        journal.started(records[2], "22")
        journal.refused(records[3])
        raise ZeroDivisionError
    later = NOW + timedelta(days=1)
    with Journal(path) as journal:
        again = [journal.begin(call(name), later) for name in "AABCD"]
    assert [(each.sent, each.id, each.video, each.at) for each in again] == [
        (True, "11", None, NOW),
        (True, None, None, NOW),
        (True, None, "22", NOW),
        (False, None, None, later),
        (True, None, None, NOW),
    ]
    assert [each.key for each in again] == [each.key for each in records]
    assert not path.exists(), "a run that ended needs none"


def test_another_path_or_parameter_is_another_create(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        calls = [call(), call("B"), Call("POST", ("act_2", "campaigns"), {"name": "A"})]
        assert len({journal.begin(each, NOW).key.partition(".")[0] for each in calls}) == 3
        same = (
            Call("POST", ("act_1", "campaigns"), {"b": 1, "a": 2}),
            Call("POST", ("act_1", "campaigns"), {"a": 2, "b": 1}),
        )
        assert [journal.begin(each, NOW).key.partition(".")[2] for each in same] == ["1", "2"]


# Forms.


def slice_of(start: int, length: int) -> Slice:
    return Slice(io.BytesIO(bytes(range(200))), "ä.mp4", start, length)


@table("block", [-1, 1, 3, 64, 10_000])
def test_a_form_holds_its_parameters_and_the_parts_of_files(block: int) -> None:
    made = Form({"phase": "transfer", "title": "ü"}, {"chunk": slice_of(10, 50), "other": slice_of(0, 200)})
    content, size = b"", len(made)
    while part := made.read(block):
        content += part
        assert block < 0 or len(part) == min(block, size - (len(content) - len(part)))
    assert len(content) == size
    message = message_from_bytes(f"Content-Type: {made.content_type}\r\n\r\n".encode() + content)
    parts: Any = message.get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [
        b"transfer",
        "ü".encode(),
        bytes(range(10, 60)),
        bytes(range(200)),
    ]
    assert [part.get_content_type() for part in parts] == ["text/plain"] * 2 + ["application/octet-stream"] * 2
    assert made.read() == b""


def test_a_file_that_is_shorter_than_announced_ends_the_form() -> None:
    assert len([*Form({}, {"chunk": slice_of(150, 50)})]) == 1
    with pytest.raises(FacebookAdsError, match="became shorter"):
        Form({}, {"chunk": slice_of(150, 51)}).read()


def test_only_parts_of_files_need_a_form() -> None:
    assert form({"a": "b"}, {}) is None
    assert form({"a": "b"}, {"source": b"PNG"}) is None
    made = form({"a": "b"}, {"source": slice_of(0, 5), "other": b"PNG"})
    assert made is not None
    assert made.read().count(b"Content-Disposition") == 2


# Amounts.


@table(
    "params, node_id, sent",
    [
        ({"daily_budget": Money("50.00 USD"), "name": "A"}, "act_1", {"daily_budget": 5000, "name": "A"}),
        ({"a": [{"b": Money("1.00 USD")}, 7]}, "act_1", {"a": [{"b": 100}, 7]}),
        ({"bid": Money("7 JPY")}, "act_2", {"bid": 7}),
        ({"daily_budget": 5000}, "nothing", {"daily_budget": 5000}),
    ],
)
def test_amounts_go_out_in_minor_units_of_the_account(fb: FacebookAds, params: Any, node_id: str, sent: Any) -> None:
    assert fb._transport.in_minor_units(params, node_id) == sent


def test_amounts_in_another_currency_are_refused_with_their_path(fb: FacebookAds) -> None:
    params = {"a": [{"b": Money("1.00 USD")}], "bid": Money("7 JPY"), "c": Money("8 JPY")}
    with pytest.raises(errors.ParameterError) as raised:
        fb._transport.in_minor_units(params, "act_1")
    assert [(each.field, each.given, each.allowed) for each in raised.value.violations] == [
        ("bid", "7 JPY", "USD, the currency of the ad account"),
        ("c", "8 JPY", "USD, the currency of the ad account"),
    ]


def test_exports_that_stopped_are_forgotten_oldest_first(fb: FacebookAds) -> None:
    closed: list[str] = []

    class Pages:
        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            closed.append(self.name)

    transport = fb._transport
    transport.unfinished |= {name: Pages(name) for name in "abc"}
    transport.forget_unfinished(3)
    assert closed == []
    transport.forget_unfinished(1)
    assert (closed, [*transport.unfinished]) == (["a", "b"], ["c"])
