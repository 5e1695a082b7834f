"""Every op, through every face: the tool, the command line and MCP, on one served sandbox."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client
from tables import table
from typer.testing import CliRunner

from admonster_fb import FacebookAds, Money
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.sample_media import mp4
from admonster_fb.workflows.ab_tests import create_ab_test

pytestmark = pytest.mark.thorough

GROUPS = {"account", "campaign", "adset", "targeting", "creative", "ad", "insights", "automation", "audience", "pixel"}
GROUPS |= {"lead"}
CANADA = {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}
INTEREST = {"id": "6003139266461", "name": "Movies"}
STORY: Any = {"page_id": "1", "link_data": {"link": "https://example.com/", "message": "New in"}}


class World:
    """One funnel, with what an op may change or destroy."""

    def __init__(self, sandbox: Sandbox) -> None:
        fb = FacebookAds.sandbox(sandbox)
        params: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
        self.fb = fb
        self.image = str(fb.adimages.create("act_1", bytes=png()).hash)
        self.campaign = fb.campaigns.create("act_1", name="Autumn", **params).id
        self.budget_campaign = fb.campaigns.create("act_1", name="CBO", **params, daily_budget=5000).id
        self.adset_params: Any = {
            "campaign_id": self.campaign,
            "name": "US",
            "daily_budget": 2000,
            "optimization_goal": "LINK_CLICKS",
            "billing_event": "IMPRESSIONS",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "targeting": CANADA,
        }
        self.adset = fb.adsets.create("act_1", **self.adset_params).id
        story: Any = {**STORY, "link_data": {**STORY["link_data"], "image_hash": self.image}}
        self.creative = fb.adcreatives.create("act_1", object_story_spec=story).id
        self.free_story: Any = {**story, "link_data": {**story["link_data"], "message": "Unused"}}
        self.ad = fb.ads.create("act_1", name="A", adset_id=self.adset, creative={"creative_id": self.creative}).id
        self.cells = [{"campaign_ids": [self.campaign]}, {"campaign_ids": [self.budget_campaign]}]
        self.page = COMMENTED.partition("_")[0]
        self.sandbox = sandbox

    # The rest is made when wanted: most ops want none of it.

    @cached_property
    def free_creative(self) -> str:
        return self.fb.adcreatives.create("act_1", object_story_spec=self.free_story).id

    @cached_property
    def video(self) -> str:
        return self.fb.advideos.wait(self.fb.advideos.create("act_1", file_url="https://example.com/a.mp4").id).id

    @cached_property
    def business(self) -> str:
        owner = self.fb.adaccounts.get("act_1").business
        return owner.id if owner else ""

    @cached_property
    def user(self) -> str:
        return self.fb.assigned_users.list("act_1", business_id=self.business)[-1].id

    @cached_property
    def rule(self) -> str:
        return self.fb.adrules.create("act_1", **RULE).id

    @cached_property
    def report(self) -> str:
        return self.fb.insights.report("act_1", level="campaign", days=7).wait().id

    @cached_property
    def audience(self) -> str:
        lists: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        audience = self.fb.customaudiences.create("act_1", name="Customers", **lists).id
        self.sandbox.audience_status(audience, 200)
        return audience

    @cached_property
    def saved_audience(self) -> str:
        return self.fb.saved_audiences.list("act_1")[0].id

    @cached_property
    def pixel(self) -> str:
        return self.fb.adspixels.list("act_1")[0].id

    @cached_property
    def form(self) -> str:
        return self.sandbox.add_form(self.page)

    @cached_property
    def second_form(self) -> str:
        return self.sandbox.add_form(self.page)

    @property
    def named(self) -> str:
        """A name for a custom conversion, of which no two are alike."""
        return f"Thanks {self.audience}"

    @property
    def test(self) -> str:
        """An A/B test, made when wanted: a business has 100 at most."""
        return create_ab_test(self.fb, "act_1", name="Old", cells=self.cells, **TEST).id

    @property
    def test_lead(self) -> str:
        """The test lead of a form, made when wanted."""
        return self.fb.leads.create_test(self.sandbox.add_form(self.page)).id

    @property
    def archived_form(self) -> str:
        """An archived form, made when wanted."""
        return self.sandbox.add_form(self.page, status="ARCHIVED")

    @property
    def watch(self) -> str:
        """A subscription of the account, made when wanted."""
        self.sandbox.world.hooks.app["ad_account"] = {"fields": ["subscriptions"]}
        return self.fb.webhooks.watch("act_1", **WATCH).id

    @cached_property
    def conversion(self) -> str:
        """A custom conversion, made when wanted: an account has 100 at most."""
        made: Any = {"name": self.named, "event_source_id": self.pixel, "custom_event_type": "PURCHASE"}
        return self.fb.customconversions.create("act_1", **made, rule=THANKS).id

    @property
    def recommendation(self) -> dict[str, Any]:
        """A recommendation to raise a budget, with the amount."""
        row = {"type": "SCALE_GOOD_CAMPAIGN", "recommendation_signature": "s1", "object_ids": [self.budget_campaign]}
        self.sandbox.change_internals("act_1", recommendations=[{**row, "recommendation_content": {}}])
        budgets = [{"id": self.budget_campaign, "additional_budget": "5.00 USD"}]
        return {"recommendation_signature": "s1", "budgets": budgets}

    def stage(self) -> dict[str, Any]:
        now = int(datetime.now(UTC).timestamp())
        return {"lead_id": "123456789012345", "stage": "qualified", "time": now - 60}

    def lead(self) -> dict[str, Any]:
        told = {"event_name": "Lead", "action_source": "phone_call", "user_data": {"ph": "+1 555 987 6543"}}
        return {**told, "event_time": int(datetime.now(UTC).timestamp()) - 60}


SEED = "23850000000000101"
THANKS: Any = {"and": [{"url": {"i_contains": "thankyou"}}]}
WEEK: Any = [
    {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
    {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
    {"field": "cost_per", "operator": "GREATER_THAN", "value": "20.00 USD"},
]
RULE: Any = {
    "name": "Stop dear campaigns",
    "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": WEEK},
    "execution_spec": {"execution_type": "PAUSE"},
    "schedule_spec": {"schedule_type": "DAILY"},
}
TEST: Any = {"start_date": "2040-01-10", "end_date": "2040-01-20"}
WEAK: Any = {"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000}
WATCH: Any = {"event_type": "OBJECT_CREATED", "entity_type": "AD"}
FORM: Any = {"questions": ["full name", "Which course?"], "privacy_policy": "https://example.com/privacy"}
Args = Callable[[World], dict[str, Any]]
CAMPAIGN: dict[str, Any] = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
RAISED = {"budget_value": 1000, "budget_value_type": "ABSOLUTE", "time_start": 2111533200, "time_end": 2111619600}
NEW_ACCOUNT = {"name": "Berlin", "currency": "EUR", "timezone_id": 1, "end_advertiser_id": "NONE"}
LAUNCH: Any = {"preset": "traffic", "campaign": {"name": "Whole", "special_ad_categories": []}}
SET: Any = {"name": "US", "daily_budget": "20.00 USD", "targeting": {"geo_locations": {"countries": ["US"]}}}
OPS: dict[str, Args] = {
    "get_ad_account_info": lambda w: {"ad_account_id": "1"},
    "create_ad_account": lambda w: {"business_id": w.business, **NEW_ACCOUNT},
    "update_spending_limit": lambda w: {"spending_limit": "2500.00 USD"},
    "add_account_user": lambda w: {"user_id": w.user, "tasks": ["ANALYZE"]},
    "remove_account_user": lambda w: {"user_id": w.user},
    "list_campaigns": lambda w: {"status": "PAUSED", "limit": 5},
    "get_campaign": lambda w: {"campaign_id": w.campaign},
    "create_campaign": lambda w: CAMPAIGN,
    "update_campaign": lambda w: {"campaign_id": w.campaign, "name": "B"},
    "launch_campaign": lambda w: {**LAUNCH, "adsets": [{**SET, "ads": [{"name": "A", "creative": w.creative}]}]},
    "duplicate_campaign": lambda w: {"campaign_id": w.campaign, "new_name": "Copy"},
    "archive_campaign": lambda w: {"campaign_id": w.budget_campaign},
    "delete_campaign": lambda w: {"campaign_id": w.budget_campaign},
    "bulk_update_campaigns": lambda w: {"campaign_ids": [w.campaign, w.budget_campaign], "status": "PAUSED"},
    "bulk_update_adsets": lambda w: {"adset_ids": [w.adset], "status": "PAUSED"},
    "bulk_update_ads": lambda w: {"ad_ids": [w.ad], "status": "PAUSED"},
    "activate_campaign": lambda w: {"campaign_id": w.campaign},
    "scale_campaign": lambda w: {"campaign_id": w.budget_campaign, "factor": 1.1, "max_daily_budget": "90.00 USD"},
    "list_budget_schedules": lambda w: {"campaign_id": w.budget_campaign},
    "create_budget_schedule": lambda w: {"campaign_id": w.budget_campaign, **RAISED},
    "list_adsets": lambda w: {"campaign_id": w.campaign},
    "get_adset": lambda w: {"adset_id": w.adset},
    "create_adset": lambda w: w.adset_params,
    "update_adset": lambda w: {"adset_id": w.adset, "name": "B"},
    "duplicate_adset": lambda w: {"adset_id": w.adset, "targeting": CANADA},
    "archive_adset": lambda w: {"adset_id": w.adset},
    "delete_adset": lambda w: {"adset_id": w.adset},
    "validate_targeting": lambda w: {"targeting_spec": {**CANADA, "flexible_spec": [{"interests": [INTEREST]}]}},
    "search_interests": lambda w: {"q": "mov", "limit": 3},
    "search_behaviors": lambda w: {"q": "travel", "limit": 3},
    "search_locations": lambda w: {"q": "cal", "limit": 3},
    "get_reach_estimate": lambda w: {"targeting": CANADA},
    "get_delivery_estimate": lambda w: {"targeting": CANADA, "optimization_goal": "LINK_CLICKS"},
    "upload_image": lambda w: {"image_base64": base64.b64encode(png(300, 300)).decode()},
    "upload_video": lambda w: {"video_path": "shoes.mp4", "title": "Shoes"},
    "get_video": lambda w: {"video_id": w.video},
    "list_video_thumbnails": lambda w: {"video_id": w.video},
    "list_creatives": lambda w: {"limit": 5},
    "list_videos": lambda w: {"limit": 5},
    "get_creative": lambda w: {"creative_id": w.creative},
    "create_creative": lambda w: {"page_id": "1", "link": "https://example.com/new", "image_hash": w.image},
    "update_creative": lambda w: {"creative_id": w.creative, "name": "B"},
    "delete_creative": lambda w: {"creative_id": w.free_creative},
    "list_ads": lambda w: {"campaign_id": w.campaign},
    "get_ad": lambda w: {"ad_id": w.ad},
    "create_ad": lambda w: {"name": "B", "adset_id": w.adset, "creative_id": w.creative},
    "update_ad": lambda w: {"ad_id": w.ad, "name": "B"},
    "duplicate_ad": lambda w: {"ad_id": w.ad, "new_name": "Copy"},
    "archive_ad": lambda w: {"ad_id": w.ad},
    "delete_ad": lambda w: {"ad_id": w.ad},
    "preview_ad": lambda w: {"creative_id": w.creative, "ad_format": "MOBILE_FEED_STANDARD"},
    "save_previews": lambda w: {"ad_id": w.ad, "filename": "preview.html"},
    "get_insights": lambda w: {"object_id": "act_1", "days": 7},
    "get_detailed_insights": lambda w: {"level": "campaign", "date_preset": "last_7d", "breakdowns": ["age"]},
    "export_insights_to_csv": lambda w: {"level": "ad", "days": 7, "filename": f"{w.adset}.csv"},
    "create_async_report": lambda w: {"level": "ad", "days": 7, "time_increment": 1},
    "get_report": lambda w: {"report_id": w.report, "limit": 2},
    "sync_insights": lambda w: {"level": "campaign", "filename": "a.sqlite"},
    "weekly_report": lambda w: {"format": "html", "filename": f"{w.adset}.html"},
    "list_ad_rules": lambda w: {"limit": 5},
    "get_ad_rule": lambda w: {"rule_id": w.rule},
    "create_ad_rule": lambda w: {**RULE, "name": "Another"},
    "update_ad_rule": lambda w: {"rule_id": w.rule, "status": "DISABLED"},
    "delete_ad_rule": lambda w: {"rule_id": w.rule},
    "execute_ad_rule": lambda w: {"rule_id": w.rule},
    "get_ad_rule_history": lambda w: {"rule_id": w.rule},
    "setup_performance_alert": lambda w: {"campaign_id": w.campaign, "conditions": [WEAK], "action": "pause_campaign"},
    "check_alerts": lambda w: {"rules": [{**WEAK, "action": "pause"}], "time_preset": "last_7d"},
    "create_ab_test": lambda w: {"name": "New", "cells": w.cells, "metric": "clicks", **TEST},
    "get_ab_test": lambda w: {"study_id": w.test},
    "update_ab_test": lambda w: {"study_id": w.test, "name": "B"},
    "delete_ab_test": lambda w: {"study_id": w.test},
    "list_audiences": lambda w: {"limit": 5},
    "get_audience": lambda w: {"audience_id": w.audience},
    "create_custom_audience": lambda w: {"name": "Shoes", "pixel_id": w.pixel, "url_contains": ["/shoes"]},
    "update_audience": lambda w: {"audience_id": w.audience, "name": "B"},
    "get_audience_dependants": lambda w: {"audience_id": w.audience},
    "delete_audience": lambda w: {"audience_id": w.audience},
    "share_audience": lambda w: {"audience_id": w.audience, "ad_account_ids": ["act_2"]},
    "unshare_audience": lambda w: {"audience_id": w.audience, "ad_account_ids": ["act_2"]},
    "list_audience_accounts": lambda w: {"audience_id": w.audience},
    "create_lookalike_audience": lambda w: {"name": "Like", "origin_audience_id": SEED, "country": "US", "ratio": 0.02},
    "create_lookalike_tiers": lambda w: {"name": "Like", "campaign_ids": [w.campaign], "country": "US", "tiers": [0.1]},
    "get_saved_audience": lambda w: {"saved_audience_id": w.saved_audience},
    "add_users_to_audience": lambda w: {"audience_id": w.audience, "csv_path": "customers.csv"},
    "remove_users_from_audience": lambda w: {"audience_id": w.audience, "emails": ["mary@example.com"]},
    "replace_audience_users": lambda w: {"audience_id": w.audience, "csv_path": "customers.csv"},
    "list_pixels": lambda w: {},
    "get_pixel": lambda w: {"pixel_id": w.pixel},
    "create_pixel": lambda w: {"ad_account_id": "act_3", "name": "Shop"},
    "update_pixel": lambda w: {"pixel_id": w.pixel, "name": "Shop"},
    "get_pixel_code": lambda w: {"pixel_id": w.pixel},
    "get_pixel_stats": lambda w: {"pixel_id": w.pixel, "days": 7},
    "send_conversion_events": lambda w: {"pixel_id": w.pixel, "events": [w.lead()]},
    "get_custom_conversion": lambda w: {"conversion_id": w.conversion},
    "create_custom_conversion": lambda w: {"name": f"{w.named} 2", "event_source_id": w.pixel, "rule": THANKS},
    "update_custom_conversion": lambda w: {"conversion_id": w.conversion, "name": f"{w.named} 3"},
    "delete_custom_conversion": lambda w: {"conversion_id": w.conversion},
    "get_page": lambda w: {"page_id": w.page},
    "list_business_assets": lambda w: {"business_id": w.business},
    "list_lead_forms": lambda w: {"page_id": w.page},
    "get_lead_form": lambda w: {"form_id": w.form},
    "create_lead_form": lambda w: {"page_id": w.page, "name": f"Course {w.form}", **FORM},
    "duplicate_lead_form": lambda w: {"form_id": w.form, "name": f"Copy {w.form}"},
    "archive_lead_form": lambda w: {"form_id": w.form},
    "restore_lead_form": lambda w: {"form_id": w.archived_form},
    "create_test_lead": lambda w: {"form_id": w.second_form},
    "delete_test_lead": lambda w: {"lead_id": w.test_lead},
    "count_leads": lambda w: {"form_id": w.form},
    "list_leads": lambda w: {"form_id": w.form},
    "sync_leads": lambda w: {"object_id": w.form, "store": f"{w.form}.csv"},
    "send_lead_stages": lambda w: {"pixel_id": w.pixel, "crm": "My CRM", "stages": [w.stage()]},
    "subscribe_page": lambda w: {"page_id": w.page},
    "unsubscribe_page": lambda w: {"page_id": w.page},
    "watch_account": lambda w: WATCH if w.watch else {},
}
CATALOG = "1008000000000001"
COMMENTED = "108356564252733_122101000000000001"
COMMENT = {"comment_id": "122101000000000001_880", "page_id": "108356564252733"}
OPS |= {
    "diagnose": lambda w: {"campaign_id": w.campaign},
    "apply_recommendation": lambda w: w.recommendation,
    "activate_campaign": lambda w: {"campaign_id": w.campaign},
    "get_pixel_health": lambda w: {"pixel_id": w.pixel},
    "boost_post": lambda w: {"daily_budget": "10.00 USD", "days": 5, "places": ["US"]},
    "list_comments": lambda w: {"post_id": COMMENTED},
    "reply_to_comment": lambda w: {**COMMENT, "message": "At eight!"},
    "hide_comment": lambda w: COMMENT,
    "list_catalogs": lambda w: {"business_id": w.business},
    "list_product_sets": lambda w: {"catalog_id": CATALOG},
    "get_catalog_health": lambda w: {"catalog_id": CATALOG},
}
HOSTILE = ['"Sale" \\ \'n', "Angebot für Füße 👟🔥", "مبيعات الخريف", "a\nb\tc", "x" * 400, "-1", "{}", "null"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shoes.mp4").write_bytes(mp4())
    (tmp_path / "customers.csv").write_text("email\nmary@example.com\n")
    return tmp_path


READS = [op for op in registry().values() if op.access == "read" and op.spec.group in GROUPS and not op.spec.private]
OPS |= {
    op.name: lambda w: {}
    for op in READS
    if op.name not in OPS and {*op.schema.get("required", ())} <= {"ad_account_id"}
}


def test_every_op_has_a_call_here() -> None:
    assert set(OPS) == {op.name for op in registry().values() if op.spec.group in GROUPS and not op.spec.private}


ADDS = ("create_", "duplicate_", "upload_", "send_", "launch_")


def worlds(sandbox: Sandbox, *, one: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every op with its arguments: ops that read or only add share a world, each other write has its own."""
    shared = World(sandbox)
    for name, args in OPS.items():
        alone = registry()[name].access != "read" and not name.startswith(ADDS) and not one
        yield name, args(World(sandbox) if alone else shared)


def test_every_op_succeeds_in_the_tool(served: Sandbox, folder: Path) -> None:
    tool = FacebookTool(FacebookAds.sandbox(served), files=folder)
    failed = {}
    for name, args in worlds(served):
        result = tool.call({"op": name, "args": args})
        if isinstance(result.data, Plan):
            result = tool.call({"op": "apply", "args": {"plan_id": result.data.id}})
        if not (result.ok and result.text):
            failed[name] = result.text
    assert failed == {}
    assert [f"{entry.method} {entry.path}: {found}" for entry in served.journal if (found := legacy(entry))] == []


REMOVES = {op.name for op in registry().values() if op.access == "destroy"} | {"archive_lead_form", "unsubscribe_page"}
UNKNOWN = {"add_account_user", "create_ad_account"}
"""What raises spend by an amount that is not known."""
TURNS_ON = {"activate_campaign"}
"""What raises it by no percent. The other ops here raise nothing, or by at most 20 %."""


@pytest.mark.parametrize("ceiling", [None, "900.00 USD"])
def test_a_yes_in_a_chat_removes_nothing_and_turns_nothing_on(
    served: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, ceiling: str | None
) -> None:
    """On a live account, of every op; the host applies what is left."""
    monkeypatch.setattr(FacebookAds, "is_sandbox", False)
    policy = SpendPolicy(chat_max_added_daily=ceiling)
    tool, refused = FacebookTool(FacebookAds.sandbox(served), files=folder, policy=policy), set()
    for name, args in worlds(served):
        if registry()[name].access == "read":
            continue
        held = tool.call({"op": name, "args": args})
        if isinstance(held.data, Plan):
            call = {"op": "apply", "args": {"plan_id": held.data.id}}
            asked = tool.asks(call)
            result = asyncio.run(tool.acall(call, approved_by="Ann"))
            assert result.ok == (asked is not None), (name, result.text)
            if not result.ok:
                refused.add(name)
                assert tool.approve(held.data.id, by="Ann").ok, name
    assert refused == REMOVES | UNKNOWN | (set() if ceiling else TURNS_ON)


# What new apps lost on 4 November 2026 and all apps lose with v28: several ids, another method, date formats, JSONP,
# asynchronous batches, aliases of fields.
LEGACY = {"ids", "method", "date_format", "callback", "pretty", "debug", "is_parallel", "asyncbatch", "adbatch"}
LEGACY_EDGES = {"async_batch_requests", "asyncadrequestsets", "asyncadcreatives", "async_requests", "batch"}


def legacy(entry: Any) -> set[str]:
    found = {*entry.params} & LEGACY | {*entry.path.split("/")} & LEGACY_EDGES
    return found | ({"alias"} if ".as(" in str(entry.params.get("fields", "")) else set())


@pytest.mark.slow
def test_an_argument_that_is_wrong_is_all_that_is_wrong(served: Sandbox, folder: Path) -> None:
    """A right call with one argument more, or with one replaced, is refused for that one and for nothing else."""
    tool, wrong = FacebookTool(FacebookAds.sandbox(served), files=folder), {}
    for name, args in worlds(served, one=True):
        for odd in ("zzz", *args):
            error = tool.call({"op": name, "args": {**args, odd: {"odd": [None]}}}).exception
            fields = {each.field.partition(".")[0] for each in getattr(error, "violations", ())}
            if not fields or not fields <= {odd, registry()[name].spec.aliases.get(odd, odd)}:
                wrong[name, odd] = fields
    assert wrong == {}


DETOURS = ("/../act_2", "/../act_2/campaigns?name=", "?x=", "%2F..%2Fact_2")


@pytest.mark.slow
def test_no_argument_leads_to_another_node(served: Sandbox, folder: Path) -> None:
    """An ID goes into the path of a request: one that holds a path would write elsewhere, past every plan."""
    tool, before = FacebookTool(FacebookAds.sandbox(served), files=folder), len(served.journal)
    for name, args in worlds(served, one=True):
        for odd, detour in product((each for each in args if isinstance(args[each], str)), DETOURS):
            tool.call({"op": name, "args": {**args, odd: f"{args[odd]}{detour}"}})
    sent = [f"{entry.method} {entry.path}" for entry in [*served.journal][before:]]
    assert len(sent) > 400
    assert [each for each in sent if "act_2" in each or "?" in each or "%" in each] == []


def test_reads_send_only_gets_and_change_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    tool = FacebookTool(FacebookAds.sandbox(sandbox), files=tmp_path, read_only=True)
    world = World(sandbox)
    sent = {}
    for name in tool.ops:
        args, before = OPS[name](world), len(sandbox.journal)  # some arguments are made when they are wanted
        assert tool.call({"op": name, "args": args}).ok
        if methods := {entry.method for entry in [*sandbox.journal][before:]} - {"GET"}:
            sent[name] = methods
    assert sent == {"create_async_report": {"POST"}}


@pytest.mark.slow
def test_every_op_succeeds_on_the_command_line(served: Sandbox, folder: Path) -> None:
    results = {name: call(name, args) for name, args in worlds(served)}
    assert {name: result for name, result in results.items() if not result["ok"]} == {}


def call(name: str, args: dict[str, Any]) -> dict[str, Any]:
    words = [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in args.items()]
    said = spoken("call", name, *words)
    if not is_plan(said):
        return said
    more = Money.from_minor(said["data"]["adds"], said["data"]["currency"] or "USD").amount
    return spoken("apply", said["data"]["id"], typed=f"{more:f}" if more > 0 else "yes")


def spoken(*words: str, typed: str | None = None) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("admonster_fb.cli.plans.at_terminal", lambda: typed is not None)
        result = CliRunner().invoke(cli.app, [words[0], "--json", *words[1:]], input=f"{typed}\n")
    return dict(json.loads(result.stdout or result.stderr))


def is_plan(said: dict[str, Any]) -> bool:
    data = said["data"]
    return isinstance(data, dict) and str(data.get("id")).startswith("plan_")


@pytest.mark.slow
def test_mcp(served: Sandbox, folder: Path) -> None:
    async def talk(session: ClientSession) -> None:
        for name, args in worlds(served):
            result = await session.call_tool("facebook", {"op": name, "args": args})
            if planned := re.match(r"PLAN (plan_\w+):", result.content[0].text):
                plan = {"plan_id": planned[1]}
                result = await session.call_tool("facebook", {"op": "apply", "args": plan})
            assert result.is_error is False, (name, result.content)
        for name in HOSTILE:
            made = await session.call_tool("facebook", {"op": "create_campaign", "args": {**CAMPAIGN, "name": name}})
            assert made.structured_content["data"]["name"] == name

    converse(talk, folder)


def converse(talk: Callable[[ClientSession], Any], folder: Path) -> None:
    import sys

    words = ["-m", "admonster_fb", "mcp", "--data", "--files", str(folder)]
    names = (
        "FACEBOOK_ENDPOINT",
        "FACEBOOK_ACCESS_TOKEN",
        "FACEBOOK_AD_ACCOUNT_ID",
        "PATH",
        "PYTHONPATH",
        "XDG_STATE_HOME",
    )
    parameters = StdioServerParameters(
        command=sys.executable, args=words, env={name: os.environ[name] for name in names if name in os.environ}
    )

    async def conversation() -> None:
        with anyio.fail_after(120):
            async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
                await session.initialize()
                await talk(session)

    anyio.run(conversation)


@table("name", HOSTILE, fresh=True)
def test_a_name_survives_the_tool_and_the_command_line(served: Sandbox, name: str) -> None:
    tool = FacebookTool(FacebookAds.sandbox(served))
    assert tool.call({"op": "create_campaign", "args": {**CAMPAIGN, "name": name}}).data.name == name
    words = shlex.join(["call", "create_campaign", "--json", f"name={name}", "objective=OUTCOME_TRAFFIC"])
    result = CliRunner().invoke(cli.app, [*shlex.split(words), "special_ad_categories=[]"])
    assert json.loads(result.stdout)["data"]["name"] == name
    assert [each.name for each in FacebookAds.sandbox(served).campaigns.list("act_1", limit=5)][:2] == [name, name]
