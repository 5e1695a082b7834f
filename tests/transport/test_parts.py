"""Small parts of the transport, each by what it returns."""

from __future__ import annotations

import io
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.campaign import Campaign as SdkCampaign
from facebook_business.api import FacebookAdsApi

from admonster_fb import FacebookAds, errors
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport import answers, recovery, request, sdk_adapter, session
from admonster_fb.transport.account_cache import ExpiringCache, KeyedLocks
from admonster_fb.transport.api import CHECK, decode
from admonster_fb.transport.batch import entry_of
from admonster_fb.transport.clock import SystemClock
from admonster_fb.transport.form import Form, Slice, form
from admonster_fb.transport.last_seen import LastSeen, Recent
from admonster_fb.transport.many_accounts import Gathered
from admonster_fb.transport.observability import Observer, RequestEvent, bound, collect_trace_ids, harmless, span
from admonster_fb.transport.paging import Ahead, PageStore, is_too_much_data, named_fields
from admonster_fb.transport.patience import started, within
from admonster_fb.transport.rate_limits import MemoryUsageStore, UsageSample, regain_seconds, use_case
from admonster_fb.transport.request import Call
from admonster_fb.transport.retry import Quota, Retry
from admonster_fb.transport.turn import end_turn, has_turn, turn
from admonster_fb.transport.video_upload import is_uploaded, report_uploads

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
POST_7 = Call("POST", ("7",))
SDK = FacebookAdsApi(None)
AUTH = session.TokenAuth("EAAB")
BUSY = errors.TransientError(code=2, message="Busy")
LOST = errors.OutcomeUnknown(request="POST 7", check=CHECK)


def test_what_a_part_returns() -> None:
    rows: list[tuple[Any, Any]] = [  # within the test: `mutate.py` collects before it changes anything
        ([*map(answers.is_id, ("12", 1.2e17, "", True, "0"))], [True, False, False, False, False]),
        ([*map(answers.is_comment_id, ("12_3", "12"))], [True, False]),
        ([*map(answers.count, ("12", None, []))], [12, 0, 0]),
        (answers.only_validates(Call("POST", ("act_1", "ads"), {"execution_options": ["validate_only"]})), True),
        (answers.stored_name("  Sale  US "), "Sale US"),
        (entry_of(Call("GET", ("7",), {"fields": "id,name"})), {"method": "GET", "relative_url": "7?fields=id%2Cname"}),
        (
            answers.mismatch(Call("GET", ("12",)), {"id": "11"}),
            "another object (11)",
        ),
        (answers.mismatch(Call("POST", ("12",)), {"success": True}), ""),
        (named_fields(Call("GET", ("act_1", "ads"), {"fields": "name,creative{id,name}"})), ["id", "name", "creative"]),
        (SystemClock().now().utcoffset(), timedelta()),
        (form({"name": "a"}, {"source": b"PNG"}), None),
        (RequestEvent("GET", "act_1/campaigns", attempt=1).status, None),
        (is_too_much_data(errors.TransientError(code=1, http_status=500)), True),
        (regain_seconds({}), None),
        (UsageSample(100, at=NOON, since=NOON).opens(), NOON + timedelta(minutes=1)),
        (use_case(Call("GET", ("act_1", "insights"))), "ads_insights"),
        (use_case(Call("POST", ("7",), {"status": "PAUSED"})), "ads_management"),
        (recovery.Lost(LOST, NOON, NOON).crashed, False),
        (
            recovery.CREATE_LOOKUPS["ads"].description,
            "the same `name`, `adset_id` at the `ads` of `adset_id`, created since the first send",
        ),
        ([*map(recovery.is_ambiguous, (errors.APIError(code=10), LOST))], [False, True]),
        (getattr(recovery.as_lost(BUSY, POST_7).answer, "code", None), 2),
        (Call("GET", ("act_1", "campaigns"), {"limit": 5}).name, "GET act_1/campaigns"),
        ([Call("POST", request.OAUTH).is_read, POST_7.is_read], [True, False]),
        (
            [Call("DELETE", ("7",)).is_stop, Call("POST", ("7",), {"status": "ACTIVE"}, kind="Ad").is_stop],
            [True, False],
        ),
        (Call.of(SdkCampaign("7", api=SDK).api_get(pending=True), {}, ["id"]).name, "GET 7"),
        (
            request.encode({"name": "Sale", "limit": 5, "special_ad_categories": [], "note": None}),
            {"name": "Sale", "limit": "5", "special_ad_categories": "[]"},
        ),
        (
            sdk_adapter.prepared(AdAccount("act_1", api=SDK).get_campaigns(pending=True)),
            sdk_adapter.PreparedRequest("GET", ("act_1", "campaigns"), "Campaign"),
        ),
        (
            sdk_adapter.parameters(SdkCampaign("1", api=SDK).api_update(pending=True))[0]["daily_budget"],
            "unsigned int",
        ),
        (sdk_adapter.readable_fields(SdkCampaign)["daily_budget"], "string"),
        (sdk_adapter.why_refused("AdSetCreate", "date_format"), "Meta refuses it since v26"),
        ([name in sdk_adapter.known_names("AdSetCreate") for name in ("topline_id", "date_format")], [True, False]),
        (sdk_adapter.known_names("Tree"), frozenset()),
        ("PURCHASE" in sdk_adapter.known_values("AdPromotedObject", "custom_event_type"), True),
        (sdk_adapter.known_values("AdSetCreate", "name"), frozenset()),
        (sdk_adapter.offered_values("CampaignUpdate", "smart_promotion_type"), {"GUIDED_CREATION"}),
        (sdk_adapter.listed("adpromotedobject.AdPromotedObject")["page_id"], "string"),
        (AUTH.params(reading=True, where="header"), {}),
        (AUTH.reveal(), "EAAB"),
        (repr(session.Credentials("EAAB").current()), "TokenAuth(…)"),
        (repr(session.Credentials("EAAB").derived("EAAC")), "TokenAuth(…)"),
        (session.is_local("http://127.0.0.1:8026", in_process=False), True),
        (within(5, lambda: 7), 7),
        (started(lambda: 7, 5).result(), 7),
    ]
    assert [row for row in rows if row[0] != row[1]] == []


def test_endpoints_for_tokens_and_secrets_of_meta() -> None:
    session.check_endpoint(session.META, "EAAB", in_process=False)
    session.check_app(session.META, "secret", in_process=False)


def test_a_session_and_its_credentials() -> None:
    credentials = session.Credentials("EAAB")
    credentials.refused(errors.APIError(code=190), AUTH)
    assert credentials.renew("EAAC") is credentials.current()
    connection = session.Session(session.Settings(), credentials)
    with connection.request(reading=True, stop=False) as connections:
        assert connections.verify is not None
    connection.close()
    assert connection.GRAPH == "https://graph.facebook.com"


def test_a_path_in_place_of_an_id_is_refused() -> None:
    with pytest.raises(errors.ParameterError, match=r'id: given "1_2/../act_1"; allowed: an ID or the name of an edge'):
        Call("POST", ("1_2/../act_1",))


def test_retries_of_a_quota_and_counts_of_a_store() -> None:
    quota, store = Quota(), MemoryUsageStore()
    assert [quota.take() for _ in range(4)] == [True, True, True, False]
    assert Retry(SystemClock())(lambda attempt: attempt, reading=True) == 1
    assert [store.take("writes:act_1", 1, 60.0, now) for now in (0.0, 15.0, 61.0)] == [0.0, 45.0, 0.0]


def test_what_is_kept_for_a_while() -> None:
    cache = ExpiringCache[str](timedelta(minutes=1), 100, lambda: NOON)
    cache.put("7", "Sale")
    recent = Recent[str, int](2)
    for key in "abc":
        recent[key] = 1
    seen = LastSeen(lambda: NOON)
    seen.store(Campaign.from_api({"id": "7", "name": "Sale", "daily_budget": "5000"}))
    assert (cache.get("7"), cache.get("8"), [*recent]) == ("Sale", None, ["b", "c"])
    assert seen.get("7") == {"daily_budget": 5000}


def test_locks_by_key_and_turns() -> None:
    locks = KeyedLocks()
    with locks("act_1"), locks("act_2"):
        assert len(locks) == 2
    with turn():
        assert has_turn()
        end_turn()
        assert not has_turn()


def test_a_form_reads_its_slice() -> None:
    part = Slice(io.BytesIO(b"0123456789"), "a.mp4", start=2, length=4)
    body = Form({"phase": "transfer"}, {"chunk": part})
    content = body.read()
    assert b"2345" in content
    assert len(content) == len(body)


def test_observers_and_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    paths = list[str]()
    shown = ContextVar("shown", default=1)
    Observer(on_request=lambda event: paths.append(event.path)).before(RequestEvent("GET", "act_1", 1))
    with span("GET", "act_1"), bound(shown, 2), report_uploads(lambda *_: None), harmless("a meter failed"):
        paths.append(str(shown.get()))
        raise OSError("broken")
    with request.lowering(risk=True):
        assert Call("POST", ("7",), {"daily_budget": 100}, kind="AdSet").is_stop
    with collect_trace_ids() as ids:
        Observer().after(RequestEvent("POST", "act_1/campaigns", 1, 200, fbtrace_id="AbC"))
    assert (paths, shown.get(), ids) == (["act_1", "2"], 1, ["AbC"])


def test_pages_that_are_stored_and_requested_ahead(tmp_path: Path) -> None:
    ahead, store = Ahead[int](), PageStore(tmp_path)
    ahead.request = lambda: 7
    ahead.start()
    assert (ahead.take(), store.pages) == (7, 0)
    store.close()


def test_stored_pages_are_read_again_without_a_request(tmp_path: Path) -> None:
    sandbox = Sandbox()
    fb, store = FacebookAds.sandbox(sandbox), PageStore(tmp_path)
    calls = [Call("GET", (account,), {"fields": "currency"}) for account in ("act_1", "act_2")]
    first = [store.send(fb.api, call, decode) for call in calls]
    sandbox.journal.clear()
    assert [store.send(fb.api, call, decode) for call in calls] == first
    assert (store.pages, len(sandbox.journal)) == (2, 0)
    store.close()


def test_parts_of_a_connection() -> None:
    fb = FacebookAds.sandbox(Sandbox())
    fb.usage.reset()
    fb._transport.forget_unfinished(0)
    batch = fb.batch()
    item = batch.add(fb.adaccounts.get, "act_2")
    batch.run()
    assert (fb.usage.wait("act_1"), item.result().currency) == (0.0, "JPY")
    assert fb.api.send(Call("GET", ("act_2",), {"fields": "currency"}), decode)["currency"] == "JPY"
    assert not is_uploaded(fb.api, Call("POST", ("act_1", "advideos")), "7")
    user = fb.api.connection.credentials.in_use
    assert Gathered(fb.api)(Call("GET", ("act_1",)), user) is None  # alone: no batch
