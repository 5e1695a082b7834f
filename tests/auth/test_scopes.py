"""Which scopes each op needs: the table agrees with the registry, and its names are known everywhere."""

from __future__ import annotations

import pytest

from admonster_fb.auth.scopes import OPS, READ, SCOPES, WRITE, missing, needed
from admonster_fb.bot.registry import Op, registry
from admonster_fb.workflows.doctor import WITHOUT

LOCAL = {"help", "connect", "apply", "discard"}
"""What asks Meta for nothing itself."""


@pytest.mark.parametrize("op", registry().values(), ids=lambda op: op.name)
def test_an_op_that_writes_needs_the_scope_to_write_and_no_other_does(op: Op) -> None:
    if op.name in LOCAL:
        assert needed(op.name) == ()
    else:
        least = READ if op.access == "read" else WRITE
        assert {*least} <= {*needed(op.name)}
        assert ("ads_management" in needed(op.name)) == (op.access != "read")


def test_what_is_special_is_an_op_that_there_is() -> None:
    assert OPS.keys() - {"help"} <= registry().keys()


def test_a_login_asks_for_all_that_an_op_may_need_and_the_doctor_has_words_for_each() -> None:
    lacking = missing(())
    assert {*lacking} == {*SCOPES} - {"read_insights"}
    assert {*lacking} == {*WITHOUT}
    assert missing(SCOPES) == ()


@pytest.mark.parametrize("op", ["create_creative", "launch_campaign"])
def test_what_speaks_for_a_page_needs_its_scopes(op: str) -> None:
    assert missing(["ads_management"], [op]) == ("pages_show_list", "pages_read_engagement", "pages_manage_ads")
