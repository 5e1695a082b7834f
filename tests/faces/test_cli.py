"""The command line in this process."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tables import table
from typer.testing import CliRunner, Result

from admonster_fb import FacebookAds, errors
from admonster_fb.bot.help import command_line, example
from admonster_fb.bot.host import EXIT_CODES
from admonster_fb.bot.registry import names, registry
from admonster_fb.cli import app as cli
from admonster_fb.cli import output as terminal
from admonster_fb.sandbox import GraphError, Request, Response, Sandbox, png
from admonster_fb.sandbox.wire import json_response


def run(line: str) -> Result:
    return CliRunner().invoke(cli.app, shlex.split(line))


def created(name: str = "Sale", *words: str) -> dict[str, Any]:
    """What `create_campaign` made on the served sandbox."""
    words = (f"name={name}", "objective=OUTCOME_TRAFFIC", "special_ad_categories=[]", *words)
    result = run(shlex.join(["call", "create_campaign", "--json", *words]))
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout)["data"])


class TestCall:
    @pytest.mark.thorough
    def test_piped_it_prints_the_tools_own_text(self) -> None:
        result = run("call get_ad_account_info --sandbox")
        assert result.exit_code == 0
        assert result.stdout.startswith("AdAccount ID: act_1 ")
        assert result.stderr == ""

    def test_figures_without_json_show_each_requested_field_and_name_what_is_hidden(self) -> None:
        line = "call get_detailed_insights --sandbox level=ad date_preset=last_7d"
        fields = ["spend", "actions", "purchase_roas", "quality_ranking", "cost_per_result"]
        shown = run(shlex.join([*line.split(), f"fields={json.dumps(fields)}"])).stdout
        rows = [row for row in shown.splitlines() if row.startswith("- ad ID: ")]
        assert rows
        labels = ("Spend: $", "Actions: ", "Purchase roas: ", "Quality ranking: ", "Cost per result: ")
        assert all(label in row for row in rows for label in labels)
        assert "Not shown: actions, cost_per_action_type." in run(line).stdout

    @table(
        "line",
        [
            "call list_ad_accounts --sandbox user_id=me",
            "call --sandbox list_ad_accounts user_id=me",
            "call list_ad_accounts user_id=me --sandbox",
        ],
        fresh=True,
    )
    def test_options_go_anywhere(self, line: str) -> None:
        assert "act_1" in run(line).stdout

    def test_account_is_the_default_account(self) -> None:
        assert "act_2" in run("call get_ad_account_info --sandbox --account 2").stdout

    @pytest.mark.thorough
    def test_account_goes_before_the_environment(self, served: Sandbox) -> None:
        assert "act_2" in run("call get_ad_account_info --account act_2").stdout

    def test_read_only_has_no_op_that_writes(self) -> None:
        result = run("call create_campaign --sandbox --read-only name=x")
        assert result.exit_code == 2
        assert "create_campaign" in result.stderr

    @pytest.mark.thorough
    def test_a_sandbox_elsewhere_keeps_what_was_made(self, served: Sandbox) -> None:
        campaign = created()
        assert f"ID: {campaign['id']}" in run("call list_campaigns").stdout

    def test_files_are_found_in_the_current_folder(self) -> None:
        Path("a.png").write_bytes(png())
        assert run("call upload_image --sandbox image_path=a.png").exit_code == 0

    def test_files_outside_the_folder_are_refused(self) -> None:
        Path("in").mkdir()
        Path("a.png").write_bytes(png())
        result = run("call upload_image --sandbox --files in image_path=../a.png")
        assert result.exit_code == 2
        assert "within the folder" in result.stderr


class TestValues:
    @pytest.mark.thorough
    @table("name", ["7", "1.50", "true", "null", "[a]", "120210000000000000000001", "a=b", "NaN"], fresh=True)
    def test_a_text_stays_as_it_is(self, served: Sandbox, name: str) -> None:
        assert created(name=name)["name"] == name

    def test_a_quoted_text_loses_its_quotes(self, served: Sandbox) -> None:
        assert cli.parse_arguments("update_campaign", ['name="a b"']) == {"name": "a b"}

    @pytest.mark.parametrize("budget", ["5000", "50.00 USD"])
    def test_an_amount_survives(self, served: Sandbox, budget: str) -> None:
        assert created("Sale", f"daily_budget={budget}")["daily_budget"] == 5000

    def test_a_decimal_is_no_amount(self) -> None:
        result = run(
            "call create_campaign --sandbox name=a objective=OUTCOME_TRAFFIC special_ad_categories=[] daily_budget=50.0"
        )
        assert result.exit_code == 2
        assert "daily_budget" in result.stderr

    def test_an_id_keeps_its_digits(self, served: Sandbox) -> None:
        campaign = created()
        assert json.loads(run(f"call get_campaign campaign_id={campaign['id']} --json").stdout)["data"] == campaign

    def test_lists_and_objects_are_json(self, served: Sandbox) -> None:
        campaign = created()
        status = """effective_status='["ARCHIVED"]'"""
        assert campaign["id"] not in run(f"call list_campaigns {status}").stdout
        assert campaign["id"] in run("call list_campaigns status=PAUSED").stdout

    @table("word", ["limit", "=2", "limit=2 limit=3"], fresh=True)
    def test_what_is_not_one_key_and_value_is_refused(self, word: str) -> None:
        result = run(f"call list_campaigns --sandbox {word}")
        assert result.exit_code == 2
        assert result.stderr.startswith("ERROR ParameterError")

    def test_deep_json_is_text(self) -> None:
        deep = "[" * 100_000
        assert cli.parse_arguments("update_campaign", [f"name={deep}"]) == {"name": deep}


class TestJson:
    def test_it_is_the_result_and_nothing_else(self) -> None:
        result = run("call list_ad_accounts --sandbox --json")
        answer = json.loads(result.stdout)
        assert answer.keys() == {"ok", "data", "error", "next_actions", "after"}
        assert answer["data"][0]["accounts"][0]["id"] == "act_1"
        assert answer["next_actions"] == ["status"]
        assert result.stderr == ""

    def test_fields_not_sent_are_left_out(self, served: Sandbox) -> None:
        created()
        rows = json.loads(run("""call list_campaigns 'fields=["name"]' --json""").stdout)["data"]
        assert rows[0].keys() == {"id", "name"}

    def test_an_error_is_json_too(self) -> None:
        result = run("call get_campaign --sandbox campaign_id=999 --json")
        assert result.exit_code == 5
        assert json.loads(result.stdout)["error"]["type"] == "NotFoundError"

    @pytest.mark.parametrize("line", ["call list_campaigns --json", "call list_campaigns x --sandbox --json"])
    def test_an_error_before_the_call_is_json_too(self, line: str) -> None:
        result = run(line)
        assert result.exit_code == 2
        assert json.loads(result.stdout)["ok"] is False

    @pytest.mark.thorough
    def test_all_that_a_read_op_gives_is_json(self, served: Sandbox) -> None:
        for op in registry().values():
            needed = set(op.schema.get("required", ())) - {"ad_account_id", "object_id", "parent_id"}
            # Some take one of several arguments: they are called in test_every_op.py.
            if (
                op.access == "read"
                and not needed
                and op.name not in {"preview_ad", "get_delivery_estimate", "list_comments"}
            ):
                result = run(f"call {op.name} --json")
                assert json.loads(result.stdout)["ok"], result.stderr


class Faulty:
    """Answers every call with one error."""

    def __init__(self, code: int) -> None:
        self.error = GraphError(code)

    def before(self, request: Request) -> Response:
        return json_response(self.error.http_status, self.error.envelope("trace"))

    def after(self, request: Request, response: Response) -> Response:
        return response


class TestExitCodes:
    @pytest.mark.thorough
    @table(("code", "exit_code"), [(190, 3), (200, 4), (803, 5), (17, 6), (2, 7), (368, 9), (100, 1)], fresh=True)
    def test_they_follow_the_class(self, monkeypatch: pytest.MonkeyPatch, code: int, exit_code: int) -> None:
        sandbox = Sandbox(history=0)
        sandbox.hooks.append(Faulty(code))
        monkeypatch.setattr(cli, "connect", lambda **_: FacebookAds.sandbox(sandbox, max_wait=0))
        result = run("call get_campaign campaign_id=1")
        assert result.exit_code == exit_code
        assert result.stdout == ""
        assert result.stderr.startswith("ERROR ")

    def test_every_name_is_a_class(self) -> None:
        assert all(issubclass(getattr(errors, name), errors.FacebookAdsError) for name in EXIT_CODES)

    @pytest.mark.thorough
    def test_the_help_has_the_table(self) -> None:
        said = " ".join(run("call --help").stdout.split())
        assert "9 BlockedError" in said
        assert "7 TransientError or NetworkError" in said


class TestErrors:
    @pytest.mark.parametrize("line", ["call list_campain --sandbox", "help list_campain"])
    def test_an_unknown_op_gets_three_names(self, line: str) -> None:
        result = run(line)
        assert result.exit_code == 2
        assert sum(name in result.stderr for name in registry()) >= 3
        assert "list_campaigns" in result.stderr

    @pytest.mark.parametrize("command", ["call list_campaigns", "mcp"])
    def test_no_token_is_one_line(self, command: str) -> None:
        result = run(command)
        assert result.exit_code == 2
        assert result.stderr == f"{terminal.NO_TOKEN}\n"
        assert "--sandbox" in terminal.NO_TOKEN
        assert result.stdout == ""

    def test_a_token_of_the_wrong_kind_is_told_and_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", "sandbox-0123456789abcdef")
        result = run("call list_campaigns")
        assert result.exit_code == 2
        assert "0123456789abcdef" not in result.output
        assert result.output.count("\n") == 3

    def test_a_token_that_is_refused_is_not_shown(self, monkeypatch: pytest.MonkeyPatch, served: Sandbox) -> None:
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", "sandbox-0123456789abcdef")
        for line in ("call list_ad_accounts", "call list_ad_accounts --json"):
            result = run(line)
            assert result.exit_code == 3
            assert "0123456789abcdef" not in result.output

    @pytest.mark.thorough
    def test_the_token_is_not_shown(self, served: Sandbox) -> None:
        for line in ("call status", "call list_ad_accounts --json", "call get_campaign campaign_id=9", "call nope"):
            assert served.token not in run(line).output

    def test_a_bad_account_is_told(self) -> None:
        result = run("call status --sandbox --account mine")
        assert result.exit_code == 2
        assert "mine" in result.stderr

    def test_wrong_usage_exits_with_2(self) -> None:
        assert run("call").exit_code == 2
        assert run("call list_campaigns --nope").exit_code == 2
        assert run("ops --group nope").exit_code == 2

    @pytest.mark.parametrize(("line", "wrong"), [("--groups nope", "nope"), ("--tools many", "many")])
    def test_wrong_choices_for_mcp(self, line: str, wrong: str) -> None:
        result = run(f"mcp --sandbox {line}")
        assert result.exit_code == 2
        assert wrong in result.stderr

    def test_a_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "admonster_fb.bot.mcp_server", raising=False)
        monkeypatch.setitem(sys.modules, "mcp.server.lowlevel", None)
        result = run("mcp --sandbox")
        assert result.exit_code == 1
        assert result.stderr == "The MCP server needs the MCP SDK: pip install 'admonster-fb[mcp]'\n"


class TestListing:
    def test_ops_are_lines_with_tabs(self) -> None:
        lines = [line.split("\t") for line in run("ops").stdout.splitlines()]
        assert [line[1] for line in lines] == [*registry()]
        assert all(len(line) == 4 for line in lines)

    def test_ops_of_a_group(self) -> None:
        assert {line.split("\t")[0] for line in run("ops --group campaign").stdout.splitlines()} == {"campaign"}

    @pytest.mark.thorough
    def test_help_knows_every_op_by_each_of_its_names(self) -> None:
        shown = {name: run(f"help {name}") for name in names()}
        wrong = [
            name
            for name, result in shown.items()
            if result.exit_code or not result.stdout.startswith(f"{names()[name]} (")
        ]
        assert wrong == []

    def test_help_is_for_a_shell(self) -> None:
        said = run("help create_ad").stdout
        assert "Example: admonster-fb call create_ad name=A adset_id=" in said
        assert "(…): admonster-fb help OP ARGUMENT" in run("help create_campaign").stdout
        assert "op=" not in said
        values = run("help create_adset optimization_goal")
        assert (values.exit_code, "LANDING_PAGE_VIEWS" in values.stdout) == (0, True)
        assert run("help create_adset goal_of_mine").exit_code == 2
        assert "admonster-fb ops lists all" in run("help create_campain").stderr

    def test_help_in_a_call(self) -> None:
        assert "create_campaign (write)" in run("call help op=create_campaign --sandbox").stdout

    @pytest.mark.thorough
    def test_the_example_of_every_op_reads_back_as_the_same_arguments(self) -> None:
        wrong = []
        for op in registry().values():
            program, call, name, *words = shlex.split(command_line(**example(op)))
            assert (program, call, name) == ("admonster-fb", "call", op.name)
            if cli.parse_arguments(name, words) != example(op)["args"]:
                wrong.append(name)
        assert wrong == []

    def test_names_are_completed(self) -> None:
        assert dict(cli.complete_op("list_c")).keys() >= {"list_campaigns", "list_creatives"}
        assert all(name.startswith("list_") for name, _ in cli.complete_op("list_"))

    def test_the_shell_gets_the_names(self) -> None:
        shell = {"_ADMONSTER_FB_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "admonster-fb call list_camp"}
        result = CliRunner().invoke(cli.app, [], env=shell, prog_name="admonster-fb")
        assert "list_campaigns" in result.stdout

    def test_demo_is_still_there(self) -> None:
        assert "demo" in run("--help").stdout

    @pytest.mark.thorough
    def test_help_imports_neither_the_tool_nor_the_sandbox(self) -> None:
        program = (
            "import atexit, sys; from admonster_fb.__main__ import main; "
            "atexit.register(lambda: print(*sys.modules)); main()"
        )
        shown = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True)
        modules = shown.stdout.splitlines()[-1].split()
        assert "admonster_fb.cli.app" in modules
        heavy = (
            "admonster_fb.bot.tool",
            "admonster_fb.sandbox",
            "admonster_fb.client",
            "facebook_business",
            "pydantic",
            "rich",
        )
        assert [name for name in modules if name.startswith(heavy)] == []

    @pytest.mark.parametrize("group", ["", "audience", "audit", "fleet", "token"])
    def test_help_shows_each_summary_whole(self, group: str) -> None:
        shown = run(f"{group} --help").stdout
        assert "Commands:" in shown
        assert "..." not in shown.partition("Commands:")[2]


@table("text", ["{geo: {countries: [US]}}", "{'age_min': 18}", "[HOUSING]", '["US"', "{"], fresh=True)
def test_what_should_be_json_and_is_not_is_told_as_that(text: str) -> None:
    for op, key in (("create_adset", "targeting"), ("create_campaign", "special_ad_categories")):
        refused = run(shlex.join(["call", op, "--sandbox", f"{key}={text}"]))
        assert refused.exit_code == 2
        assert f"- {key}: given " in refused.output
        assert "JSON, with double quotes" in refused.output


def test_text_that_looks_like_json_stays_text() -> None:
    made = run(shlex.join(["call", "create_campaign", "--sandbox", "name=[Sale] {x", *TRAFFIC]))
    assert '"[Sale] {x"' in made.output


TRAFFIC = ("objective=OUTCOME_TRAFFIC", "special_ad_categories=[]")
