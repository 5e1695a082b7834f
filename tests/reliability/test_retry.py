"""Reads are tried again where that may help, writes only where they were provably refused."""

from __future__ import annotations

import pytest
from tables import table

from admonster_fb import (
    BlockedError,
    FacebookAds,
    InvalidParameterError,
    PermissionDeniedError,
    RateLimited,
    TransientError,
)
from admonster_fb.sandbox import Empty, GraphError, Http, LostResponse, Ok200, Reset, Truncated

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
PASSING = [
    GraphError(1),
    GraphError(2),
    GraphError(4),
    GraphError(17, 2446079),
    GraphError(80004),
    Http(502, "<html>Bad Gateway</html>"),
    Http(400, "<html>Facebook | Error</html>"),
    LostResponse(),
    Reset(),
    Truncated(),
    Empty(),
    Ok200(GraphError(2)),
]


@pytest.mark.thorough
@table("fault", PASSING, ids=repr, fresh=True)
def test_a_read_is_tried_again(fb, sandbox, fault):
    sandbox.fail_next("GET act_1", fault, times=2)
    assert fb.adaccounts.get("act_1").currency == "USD"


@pytest.mark.thorough
@table("code", [4, 17, 32, 613, 80000, 80003, 80004], fresh=True)
def test_a_write_refused_by_a_limit_is_sent_again(fb, sandbox, code):
    error = GraphError(code, 1487742) if code == 613 else GraphError(code)
    sandbox.fail_next("POST act_*/campaigns", error)
    assert fb.campaigns.create("act_1", **CAMPAIGN).id
    assert len(fb.campaigns.list("act_1")) == 1


@pytest.mark.parametrize(("error", "kind"), [(GraphError(10), PermissionDeniedError), (GraphError(368), BlockedError)])
def test_what_needs_a_person_is_raised_at_once(fb, sandbox, sent, error, kind):
    sandbox.fail_next("GET act_1", error)
    with pytest.raises(kind):
        fb.adaccounts.get("act_1", fields=["name"])
    assert sent("GET", "act_1") == 1


def test_waits_grow_and_end_with_the_tries(fb, sandbox, sent):
    began = sandbox.now()
    sandbox.fail_next("GET act_1", GraphError(2), times=4)
    with pytest.raises(TransientError):
        fb.adaccounts.get("act_1")
    assert sent("GET", "act_1") == 4
    assert 0.5 + 1 + 2 <= (sandbox.now() - began).total_seconds() <= 0.5 + 1 + 2 + 3 * 0.5 + 0.1


def test_in_an_outage_of_ten_minutes_reads_are_hardly_repeated(fb, sandbox, sent):
    sandbox.fail_next("GET act_1", GraphError(2), times=15)
    for _ in range(12):
        with pytest.raises(TransientError):
            fb.adaccounts.get("act_1")
        sandbox.sleep(50)
    assert sent("GET", "act_1") <= 1.3 * 12
    for _ in range(5):  # successes earn a retry
        fb.adaccounts.get("act_1")
    sandbox.fail_next("GET act_1", GraphError(2))
    assert fb.adaccounts.get("act_1").currency == "USD"


def test_the_deadline_ends_it_sooner(sandbox, sent):
    with FacebookAds.sandbox(sandbox, deadline=1.01) as fb:
        sandbox.fail_next("GET act_1", GraphError(2), times=2)
        with pytest.raises(TransientError):
            fb.adaccounts.get("act_1")
    assert sent("GET", "act_1") == 2


def test_a_wait_longer_than_max_wait_is_raised_with_its_time(fb, sandbox):
    sandbox.quota(calls=1, account="act_1")
    fb.adaccounts.get("act_1")
    with pytest.raises(RateLimited) as told:
        fb.adaccounts.get("act_1")
    assert told.value.retry_after > 60


def test_errors_that_last_hours_are_not_waited_for(fb, sandbox, sent):
    sandbox.fail_next("POST act_*/campaigns", GraphError(613, 1487225))
    with pytest.raises(RateLimited):
        fb.campaigns.create("act_1", **CAMPAIGN)
    assert sent("POST", "act_1/campaigns") == 1


def test_an_unknown_error_is_tried_again_unless_a_level_may_be_wrong(fb, sandbox, sent):
    sandbox.fail_next("GET act_1", GraphError(1, 99))
    assert fb.adaccounts.get("act_1").currency == "USD"
    sandbox.fail_next("GET act_1/insights", GraphError(1, 99))
    with pytest.raises(InvalidParameterError, match="level"):
        fb.insights.list("act_1", level="campaign", fields=["spend"])
    assert sent("GET", "act_1/insights") == 1


def test_a_refusal_of_code_1_is_not_tried_again(fb, sandbox, sent):
    sandbox.fail_next("GET act_1", GraphError(1, message="Error validating client secret.", http_status=400))
    with pytest.raises(InvalidParameterError, match="client secret"):
        fb.adaccounts.get("act_1")
    assert sent("GET", "act_1") == 1
    less = "Please reduce the amount of data you're asking for, then retry your request"
    sandbox.fail_next("GET act_1", GraphError(1, message=less, http_status=400))
    with pytest.raises(TransientError, match="create_async_report"):  # the same again would be as much
        fb.adaccounts.get("act_1")
    assert sent("GET", "act_1") == 2
