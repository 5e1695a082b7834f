"""Edges to their end: no object lost, none twice, no token on the way, no other host."""

from __future__ import annotations

import json
import socket
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from typing import Any

import facebook_business.api
import pytest
from facebook_business.adobjects.objectparser import ObjectParser
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.sandbox import Request, Response, Sandbox
from admonster_fb.transport import paging as pages
from admonster_fb.transport.paging import MOST_EMPTY

from .conftest import TOKEN, Connect, Wire, answer, error, raw


@pytest.fixture
def quiet() -> Sandbox:
    return Sandbox(history=0)


def campaigns(fb: FacebookAds, count: int) -> list[str]:
    made = [
        fb.campaigns.create("act_1", name=f"C{n}", objective="OUTCOME_TRAFFIC", special_ad_categories=[], fields=["id"])
        for n in range(count)
    ]
    return [campaign.id for campaign in made]


@pytest.mark.thorough
def test_25_pages_three_of_them_empty_yield_every_object_once(quiet: Sandbox) -> None:
    quiet.empty_pages("act_*/campaigns", [2, 11, 12])
    with FacebookAds.sandbox(quiet) as fb:
        made = campaigns(fb, 22 * 3)
        walked = list(fb.campaigns.iter("act_1", limit=3, fields=["id"]).pages())
        assert len(walked) == 25
        assert [number for number, page in enumerate(walked, 1) if not page.data] == [2, 11, 12]
        assert Counter(campaign.id for campaign in fb.campaigns.iter("act_1", limit=3)) == Counter(made)


def test_an_edge_is_lazy_and_can_be_walked_again(quiet: Sandbox) -> None:
    with FacebookAds.sandbox(quiet) as fb:
        made = campaigns(fb, 5)
        quiet.journal.clear()
        edge = fb.campaigns.iter("act_1", limit=2, fields=["id"])
        assert not quiet.journal
        assert next(iter(edge)).id in made
        assert len(quiet.journal) == 1
        assert sorted(campaign.id for campaign in edge) == sorted(made)
        assert sorted(campaign.id for campaign in edge) == sorted(made)


def page(names: str, after: str | None = None, **more: Any) -> dict[str, Any]:
    cursors = {"before": "B", "after": after or "LAST"}
    told: dict[str, Any] = {"data": [{"id": name} for name in names], "paging": {"cursors": cursors}, **more}
    if after:
        told["paging"]["next"] = f"https://elsewhere.example/v99.0/me/other?access_token={TOKEN}" + (
            f"&appsecret_proof=beef&pretty=0&limit=2&after={after}&fields=id"
        )
    return told


def test_next_is_asked_of_our_host_and_path_without_its_secrets(wire: Wire, connect: Connect) -> None:
    wire.script.extend([answer(page("ab", "X")), answer(page("c"))])
    assert "".join(ad.id for ad in connect().ads.iter("120", fields=["id"], limit=2)) == "abc"
    first, second = wire.received
    assert first.path == second.path == "/v26.0/120/ads"
    assert second.query == {"pretty": "0", "limit": "2", "after": "X", "fields": "id"}
    assert second.headers["authorization"] == f"Bearer {TOKEN}"
    assert second.headers["host"] == f"127.0.0.1:{wire.port}"


def test_a_page_shows_no_url(wire: Wire, connect: Connect) -> None:
    wire.script.append(answer(page("ab", "X")))
    edge = connect().ads.iter("120")
    first = next(edge.pages())
    assert TOKEN not in repr(first) + str(first) + repr(edge)
    assert first.after == "X"


def test_the_last_page_has_cursors_and_no_next(wire: Wire, connect: Connect) -> None:
    wire.script.append(answer(page("a")))
    (only,) = connect().ads.iter("120").pages()
    assert only.after is None
    assert len(wire.received) == 1


@pytest.mark.thorough
@table(
    ("body", "ids"),
    [
        ({"data": []}, ""),
        ({"data": [], "paging": {"cursors": {"before": "MAZDZD", "after": "LTEZD"}}}, ""),
        ({"data": [{"id": "a"}]}, "a"),
        ({"data": [{"id": "a"}], "paging": {}}, "a"),
        ({"data": [{"id": "a"}], "paging": {"next": None}}, "a"),
        ({"data": {"id": "a", "name": "One object"}}, "a"),
    ],
    fresh=True,
)
def test_answers_of_one_page(body: Any, ids: str, wire: Wire, connect: Connect) -> None:
    wire.script.append(answer(body))
    assert "".join(ad.id for ad in connect().ads.iter("120")) == ids


def test_next_without_cursors_is_followed(wire: Wire, connect: Connect) -> None:
    following = "https://graph.facebook.com/v24.0/120/ads?until=5&__paging_token=z"
    wire.script.extend(
        [answer({"data": [{"id": "a"}], "paging": {"next": following}}), answer({"data": [{"id": "b"}]})]
    )
    assert [ad.id for ad in connect().ads.iter("120")] == ["a", "b"]
    assert wire.received[1].query == {"until": "5", "__paging_token": "z"}


@pytest.mark.thorough
@table("cycle", ["X", "XY", "XYZ"], fresh=True)
def test_a_cursor_that_comes_again_is_an_error_and_no_endless_loop(cycle: str, wire: Wire, connect: Connect) -> None:
    wire.script.extend(answer(page("a", mark)) for mark in cycle * 2)
    wire.otherwise = answer(page("a", cycle[0]))
    edge = islice(connect().ads.iter("120", fields=["id"], limit=2), 20)
    with pytest.raises(errors.TransientError, match="cursor") as caught:
        list(edge)
    assert len(wire.received) <= len(cycle) + 1
    assert TOKEN not in str(caught.value)


TOO_MUCH = error(1, None, 500, "Please reduce the amount of data you're asking for, then retry your request")


class Reluctant:
    """Refuses pages of more than `most` objects."""

    def __init__(self, most: int, refusal: dict[str, Any], status: int) -> None:
        self.most, self.refusal, self.status = most, refusal, status
        self.asked: list[int] = []

    def before(self, request: Request) -> Response | None:
        if not request.path.endswith("/campaigns") or request.method != "GET":
            return None
        self.asked.append(int(request.query["limit"]))
        if self.asked[-1] <= self.most:
            return None
        return Response(self.status, {"content-type": "application/json"}, json.dumps(self.refusal).encode())

    def after(self, request: Request, response: Response) -> Response:
        return response


@pytest.mark.thorough
@table(
    ("refusal", "status", "tries"),
    [
        pytest.param(TOO_MUCH, 500, 1, id="reduce the amount of data"),
        pytest.param(error(100, 1487534), 400, 1, id="too much data"),
        pytest.param(error(2, 1487534), 500, None, id="too much data, as code 2"),
    ],
    fresh=True,
)
def test_pages_are_halved_until_they_pass_and_nothing_is_lost(
    refusal: dict[str, Any], status: int, tries: int | None, quiet: Sandbox
) -> None:
    with FacebookAds.sandbox(quiet) as fb:
        made = campaigns(fb, 11)
        reluctant = Reluctant(3, refusal, status)
        quiet.hooks.append(reluctant)
        got = [campaign.id for campaign in fb.campaigns.iter("act_1", limit=12, fields=["id"])]
    assert Counter(got) == Counter(made)
    assert list(dict.fromkeys(reluctant.asked)) == [12, 6, 3]
    assert reluctant.asked[-3:] == [3, 3, 3]  # what passed once is kept
    if tries is not None:
        assert reluctant.asked.count(12) == tries


@pytest.mark.thorough
@table("separators", [(",", ":"), (", ", ": ")], fresh=True)
@table("first", ["data", "paging"], fresh=True)
@table("read", [list, lambda edge: [*edge.pages()], lambda edge: [*edge.bodies()]], fresh=True)
def test_empty_pages_do_not_go_on_for_ever(
    read: Any, first: str, separators: tuple[str, str], wire: Wire, connect: Connect
) -> None:
    turn = iter(range(10_000))

    def empty(connection: socket.socket) -> None:
        body = {"data": [], "paging": {"next": f"{wire.url}/v26.0/120/ads?after={next(turn)}"}}
        ordered = dict(sorted(body.items(), reverse=first != "data"))
        connection.sendall(raw(200, json.dumps(ordered, separators=separators)))

    wire.otherwise = empty
    with pytest.raises(errors.TransientError, match="100 empty pages in a row"):
        read(connect().ads.iter("120", fields=["id"]))
    assert len(wire.received) == MOST_EMPTY


ROWS, ERROR = '"data":[{"id":"1"}]', '"error":{"message":"no","code":100}'


@table("body", [f'{{{ROWS},{ERROR},"paging":{{}}}}', f'{{{ROWS},"paging":{{}},{ERROR}}}', f"{{{ERROR},{ROWS}}}"])
@table("read", [list, lambda edge: [*edge.pages()], lambda edge: [*edge.raw()], lambda edge: [*edge.bodies()]])
def test_an_error_beside_rows_is_raised_however_they_are_read(
    read: Any, body: str, wire: Wire, connect: Connect
) -> None:
    wire.otherwise = lambda connection: connection.sendall(raw(200, body))
    with pytest.raises(errors.APIError, match="no"):
        read(connect().ads.iter("120", fields=["id"]))


def test_halving_begins_where_the_edge_is_not_at_its_start(wire: Wire, connect: Connect) -> None:
    refused = answer(error(100, 1487534))
    wire.script.extend([answer(page("ab", "X")), refused, answer(page("c", "Y")), answer(page("d"))])
    assert "".join(ad.id for ad in connect().ads.iter("120", limit=2)) == "abcd"
    assert [(sent.query.get("limit"), sent.query.get("after")) for sent in wire.received] == [
        ("2", None),
        ("2", "X"),
        ("1", "X"),
        ("2", "Y"),
    ]


@pytest.mark.thorough
@table("limit", ["x", "", "9" * 5000, "-1", "1e3", "\u0663"], fresh=True)
def test_a_next_url_with_an_odd_limit_is_halved_too(limit: str, wire: Wire, connect: Connect) -> None:
    first = {"data": [{"id": "1"}], "paging": {"next": f"{wire.url}/v26.0/120/ads?after=X&limit={limit}"}}
    wire.script.extend([answer(first), answer(error(100, 1487534)), answer(page("2"))])
    ads = connect().ads.iter("120", fields=["id"])
    with suppress(errors.FacebookAdsError):
        assert [ad.id for ad in ads] == ["1", "2"]


def test_even_one_object_is_too_much(wire: Wire, connect: Connect) -> None:
    wire.otherwise = answer(error(100, 1487534), 400)
    with pytest.raises(errors.InvalidParameterError):
        connect().ads.list("120", limit=4)
    assert [sent.query["limit"] for sent in wire.received] == ["4", "2", "1"]


def test_another_refusal_is_not_halved(wire: Wire, connect: Connect) -> None:
    wire.otherwise = answer(error(100), 400)
    with pytest.raises(errors.InvalidParameterError):
        connect().ads.list("120", limit=4)
    assert len(wire.received) == 1


ODD_ROWS: list[dict[str, Any]] = [
    {"id": "1", "daily_budget": "12.5"},
    {"id": "2", "promoted_object": []},
    {"id": "3", "name": None},
    {"id": "4", "status": "LEVITATING", "objective": "OUTCOME_UNHEARD_OF"},
    {"id": "5", "brand_new_field": {"deep": [1, {"er": None}]}},
    {"id": 6, "name": 7},
    {"id": "7", "created_time": "yesterday", "special_ad_categories": "NONE"},
    {"id": "8", "daily_budget": "5000", "start_time": "2026-11-01T09:00:00-0800"},
    {"id": "9", "daily_budget": None, "pacing_type": None},
    {"id": "10", "daily_budget": {"a": "map"}, "issues_info": [None]},
]


def test_odd_rows_lose_nothing(wire: Wire, connect: Connect) -> None:
    wire.script.append(answer({"data": ODD_ROWS, "paging": page("", "X")["paging"], "summary": {"total_count": 12}}))
    wire.script.append(answer(page("ab")))
    edge = connect().campaigns.iter("act_1")
    first, second = edge.pages()
    rows = {row.id: row for row in first.data}
    assert list(rows) == [str(number) for number in range(1, 11)]
    assert rows["1"].daily_budget == "12.5"
    assert rows["2"].promoted_object is None
    assert rows["2"].model_extra["promoted_object"] == []
    assert rows["3"].name is None
    assert "name" in rows["3"].model_fields_set
    assert (rows["4"].status, rows["4"].objective) == ("LEVITATING", "OUTCOME_UNHEARD_OF")
    assert rows["5"].brand_new_field == {"deep": [1, {"er": None}]}
    assert rows["6"].name == "7"
    odd = rows["7"].model_extra
    assert (odd["created_time"], odd["special_ad_categories"]) == ("yesterday", "NONE")
    assert rows["8"].daily_budget == 5000
    assert rows["8"].start_time.isoformat() == "2026-11-01T09:00:00-08:00"
    assert rows["9"].model_fields_set == {"id", "daily_budget", "pacing_type"}
    assert (rows["10"].daily_budget, rows["10"].model_extra["issues_info"]) == ({"a": "map"}, [None])
    assert first.total == 12  # one odd row does not cost what stands around the rows
    assert [row.id for row in second.data] == ["a", "b"]


@pytest.mark.thorough
@table("row", ODD_ROWS, fresh=True)
def test_an_odd_node_loses_nothing(row: dict[str, Any], wire: Wire, connect: Connect) -> None:
    wire.script.append(answer(row))
    campaign = connect().campaigns.get(str(row["id"]))
    assert campaign.model_fields_set == row.keys()


def test_an_odd_row_of_figures(wire: Wire, connect: Connect) -> None:
    rows = [
        {
            "date_start": "2026-10-01",
            "spend": "23.50",
            "impressions": "1000",
            "actions": [{"action_type": "a", "value": 5}],
        },
        {"impressions": "12.5", "actions": {}, "spend": "n/a", "purchase_roas": [{"1d_click": "2.5"}]},
    ]
    wire.script.append(answer({"data": rows}))
    one, two = connect().insights.list("act_1")
    assert (one.spend, one.impressions) == (Decimal("23.50"), 1000)
    assert one.actions == {"a": 5}
    assert one.actions.raw == [{"action_type": "a", "value": 5}]
    assert (two.impressions, two.spend) == (None, None)
    assert {name: two.model_extra[name] for name in ("impressions", "spend")} == {"impressions": "12.5", "spend": "n/a"}
    assert two.purchase_roas.raw == [{"1d_click": "2.5"}]


def test_pages_go_from_bytes_to_models_past_the_sdk(monkeypatch: pytest.MonkeyPatch, quiet: Sandbox) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the SDK's own parsing was used")

    with FacebookAds.sandbox(quiet) as fb:
        made = campaigns(fb, 3)
        for place, name in ((facebook_business.api.Cursor, "load_next_page"), (ObjectParser, "parse_single")):
            monkeypatch.setattr(place, name, never)
        monkeypatch.setattr(pages, "decode", never)  # a plain page is read once, by pydantic
        assert {campaign.id for campaign in fb.campaigns.iter("act_1", limit=3)} == set(made)


def test_a_page_that_is_cut_is_asked_for_again(wire: Wire, connect: Connect) -> None:
    whole = page("c")
    wire.script.extend([answer(page("ab", "X")), raw(200, json.dumps(whole)[:-9]), answer(whole)])
    assert "".join(ad.id for ad in connect().ads.iter("120")) == "abc"
