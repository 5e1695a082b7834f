"""Absence is not proof, a refusal is a refusal, and an answer is compared with its question."""

from __future__ import annotations

import itertools
import json
import logging
from contextlib import nullcontext
from datetime import timedelta

import pytest
import requests
from sandboxes import WrongClock
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, OutcomeUnknown
from admonster_fb.sandbox import GraphError, Http, LostResponse, Queued, Repeated, Shuffled, Swapped, png
from admonster_fb.transport import observability, recovery
from admonster_fb.transport.recovery import CREATE_LOOKUPS

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
ADSET = {
    "name": "US",
    "daily_budget": 1000,
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "optimization_goal": "REACH",
    "billing_event": "IMPRESSIONS",
    "targeting": TARGETING,
}


class Answer:
    """Changes the next good answers to a call of one method."""

    def __init__(self, sandbox, method, change, path="", times=1):
        self.sandbox, self.method, self.change, self.path, self.times = sandbox, method, change, path, times
        sandbox.hooks.append(self)

    def before(self, request):
        return None

    def after(self, request, response):
        if request.method == self.method and response.status == 200 and request.path.endswith(self.path):
            self.times -= 1
            if not self.times:
                self.sandbox.hooks.remove(self)
            self.change(response)
        return response


def body(value, status=None):
    def change(response):
        response.body = json.dumps(value).encode()
        response.status = status or response.status

    return change


def test_looks_become_rarer(fb, sandbox, sent):
    sandbox.hide_new(90, 90, 1)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    with pytest.raises(OutcomeUnknown):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert 5 <= sent("GET", "act_1/campaigns") <= 8


@pytest.mark.thorough
@table("delay", [0, 8, 30, 59, 60], fresh=True)
@table("kind", ["campaigns", "adsets", "ads"], fresh=True)
def test_an_object_that_shows_late_is_made_once(fb, sandbox, sent, kind, delay):
    make = makers(fb)[kind]
    sandbox.hide_new(delay)
    sandbox.fail_next(f"POST act_*/{kind}", LostResponse())
    before = sent("POST", f"act_1/{kind}")
    made = make()
    assert sent("POST", f"act_1/{kind}") == before + 1
    assert dict(fb.adopted) == {made.id: f"POST act_1/{kind}"}


def makers(fb):
    campaign = fb.campaigns.create("act_1", **{**CAMPAIGN, "name": "Parent"})
    adset = fb.adsets.create("act_1", **{**ADSET, "name": "Parent", "campaign_id": campaign.id})
    image = fb.adimages.create("act_1", bytes=png(600, 600))
    spec = {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": image.hash}}
    creative = fb.adcreatives.create("act_1", object_story_spec=spec)
    return {
        "campaigns": lambda **more: fb.campaigns.create("act_1", **{**CAMPAIGN, **more}),
        "adsets": lambda **more: fb.adsets.create("act_1", **{**ADSET, "campaign_id": campaign.id, **more}),
        "ads": lambda **more: fb.ads.create(
            "act_1", **{"name": "A", "adset_id": adset.id, "creative": {"creative_id": creative.id}, **more}
        ),
    }


def test_one_that_shows_after_settle_is_unknown_and_made_once(sandbox):
    with FacebookAds.sandbox(sandbox, settle=20) as fb:
        sandbox.hide_new(21)
        sandbox.fail_next("POST act_*/campaigns", LostResponse())
        with pytest.raises(OutcomeUnknown, match="within 20 s"):
            fb.campaigns.create("act_1", **CAMPAIGN)
        sandbox.sleep(60)
        assert len(fb.campaigns.list("act_1")) == 1


def test_a_queued_create_is_found_when_it_is_done(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", Queued(30))
    made = fb.campaigns.create("act_1", **CAMPAIGN)
    assert [each.id for each in fb.campaigns.list("act_1")] == [made.id]
    assert sent("POST", "act_1/campaigns") == 1


@pytest.mark.thorough
@table("kind", ["campaigns", "adsets", "ads"], fresh=True)
@table("name", ["Sale", " Sale  ", "Été  50 %\t", "\u00a0Sale", "🎈 Sale 🎈 "], fresh=True)
def test_what_meta_rewrites_is_found_all_the_same(fb, sandbox, sent, kind, name):
    make = makers(fb)[kind]
    sandbox.rewrite()
    sandbox.fail_next(f"POST act_*/{kind}", LostResponse())
    assert make(name=name).id
    sandbox.check_spent()


@pytest.mark.thorough
def test_a_rewritten_goal_is_no_lost_update(fb, sandbox, sent):
    adset = makers(fb)["adsets"](optimization_goal="LINK_CLICKS")
    sandbox.rewrite()
    sandbox.fail_next(f"POST {adset.id}", LostResponse())
    fb.adsets.update(adset.id, optimization_goal="REACH", name=" New ")
    assert sent("POST", adset.id) == 1


@table("edge", sorted(CREATE_LOOKUPS))
def test_no_lookup_compares_what_meta_rewrites(edge):
    rule = CREATE_LOOKUPS[edge]
    assert set(rule.same) <= {
        "name",
        "title",
        "message",
        "campaign_id",
        "adset_id",
        "daily_budget",
        "lifetime_budget",
        "spend_cap",
    }


REFUSALS = [(100, 1487390), (100, 1487833), (100, 1885272), (2601, 1815107), (368, None), (10, None), (9999, 1)]


@pytest.mark.thorough
@table(("code", "subcode"), REFUSALS, fresh=True)
def test_a_refusal_is_raised_at_once_with_metas_words(fb, sandbox, sent, code, subcode):
    title, text = "Adcreative Create Failed", "Oops"
    error = GraphError(code, subcode, message="Refused", http_status=400, user_title=title, user_msg=text)
    sandbox.fail_next("POST act_*/campaigns", error)
    with pytest.raises(FacebookAdsError) as caught:
        fb.campaigns.create("act_1", **CAMPAIGN)
    raised = caught.value
    assert not isinstance(raised, OutcomeUnknown)
    assert (raised.code, raised.error_subcode) == (code, subcode)
    assert (raised.error_user_title, raised.error_user_msg) == (title, text)
    assert raised.fbtrace_id
    assert (sent("POST", "act_1/campaigns"), sent("GET", "act_1/campaigns")) == (1, 0)


@pytest.mark.parametrize("code", [1, 2])
def test_codes_that_leave_it_open_keep_metas_words(fb, sandbox, code):
    error = GraphError(
        code, 1504044, message="Service unavailable", http_status=500, user_title="Later", user_msg="Try later."
    )
    sandbox.fail_next("POST act_*/campaigns", error)
    with pytest.raises(
        OutcomeUnknown, match=rf"Service unavailable \(code {code}, subcode 1504044\)\. Later"
    ) as caught:
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert caught.value.answer.code == code
    assert caught.value.answer.fbtrace_id in str(caught.value)


NOT_CREATED = [
    {},
    {"id": None},
    {"id": ""},
    {"id": 1.2e17},
    {"id": {}},
    {"id": "12a"},
    {"success": True},
    {"id": True},
    *({"id": number} for number in ("0", 0, -5, "9" * 400, "\u0667\u0667", " 77", "act_77")),
    *({"error": odd} for odd in ({}, None, "Oops", [1], {"message": "Oops", "type": "OAuthException"})),
    {"id": "77", "name": "Another"},
    {"id": "77", "account_id": "2"},
]


@pytest.mark.thorough
@table("answer", NOT_CREATED, ids=str, fresh=True)
@table("batched", [False, True], fresh=True)
def test_an_answer_that_names_no_new_object_of_ours_is_lost_and_looked_up(fb, sandbox, sent, answer, batched):
    Answer(sandbox, "POST", body(answer), "campaigns")
    if batched:
        with fb.batch() as batch:
            item = batch.add(fb.campaigns.create, "act_1", **CAMPAIGN)
        made = item.result()
    else:
        made = fb.campaigns.create("act_1", **CAMPAIGN)
    assert [each.id for each in fb.campaigns.list("act_1")] == [made.id]
    assert sent("POST", "act_1/campaigns") == 1


@pytest.mark.thorough
@table(
    "answer",
    [{}, {"success": None}, {"success": "false"}, {"success": "true"}, {"id": "11"}, {"id": "11", "success": True}],
    ids=str,
    fresh=True,
)
def test_a_change_that_is_not_answered_true_is_looked_up(fb, sandbox, sent, answer):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    Answer(sandbox, "POST", body(answer), campaign.id)
    fb.campaigns.update(campaign.id, name="New")
    assert sent("GET", campaign.id) == 1
    assert sent("POST", campaign.id) == 1


@pytest.mark.thorough
@table("answer", [{"id": "11", "name": "Other"}, {}, {"name": "Other"}, {"data": []}], ids=str, fresh=True)
def test_a_read_of_another_object_is_asked_again(fb, sandbox, sent, answer):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    Answer(sandbox, "GET", body(answer), campaign.id)
    assert fb.campaigns.get(campaign.id).name == "Sale"


@pytest.mark.thorough
@table("status", [200, 400, 403, 500], fresh=True)
@table("change", ["update", "delete"], fresh=True)
def test_a_change_answered_with_an_error_without_a_code_is_looked_up(fb, sandbox, sent, change, status):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    Answer(sandbox, "POST" if change == "update" else "DELETE", body({"error": "Oops"}, status), campaign.id)
    fb.campaigns.update(campaign.id, name="New") if change == "update" else fb.campaigns.delete(campaign.id)
    assert sent("POST", campaign.id) + sent("DELETE", campaign.id) == 1


@table("status", [200, 400, 403, 500], fresh=True)
def test_a_write_that_has_no_lookup_and_gets_an_error_without_a_code_is_unknown(fb, sandbox, sent, status):
    Answer(sandbox, "POST", body({"error": "Oops"}, status), "subscribed_apps", times=9)
    with pytest.raises(OutcomeUnknown):
        fb.webhooks.subscribe_account("act_1", "880000000000001")
    assert sent("POST", "act_1/subscribed_apps") == 1
    sandbox.hooks.clear()


def test_a_currency_of_another_account_is_not_cached(fb, sandbox):
    Answer(sandbox, "GET", body({"id": "act_2", "currency": "JPY"}), "act_1")
    Answer(sandbox, "GET", body({"currency": "JPY"}), "act_1")
    assert fb._transport.account_facts("act_1").currency == "USD"


def test_a_repeated_answer_is_not_a_second_object(fb, sandbox):
    first = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next("POST act_*/campaigns", Repeated())
    second = fb.campaigns.create("act_1", **CAMPAIGN)
    assert second.id != first.id
    assert second.id in fb.adopted


@pytest.mark.thorough
@table("field", ["campaign_id", "daily_budget", "account_id", "name"], fresh=True)
def test_an_answer_with_another_parent_budget_account_or_name_is_looked_up(fb, sandbox, sent, field):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN).id

    def write(response):
        response.body = json.dumps({**json.loads(response.body), "id": "77", field: "4711"}).encode()

    Answer(sandbox, "POST", write, "act_1/adsets")
    made = fb.adsets.create("act_1", **ADSET, campaign_id=campaign)
    assert [*fb.adopted] == [made.id] == [adset["id"] for adset in sandbox.objects("AdSet")]
    assert sent("POST", "act_1/adsets") == 1


def test_images_of_a_batch_that_come_in_another_order_are_told_by_their_files(fb, sandbox, tmp_path):
    files = [tmp_path / f"{color}.png" for color in (10, 200)]
    for file in files:
        file.write_bytes(png(600, 600, (int(file.stem), 0, 0)))
    hashes = [fb.adimages.create("act_1", filename=str(file)).hash for file in files]
    sandbox.fail_next("POST /", Shuffled())
    with fb.batch() as batch:
        items = [batch.add(fb.adimages.create, "act_1", filename=str(file)) for file in files]
    assert [item.result().hash for item in items] == hashes


def test_a_swapped_answer_is_not_taken(sandbox, fb):
    stranger = sandbox.session(sandbox.issue_token())
    form = {"name": "Other", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": "[]", "fields": "name"}
    form["is_adset_budget_sharing_enabled"] = "false"
    theirs = stranger.post("https://graph.facebook.com/act_1/campaigns", form).json()["id"]
    sandbox.fail_next("POST act_*/campaigns", Swapped())
    ours = fb.campaigns.create("act_1", **CAMPAIGN)
    assert ours.id != theirs
    assert ours.name == "Sale"


def test_answers_of_a_batch_in_another_order_are_not_taken(fb, sandbox):
    campaigns = [fb.campaigns.create("act_1", **{**CAMPAIGN, "name": f"Old {number}"}).id for number in range(2)]
    sandbox.fail_next("POST /", Shuffled())
    with fb.batch() as batch:
        made = [batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": name}) for name in ("A", "B", "C")]
        read = [batch.add(fb.campaigns.get, campaign) for campaign in campaigns]
    assert [item.result().name for item in made] == ["A", "B", "C"]
    assert [item.result().id for item in read] == campaigns
    assert len(fb.campaigns.list("act_1")) == 5


ODD_ITEMS = [
    None,
    7,
    "text",
    [],
    {},
    {"code": "x", "headers": 5, "body": 7},
    {"code": 200, "headers": [7], "body": "{"},
]


def test_the_success_of_another_call_of_a_batch_is_not_taken(fb, sandbox):
    """A delete that is done gets the refusal of a create, and the create `success: true`."""
    campaign = fb.campaigns.create("act_1", **CAMPAIGN).id
    sandbox.fail_next("POST act_*/campaigns", GraphError(100))

    def turn(response):
        response.body = json.dumps(json.loads(response.body)[::-1]).encode()

    spoil_batch(sandbox, turn)
    with fb.batch() as batch:
        gone = batch.add(fb.campaigns.delete, campaign)
        made = batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": "C"})
    assert gone.error is None
    assert isinstance(made.error, OutcomeUnknown)


def spoil_batch(sandbox, change):
    """Change the answer to the next batch."""
    original = sandbox._whole_batch

    def whole(request):
        sandbox._whole_batch = original
        response = original(request)
        change(response)
        return response

    sandbox._whole_batch = whole


def test_more_answers_than_calls_of_a_batch_are_nobodys(fb, sandbox):
    """With one too many in front, a refused change would be told done."""
    ids = [fb.campaigns.create("act_1", **{**CAMPAIGN, "name": name}).id for name in ("A", "B")]
    sandbox.fail_next(f"POST {ids[1]}", GraphError(100), times=2)

    def one_more(response):
        answers = json.loads(response.body)
        response.body = json.dumps([answers[0], *answers]).encode()

    spoil_batch(sandbox, one_more)
    with fb.batch() as batch:
        first, second = (batch.add(fb.campaigns.update, each, name="New") for each in ids)
    assert (first.error, second.error.code) == (None, 100)


def test_of_a_batch_with_too_few_answers_the_rest_alone_is_sent_again(fb, sandbox, sent):
    ids = [fb.campaigns.create("act_1", **{**CAMPAIGN, "name": name}).id for name in ("A", "B")]

    def too_few(response):
        response.body = json.dumps(json.loads(response.body)[:1]).encode()

    spoil_batch(sandbox, too_few)
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.get, each, fields=["name"]) for each in ids]
    assert [item.result().name for item in items] == ["A", "B"]
    assert [sent("GET", each) for each in ids] == [1, 2]


@pytest.mark.thorough
@table("odd", ODD_ITEMS, ids=str, fresh=True)
def test_one_odd_item_of_a_batch_leaves_no_other_unsettled(fb, sandbox, odd):
    def spoil(response):
        rows = json.loads(response.body)
        rows[1] = odd
        response.body = json.dumps(rows).encode()

    spoil_batch(sandbox, spoil)
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": name}) for name in ("A", "B", "C")]
    assert [item.result().name for item in items] == ["A", "B", "C"]
    assert len(fb.campaigns.list("act_1")) == 3


ODD_HEADERS = [
    '{"1": [{"type": "ads_management", "call_count": 1, "estimated_time_to_regain_access": 1e11}]}',
    '{"1": [{"type": "ads_management", "call_count": 1, "estimated_time_to_regain_access": 1e7}]}',
    "[" * 100_000,
    '{"1": [{"type": {"a": []}, "call_count": {"b": 1}}]}',
    '{"1": [{"type": "ads_management", "call_count": 1e400}]}',
    '{"1": [{"type": "ads_management", "call_count": NaN}]}',
    '{"1": {"call_count": 5}}',
    "null",
    "{",
]


@pytest.mark.thorough
@table("header", ODD_HEADERS, ids=lambda text: text[:70], fresh=True)
@table("name", ["x-business-use-case-usage", "x-app-usage", "x-ad-account-usage", "date"], fresh=True)
def test_an_odd_header_costs_no_write_its_id(fb, sandbox, header, name):
    Answer(sandbox, "POST", lambda response: response.headers.update({name: header}), "campaigns")
    assert fb.campaigns.create("act_1", **CAMPAIGN).id
    assert fb.campaigns.create("act_1", **{**CAMPAIGN, "name": "Next"}).id
    assert fb.adopted == {}


def test_hooks_logs_and_meters_that_fail_cost_no_write_its_id(sandbox):
    def fail(*_):
        raise RuntimeError("broken")

    handler = logging.Handler()
    handler.emit = fail
    logger = logging.getLogger("admonster_fb")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with FacebookAds.sandbox(sandbox, on_request=fail, on_response=fail) as fb:
            fb.usage.record_headers = fb.usage.highest = fail
            assert fb.campaigns.create("act_1", **CAMPAIGN).id
            fb._transport.cache.remember = fail
            assert fb.campaigns.create("act_1", **{**CAMPAIGN, "name": "Next"}).id
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class Tracer:
    """A tracer whose spans fail when they are opened, entered or left."""

    def __init__(self, at):
        self.at = at

    def start_as_current_span(self, *_args, **_options):
        return self._step("opened")

    def __enter__(self):
        return self._step("entered")

    def __exit__(self, *_error):
        return self._step("left")

    def _step(self, step):
        if step == self.at:
            raise RuntimeError("broken")
        return self


@table("at", ["opened", "entered", "left"], fresh=True)
def test_a_span_that_fails_costs_no_write_its_id(fb, sent, monkeypatch, at):
    monkeypatch.setattr(observability, "_tracer", lambda: Tracer(at))
    assert fb.campaigns.create("act_1", **CAMPAIGN).id
    assert sent("GET", "act_1/campaigns") == 0


@pytest.mark.thorough
@table("name", ["{result=item0:$.success}", "{result=item0:$.id} sale", "{RESULT=x:$.y}", "{result="], fresh=True)
def test_a_template_in_data_is_data(fb, sandbox, name):
    with fb.batch() as batch:
        first = batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": "First"})
        second = batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": name})
        adset = batch.add(fb.adsets.create, "act_1", **{**ADSET, "name": name, "campaign_id": second.ref()})
    assert [item.result().name for item in (first, second, adset)] == ["First", name, name]
    assert adset.result().campaign_id == second.result().id


@pytest.mark.parametrize("name", ["{result=x:$.id}", "{result="])
def test_a_template_beside_a_reference_of_ours_is_data(fb, name):
    with fb.batch() as batch:
        campaign = batch.add(fb.campaigns.create, "act_1", **CAMPAIGN)
        adset = batch.add(fb.adsets.create, "act_1", **{**ADSET, "name": name, "campaign_id": campaign.ref()})
    assert (adset.result().name, adset.result().campaign_id) == (name, campaign.result().id)


@table("number", range(3), fresh=True)
def test_a_template_in_an_answer_is_data_too(fb, number):
    """It names an item of the request in which the answer is filled in."""
    name = f"{{result=item{number}:$.id}}"
    with fb.batch() as batch:
        first = batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": name})
        batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": "Between"})
        last = batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": first.ref("$.name")})
    assert last.result().name == name


@pytest.mark.thorough
@pytest.mark.parametrize("refused", [False, True])
def test_a_lost_create_is_found_beyond_the_first_page(fb, sandbox, refused):
    with fb.batch() as batch:
        for number in range(230):
            batch.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": f"Sale {number}"}, fields=["id"])
    sandbox.sleep(60)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    made_before = {each["id"] for each in sandbox.objects("Campaign")}
    if refused:
        sandbox.fail_next("GET act_*/campaigns", GraphError(100, message="(#100) Filtering is not supported"))
    with FacebookAds.sandbox(sandbox) as late:
        # Newer ones of another process push it to the second page.
        original = late._transport.recovery._find

        def find(*args):
            with fb.batch() as more:
                for number in range(230):
                    more.add(fb.campaigns.create, "act_1", **{**CAMPAIGN, "name": f"Sale {number}"}, fields=["id"])
            return original(*args)

        late._transport.recovery._find = find
        made = late.campaigns.create("act_1", **CAMPAIGN)
    assert made.name == "Sale"
    assert made.id not in made_before


@pytest.mark.thorough
@table(
    "page",
    [
        {"data": {"a": 1}},
        {"data": [], "paging": [1]},
        {"data": [], "paging": {"cursors": "x", "next": "y"}},
        {"data": [], "paging": {"cursors": {"after": "x"}, "next": "y"}},
    ],
    fresh=True,
)
def test_with_a_damaged_page_the_search_ends_in_unknown(fb, sandbox, sent, page):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    Answer(sandbox, "GET", body(page), "act_1/campaigns", times=99)
    with pytest.raises(OutcomeUnknown, match="looking failed too"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert sent("POST", "act_1/campaigns") == 1
    sandbox.hooks.clear()


@pytest.mark.parametrize("cursors", [["a", "b"], range(10**9)], ids=["in a circle", "new for ever"])
def test_pages_without_an_end_end_the_search(fb, sandbox, sent, monkeypatch, cursors):
    monkeypatch.setattr(recovery, "MAX_PAGES", 20)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    following = itertools.cycle(cursors)

    def write(response):
        response.body = json.dumps({"data": [], "paging": {"cursors": {"after": str(next(following))}, "next": "x"}})
        response.body = response.body.encode()

    Answer(sandbox, "GET", write, "act_1/campaigns", times=10**9)
    with pytest.raises(OutcomeUnknown, match="looking failed too"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert sent("GET", "act_1/campaigns") < 300
    sandbox.hooks.clear()


def test_what_was_adopted_is_not_adopted_again(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    first = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next("POST act_*/campaigns", Http(503, ""))
    with pytest.raises(OutcomeUnknown, match="no proof"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert [*fb.adopted] == [first.id]


AN_HOUR_AGO = "2026-11-01T11:00:00"
TIMES = [AN_HOUR_AGO, f"{AN_HOUR_AGO}+0000", None, "yesterday", "1793538000", 10**15, [], {}, True, "2026-99-99"]


@pytest.mark.thorough
@table("time", TIMES, ids=repr, fresh=True)
def test_an_object_that_does_not_say_that_it_is_new_is_not_adopted(fb, sandbox, sent, time):
    """An old one of the same name, whose time of creation cannot be read, would hide that nothing was created."""
    sandbox.fail_next("POST act_*/campaigns", Http(503, ""))
    old = {"id": "77", "name": CAMPAIGN["name"], "account_id": "1", "created_time": time}
    Answer(sandbox, "GET", body({"data": [old]}), "act_1/campaigns", times=99)
    with pytest.raises(OutcomeUnknown, match="no proof"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert (sent("POST", "act_1/campaigns"), fb.adopted) == (1, {})
    sandbox.hooks.clear()


@pytest.mark.thorough
@table("other", [{"daily_budget": "2000"}, {"account_id": "2"}, {"name": "Sale 2"}], ids=repr, fresh=True)
def test_a_new_object_that_differs_from_what_was_sent_is_not_adopted(fb, sandbox, sent, other):
    """The answer to the search may be another account's, or the object another process's."""
    sandbox.fail_next("POST act_*/campaigns", Http(503, ""))
    same = {"id": "77", "name": "Sale", "account_id": "1", "daily_budget": "1000"}
    new = {**same, "created_time": sandbox.now().isoformat()}
    Answer(sandbox, "GET", body({"data": [{**new, **other}]}), "act_1/campaigns", times=99)
    with pytest.raises(OutcomeUnknown, match="no proof"):
        fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=1000)
    assert (sent("POST", "act_1/campaigns"), fb.adopted) == (1, {})
    sandbox.hooks.clear()


@pytest.mark.parametrize(("method", "times"), [("POST", 2), ("DELETE", 1)])
def test_of_what_is_not_there_a_delete_has_happened_and_an_update_has_not(fb, sandbox, sent, method, times):
    made = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next(f"{method} {made.id}", Http(503, ""))
    sandbox.fail_next(f"GET {made.id}", GraphError(100, 33))
    if method == "POST":
        fb.campaigns.update(made.id, name="New")
    else:
        fb.campaigns.delete(made.id)
    assert sent(method, made.id) == times
    sandbox.check_spent()


@pytest.mark.thorough
@table("ahead", [-3600, -300, 0, 300, 3600], fresh=True)
@table(("older", "found"), [(4, True), (6, False), (60, False)], fresh=True)
def test_what_is_new_is_told_by_metas_clock_with_five_seconds_of_tolerance(sandbox, ahead, older, found):
    """Meta's machines and its whole seconds differ a little; this machine's clock may be hours wrong."""
    sandbox.fail_next("POST act_*/campaigns", LostResponse())

    def write(response):
        page = json.loads(response.body)
        for node in page["data"]:
            node["created_time"] = (sandbox.now() - timedelta(seconds=older)).isoformat()
        response.body = json.dumps(page).encode()

    Answer(sandbox, "GET", write, "act_1/campaigns", times=1 if found else 99)
    with FacebookAds.sandbox(sandbox, clock=WrongClock(sandbox, ahead), settle=0) as wrong:
        with nullcontext() if found else pytest.raises(OutcomeUnknown, match="no proof"):
            wrong.campaigns.create("act_1", **CAMPAIGN)
        assert len(wrong.adopted) == found
    sandbox.hooks.clear()


@pytest.mark.thorough
@table("node_id", [None, "", "x", "12abc", 1.2e17, {}, [], True, "0"], ids=repr, fresh=True)
def test_what_is_found_without_an_id_is_not_adopted(fb, sandbox, node_id):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())

    def write(response):
        page = json.loads(response.body)
        for node in page["data"]:
            node["id"] = node_id
        response.body = json.dumps(page).encode()

    Answer(sandbox, "GET", write, "act_1/campaigns", times=99)
    with pytest.raises(OutcomeUnknown, match="no proof"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.hooks.clear()


@pytest.mark.parametrize("ahead", [-300, 300])
def test_what_another_machine_sent_before_it_died_is_found_though_its_clock_was_wrong(sandbox, sent, tmp_path, ahead):
    def run(clock):
        with FacebookAds.sandbox(sandbox, clock=clock) as fb, fb.resumable(tmp_path / "journal") as run:
            return run.campaigns.create("act_1", **CAMPAIGN).id

    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    sandbox.hide_new(90, 90, 1)
    with pytest.raises(OutcomeUnknown):
        run(WrongClock(sandbox, ahead))
    sandbox.sleep(60)
    assert run(sandbox) == sandbox.objects("Campaign")[0]["id"]
    assert sent("POST", "act_1/campaigns") == 1


def test_after_a_clock_jumped_back_it_is_still_found(sandbox):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    clock = WrongClock(sandbox, 3600)

    def jump(_response):
        clock.ahead = timedelta()

    Answer(sandbox, "GET", jump, "act_1/campaigns")
    with FacebookAds.sandbox(sandbox, clock=clock, settle=0) as jumping:
        assert jumping.campaigns.create("act_1", **CAMPAIGN).id in jumping.adopted


@table("offset", ["", "Z", "+0000", "+01:00"], fresh=True)
def test_a_time_without_an_offset_is_utc(fb, sandbox, offset):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())

    def write(response):
        page = json.loads(response.body)
        for node in page["data"]:
            hour = 13 if offset == "+01:00" else 12
            node["created_time"] = f"2026-11-01T{hour}:00:00{offset}"
        response.body = json.dumps(page).encode()

    Answer(sandbox, "GET", write, "act_1/campaigns")
    assert sandbox.now().isoformat() == "2026-11-01T12:00:00+00:00"
    made = fb.campaigns.create("act_1", **CAMPAIGN)
    assert list(fb.adopted) == [made.id]


def test_an_object_found_that_cannot_be_read_is_named(fb, sandbox):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    sandbox.fail_next("GET 1202*", GraphError(10))
    with pytest.raises(OutcomeUnknown, match=r"\d+ looks like it, but looking failed too"):
        fb.campaigns.create("act_1", **CAMPAIGN)


def test_a_create_that_never_left_is_sent_again(fb, sandbox, sent):
    from urllib3.exceptions import NewConnectionError

    lane, left = fb._session.requests, []
    request = lane.request

    def refuse_once(*args, **kwargs):
        if args[0] == "POST" and not left:
            left.append(1)
            raise requests.ConnectionError(NewConnectionError(None, "refused"))
        return request(*args, **kwargs)

    lane.request = refuse_once
    assert fb.campaigns.create("act_1", **CAMPAIGN).id
    assert sent("GET", "act_1/campaigns") == 0
