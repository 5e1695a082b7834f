"""The scopes that ops declare, and the scopes that a login asks for."""

from __future__ import annotations

import itertools

import pytest

from admonster_fb.auth.scopes import OPTIONAL, REQUIRED, SCOPES, missing_scopes
from admonster_fb.bot.registry import registry
from admonster_fb.operation import READ_SCOPES, WRITE_SCOPES
from admonster_fb.workflows.doctor import WITHOUT

SENDS_NOTHING = {"connect", "apply", "discard"}


def test_ops_declare_the_write_scope_if_and_only_if_they_write() -> None:
    expected = {
        op.name: set() if op.name in SENDS_NOTHING else {*(READ_SCOPES if op.access == "read" else WRITE_SCOPES)}
        for op in registry().values()
    }
    wrong = {
        op.name: op.spec.scopes
        for op in registry().values()
        if not expected[op.name] <= {*op.spec.scopes}
        or ("ads_management" in op.spec.scopes) != (op.access != "read" and op.name not in SENDS_NOTHING)
    }
    assert wrong == {}


def test_required_is_the_union_of_what_ops_declare() -> None:
    assert {*REQUIRED, *OPTIONAL} == {*itertools.chain(*(op.spec.scopes for op in registry().values()))}


def test_a_login_asks_for_all_that_ops_need_and_the_doctor_has_words_for_each() -> None:
    lacking = missing_scopes(())
    assert {*lacking} == {*SCOPES} - {"read_insights"}
    assert {*lacking} == {*WITHOUT}
    assert missing_scopes(SCOPES) == ()


@pytest.mark.parametrize("op", ["create_creative", "launch_campaign"])
def test_ops_that_speak_for_a_page_need_its_scopes(op: str) -> None:
    lacking = missing_scopes(["ads_management"], registry()[op].spec.scopes)
    assert lacking == ("pages_show_list", "pages_read_engagement", "pages_manage_ads")
