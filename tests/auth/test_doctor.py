"""The doctor: all is well on a sandbox, and each fault is found, alone, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, FileStore, Login, MemoryStore, Settings, facts
from admonster_fb.bot import FacebookTool
from admonster_fb.cli.sandbox_login import broken_sandbox, faults
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows.doctor import CHECKS, Check, doctor, stale_facts

FOUND = {
    "version": (
        "API version",
        "warning",
        "ads calls of v23.0 ended on 2026-06-09",
        "FACEBOOK_API_VERSION=v26.0",
    ),
    "clock": ("clock", "wrong", "20 minutes behind the sandbox's", "NTP"),
    "unreachable": ("connection", "wrong", "ConnectionResetError", "FACEBOOK_ENDPOINT"),
    "expired": ("token", "wrong", "Session has expired", "Log in again"),
    "scope": ("scopes", "wrong", "ads_management (nothing can be created or changed)", "login --rerequest"),
    "no-product": ("ad account", "wrong", "The app lacks the capability", "Marketing API use case"),
    "tier": ("ad account", "wrong", "An app in development tier called a foreign account", "app review"),
    "no-account": ("ad account", "wrong", "act_1 does not exist, or the token does not see it", "Ask for a role"),
    "role": ("role", "wrong", "tasks: ANALYZE", "ADVERTISE or MANAGE"),
    "disabled": ("account status", "wrong", "DISABLED", "Account Quality"),
    "unpaid": ("account status", "wrong", "Unpaid: $12.50 USD", "pays"),
    "no-payment": ("payment", "wrong", "no payment method", "An admin adds one"),
    "limit": ("payment", "wrong", "the spending limit of $0.01 USD is used up", "update_spending_limit"),
    "no-page": ("Page", "wrong", "no Page to advertise for", "pages_show_list"),
    "unpublished": ("Page", "wrong", 'not published: 108356564252733 "Juniper Roast"', "Publish the Page"),
    "development": ("app mode", "wrong", "in development mode: no creative can be created", "Switch the app to Live"),
    "no-pixel": ("pixel", "warning", "no pixel", "create_pixel"),
}


def not_well(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.state not in ("ok", "skipped")]


def test_on_a_fresh_sandbox_all_is_well(fb: FacebookAds) -> None:
    checks = doctor(fb)
    assert [check.name for check in checks] == [*CHECKS]
    assert not_well(checks) == []
    assert {check.state for check in checks} == {"ok"}
    assert all(check.found for check in checks)
    assert all(check.todo == "" for check in checks)


def test_it_changes_nothing(fb: FacebookAds, sandbox: Sandbox) -> None:
    before = len(sandbox.objects("AdCreative"))
    doctor(fb)
    written = [entry for entry in sandbox.journal if entry.method != "GET"]
    assert [entry.params["execution_options"] for entry in written] == [["validate_only"]]
    assert len(sandbox.objects("AdCreative")) == before


def test_every_fault_is_looked_for_here() -> None:
    assert {*faults()} == {*FOUND}


@pytest.mark.thorough
@table("fault", FOUND)
def test_each_fault_is_found_alone_and_comes_with_what_to_do(fault: str) -> None:
    name, state, found, todo = FOUND[fault]
    checks = doctor(broken_sandbox(fault))
    wrong = not_well(checks)
    assert [(check.name, check.state) for check in wrong] == [(name, state)]
    assert found in wrong[0].found
    assert todo in wrong[0].todo
    assert len(checks) == len(CHECKS)


def test_what_cannot_be_looked_at_says_what_comes_first() -> None:
    skipped = {check.name: check.found for check in doctor(broken_sandbox("no-page")) if check.state == "skipped"}
    assert skipped == {"app mode": "not checked: fix Page first"}
    skipped = {check.name: check.found for check in doctor(broken_sandbox("expired")) if check.state == "skipped"}
    assert skipped["clock"] == "not checked: fix token first"
    assert skipped["pixel"] == "not checked: fix ad account first"


def test_without_a_token_nothing_is_said_to_answer(sandbox: Sandbox) -> None:
    login = Login(
        sandbox.app.id, sandbox.app.secret, "https://bot.example/cb", settings=Settings(adapter=sandbox.adapter())
    )
    fb = FacebookAds.from_store(MemoryStore(), "ann", login=login, clock=sandbox)
    checks = {check.name: check for check in doctor(fb)}
    assert checks["connection"].state == "skipped"
    assert (checks["token"].state, checks["token"].found) == ("wrong", "no user is signed in")
    assert "admonster-fb login" in checks["token"].todo
    assert {check.state for check in checks.values()} == {"ok", "skipped", "wrong"}
    assert not [*sandbox.journal]


def test_a_store_that_cannot_be_read_is_the_tokens_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    fb = FacebookAds.from_store(FileStore(tmp_path / "tokens.bin", "no key"), "ann", clock=sandbox)
    (tmp_path / "tokens.bin").write_bytes(b"cut")
    assert [(check.name, check.found) for check in not_well(doctor(fb))] == [
        ("token", "FACEBOOK_TOKEN_KEY is not a valid encryption key")
    ]


def one(fb: FacebookAds, name: str, ad_account_id: str | None = None) -> Check:
    return next(check for check in doctor(fb, ad_account_id) if check.name == name)


def test_another_account_than_the_default_one_can_be_looked_at(fb: FacebookAds) -> None:
    assert one(fb, "ad account", "act_2").found == 'act_2 "Sandbox Coffee Japan"'
    missing = one(fb, "ad account", "act_99")
    assert missing.state == "wrong"
    assert missing.todo.startswith("Use one that it sees: act_1, act_2,")


def without_account(sandbox: Sandbox, seen: list[str]) -> FacebookAds:
    fb = FacebookAds.sandbox(sandbox)
    fb._account = None
    sandbox.limit_accounts(seen)
    return fb


def test_the_only_account_is_the_one_meant(sandbox: Sandbox) -> None:
    assert one(without_account(sandbox, ["act_2"]), "ad account").found.startswith("act_2")


def test_one_of_several_accounts_must_be_chosen(sandbox: Sandbox) -> None:
    found = one(without_account(sandbox, ["act_1", "act_2"]), "ad account")
    assert found.found == "no default account, and 2 to choose from"
    assert found.todo == "Set FACEBOOK_AD_ACCOUNT_ID to one of act_1, act_2."


def test_without_any_account_it_says_how_to_get_one(sandbox: Sandbox) -> None:
    found = one(without_account(sandbox, []), "ad account")
    assert found.found == "the token sees no ad account"
    assert "Ask for a role" in found.todo


@pytest.mark.thorough
@table(
    ("data", "name", "state", "found"),
    [
        ({"account_status": 9}, "account status", "warning", "grace period"),
        ({"account_status": 101}, "account status", "wrong", "closed"),
        ({"user_tasks": ["ADVERTISE", "ANALYZE"]}, "role", "ok", "tasks: ADVERTISE, ANALYZE"),
        ({"user_tasks": []}, "role", "wrong", "tasks: none"),
        ({"user_tasks": None}, "role", "skipped", "Meta does not return"),
        ({"spend_cap": "99999999"}, "payment", "ok", "there is a payment method"),
    ],
    fresh=True,
)
def test_what_the_account_tells_is_judged(
    sandbox: Sandbox, fb: FacebookAds, data: dict[str, Any], name: str, state: str, found: str
) -> None:
    sandbox.change(sandbox.account, **data)
    check = one(fb, name)
    assert (check.state, found in check.found) == (state, True)


@pytest.mark.thorough
@table(("minutes", "state"), [(0.5, "ok"), (-0.5, "ok"), (3, "warning"), (-3, "warning"), (6, "wrong")], fresh=True)
def test_the_clock_is_judged_by_how_far_it_is_off(sandbox: Sandbox, minutes: float, state: str) -> None:
    class Off:
        def now(self) -> Any:
            return sandbox.now() + timedelta(minutes=minutes)

        def sleep(self, seconds: float) -> None:
            sandbox.sleep(seconds)

    check = one(FacebookAds.sandbox(sandbox, clock=Off()), "clock")
    assert check.state == state
    if state != "ok":
        assert f"{abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} the sandbox's" in check.found


def test_a_pixel_that_fell_silent_is_a_warning(sandbox: Sandbox, fb: FacebookAds, monkeypatch: Any) -> None:
    now = fb.now()
    monkeypatch.setattr(fb, "now", lambda: now + timedelta(days=8))
    check = one(fb, "pixel")
    assert (check.state, check.found) == ("warning", "1 pixel, last event 2026-11-01")


def test_a_trial_creative_refused_for_another_reason_does_not_say_that_the_app_is_wrong(
    sandbox: Sandbox, fb: FacebookAds
) -> None:
    sandbox.fail_next("POST act_*/adcreatives", GraphError(100, 1885316, "Invalid creative"))
    check = one(fb, "app mode")
    assert check.state == "warning"
    assert check.found == "unknown; a test creative was refused: Invalid creative"


def test_an_error_in_the_middle_is_told_and_the_rest_is_still_looked_at(sandbox: Sandbox, fb: FacebookAds) -> None:
    sandbox.fail_next("GET act_*/promote_pages", GraphError(283))
    checks = {check.name: check for check in doctor(fb)}
    assert checks["Page"].state == "wrong"
    assert "Page permissions are missing" in checks["Page"].found
    assert checks["pixel"].state == "ok"


@pytest.mark.parametrize("break_it", [lambda s: s.remove("Page"), lambda s: s.expire_token()])
def test_no_finding_holds_a_secret(sandbox: Sandbox, fb: FacebookAds, break_it: Callable[[Sandbox], None]) -> None:
    break_it(sandbox)
    assert sandbox.token not in str(doctor(fb))


@pytest.mark.thorough
@table(
    ("version", "state", "found"),
    [
        ("v24.0", "warning", "ended on 2026-11-10"),
        ("v25.0", "ok", "until 2027-02-23"),
        ("v26.0", "ok", "no end announced; the newest is v27.0"),
        ("v27.0", "ok", "v27.0, no end announced"),
        ("v28.0", "warning", "not in the table of versions"),
    ],
)
def test_the_version_is_judged_by_the_table(version: str, state: str, found: str) -> None:
    sandbox = Sandbox(history=0)
    sandbox.advance(days=28)
    check = doctor(FacebookAds.sandbox(sandbox, settings=Settings(adapter=sandbox.adapter(), version=version)))[0]
    assert (check.state, check.found.find(found) >= 0) == (state, True), check


@pytest.mark.thorough
@table(("version", "found"), [("v24.0", "until 2026-11-10"), ("v26.0", "newest"), ("v27.0", "v27.0")], fresh=True)
def test_the_sandbox_of_doctor_has_the_version_of_the_environment(
    version: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_API_VERSION", version)
    assert broken_sandbox().version == version
    assert found in doctor(broken_sandbox())[0].found
    assert broken_sandbox("version").version == "v23.0"


def test_metas_warning_about_the_version_is_logged_once_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    fb = broken_sandbox("version")
    fb.adaccounts.get("act_1")
    fb.adaccounts.get("act_1")
    said = "The call has been auto-upgraded to v24.0 as v23.0 has been deprecated."
    assert [text for text in caplog.messages if "auto-upgraded" in text] == [f"Meta: {said}"]
    assert said in doctor(fb)[0].found
    assert f"API version: {said}" in FacebookTool(fb).call({"op": "status", "args": {"ad_account_id": "act_1"}}).text


def test_facts_are_stale_from_the_31st_day_on() -> None:
    """Of the row that was checked last, 30 days later none is called stale, a day later it is."""
    last = max(row.date for name in facts.names() for row in facts.rows(name))
    rows = sum(row.date == last for name in facts.names() for row in facts.rows(name))
    count = {days: sum(old for old, _ in facts.stale(last + timedelta(days=days)).values()) for days in (30, 31)}
    assert count[31] - count[30] == rows > 0


def test_old_facts_are_called_stale() -> None:
    assert stale_facts(date(2026, 1, 1)).state == "ok"
    assert (check := stale_facts(date(2027, 11, 29))).state == "warning"
    assert "versions (9, oldest 2026-09-30)" in check.found
