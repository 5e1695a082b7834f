"""A write whose answer is lost happens once, or the caller is told that nobody knows."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tables import table

from admonster_fb import APIError, InvalidParameterError, OutcomeUnknown
from admonster_fb.sandbox import GraphError, Http, LostResponse, Repeated, Reset, Truncated, png
from admonster_fb.transport.recovery import CREATE_LOOKUPS

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
AMBIGUOUS = [LostResponse(), Truncated(), Http(502, "<html>Bad Gateway</html>", after=True)]
NOT_DONE = [Reset(), Http(503, "<html></html>"), GraphError(2), GraphError(1)]


def adset(campaign_id, name="US"):
    return {
        "name": name,
        "campaign_id": campaign_id,
        "daily_budget": 1000,
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    }


def names(fb):
    return [campaign.name for campaign in fb.campaigns.list("act_1")]


@pytest.mark.thorough
@table("fault", AMBIGUOUS, ids=repr, fresh=True)
def test_a_create_whose_answer_is_lost_is_found_and_not_sent_again(fb, sandbox, sent, fault):
    sandbox.fail_next("POST act_*/campaigns", fault)
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    assert campaign.status == "PAUSED"
    assert campaign.id
    assert names(fb) == ["Sale"]
    assert sent("POST", "act_1/campaigns") == 1


@pytest.mark.thorough
@table("fault", NOT_DONE, ids=repr, fresh=True)
def test_a_create_that_does_not_show_is_never_sent_again(fb, sandbox, sent, fault):
    began = sandbox.now()
    sandbox.fail_next("POST act_*/campaigns", fault)
    with pytest.raises(OutcomeUnknown, match="no proof"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert (names(fb), sent("POST", "act_1/campaigns")) == ([], 1)
    assert (sandbox.now() - began).total_seconds() == 60


def test_a_refused_create_is_raised_at_once(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", GraphError(100))
    with pytest.raises(InvalidParameterError):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert sent("POST", "act_1/campaigns") == 1
    assert sent("GET", "act_1/campaigns") == 0


def test_our_own_earlier_object_is_not_taken_for_the_lost_one(fb, sandbox):
    first = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    second = fb.campaigns.create("act_1", **CAMPAIGN)
    assert second.id != first.id
    assert names(fb) == ["Sale", "Sale"]


def test_an_old_object_of_the_same_name_is_not_taken_for_the_lost_one(sandbox, fb):
    from admonster_fb import FacebookAds

    with FacebookAds.sandbox(sandbox) as somebody:
        old = somebody.campaigns.create("act_1", **CAMPAIGN)
    sandbox.sleep(10)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    new = fb.campaigns.create("act_1", **CAMPAIGN)
    assert new.id != old.id


def test_two_candidates_are_nobodys(sandbox, fb):
    from admonster_fb import FacebookAds

    with FacebookAds.sandbox(sandbox) as somebody:
        other = somebody.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    with pytest.raises(OutcomeUnknown, match=other.id) as told:
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert "compare" in told.value.check
    assert len(names(fb)) == 2


def test_a_look_that_fails_too_says_that_nobody_knows(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    sandbox.fail_next("GET act_*/campaigns", GraphError(10))
    with pytest.raises(OutcomeUnknown, match="looking failed too"):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert sent("POST", "act_1/campaigns") == 1


def test_ad_sets_and_ads_are_looked_for_under_their_parents(fb, sandbox, sent):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    other = fb.campaigns.create("act_1", **{**CAMPAIGN, "name": "Other"})
    fb.adsets.create("act_1", **adset(other.id))
    sandbox.fail_next("POST act_*/adsets", LostResponse())
    made = fb.adsets.create("act_1", **adset(campaign.id))
    assert made.campaign_id == campaign.id
    assert [each.id for each in fb.adsets.list(campaign.id)] == [made.id]
    image = fb.adimages.create("act_1", bytes=png(600, 600))
    spec = {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": image.hash}}
    sandbox.fail_next("POST act_*/adcreatives", LostResponse())
    creative = fb.adcreatives.create("act_1", object_story_spec=spec)
    sandbox.fail_next("POST act_*/ads", LostResponse())
    ad = fb.ads.create("act_1", name="A", adset_id=made.id, creative={"creative_id": creative.id})
    assert [each.id for each in fb.ads.list(made.id)] == [ad.id]
    assert len(fb.adcreatives.list("act_1")) == 1
    assert sent("POST", "act_1/ads") == 1


def test_an_image_whose_answer_is_lost_is_sent_again_and_kept_once(fb, sandbox):
    sandbox.fail_next("POST act_*/adimages", LostResponse())
    image = fb.adimages.create("act_1", bytes=png(600, 600))
    assert [each.hash for each in fb.adimages.list("act_1")] == [image.hash]


def test_an_image_waits_longer_each_time_before_it_is_sent_again(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/adimages", Http(503, "<html></html>"), times=5)
    began = sandbox.now()
    with pytest.raises(OutcomeUnknown):
        fb.adimages.create("act_1", bytes=png(600, 600))
    assert sent("POST", "act_1/adimages") == 5
    assert (sandbox.now() - began).total_seconds() == 1 + 2 + 4 + 8


def test_validate_only_creates_nothing_and_is_never_looked_for(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    with pytest.raises(OutcomeUnknown):
        fb.campaigns.create("act_1", **CAMPAIGN, execution_options=["validate_only"])
    assert (sent("POST", "act_1/campaigns"), sent("GET", "act_1/campaigns"), names(fb)) == (1, 0, [])


@pytest.mark.thorough
@table("fault", AMBIGUOUS, ids=repr, fresh=True)
def test_an_update_that_happened_is_not_sent_again(fb, sandbox, sent, fault):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    sandbox.fail_next(f"POST {campaign.id}", fault)
    fb.campaigns.update(campaign.id, daily_budget=6000, name="New")
    assert sent("POST", campaign.id) == 1
    assert fb.campaigns.get(campaign.id).daily_budget == 6000


@pytest.mark.thorough
@table("fault", NOT_DONE, ids=repr, fresh=True)
def test_an_update_that_did_not_happen_is_sent_again(fb, sandbox, sent, fault):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next(f"POST {campaign.id}", fault)
    fb.campaigns.update(campaign.id, name="New")
    assert sent("POST", campaign.id) == 2
    assert fb.campaigns.get(campaign.id).name == "New"


def test_an_update_of_what_can_only_be_written_is_sent_again(fb, sandbox, sent):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next(f"POST {campaign.id}", NOT_DONE[0])
    sandbox.fail_next(f"GET {campaign.id}", GraphError(100, message="(#100) Tried accessing nonexisting field"))
    fb.campaigns.update(campaign.id, name="New")
    assert sent("POST", campaign.id) == 2
    assert fb.campaigns.get(campaign.id).name == "New"


EDGES = {
    "an access": ("assigned_users", lambda fb: fb.assigned_users.create("act_1", user="7", tasks=["ANALYZE"])),
    "an access that ends": ("assigned_users", lambda fb: fb.assigned_users.delete("act_1", "7")),
    "an image": ("adimages", lambda fb: fb.adimages.delete("act_1", "0123456789abcdef0123456789abcdef")),
    "a rule that runs": ("execute", lambda fb: fb.adrules.execute("77")),
    "a recommendation": ("recommendations", lambda fb: fb.adaccounts.apply_recommendation("act_1", "s", {})),
}


@pytest.mark.thorough
@table("change", EDGES, fresh=True)
def test_a_change_at_an_edge_that_may_have_happened_is_unknown_and_sent_once(fb, sandbox, change):
    edge, make = EDGES[change]
    sandbox.fail_next(f"* */{edge}", LostResponse())
    with pytest.raises(OutcomeUnknown):
        make(fb)
    assert [each.path.rpartition("/")[2] for each in sandbox.requests if each.method != "GET"] == [edge]


@pytest.mark.parametrize(("fault", "times"), [(LostResponse(), 1), (Reset(), 2)], ids=repr)
def test_a_delete_is_read_back(fb, sandbox, sent, fault, times):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next(f"DELETE {campaign.id}", fault)
    fb.campaigns.delete(campaign.id)
    assert sent("DELETE", campaign.id) == times
    assert fb.campaigns.get(campaign.id).status == "DELETED"


def test_targeting_is_compared_by_what_was_set(fb, sandbox, sent):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    made = fb.adsets.create("act_1", **adset(campaign.id))
    sandbox.fail_next(f"POST {made.id}", LostResponse())
    fb.adsets.update(made.id, targeting={"geo_locations": {"countries": ["CA"]}, "age_min": 30})
    assert sent("POST", made.id) == 1


@pytest.mark.parametrize(("change", "seconds"), [({"name": "Other"}, 1 + 2 + 4 + 8), ({"status": "PAUSED"}, 0)])
def test_only_a_change_that_is_no_stop_waits_before_it_is_sent_again(fb, sandbox, sent, change, seconds):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN, status="ACTIVE").id
    sandbox.fail_next(f"POST {campaign}", Http(503, "<html></html>"), times=5)
    began = sandbox.now()
    with pytest.raises(OutcomeUnknown):
        fb.campaigns.update(campaign, **change)
    assert sent("POST", campaign) == 5
    assert (sandbox.now() - began).total_seconds() == seconds


def test_a_change_that_never_stops_failing_ends_in_unknown(fb, sandbox, sent):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    sandbox.fail_next(f"POST {campaign.id}", Reset(), times=5)
    with pytest.raises(OutcomeUnknown):
        fb.campaigns.update(campaign.id, name="New")
    assert sent("POST", campaign.id) == 5


def test_an_answer_without_an_id_is_as_good_as_lost(fb, sandbox, sent):
    class Blank:
        def before(self, request):
            return None

        def after(self, request, response):
            if request.method == "POST" and response.status == 200:
                sandbox.hooks.remove(self)
                response.body = b"{}"
            return response

    sandbox.hooks.append(Blank())
    assert fb.campaigns.create("act_1", **CAMPAIGN).id
    assert sent("POST", "act_1/campaigns") == 1


def test_docs_reliability_table_is_the_table_of_the_code():
    text = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    head = "| Create at | After a lost response |\n|---|---|\n"
    rows = "".join(f"| `{edge}` | {rule.description} |\n" for edge, rule in CREATE_LOOKUPS.items())
    assert head + rows + "| any other edge | never sent again: `OutcomeUnknown` says what to check |\n" in text


class WaitingClock:
    """The sandbox's clock; the first time the main thread waits, it does something else as well."""

    def __init__(self, sandbox, meanwhile):
        self.now, self._sleep = sandbox.now, sandbox.sleep
        self._meanwhile, self._main = meanwhile, threading.current_thread()

    def sleep(self, seconds):
        if threading.current_thread() is self._main and self._meanwhile:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        self._sleep(seconds)


def test_creates_that_could_be_confused_run_one_after_the_other(sandbox):
    from admonster_fb import FacebookAds

    done, done_early = threading.Event(), []

    def create_another():
        fb.campaigns.create("act_1", **CAMPAIGN)
        done.set()

    another = threading.Thread(target=create_another)

    def meanwhile():
        another.start()
        done_early.append(done.wait(0.5))

    with FacebookAds.sandbox(sandbox, clock=WaitingClock(sandbox, meanwhile)) as fb:
        sandbox.hide_new(3)
        sandbox.fail_next("POST act_*/campaigns", LostResponse())
        fb.campaigns.create("act_1", **CAMPAIGN)
        another.join()
        sandbox.sleep(3)
        assert done_early == [False], "the second one waits until the first is found"
        assert names(fb) == ["Sale", "Sale"]


def test_a_lost_create_is_looked_for_by_its_name(fb, sandbox):
    sandbox.fail_next("POST act_*/campaigns", LostResponse())
    fb.campaigns.create("act_1", **CAMPAIGN)
    [look] = [entry for entry in sandbox.requests if (entry.method, entry.path) == ("GET", "act_1/campaigns")]
    assert look.params["filtering"] == [{"field": "name", "operator": "CONTAIN", "value": "Sale"}]


@pytest.mark.thorough
def test_lookup_reads_every_page_of_an_edge(fb, sandbox):
    audience = {"customer_file_source": "USER_PROVIDED_ONLY", "subtype": "CUSTOM"}
    with fb.batch() as batch:
        for number in range(210):
            batch.add(fb.customaudiences.create, "act_1", name=f"List {number}", **audience)
    sandbox.fail_next("POST act_*/customaudiences", LostResponse())
    made = fb.customaudiences.create("act_1", name="List", **audience)
    found = fb.customaudiences.list("act_1")
    assert [each.name for each in found if each.id == made.id] == ["List"]
    assert len(found) == 211


REFUSED = [
    GraphError(100, 1487833, is_transient=True),
    GraphError(2, 1504044, http_status=400),
    GraphError(100, 1487390),
]


@table("fault", [*REFUSED, GraphError(1, http_status=400)], ids=repr, fresh=True)
def test_a_refusal_with_a_subcode_is_no_lost_answer(fb, sandbox, sent, fault):
    sandbox.fail_next("POST act_*/campaigns", fault)
    with pytest.raises(APIError) as refused:
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert refused.value.definite
    assert (sent("POST", "act_1/campaigns"), sent("GET", "act_1/campaigns"), names(fb)) == (1, 0, [])


@table("fault", REFUSED, ids=repr, fresh=True)
def test_a_refused_item_of_a_batch_is_not_looked_up(fb, sandbox, sent, fault):
    sandbox.fail_next("POST act_*/campaigns", fault)
    with fb.batch() as batch:
        item = batch.add(fb.campaigns.create, "act_1", **CAMPAIGN)
    assert isinstance(item.error, APIError)
    assert (sent("POST", "act_1/campaigns"), sent("GET", "act_1/campaigns")) == (1, 0)


LATER = [(17, 1885172), (613, 1487632), (613, 1487225), (2650, 1870145)]


@table(("code", "subcode"), LATER, fresh=True)
def test_an_item_of_a_batch_that_is_refused_for_long_is_sent_once(fb, sandbox, sent, code, subcode):
    """Meta takes it again in an hour, or tomorrow."""
    campaign, other = (fb.campaigns.create("act_1", **{**CAMPAIGN, "name": name}).id for name in ("A", "B"))
    sandbox.fail_next(f"POST {campaign}", GraphError(code, subcode))
    with fb.batch() as batch:
        refused = batch.add(fb.campaigns.update, campaign, name="New")
        done = batch.add(fb.campaigns.update, other, name="New")
    assert (refused.error.code, refused.error.error_subcode, done.error) == (code, subcode, None)
    assert sent("POST", campaign) == 1


def test_the_same_content_under_another_name_is_one_creative_and_no_lost_answer(fb, sandbox):
    story = {"page_id": "1", "link_data": {"link": "https://example.com/", "message": "m"}}
    began, sent = sandbox.now(), len(sandbox.journal)
    made = {fb.adcreatives.create("act_1", name=name, object_story_spec=story).id for name in ("A", "B")}
    assert len(made) == 1
    assert [entry.method for entry in [*sandbox.journal][sent:]].count("POST") == 2
    assert sandbox.now() == began, "nothing was waited for"


@pytest.mark.parametrize("texts", ["mn", "nm"])  # both ways, since the contents are compared by their hashes
def test_the_creative_of_another_call_is_no_answer(fb, sandbox, texts):
    def create(text):
        story = {"page_id": "1", "link_data": {"link": "https://example.com/", "message": text}}
        return fb.adcreatives.create("act_1", name=text, object_story_spec=story).id

    first = create(texts[0])
    sandbox.fail_next("POST act_*/adcreatives", Repeated())
    assert create(texts[1]) != first
