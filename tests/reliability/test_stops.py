"""What stops spend waits for nothing: a plain server hangs every read, reports full limits and notes each write."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import anyio
import pause
import pytest
from tables import table
from typer.testing import CliRunner

from admonster_fb import FacebookAds, RateLimited, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus.campaigns import update_campaign
from admonster_fb.bot.flexus.client import FlexusClient
from admonster_fb.bot.lane import Lane
from admonster_fb.bot.mcp_server import server
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.stops import CONNECT, LOG_WAIT, LOOK
from admonster_fb.bot.registry import registry
from admonster_fb.cli import app as cli
from admonster_fb.models.campaign import Campaign
from admonster_fb.objects import DELIVERS
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.api import METER
from admonster_fb.transport.last_seen import LIFETIME, SETTLED, LastSeen
from admonster_fb.transport.rate_limits import MemoryUsageStore
from admonster_fb.transport.session import PATIENCE

FULL = {"call_count": 100, "total_time": 100, "total_cputime": 100, "estimated_time_to_regain_access": 30}
END = "2026-12-24T18:00:00+0000"
CAMPAIGN, ADSET, AD = "120210000000000001", "120210000000000002", "120210000000000003"
OTHER, RULE = "120210000000000004", "120210000000000005"
"""A campaign whose ad set has the budget, and a rule of Meta's."""


class FakeGraph(ThreadingHTTPServer):
    """Answers writes at once and reads not at all while it hangs."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hanging, self.usage, self.writes = threading.Event(), {}, []
        self.release = threading.Event()
        self.reads = 0
        self.forms = []
        self.answers_as_before = False
        self.nodes = {
            CAMPAIGN: {"name": "Sale", "status": "ACTIVE", "daily_budget": "6000", "spend_cap": "90000"},
            ADSET: {"name": "US", "status": "ACTIVE", "daily_budget": "6000", "bid_amount": "300", "end_time": END},
            "act_1": {"spend_cap": "90000", "amount_spent": "10000"},
            RULE: {"name": "Raise", "status": "ENABLED", "execution_spec": {"execution_type": "UNPAUSE"}},
        }
        self.nodes[ADSET]["campaign_id"] = OTHER

    def node(self, path):
        """Answer the object of a path, all fields it has; another path reads an account."""
        node_id = path.partition("?")[0].strip("/").rpartition("/")[2]
        about = {"account_id": "1", "currency": "USD", "timezone_name": "UTC", "data": []}
        return {"id": node_id, **about, **self.nodes.get(node_id, {})}

    def write(self, method, path, form):
        self.forms.append({name: value for name, value in form.items() if name != "access_token"})
        self.writes.append((time.monotonic(), method, path, form.get("status", "")))
        return {"success": True}


class Handler(BaseHTTPRequestHandler):
    server: FakeGraph

    def log_message(self, *_):
        pass

    def do_GET(self):
        [node] = self._read(self.path.partition("/v26.0")[2])
        self._answer(node)

    def do_DELETE(self):
        self._answer(self.server.write("DELETE", self.path, {}))

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        path = self.path.partition("/v26.0")[2].strip("/")
        if "batch" not in form:
            self._answer(self.server.write("POST", path, form))
            return
        items = json.loads(form["batch"])
        if any(item["method"] == "GET" for item in items):
            nodes = self._read(*(item["relative_url"] for item in items))
            self._answer([{"code": 200, "body": json.dumps(node)} for node in nodes])
            return
        bodies = [{name: values[0] for name, values in parse_qs(item["body"]).items()} for item in items]
        done = [self.server.write("POST", item["relative_url"], body) for item, body in zip(items, bodies, strict=True)]
        self._answer([{"code": 200, "body": json.dumps(each)} for each in done])

    def _read(self, *paths):
        """Return the objects as they are before or, as a replica that is behind the request, after it hung."""
        self.server.reads += 1
        before = copy.deepcopy([self.server.node(path) for path in paths])
        if self.server.hanging.is_set():
            self.server.release.wait(60)
        return before if self.server.answers_as_before else [self.server.node(path) for path in paths]

    def _answer(self, data):
        body = json.dumps(data).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in self.server.usage.items():
                self.send_header(name, json.dumps(value))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # the client has given up


@pytest.fixture
def graph():
    server = FakeGraph()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def fb(graph):
    settings = Settings(endpoint=f"http://127.0.0.1:{graph.server_port}", timeout=(2.0, 30.0))
    with FacebookAds("sandbox-stops", "act_1", settings=settings) as facade:
        yield facade
        graph.release.set()  # closing waits for calls in flight


def fill(fb, graph, *cases, **other):
    """Let a read tell that these use cases of account 1 are used up for 30 minutes."""
    graph.usage = {"X-Business-Use-Case-Usage": {"1": [{"type": case, **FULL} for case in cases]}, **other}
    fb.adaccounts.get("act_1", fields=["currency"])
    fb.api.owners.update(dict.fromkeys((CAMPAIGN, ADSET, AD, RULE), "act_1"))


@contextmanager
def at_once(graph, *expected, within=2.5):
    """Check that writes of these statuses arrive within a second, and what a busy machine adds to it."""
    began, known = time.monotonic(), len(graph.writes)
    yield
    new = graph.writes[known:]
    assert [(method, status) for _, method, _, status in new] == [*expected]
    assert max(at for at, *_ in new) - began < within


PAUSED, ARCHIVED, DELETED = ("POST", "PAUSED"), ("POST", "ARCHIVED"), ("DELETE", "")


def started(fb, **options):
    """Return a tool of a process that has begun: the first call of each op imports and builds what it needs."""
    tool = FacebookTool(fb, **options)
    for op in OPS:
        assert tool.call({"op": "help", "args": {"op": op}}).ok
    return tool


NO_PLANS = SpendPolicy(needs_plan=())
FACADE = {
    "campaign": (lambda fb: fb.campaigns.update(CAMPAIGN, status="PAUSED"), [PAUSED]),
    "ad set": (lambda fb: fb.adsets.update(ADSET, status="PAUSED"), [PAUSED]),
    "ad": (lambda fb: fb.ads.update(AD, status="ARCHIVED"), [ARCHIVED]),
    "delete": (lambda fb: fb.campaigns.delete(CAMPAIGN), [DELETED]),
    "rule": (lambda fb: fb.adrules.update(RULE, status="DISABLED"), [("POST", "DISABLED")]),
}
OPS = {
    "update_campaign": ({"campaign_id": CAMPAIGN, "status": "PAUSED"}, [PAUSED]),
    "update_adset": ({"adset_id": ADSET, "status": "PAUSED"}, [PAUSED]),
    "update_ad": ({"ad_id": AD, "status": "PAUSED"}, [PAUSED]),
    "bulk_update_campaigns": ({"campaign_ids": [CAMPAIGN, "7"], "status": "PAUSED"}, [PAUSED, PAUSED]),
    "bulk_update_adsets": ({"adset_ids": [ADSET, "7"], "status": "PAUSED"}, [PAUSED, PAUSED]),
    "bulk_update_ads": ({"ads": [{"id": AD, "status": "PAUSED"}]}, [PAUSED]),
    "archive_campaign": ({"campaign_id": CAMPAIGN}, [ARCHIVED]),
    "archive_adset": ({"adset_id": ADSET}, [ARCHIVED]),
    "archive_ad": ({"ad_id": AD}, [ARCHIVED]),
    "delete_campaign": ({"campaign_id": CAMPAIGN}, [DELETED]),
    "delete_adset": ({"adset_id": ADSET}, [DELETED]),
    "delete_ad": ({"ad_id": AD}, [DELETED]),
    "update_ad_rule": ({"rule_id": RULE, "status": "DISABLED"}, [("POST", "DISABLED")]),
    "delete_ad_rule": ({"rule_id": RULE}, [DELETED]),
}
LIMITS = {
    "another use case": (("ads_insights", "custom_audience", "pages"), {}),
    "every limit": (
        ("ads_insights", "ads_management", "custom_audience"),
        {"X-App-Usage": FULL, "X-Ad-Account-Usage": {"acc_id_util_pct": 100, "reset_time_duration": 300}},
    ),
}


@pytest.mark.thorough
@table("limit", LIMITS, fresh=True)
@table("name", FACADE, fresh=True)
def test_a_stop_of_the_facade_is_sent_whatever_limit_is_used_up(graph, fb, name, limit):
    cases, other = LIMITS[limit]
    fill(fb, graph, *cases, **other)
    graph.hanging.set()
    call, expected = FACADE[name]
    with at_once(graph, *expected):
        call(fb)


@pytest.mark.thorough
@table("name", OPS, fresh=True)
def test_a_stop_of_the_tool_waits_for_no_read_and_no_limit(graph, fb, name):
    fill(fb, graph, "ads_insights", "custom_audience")
    graph.hanging.set()
    args, expected = OPS[name]
    tool = started(fb, policy=NO_PLANS)
    with at_once(graph, *expected):
        result = tool.call({"op": name, "args": args})
    assert result.ok, result.text
    assert "could not be read in time" in result.text
    assert "undo" not in result.text


def test_all_that_a_stop_waits_for_is_less_than_a_second():
    assert LOOK + CONNECT + PATIENCE + METER + LOG_WAIT < 1


def test_every_op_that_updates_or_removes_what_delivers_can_stop_it():
    """A new op must take part, or be named here as one that cannot stop anything."""
    ops = {
        op.name for op in registry().values() if op.spec.changes in DELIVERS and op.spec.effect in ("update", "remove")
    }
    assert ops - OPS.keys() == {"scale_campaign", "activate_campaign"}


def test_a_rule_that_is_switched_off_among_other_changes_is_read_first(fb):
    """A new action beside it could be one that raises."""
    tool = started(fb)
    for rest in ({"name": "B"}, {"execution_spec": {"execution_type": "UNPAUSE"}}):
        args = {"rule_id": RULE, "status": "DISABLED", **rest}
        assert not tool.guard.only_lowers(tool.ops["update_ad_rule"], args)
    assert not tool.guard.only_lowers(tool.ops["update_ad_rule"], {"rule_id": RULE, "status": "ENABLED"})
    assert not tool.guard.only_lowers(tool.ops["execute_ad_rule"], {"rule_id": RULE})


@pytest.mark.thorough
@table("name", ["update_campaign", "bulk_update_campaigns", "bulk_update_ads"], fresh=True)
def test_a_pause_needs_no_plan_when_nothing_can_be_read(graph, fb, name):
    graph.hanging.set()
    args, expected = OPS[name]
    tool = started(fb)
    with at_once(graph, *expected):
        assert tool.call({"op": name, "args": args}).ok


@pytest.mark.thorough
@table("name", ["archive_campaign", "delete_ad", "delete_ad_rule"], fresh=True)
def test_the_plan_of_a_stop_is_made_and_applied_without_reads(graph, fb, name, monkeypatch):
    monkeypatch.setattr("admonster_fb.bot.plans.guard.LOOK_FOR_PLAN", 0.2)
    tool = started(fb)
    graph.hanging.set()
    args, expected = OPS[name]
    plan = tool.call({"op": name, "args": args})
    assert "PLAN" in plan.text
    assert "could not be read in time" in plan.text
    assert graph.writes == []
    with tool.guard.store.lock(), at_once(graph, *expected):  # the lock that another apply holds while it reads
        done = asyncio.run(tool.acall({"op": "apply", "args": {"plan_id": plan.data.id}}))
    assert done.ok, done.text
    assert not tool.call({"op": "apply", "args": {"plan_id": plan.data.id}}).ok


@pytest.mark.thorough
def test_behind_forty_hanging_reads_of_one_tool_a_pause_leaves_at_once(graph, fb):
    tool = started(fb)
    client = FlexusClient(
        SimpleNamespace(external_auth={"facebook": {"token": {"access_token": "sandbox-stops"}}}),
        "act_1",
        connect=lambda _token, _account: fb,
    )
    graph.hanging.set()
    pool = [threading.Thread(target=lambda: fb.adaccounts.get("act_1"), daemon=True) for _ in range(40)]
    for thread in pool:
        thread.start()

    async def run():
        call = {"op": "get_campaign", "args": {"campaign_id": CAMPAIGN}}
        reads = [asyncio.ensure_future(owner(call)) for owner in (tool.acall, client.call) for _ in range(12)]
        await asyncio.sleep(0.3)
        with at_once(graph, PAUSED):
            assert (await tool.acall({"op": "update_campaign", "args": OPS["update_campaign"][0]})).ok
        with at_once(graph, PAUSED):
            assert (await update_campaign(client, CAMPAIGN, status="PAUSED")).startswith("OK: updated")
        graph.release.set()
        await asyncio.gather(*reads)

    asyncio.run(run())
    for thread in pool:  # while there is a Meta to answer them
        thread.join(30)


def test_many_stops_at_once_wait_for_no_turn():
    """A stop waits for its look at the state, up to `LOOK`: a second round of them would not leave within a second."""
    lanes, together = [Lane("stop"), Lane("stop")], threading.Barrier(48)

    async def run():
        return await asyncio.gather(*(lane.run(together.wait, 20) for lane in lanes for _ in range(24)))

    assert sorted(asyncio.run(run())) == [*range(48)]


def test_limits_hold_back_the_calls_of_their_own_use_case_only(graph, fb):
    fill(fb, graph, "ads_insights")
    graph.usage = {}
    with pytest.raises(RateLimited):
        next(iter(fb.insights.iter("act_1", fields=["spend"])), None)
    assert fb.campaigns.list("act_1") == []
    fb.campaigns.update(CAMPAIGN, name="Sale")
    fill(fb, graph, "ads_management")
    with pytest.raises(RateLimited):
        fb.campaigns.update(CAMPAIGN, status="ACTIVE")
    with pytest.raises(RateLimited):
        fb.campaigns.update(CAMPAIGN, daily_budget=9000)
    assert [status for *_, status in graph.writes] == [""]


@pytest.mark.thorough
def test_with_accounts_in_the_policy_only_a_known_account_is_paused_unread(graph, fb, monkeypatch):
    monkeypatch.setattr("admonster_fb.bot.plans.guard.LOOK_FOR_PLAN", 0.5)
    fill(fb, graph, "ads_insights")
    graph.hanging.set()
    tool = started(fb, policy=SpendPolicy(accounts=["1"]))
    with at_once(graph, PAUSED):
        assert tool.call({"op": "update_campaign", "args": OPS["update_campaign"][0]}).ok
    refused = tool.call({"op": "update_campaign", "args": {"campaign_id": "99", "status": "PAUSED"}})
    assert not refused.ok
    assert "policy's accounts" in refused.text
    assert len(graph.writes) == 1


def releasing(graph, monkeypatch):
    """Let the reads that hang be answered once a write has been carried out."""

    def write(method, path, form, kept=graph.write):
        done = kept(method, path, form)
        graph.nodes[path].update({name: form[name] for name in form.keys() & graph.nodes[path].keys()})
        graph.release.set()
        return done

    monkeypatch.setattr(graph, "write", write)


@pytest.mark.thorough
@pytest.mark.parametrize("before", [True, False])
def test_what_a_pause_has_changed_is_read_while_it_is_sent(graph, fb, monkeypatch, tmp_path, before):
    """A read that says what was written may be older or newer than the write."""
    tool = started(fb, audit=tmp_path / "audit.jsonl")
    releasing(graph, monkeypatch)
    graph.answers_as_before = before
    graph.hanging.set()
    with at_once(graph, PAUSED):
        done = tool.call({"op": "update_campaign", "args": OPS["update_campaign"][0]})
    assert done.ok
    assert f'"Sale" | Status: {"ACTIVE" if before else "unknown"} → PAUSED' in done.text
    assert ("could not be read in time" in done.text) != before
    assert ("op=undo" in done.text) == before
    *_, entry = tool.log.entries()
    assert entry["changes"] == [
        ["campaigns", CAMPAIGN, "Sale", {"status": "ACTIVE" if before else None}, {"status": "PAUSED"}]
    ]


@pytest.mark.thorough
@table("before", [True, False], fresh=True)
@table("name", ["budget", "half", "half of each ad set", "end elsewhere", "several"], fresh=True)
def test_what_was_written_is_never_told_as_what_was_before(graph, fb, monkeypatch, name, before):
    """A read that is answered after the write describes another change: half of what was halved already."""
    op, args, sent = LOWER[name]
    tool = started(fb)
    seen(fb)
    releasing(graph, monkeypatch)
    graph.answers_as_before = before
    graph.hanging.set()
    done = tool.call({"op": op, "args": args})
    was = {"end_time": "2026-12-24 18:00 +0000"}.get(*sent, r"(\$60.00|6,000)")
    assert re.search(f": {was} → ".replace("+", "[+]"), done.text), done.text


def test_a_pause_of_another_kind_of_object_says_so(graph, fb, monkeypatch):
    """The error of the read comes after the write."""
    tool = started(fb)
    error = {"message": "(#100) Tried accessing nonexisting field (x) on node type (AdCampaign)", "code": 100}
    releasing(graph, monkeypatch)
    graph.hanging.set()
    monkeypatch.setattr(graph, "node", lambda _path: {"error": error})
    monkeypatch.setitem(graph.nodes, "77", {"status": "ACTIVE"})
    with at_once(graph, PAUSED):
        done = tool.call({"op": "update_campaign", "args": {"campaign_id": "77", "status": "PAUSED"}})
    assert "Status: unknown → PAUSED" in done.text
    assert "77 is the id of an ad set, not of a campaign." in done.text


@pytest.mark.thorough
def test_a_read_that_is_older_than_a_write_is_not_gone_by(graph, fb):
    """A budget was lowered while it was read. What lies between both is a raise, though nothing can be read."""
    tool = started(fb)
    seen(fb)
    known, graph.answers_as_before = graph.reads, True
    graph.hanging.set()
    late = threading.Thread(target=lambda: fb.campaigns.get(CAMPAIGN))
    late.start()
    while graph.reads == known:
        time.sleep(0.01)
    fb.campaigns.update(CAMPAIGN, daily_budget=3000)
    graph.release.set()
    late.join(10)
    args = {"campaign_id": CAMPAIGN, "daily_budget": 4500}
    assert not tool.guard.only_lowers(tool.ops["update_campaign"], args)
    graph.nodes[CAMPAIGN]["daily_budget"] = "3000"
    fb.campaigns.get(CAMPAIGN)
    args["daily_budget"] = 2900
    assert tool.guard.only_lowers(tool.ops["update_campaign"], args), "a read agrees with the write"


def test_after_a_write_of_unknown_outcome_no_read_is_gone_by_for_a_minute():
    now = [datetime(2026, 11, 1, tzinfo=UTC)]
    seen = LastSeen(lambda: now[0])
    node = Campaign.from_api({"id": "7", "status": "ACTIVE", "daily_budget": "6000"})
    seen.doubt("7", ["daily_budget"])
    seen.store(node)
    assert seen.get("7") == {"status": "ACTIVE"}
    now[0] += SETTLED + timedelta(seconds=1)
    seen.store(node)
    assert seen.get("7") == {"status": "ACTIVE", "daily_budget": 6000}


@pytest.mark.thorough
def test_an_outcome_of_a_stop_is_reported_as_it_was(graph, fb, monkeypatch):
    fb.api.owners[CAMPAIGN] = "act_1"
    graph.hanging.set()
    records = []
    tool = FacebookTool(fb, on_write=records.append)
    error = {"error": {"message": "no", "type": "OAuthException", "code": 200, "fbtrace_id": "A"}}
    monkeypatch.setattr(graph, "write", lambda *_: error)
    refused = tool.call({"op": "update_campaign", "args": OPS["update_campaign"][0]})
    assert not refused.ok
    assert refused.error["type"] == "PermissionDeniedError"
    assert [type(record.error).__name__ for record in records] == ["PermissionDeniedError"]
    assert dict(records[0].changes[0].after) == {"status": "PAUSED"}


LOWER = {
    "budget": ("update_campaign", {"campaign_id": CAMPAIGN, "daily_budget": 5999}, {"daily_budget": "5999"}),
    "budget with a currency": (
        "update_campaign",
        {"campaign_id": CAMPAIGN, "daily_budget": "59.99 USD"},
        {"daily_budget": "5999"},
    ),
    "spending limit": ("update_campaign", {"campaign_id": CAMPAIGN, "spend_cap": 80000}, {"spend_cap": "80000"}),
    "bid": ("update_adset", {"adset_id": ADSET, "bid_amount": 299}, {"bid_amount": "299"}),
    "end": (
        "update_adset",
        {"adset_id": ADSET, "end_time": "2026-12-24T17:59:59"},
        {"end_time": "2026-12-24T17:59:59"},
    ),
    "end elsewhere": (
        "update_adset",
        {"adset_id": ADSET, "end_time": "2026-12-24T18:59:59+0100"},
        {"end_time": "2026-12-24T18:59:59+0100"},
    ),
    "pause and less": (
        "update_adset",
        {"adset_id": ADSET, "status": "PAUSED", "daily_budget": 100, "name": "off"},
        {"status": "PAUSED", "daily_budget": "100", "name": "off"},
    ),
    "half": (
        "scale_campaign",
        {"campaign_id": CAMPAIGN, "factor": 0.5, "max_daily_budget": "90.00 USD"},
        {"daily_budget": "3000"},
    ),
    "scaled to an amount": (
        "scale_campaign",
        {"campaign_id": CAMPAIGN, "daily_budget": "45.00 USD", "max_daily_budget": "90.00 USD"},
        {"daily_budget": "4500"},
    ),
    "several": (
        "bulk_update_campaigns",
        {"campaigns": [{"id": CAMPAIGN, "daily_budget": 100}]},
        {"daily_budget": "100"},
    ),
    "half of each ad set": (
        "scale_campaign",
        {"campaign_id": OTHER, "factor": 0.5, "max_daily_budget": "90.00 USD"},
        {"daily_budget": "3000"},
    ),
    "limit of the account": (
        "update_spending_limit",
        {"ad_account_id": "act_1", "spending_limit": "800.00 USD"},
        {"spend_cap": "800.00"},
    ),
}
RAISE = {
    "budget": ("update_campaign", {"campaign_id": CAMPAIGN, "daily_budget": 6001}),
    "bid": ("update_adset", {"adset_id": ADSET, "bid_amount": 301}),
    "later end": ("update_adset", {"adset_id": ADSET, "end_time": "2026-12-24T18:00:01+0000"}),
    "later end elsewhere": ("update_adset", {"adset_id": ADSET, "end_time": "2026-12-24T17:59:59-0100"}),
    "limit of the account, counted anew": (
        "update_spending_limit",
        {"ad_account_id": "act_1", "spending_limit": "800.01 USD"},
    ),
    "account without its limit": (
        "update_spending_limit",
        {"ad_account_id": "act_1", "spend_cap_action": "delete"},
    ),
    "scaled up": ("scale_campaign", {"campaign_id": CAMPAIGN, "factor": 1.1, "max_daily_budget": "90.00 USD"}),
    "one of two": (
        "bulk_update_campaigns",
        {"campaigns": [{"id": CAMPAIGN, "daily_budget": 100, "spend_cap": 90001}]},
    ),
}
MIXES = {
    "pause and raise": (
        "update_campaign",
        {"campaign_id": CAMPAIGN, "status": "PAUSED", "daily_budget": 6001},
        [PAUSED],
    ),
    "pause and audience": (
        "update_adset",
        {"adset_id": ADSET, "status": "PAUSED", "targeting": {"geo_locations": {"countries": ["DE"]}}},
        [PAUSED],
    ),
    "pause and creative": ("update_ad", {"ad_id": AD, "status": "PAUSED", "creative": "7"}, [PAUSED]),
    "several": (
        "bulk_update_campaigns",
        {
            "campaigns": [
                {"id": CAMPAIGN, "status": "PAUSED", "daily_budget": 9000},
                {"id": "7", "status": "ACTIVE"},
                {"id": "8", "status": "PAUSED"},
            ]
        },
        [PAUSED, PAUSED],
    ),
}
SENT_NEXT = {"pause and creative"}
"""Mixes of which the rest needs no plan once it can be read."""


def seen(fb):
    """Read both objects, as a bot does before it changes them."""
    fb.adaccounts.get("act_1")
    fb.currency("act_1")
    fb.campaigns.get(CAMPAIGN)
    fb.adsets.get(ADSET)


@contextmanager
def form_at_once(graph, expected):
    began, known = time.monotonic(), len(graph.forms)
    yield
    assert graph.forms[known:] == [expected]
    assert graph.writes[-1][0] - began < 2.5


@pytest.mark.thorough
@table("name", LOWER, fresh=True)
def test_what_lowers_a_value_that_was_seen_is_sent_at_once(graph, fb, name):
    op, args, expected = LOWER[name]
    tool = started(fb)
    seen(fb)
    graph.hanging.set()
    with form_at_once(graph, expected):
        done = tool.call({"op": op, "args": args})
    assert done.ok, done.text
    assert "could not be read in time" in done.text
    assert "PLAN" not in done.text


@pytest.mark.thorough
@table("name", RAISE, fresh=True)
def test_what_may_raise_a_value_is_never_sent_without_a_plan(graph, fb, name, monkeypatch):
    op, args = RAISE[name]
    tool = started(fb)
    seen(fb)
    held = tool.call({"op": op, "args": args})
    assert "PLAN" in held.text, held.text
    assert graph.writes == []
    monkeypatch.setattr(fb.api, "_retry", lambda *_, **__: pytest.fail("a raise waits for its reads"))
    assert not tool.guard.only_lowers(tool.ops[op], args)


@pytest.mark.thorough
@table("name", MIXES, fresh=True)
def test_a_pause_leaves_before_the_rest_of_its_call(graph, fb, name):
    op, args, expected = MIXES[name]
    tool, results = started(fb), []
    graph.hanging.set()
    call = threading.Thread(target=lambda: results.append(tool.call({"op": op, "args": args})), daemon=True)
    with at_once(graph, *expected):
        call.start()
        until = time.monotonic() + 3
        while len(graph.writes) < len(expected) and time.monotonic() < until:
            time.sleep(0.01)
    graph.release.set()
    call.join(20)
    held = name not in SENT_NEXT
    assert held == ("Done at once, since it only lowers spend:" in results[0].text), results[0].text
    assert results[0].text.count(" → PAUSED") == len(expected)
    assert len(graph.writes) == len(expected) + (not held)


@pytest.mark.thorough
def test_of_several_what_lowers_leaves_and_the_raise_is_held(graph, fb):
    tool = started(fb)
    seen(fb)
    graph.hanging.set()
    rows = [{"id": CAMPAIGN, "daily_budget": 100}, {"id": "7", "daily_budget": 9000}]
    with form_at_once(graph, {"daily_budget": "100"}):
        held = tool.call({"op": "bulk_update_campaigns", "args": {"campaigns": rows}})
    assert "PLAN" in held.text
    assert [change.id for change in held.data.changes] == ["7"]


@pytest.mark.thorough
def test_a_value_seen_too_long_ago_is_not_gone_by(graph, fb, monkeypatch):
    monkeypatch.setattr("admonster_fb.bot.plans.guard.LOOK_FOR_PLAN", 0.5)
    tool = started(fb, policy=SpendPolicy(max_daily_budget="500.00 USD"))
    seen(fb)
    now = fb.now() + LIFETIME + timedelta(seconds=1)
    monkeypatch.setattr(fb.api.last_seen, "_now", lambda: now)
    graph.hanging.set()
    began = time.monotonic()
    refused = tool.call({"op": "update_campaign", "args": {"campaign_id": CAMPAIGN, "daily_budget": 100}})
    assert not refused.ok
    assert "could not be read in time" in refused.text
    assert time.monotonic() - began < 2.5
    assert graph.writes == []


@pytest.mark.thorough
def test_an_amount_that_nothing_is_known_of_gets_a_plan(graph, fb, monkeypatch):
    monkeypatch.setattr("admonster_fb.bot.plans.guard.LOOK_FOR_PLAN", 0.5)
    tool = started(fb)
    graph.hanging.set()
    began = time.monotonic()
    plan = tool.call({"op": "update_campaign", "args": {"campaign_id": CAMPAIGN, "daily_budget": 100}})
    assert time.monotonic() - began < 2.5
    assert "PLAN" in plan.text
    assert "could not be read in time" in plan.text
    assert "| Daily budget: unknown → 100 minor units" in plan.text
    assert plan.data.kinds == ("spend",)
    with form_at_once(graph, {"daily_budget": "100"}):
        assert tool.call({"op": "apply", "args": {"plan_id": plan.data.id}}).ok


@pytest.mark.thorough
@table("policy", [SpendPolicy(), SpendPolicy(needs_plan=(), max_daily_budget="90.00 USD"), NO_PLANS])
@table("budget", ["70.00 USD", "50.00 USD", 7000, 5000])
def test_a_read_that_takes_as_long_as_one_of_meta_s_often_does_is_waited_for(policy, budget):
    """Nothing is known of the campaign, and each read takes longer than a stop would wait."""
    sandbox = Sandbox(latency=LOOK + 0.1)
    [campaign] = [each for each in sandbox.objects("Campaign", "act_1") if each.get("daily_budget")]
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=policy)
    done = tool.call({"op": "update_campaign", "args": {"campaign_id": campaign["id"], "daily_budget": budget}})
    assert done.ok, done.text
    raised = str(budget).startswith("7")
    if policy is NO_PLANS and isinstance(budget, int):
        assert sandbox.object(campaign["id"])["daily_budget"] == str(budget), "any amount is allowed: no need to wait"
        return
    assert f"Daily budget: $60.00 → {'$70.00 USD (+17 %)' if raised else '$50.00 USD (-17 %)'}" in done.text
    held = raised and policy.needs_plan
    assert sandbox.object(campaign["id"])["daily_budget"] == ("6000" if held else "7000" if raised else "5000")


def test_a_policy_of_accounts_waits_to_learn_whose_campaign_it_is():
    sandbox = Sandbox(latency=LOOK + 0.1)
    [campaign] = [each for each in sandbox.objects("Campaign", "act_1") if each.get("daily_budget")]
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=SpendPolicy(accounts=["act_1"]))
    done = tool.call({"op": "update_campaign", "args": {"campaign_id": campaign["id"], "status": "PAUSED"}})
    assert "Status: ACTIVE → PAUSED" in done.text


@pytest.mark.thorough
def test_such_a_plan_is_refused_if_the_state_can_be_read_and_it_is_a_raise(graph, fb):
    tool = started(fb)
    graph.hanging.set()
    plan = tool.call({"op": "update_campaign", "args": {"campaign_id": CAMPAIGN, "daily_budget": 9000}})
    graph.hanging.clear()
    graph.release.set()
    refused = tool.call({"op": "apply", "args": {"plan_id": plan.data.id}})
    assert not refused.ok
    assert refused.error["type"] == "PlanRefused"
    assert graph.writes == []


@pytest.mark.thorough
def test_without_plans_and_limits_an_unknown_amount_is_sent_at_once(graph, fb):
    tool = started(fb, policy=NO_PLANS)
    graph.hanging.set()
    with form_at_once(graph, {"daily_budget": "100"}):
        assert tool.call({"op": "update_campaign", "args": {"campaign_id": CAMPAIGN, "daily_budget": 100}}).ok


@pytest.mark.thorough
def test_one_lowering_after_another_goes_by_what_was_written(graph, fb):
    seen(fb)
    tool = started(fb)
    graph.hanging.set()
    for budget in (5000, 4000):
        with form_at_once(graph, {"daily_budget": str(budget)}):
            done = tool.call({"op": "update_campaign", "args": {"campaign_id": CAMPAIGN, "daily_budget": budget}})
        assert "PLAN" not in done.text
    args = {"campaign_id": CAMPAIGN, "daily_budget": 4500}
    assert not tool.guard.only_lowers(tool.ops["update_campaign"], args)


@pytest.mark.thorough
def test_a_facade_lowers_what_it_has_seen_at_any_limit(graph, fb):
    seen(fb)
    fill(fb, graph, "ads_management", **LIMITS["every limit"][1])
    graph.hanging.set()
    with form_at_once(graph, {"daily_budget": "5000"}):
        fb.campaigns.update(CAMPAIGN, daily_budget=5000)
    with form_at_once(graph, {"daily_budget": "4000"}), fb.batch() as batch:
        item = batch.add(fb.campaigns.update, CAMPAIGN, daily_budget=4000)
    assert item.error is None
    with pytest.raises(RateLimited):
        fb.campaigns.update(CAMPAIGN, daily_budget=4001)


def on_command_line(fb, op, args):
    words = [f"{name}={value}" for name, value in args.items()]
    assert CliRunner().invoke(cli.app, ["call", op, *words]).exit_code == 0


def over_mcp(fb, op, args):
    from mcp import Client

    async def talk():
        async with Client(server(started(fb))) as client:
            return await client.call_tool("facebook", {"op": op, "args": args})

    assert not anyio.run(talk).is_error


def from_flexus(fb, op, args):
    robot = SimpleNamespace(external_auth={"facebook": {"token": {"access_token": "sandbox-stops"}}})
    asyncio.run(FlexusClient(robot, "act_1", connect=lambda _token, _account: fb).run(op, **args))


FACES = {
    "facade": lambda fb, _op, args: fb.campaigns.update(args["campaign_id"], **{k: args[k] for k in list(args)[1:]}),
    "tool": lambda fb, op, args: started(fb).call({"op": op, "args": args}),
    "acall": lambda fb, op, args: asyncio.run(started(fb).acall({"op": op, "args": args})),
    "flexus": from_flexus,
    "mcp": over_mcp,
    "command line": on_command_line,
}


@pytest.mark.thorough
@table("change", [{"status": "PAUSED"}, {"daily_budget": 5000}], ids=["pause", "lower"], fresh=True)
@table("face", FACES, fresh=True)
def test_on_every_face(graph, fb, monkeypatch, tmp_path, face, change):
    monkeypatch.setattr("admonster_fb.client.FacebookAds.from_env", lambda *_, **__: fb)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    fill(fb, graph, "ads_insights", "custom_audience")
    seen(fb)
    if face != "facade":
        started(fb)
    graph.hanging.set()
    FACES[face](fb, "update_campaign", {"campaign_id": CAMPAIGN, **change})
    assert graph.forms == [{name: str(value) for name, value in change.items()}]


@pytest.mark.thorough
@table("face", FACES, fresh=True)
def test_on_every_face_of_a_process_that_has_read_nothing(graph, fb, monkeypatch, tmp_path, face):
    monkeypatch.setattr("admonster_fb.client.FacebookAds.from_env", lambda *_, **__: fb)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    registry()
    graph.hanging.set()
    with at_once(graph, PAUSED):
        FACES[face](fb, "update_campaign", {"campaign_id": CAMPAIGN, "status": "PAUSED"})


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells sleep from waiting for a CPU")
def test_a_pause_on_the_command_line_sleeps_for_no_more_than_its_look(tmp_path, monkeypatch):
    """From the start of the process to its write, with every read hanging."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    asleep = [pause.measured(pause.CALL, str(tmp_path))[2] for _ in range(3)]
    assert min(asleep) < LOOK + CONNECT + LOG_WAIT, asleep


class HangingStore(MemoryUsageStore):
    """A shared meter whose server accepts connections and never answers."""

    hanging = False

    def take(self, key, limit, window, now):
        if self.hanging:
            time.sleep(1.0)
        return super().take(key, limit, window, now)


def test_a_stop_does_not_wait_for_a_shared_meter(graph):
    settings = Settings(endpoint=f"http://127.0.0.1:{graph.server_port}", timeout=(2.0, 30.0))
    store = HangingStore()
    with FacebookAds("sandbox-stops", "act_1", settings=settings, usage_store=store) as fb:
        seen(fb)
        store.hanging = True
        began = time.monotonic()
        fb.campaigns.update(CAMPAIGN, status="PAUSED")
        fb.campaigns.update(CAMPAIGN, daily_budget=5000)
        assert graph.writes[-1][0] - began < 0.9


def test_closing_waits_for_no_batch_of_reads(graph):
    settings = Settings(endpoint=f"http://127.0.0.1:{graph.server_port}", timeout=(2.0, 30.0))
    fb = FacebookAds("sandbox-stops", "act_1", settings=settings)
    graph.hanging.set()
    batch = fb.batch()
    batch.add(fb.campaigns.get, CAMPAIGN)
    threading.Thread(target=batch.run, daemon=True).start()
    while not graph.reads:
        time.sleep(0.01)
    began = time.monotonic()
    fb.close()
    assert time.monotonic() - began < 1
    graph.release.set()
