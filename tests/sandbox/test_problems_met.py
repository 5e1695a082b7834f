"""A problem that lasts counts as met once a call has met it."""

from __future__ import annotations

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.sandbox.faults.faults import UnspentFaults

pytestmark = pytest.mark.thorough


@table("name", [*Sandbox(history=0).problems])
def test_each_problem_can_be_tried_with_the_fixture(name: str) -> None:
    """The fixture of `admonster_fb.testing` checks at its end that each fault was met."""
    sandbox = Sandbox(history=0)
    sandbox.problems[name]()
    tool = FacebookTool(FacebookAds.sandbox(sandbox))
    for op in ("status", "list_ad_accounts", "list_campaigns", "list_campaigns"):
        tool.call({"op": op})
    sandbox.check_spent()


def test_one_that_nobody_has_met_is_named() -> None:
    sandbox = Sandbox(history=0)
    sandbox.fail_next("GET act_*", GraphError(2), times=None)
    with pytest.raises(UnspentFaults, match="not met"):
        sandbox.check_spent()
    for _ in range(3):
        assert sandbox.session().get("https://graph.facebook.com/act_1").status_code == 500
    sandbox.check_spent()
