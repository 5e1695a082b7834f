"""Batches: 50 to a request, in order, each item with its own result or error, nothing done twice."""

from __future__ import annotations

import pytest
from tables import table

from admonster_fb import NotFoundError, OutcomeUnknown, ParameterError, RateLimited, TransientError
from admonster_fb.sandbox import GraphError, Http, LostResponse, NullItem, png

CAMPAIGN = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


@pytest.fixture
def requests_made(fb):
    """Count HTTP requests, not items: the journal counts items."""
    made = []
    send = fb._session.requests.request
    fb._session.requests.request = lambda method, url, **rest: (
        made.append(f"{method} {url}") or send(method, url, **rest)
    )
    return made


@pytest.fixture
def campaigns(fb):
    return [fb.campaigns.create("act_1", name=f"C{number}", **CAMPAIGN).id for number in range(12)]


@pytest.mark.thorough
def test_order_results_and_errors_are_kept_per_item(fb, campaigns):
    with fb.batch() as batch:
        good = [batch.add(fb.campaigns.get, campaign, fields=["id", "name"]) for campaign in campaigns[:3]]
        bad = batch.add(fb.campaigns.get, "99")
        last = batch.add(fb.campaigns.get, campaigns[3])
    assert [item.result().name for item in good] == ["C0", "C1", "C2"]
    assert isinstance(bad.error, NotFoundError)
    with pytest.raises(NotFoundError):
        bad.result()
    assert last.result().id == campaigns[3]


@pytest.mark.thorough
def test_a_thousand_updates_are_twenty_requests(fb, campaigns, requests_made):
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.update, campaigns[n % 12], name=f"N{n}") for n in range(1000)]
    assert all(item.result() is None for item in items)
    assert len(requests_made) == 20
    assert fb.campaigns.get(campaigns[999 % 12]).name == "N999"


def test_parameters_are_checked_when_they_are_added(fb, requests_made):
    with pytest.raises(ParameterError), fb.batch() as batch:
        batch.add(fb.campaigns.update, "1", naem="x")
    assert requests_made == []


def test_nothing_is_sent_if_the_block_fails(fb, campaigns, requests_made):
    with pytest.raises(ZeroDivisionError), fb.batch() as batch:  # noqa: PT012
        batch.add(fb.campaigns.update, campaigns[0], name="x")
        _ = 1 / 0
    assert requests_made == []


def test_a_result_is_not_there_before_the_batch_has_run(fb, campaigns):
    with fb.batch() as batch:
        item = batch.add(fb.campaigns.get, campaigns[0])
        with pytest.raises(Exception, match="has not run"):
            item.result()


@pytest.mark.thorough
def test_later_calls_use_earlier_results(fb, sandbox):
    with fb.batch() as batch:
        campaign = batch.add(fb.campaigns.create, "act_1", name="Tree", **CAMPAIGN)
        adset = batch.add(
            fb.adsets.create,
            "act_1",
            name="S",
            campaign_id=campaign.ref(),
            daily_budget="10.00 USD",
            bid_strategy="LOWEST_COST_WITHOUT_CAP",
            optimization_goal="LINK_CLICKS",
            billing_event="IMPRESSIONS",
            targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
        )
        read = batch.add(fb.adsets.get, adset.ref(), fields=["daily_budget", "campaign_id"])
    assert read.result().daily_budget == 1000
    assert read.result().campaign_id == campaign.result().id
    calls = [entry.method for entry in sandbox.requests]
    assert calls == ["GET", "POST", "POST", "GET"], "the currency, and three calls with an answer each"


@pytest.mark.thorough
def test_the_first_page_of_an_edge_comes_with_the_batch_and_the_rest_later(fb, campaigns, requests_made):
    with fb.batch() as batch:
        item = batch.add(fb.campaigns.iter, "act_1", limit=5, fields=["id"])
    assert len(requests_made) == 1
    assert {campaign.id for campaign in item.result()} >= set(campaigns)
    assert len(requests_made) == 3
    with pytest.raises(TypeError, match="iter"):
        batch.add(fb.campaigns.list, "act_1")


def test_files_travel_with_their_own_names(fb, tmp_path):
    files = []
    for number, colour in enumerate([(1, 2, 3), (4, 5, 6)]):
        files.append(tmp_path / "same.png" if number == 0 else tmp_path / "b" / "same.png")
        files[-1].parent.mkdir(exist_ok=True)
        files[-1].write_bytes(png(600, 600, colour))
    with fb.batch() as batch:
        items = [batch.add(fb.adimages.create, "act_1", filename=str(file)) for file in files]
    hashes = {item.result().hash for item in items}
    assert len(hashes) == 2
    assert {image.hash for image in fb.adimages.list("act_1")} == hashes


@pytest.mark.thorough
@pytest.mark.parametrize("fault", [NullItem(after=True), GraphError(80004)], ids=repr)
def test_items_without_an_answer_are_taken_up_again(fb, sandbox, campaigns, sent, fault):
    sandbox.fail_next("GET *", fault)
    sandbox.fail_next(f"POST {campaigns[1]}", fault)
    sandbox.fail_next("POST act_1/campaigns", fault)
    with fb.batch() as batch:
        read = batch.add(fb.campaigns.get, campaigns[0])
        update = batch.add(fb.campaigns.update, campaigns[1], name="Changed")
        create = batch.add(fb.campaigns.create, "act_1", name="Made", **CAMPAIGN)
    assert read.result().id == campaigns[0]
    assert update.result() is None
    assert create.result().name == "Made"
    found = [campaign.name for campaign in fb.campaigns.list("act_1")]
    assert found.count("Made") == found.count("Changed") == 1


@pytest.mark.parametrize("fault", [NullItem(), GraphError(2)], ids=repr)
def test_creates_that_do_not_show_are_unknown_and_all_are_looked_for_at_once(fb, sandbox, sent, fault):
    began = sandbox.now()
    sandbox.fail_next("POST act_1/campaigns", fault, times=10)
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.create, "act_1", name=f"Made {number}", **CAMPAIGN) for number in range(10)]
    assert {type(item.error) for item in items} == {OutcomeUnknown}
    assert sent("POST", "act_1/campaigns") == 10
    assert (sandbox.now() - began).total_seconds() == 60


@pytest.mark.parametrize("fault", [LostResponse(), Http(500, "<html></html>", after=True)], ids=repr)
def test_a_batch_that_is_lost_as_a_whole_does_nothing_twice(fb, sandbox, campaigns, sent, fault):
    sandbox.fail_next("POST /", fault)
    with fb.batch() as batch:
        create = batch.add(fb.campaigns.create, "act_1", name="Made", **CAMPAIGN)
        delete = batch.add(fb.campaigns.delete, campaigns[0])
        update = batch.add(fb.campaigns.update, campaigns[1], name="Changed")
    assert create.result().id
    assert delete.result() is None
    assert update.result() is None
    found = [campaign.name for campaign in fb.campaigns.list("act_1")]
    assert found.count("Made") == found.count("Changed") == 1
    assert fb.campaigns.get(campaigns[0]).status == "DELETED"
    assert sent("DELETE", campaigns[0]) == 1


@pytest.mark.thorough
def test_an_item_that_never_gets_an_answer_says_so(fb, sandbox, campaigns):
    began = sandbox.now()
    for campaign in campaigns[:2]:
        sandbox.fail_next(f"* {campaign}", NullItem(), times=5)
    with fb.batch() as batch:
        read = batch.add(fb.campaigns.get, campaigns[0])
        update = batch.add(fb.campaigns.update, campaigns[1], name="Changed")
    assert isinstance(read.error, TransientError)  # a read may be sent again
    assert isinstance(update.error, OutcomeUnknown)
    assert (sandbox.now() - began).total_seconds() == 1 + 4 + 10 + 20


@pytest.mark.parametrize("write", ["update", "delete"])
def test_a_write_that_meta_refuses_for_now_is_not_sent_again(fb, sandbox, campaigns, sent, write):
    sandbox.fail_next(f"* {campaigns[0]}", GraphError(2, 99, http_status=400))
    with fb.batch() as batch:
        item = batch.add(getattr(fb.campaigns, write), campaigns[0], **({"name": "N"} if write == "update" else {}))
    assert isinstance(item.error, TransientError)
    assert sent("POST", campaigns[0]) + sent("DELETE", campaigns[0]) == 1


@pytest.mark.thorough
@table("whole", [False, True], ids=["items", "the batch"], fresh=True)
@table("code", [1, 2], fresh=True)
def test_codes_that_leave_it_open_keep_metas_words_in_a_batch(fb, sandbox, campaigns, code, whole):
    fault = GraphError(code, message="Meta is asleep", http_status=500)
    paths = ["POST /"] if whole else [f"* {campaigns[0]}", f"* {campaigns[1]}", "POST act_1/campaigns"]
    for path in paths:
        sandbox.fail_next(path, fault, times=1 if path == "POST act_1/campaigns" else 5)
    with fb.batch() as batch:
        items = [
            batch.add(fb.campaigns.get, campaigns[0]),
            batch.add(fb.campaigns.update, campaigns[1], name="Changed"),
            batch.add(fb.campaigns.create, "act_1", name="Made", **CAMPAIGN),
        ]
    assert [type(item.error) for item in items] == [TransientError, OutcomeUnknown, OutcomeUnknown]
    assert [f"Meta is asleep (code {code})" in str(item.error) for item in items] == [True] * 3
    assert [item.error.answer.code for item in items[1:]] == [code] * 2


def test_a_dead_token_fails_every_item_alike(fb, sandbox, campaigns):
    sandbox.expire_token()
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.get, campaign) for campaign in campaigns[:2]]
    assert {type(item.error).__name__ for item in items} == {"AuthenticationError"}


def test_a_batch_that_is_refused_as_a_whole_is_refused_in_each_item(fb, sandbox, campaigns):
    sandbox.fail_next("POST /", GraphError(10))
    with fb.batch() as batch:
        items = [batch.add(fb.campaigns.get, campaign) for campaign in campaigns[:2]]
    assert [item.error.code for item in items] == [10, 10]


@pytest.mark.thorough
def test_a_resumable_run_makes_nothing_in_a_batch_for_nobody_would_note_it(fb, campaigns, tmp_path):
    with fb.resumable(tmp_path / "journal") as run, run.batch() as batch:
        read = batch.add(run.campaigns.get, campaigns[0])
        with pytest.raises(TypeError, match="outside of a batch"):
            batch.add(run.campaigns.create, "act_1", name="A", **CAMPAIGN)
    assert read.result().id == campaigns[0]


def test_what_stays_throttled_says_so(fb, sandbox):
    sandbox.fail_next("GET act_2", GraphError(17, 2446079), times=5)
    with fb.batch() as batch:
        item = batch.add(fb.adaccounts.get, "act_2")
    assert isinstance(item.error, RateLimited)
