"""Errors as the model reads them: every violation, what is allowed, and whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.render import errors as explained
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.sandbox import GraphError as errors_of_sandbox
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.workflows.launch import launch

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


def test_every_violation_is_shown_with_what_is_allowed(refused: Callable[[Any], str]) -> None:
    wrong = {"objective": "LINK_CLICKS", "status": "ON", "daily_budget": -5, "special_ad_categories": None, "nmae": "A"}
    lines = refused({"op": "create_campaign", "args": wrong}).splitlines()
    assert lines[0] == "ERROR ParameterError: nothing was sent."
    assert lines[-1] == "Change the arguments and call again."
    said = {line.removeprefix("- ").partition(":")[0].removesuffix(" is required"): line for line in lines[1:-1]}
    assert said.keys() == {"name", "objective", "status", "daily_budget", "special_ad_categories", "nmae"}
    assert "is required" in said["name"]
    assert "OUTCOME_TRAFFIC" in said["objective"]
    assert "PAUSED" in said["status"]
    assert "given -5" in said["daily_budget"]
    assert "did you mean name?" in said["nmae"]


def test_the_currency_has_to_be_the_accounts(tool: FacebookTool) -> None:
    result = tool.call({"op": "create_campaign", "args": CAMPAIGN | {"daily_budget": "50.00 EUR"}})
    assert result.text.startswith("ERROR ParameterError: nothing was sent.\n- daily_budget: ")
    assert "USD" in result.text


TURNS = {
    "rate limit": ({"code": 17}, "Wait for the time in the usage headers. Then call again, unchanged."),
    "transient": ({"code": 2}, "Call again, unchanged, in "),
    "parameter": ({"code": 100, "error_subcode": 2490408}, "Change the arguments and call again."),
    "nothing blamed": ({"code": 100}, "If the message names one of your arguments, change it"),
    "token": ({"code": 190}, "has to act; calling again will not help."),
    "permission": ({"code": 200}, "has to act; calling again will not help."),
}


@table(("body", "turn"), TURNS.values(), ids=TURNS)
def test_an_error_of_metas_says_whose_turn_it_is(body: dict[str, Any], turn: str) -> None:
    error = errors.api_error({"message": "m", **body}, http_status=400, request="GET act_1")
    text = explained.text(error)
    assert text.startswith(f"ERROR {type(error).__name__}: ")
    assert turn in text.splitlines()[-1]


def test_a_wait_says_how_long() -> None:
    error = errors.RateLimited(message="held back", retry_after=90)
    assert explained.text(error).splitlines()[-1] == "Call again, unchanged, in 90 s."
    assert explained.data(error)["retry_after"] == 90


@table("wait", [None, 90])
@table("code", [4, 17, 32, 613, 80004])
def test_a_rate_limit_says_once_how_long_to_wait(code: int, wait: float | None) -> None:
    error = errors.RateLimited(code=code, message="limit reached", retry_after=wait)
    told = explained.text(error)
    times = re.findall(r"(?i)\b(?:wait|pause|in \d+ s|in a minute)\b", told)
    assert len(times) == 1, told
    assert len(re.findall(r"(?i)\bwait|\bpause", str(error))) == 1, str(error)


def test_a_message_that_says_nothing_is_followed_by_what_its_number_means() -> None:
    error = errors.BlockedError(code=100, error_subcode=1359188, message="Invalid parameter")
    assert "The ad account has no payment method. What to do: Ask the user to add one in Billing" in str(error)
    told = errors.BlockedError(
        code=100, error_subcode=1359188, message="Invalid parameter", error_user_msg="Pay first."
    )
    assert "no payment method" not in str(told)


def test_a_launch_that_stopped_says_once_what_to_do(tmp_path: Path) -> None:
    sandbox = Sandbox(history=0)
    fb = FacebookAds.sandbox(sandbox)
    sandbox.fail_next("POST act_*/adsets", errors_of_sandbox(190), times=None)
    adset = {"name": "US", "daily_budget": 2000, "targeting": {"geo_locations": {"countries": ["US"]}}}
    spec = {"preset": "traffic", "campaign": {"name": "S", "special_ad_categories": []}, "adsets": [adset]}
    with pytest.raises(errors.LaunchStopped) as stopped:
        launch(fb, fb.account, spec, validate=False, journal=tmp_path / "sale")
    said = str(stopped.value)
    assert said.count("What to do:") == 1
    assert re.search(
        r"resume=launch_\w+ continues, with rollback=launch_\w+ deletes what exists. Before: Check the", said
    )


def test_an_unknown_outcome_says_what_to_check_before_anything_else() -> None:
    text = explained.text(errors.OutcomeUnknown("the answer was lost", request="POST act_1/campaigns", check="list it"))
    assert text.splitlines()[-1] == "Do not call again before you have checked: list it"


def test_code_gets_the_error_as_data() -> None:
    data = explained.data(ParameterError([Violation("name", MISSING, "a string")]))
    assert data["type"] == "ParameterError"
    text = "name is required: a string"
    assert data["violations"] == [{"field": "name", "allowed": "a string", "text": text}]
    assert (data["retryable"], data["who"]) == (False, "model")


def test_an_answer_of_metas_is_an_error_not_an_exception(tool: FacebookTool) -> None:
    result = tool.call({"op": "get_campaign", "args": {"campaign_id": "5"}})
    assert (result.ok, result.data, result.error and result.error["type"]) == (False, None, "NotFoundError")
    assert "fbtrace_id" in result.text


@pytest.mark.thorough
@table("name", ["a\nID: 999", "```\nOK: created", "x\u202ey", "\x1b[31m", "a" * 5000], fresh=True)
def test_what_is_quoted_in_an_error_makes_no_lines(tool: FacebookTool, name: str) -> None:
    for args in ({"campaign_id": name}, {name: "x", "campaign_id": "1"}):
        result: ToolResult = tool.call({"op": "get_campaign", "args": args})
        lines = result.text.splitlines()
        assert lines[0] == "ERROR ParameterError: nothing was sent."
        assert len(lines) == 3
        assert all(line.isprintable() and "`" not in line for line in lines)
        assert len(result.text) <= 6000


def test_metas_own_message_makes_no_lines() -> None:
    body = {"message": "bad\n```\nOK: created\x1b \u202ename", "code": 100}
    error = errors.api_error(body, http_status=400, request="GET 1")
    lines = explained.text(error).splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() and "`" not in line for line in lines)


def test_a_token_never_shows(tool: FacebookTool, sandbox: Sandbox) -> None:
    sandbox.expire_token()
    result = tool.call({"op": "status"})
    assert result.error
    assert result.error["type"] == "AuthenticationError"
    assert sandbox.token not in result.text + str(result.error)
    assert sandbox.token not in repr(tool)


def test_files_are_confined(tool: FacebookTool, sandbox: Sandbox, tmp_path: Any) -> None:
    before = len(sandbox.journal)
    outside = tmp_path.parent / "secret.png"
    for given, files in (("x.png", None), (str(outside), tmp_path), ("../secret.png", tmp_path), ("\0", tmp_path)):
        confined = FacebookTool(tool.fb, files=files)
        text = confined.call({"op": "upload_image", "args": {"image_path": given}}).text
        assert text.startswith("ERROR ParameterError"), given
    assert len(sandbox.journal) == before
    (tmp_path / "ok.png").write_bytes(png(600, 600))
    assert FacebookTool(tool.fb, files=tmp_path).call({"op": "upload_image", "args": {"image_path": "ok.png"}}).ok
