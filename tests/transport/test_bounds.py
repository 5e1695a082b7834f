"""What a hostile or broken server can send: bounded in memory, and one library error."""

from __future__ import annotations

import gc
import gzip
import json
import socket
import tracemalloc
import zlib
from typing import Any

import pytest
from tables import table

from admonster_fb import errors
from admonster_fb.transport import session

from .conftest import Connect, Wire, answer, error, one_line, raw

pytestmark = pytest.mark.thorough

CREATE = {"name": "N", "objective": "OUTCOME_SALES", "special_ad_categories": []}


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_an_answer_that_unpacks_to_too_much_is_not_read_to_its_end(
    packing: str, wire: Wire, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(300 << 20), 1) if packing == "gzip" else zlib.compress(bytes(300 << 20), 1)
    wire.otherwise = raw(200, bomb, Content_Encoding=packing)
    fb = connect()
    tracemalloc.start()
    with pytest.raises(errors.TransientError, match="the answer has more than 1 MB") as caught:
        fb.campaigns.get("120")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 << 20
    assert len(wire.received) == 1
    assert one_line(caught.value)


@table("packing", ["gzip, gzip", "gzip,gzip", "GZIP, identity", "zstd", "br", "compress"], fresh=True)
def test_a_packing_whose_size_cannot_be_bounded_is_not_unpacked(packing: str, wire: Wire, connect: Connect) -> None:
    once = gzip.compress(b'{"id": "120"}')
    wire.otherwise = raw(
        200, gzip.compress(once) if packing.lower() == "gzip, gzip" else once, Content_Encoding=packing
    )
    with pytest.raises(errors.NetworkError):
        connect().campaigns.get("120")


@table("value", ["[]", "{}", "1.5", '""', '{"a":1}', "[[1]]"], fresh=True)
def test_an_answer_of_too_many_small_values_is_not_decoded(
    value: str, wire: Wire, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.MOST_VALUES * 300 < 2 << 30, "each may take 300 bytes of memory"
    monkeypatch.setattr(session, "MOST_VALUES", 10_000)
    dense = f'{{"id":"120","x":[{f"{value}," * 10_000}1]}}'
    wire.otherwise = raw(200, gzip.compress(dense.encode()), Content_Encoding="gzip")
    with pytest.raises(errors.TransientError, match="the answer has more than 10,000 values"):
        connect().campaigns.get("120")
    usual = {"id": "120", "x": [{"impressions": "12345", "date_start": "2026-11-01"}] * 1000}
    wire.otherwise = answer(usual)
    assert connect().campaigns.get("120").id == "120"


def test_a_page_that_is_too_large_is_halved(wire: Wire, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_BYTES", 1000)
    wire.script.append(answer({"data": [{"id": "1" * 2000}]}))
    wire.otherwise = answer({"data": [{"id": "7"}]})
    assert [ad.id for ad in connect().ads.iter("120", limit=10)] == ["7"]
    assert [sent.query["limit"] for sent in wire.received] == ["10", "5"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
@table(
    "bad",
    [
        raw(302, Location="http://[::1"),
        raw(302, Location="http://\udcff".encode("utf-8", "surrogateescape").decode("latin-1")),
        raw(302, Location="gopher://x:99999999/"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n{}",
        b"HTTP/1.1 999999999999999999 OK\r\n\r\n",
        b"\x00\xff\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20,
    ],
)
def test_a_malformed_answer_is_a_library_error(bad: bytes, wire: Wire, connect: Connect) -> None:
    wire.script.clear()
    wire.otherwise = bad
    fb = connect()
    with pytest.raises(errors.FacebookAdsError) as caught:
        fb.campaigns.get("120")
    assert one_line(caught.value)
    wire.received.clear()
    with pytest.raises(errors.FacebookAdsError):
        fb.campaigns.update("120", name="N")
    assert len(wire.sent("POST")) == 1, "a write whose answer cannot be read is not sent again"
    gc.collect()  # http.client leaves the socket of an answer that it cannot read to the collector


@pytest.mark.parametrize("hints", [1, 3])
def test_early_hints_are_not_the_answer(hints: int, wire: Wire, connect: Connect) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    wire.otherwise = hint * hints + answer({"id": "120", "name": "Sale"})
    assert connect().campaigns.get("120").name == "Sale"
    assert len(wire.received) == 1


@table(
    "body, status, kind, requests",
    [
        (error(1), 400, errors.InvalidParameterError, 1),
        (error(1, 2853001), 400, errors.PermissionDeniedError, 1),
        (error(1), 500, errors.TransientError, 4),
        (error(1, message="Please reduce the amount of data you're asking for"), 500, errors.TransientError, 1),
        (error(1, message="Please reduce the amount of data you're asking for"), 400, errors.TransientError, 1),
        ("<html>Not Implemented</html>", 501, errors.APIError, 1),
        ("<html>Bad Gateway</html>", 502, errors.TransientError, 4),
    ],
)
def test_only_what_may_pass_is_tried_again(
    body: Any, status: int, kind: type[errors.APIError], requests: int, wire: Wire, connect: Connect
) -> None:
    wire.received.clear()
    wire.otherwise = raw(status, body if isinstance(body, str) else json.dumps(body))
    with pytest.raises(kind) as caught:
        connect().campaigns.get("120")
    assert type(caught.value) is kind
    assert len(wire.received) == requests
    assert caught.value.retryable == (requests > 1)
    if "reduce" in str(body):
        assert "create_async_report" in str(caught.value)


def test_silence_is_bounded_by_the_timeout(wire: Wire, connect: Connect) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    wire.otherwise = drip
    with pytest.raises(errors.FacebookAdsError):
        connect().campaigns.get("120")
