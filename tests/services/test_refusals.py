"""What Meta refuses: the right class, with advice, on one line, without the token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tables import table

from admonster_fb import (
    APIError,
    AuthenticationError,
    FacebookAds,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Sandbox

CAMPAIGN: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
READS: dict[str, Callable[[FacebookAds], object]] = {
    "adaccounts.get": lambda fb: fb.adaccounts.get("act_1"),
    "adaccounts.by_business": lambda fb: fb.adaccounts.by_business(),
    "campaigns.list": lambda fb: fb.campaigns.list("act_1"),
    "adsets.list": lambda fb: fb.adsets.list("act_1"),
    "ads.list": lambda fb: fb.ads.list("act_1"),
    "adcreatives.list": lambda fb: fb.adcreatives.list("act_1"),
    "adimages.list": lambda fb: fb.adimages.list("act_1"),
    "insights.list": lambda fb: fb.insights.list("act_1"),
}
WRITES: dict[str, Callable[[FacebookAds, str], object]] = {
    "campaigns.create": lambda fb, _id: fb.campaigns.create("act_1", **CAMPAIGN),
    "campaigns.update": lambda fb, id: fb.campaigns.update(id, name="B"),
    "campaigns.delete": lambda fb, id: fb.campaigns.delete(id),
    "adimages.create": lambda fb, _id: fb.adimages.create("act_1", bytes=b"x"),
    "adcreatives.create": lambda fb, _id: fb.adcreatives.create("act_1", object_story_id="1_2"),
}


def caught(kind: type[APIError], call: Callable[[], object], sandbox: Sandbox) -> APIError:
    with pytest.raises(kind) as error:
        call()
    assert type(error.value) is kind
    assert error.value.advice
    assert "\n" not in str(error.value)
    assert sandbox.token not in str(error.value) + repr(error.value) + repr(error.value.__dict__)
    assert error.value.__context__ is None, "nothing of the SDK's or of requests' is chained"
    return error.value


@table("name", READS)
def test_an_expired_token(fb: FacebookAds, sandbox: Sandbox, name: str) -> None:
    sandbox.expire_token()
    error = caught(AuthenticationError, lambda: READS[name](fb), sandbox)
    assert (error.code, error.error_subcode, error.who, error.retryable) == (190, 463, "user", False)


@pytest.mark.thorough
@table("name", WRITES)
def test_a_revoked_scope_stops_writing(fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, name: str) -> None:
    sandbox.revoke("ads_management")
    error = caught(PermissionDeniedError, lambda: WRITES[name](fb, campaign.id), sandbox)
    assert error.code == 200
    assert fb.campaigns.get(campaign.id).status == "PAUSED", "ads_read is still there"


@table("name", READS)
def test_no_scope_at_all_stops_reading(fb: FacebookAds, sandbox: Sandbox, name: str) -> None:
    sandbox.revoke("ads_management", "ads_read")
    assert caught(PermissionDeniedError, lambda: READS[name](fb), sandbox).code == 200


def test_an_account_of_someone_else(fb: FacebookAds, sandbox: Sandbox) -> None:
    error = caught(NotFoundError, lambda: fb.campaigns.list("act_999"), sandbox)
    assert (error.code, error.error_subcode, error.who) == (100, 33, "model")
    assert error.request == "GET act_999/campaigns"


def test_a_rule_of_metas(fb: FacebookAds, sandbox: Sandbox) -> None:
    # The account is not asked for its least before a change, so that the sandbox has its say.
    made = FacebookAds.sandbox(sandbox).campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    error = caught(InvalidParameterError, lambda: fb.campaigns.update(made.id, daily_budget=1), sandbox)
    assert error.error_user_msg or error.error_user_title


def test_a_token_of_another_sandbox(sandbox: Sandbox) -> None:
    other = Sandbox(seed=2, history=0)
    other.account, other.token = sandbox.account, "sandbox-unknown"
    with FacebookAds.sandbox(other) as fb:
        assert caught(AuthenticationError, lambda: fb.adaccounts.list(), other).code == 190
