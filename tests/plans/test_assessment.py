"""What an assessment refuses and counts."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from tables import table

from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans import assessment
from admonster_fb.bot.plans.assessment import Assessment, check_accounts, rate_limit_status
from admonster_fb.bot.plans.changes import describe_generic
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.errors import NotFoundError, ParameterError
from admonster_fb.models.change import Change
from admonster_fb.operation import OpSpec
from admonster_fb.sandbox import Sandbox

PIXEL = OpSpec("update_pixel", "pixel", "write", effect="update", changes="adspixels")


def refused(written: list[str], **policy: Any) -> list[tuple[str, object, str]]:
    try:
        check_accounts(SpendPolicy(**policy), written)
    except ParameterError as error:
        return [(each.field, each.given, each.allowed) for each in error.violations]
    return []


def test_accounts_of_a_policy() -> None:
    allowed = "act_1, act_2: the policy's accounts"
    assert refused([]) == []
    assert refused(["act_9"]) == []
    assert refused(["act_1", "act_2"], accounts=["2", "act_1"]) == []
    assert refused(["act_1", "act_8", "act_9"], accounts=["2", "1"]) == [
        ("account", "act_8", allowed),
        ("account", "act_9", allowed),
    ]
    assert refused([], accounts=["1", "2"]) == [("account", "unknown", allowed)]
    assert refused(["act_1"], accounts=[]) == [("account", "act_1", "none: the policy's accounts")]
    assert refused(["act_1"], read_only=True) == [("op", "a write", "ops that read: the policy is read_only")]


def test_an_object_that_is_gone_hides_no_account_of_another() -> None:
    def owner(node_id: str) -> str:
        if node_id == "1":
            raise NotFoundError(code=100, error_subcode=33, message="Object with ID '1' does not exist")
        return "act_2"

    snapshot: Any = SimpleNamespace(fb=SimpleNamespace(owner=owner))
    changes = tuple(Change("campaigns", each, None) for each in ("1", "2"))
    assert [*assessment._owners(snapshot, {}, changes, known=False)] == ["act_2"]


def test_an_ad_alone_lets_its_ad_set_spend(empty: Sandbox, funnel: dict[str, str], tool: FacebookTool) -> None:
    for level in ("campaign_id", "adset_id"):
        empty.change(funnel[level], status="ACTIVE")
    new = {"name": "New", "adset_id": funnel["adset_id"], "creative": empty.object(funnel["ad_id"])["creative"]["id"]}

    def adds(op: str, **arguments: Any) -> int:
        plan = tool.guard.propose(registry()[op], registry()[op].prepare(tool.fb, arguments), always=True)
        assert plan is not None
        return plan.adds

    assert adds("update_ad", ad_id=funnel["ad_id"], status="ACTIVE") == 2000
    assert adds("create_ad", **new, status="ACTIVE") == 2000
    assert adds("create_ad", **new) == 0


def test_a_new_name_costs_no_other_request(empty: Sandbox, funnel: dict[str, str], tool: FacebookTool) -> None:
    sent = len(empty.requests)
    tool.call({"op": "update_adset", "args": {"adset_id": funnel["adset_id"], "name": "N"}})
    requests = [(each.method, each.path) for each in empty.requests[sent:]]
    assert requests == [("GET", funnel["adset_id"]), ("POST", funnel["adset_id"])]


def test_calls_are_counted_per_object_only_where_the_op_says_so() -> None:
    change = Change("ads", "1", "A", {}, {})
    each = dataclasses.replace(PIXEL, call_per_object=True)
    made = [Assessment(None, (change,) * n, frozenset(), None, None) for n in (0, 1, 3)]  # type: ignore[arg-type]
    assert [assessment.calls(PIXEL) for assessment in made] == [1, 1, 1]
    assert [assessment.calls(each) for assessment in made] == [1, 1, 3]


@table(
    ("blocked", "used", "text"),
    [
        ({}, None, "no limit is near"),
        ({"act_2": 1}, 10.0, "10 % of a limit used"),
        ({}, 74.9, "75 % of a limit used"),
        ({}, 75.0, "75 % of a limit used: calls are slowed"),
        ({}, 94.9, "95 % of a limit used: calls are slowed"),
        ({}, 95.0, "BLOCKED now: 95 % of a limit is used"),
        ({"act_1": 1}, 10.0, "BLOCKED now: Meta has blocked this account for some time"),
        ({"*": 1}, None, "BLOCKED now: Meta has blocked this account for some time"),
    ],
)
def test_rate_limit(blocked: dict[str, int], used: float | None, text: str) -> None:
    class Usage:
        def blocked(self) -> dict[str, tuple[datetime, str]]:
            return {key: (datetime(2026, 11, 1, tzinfo=UTC), "") for key in blocked}

        def highest(self, account: str | None, _case: str) -> float | None:
            assert account == "act_1"
            return used

    usage: Any = Usage()
    assert rate_limit_status(usage, "act_1") == text


def test_changes_of_an_op_that_is_known_by_its_declaration_only() -> None:
    def changes(arguments: dict[str, Any], **declared: Any) -> list[Change]:
        return [*describe_generic(dataclasses.replace(PIXEL, **declared), arguments)]

    given = {"pixel_id": "1", "name": "Shop", "emails": ["mary@example.com"], "ad_account_id": "act_1"}
    assert changes(given) == [Change("adspixels", "1", None, {"name": None}, {"name": "Shop"})]
    assert changes(given, effect="create") == [Change("adspixels", None, "Shop", {}, {"name": "Shop"})]
    assert changes(given, effect="add") == changes(given, effect="create")
    assert changes({}, effect="create") == [Change("adspixels", None, None, {}, {"status": "new"})]
    gone = [Change("adspixels", "1", None, {"status": "ACTIVE", "name": "Shop"}, {})]
    assert changes(given, access="destroy") == gone
    assert changes({"name": "Shop"}, changes="planets") == [
        Change("planets", None, None, {"name": None}, {"name": "Shop"})
    ]
    assert changes({**given, "execution_options": ["validate_only"]}) == []
    assert changes({**given, "execution_options": ["include_recommendations"]}) != []
