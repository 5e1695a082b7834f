"""Launching, resuming and rolling back against the sandbox."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from tables import table

sys.path.insert(0, str(Path(__file__).parent))

from fault_world import deleted

from admonster_fb import FacebookAds, FacebookAdsError, LaunchStopped, ParameterError, SpendPolicy
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.models.launch import kind_of
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import LostResponse
from admonster_fb.sandbox.sample_media import mp4
from admonster_fb.transport.batch import Batch
from admonster_fb.workflows.launch import launch, launch_campaign, resume, rollback
from admonster_fb.workflows.launch.execute import LaunchExecutor, creative_params_at, report_launches
from admonster_fb.workflows.launch.journal import LaunchJournal, journal_folder
from admonster_fb.workflows.launch.op import preview
from admonster_fb.workflows.launch.validate import validate_launch

KINDS = ("Campaign", "AdSet", "Ad", "AdCreative", "AdImage", "AdVideo")


def alive(sandbox: Sandbox) -> dict[str, int]:
    """Return how many objects of each kind there are, by the sandbox's own memory."""
    found = {kind: sum(not deleted(sandbox, node["id"]) for node in sandbox.objects(kind)) for kind in KINDS}
    return {kind: count for kind, count in found.items() if count}


def posts(sandbox: Sandbox) -> list[str]:
    return [entry.path for entry in sandbox.journal if entry.method == "POST"]


def stopped_at_the_ads(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], **options: Any) -> LaunchStopped:
    sandbox.fail_next("POST act_*/ads", GraphError(190), times=3)
    with pytest.raises(LaunchStopped) as raised:
        launch(fb, "act_1", spec, **options)
    return raised.value


@pytest.mark.thorough
def test_launch_creates_everything_paused_as_declared(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    heard: list[tuple[int, int]] = []
    made = launch(fb, "act_1", spec, progress=lambda done, of: heard.append((done, of)))
    assert (made.state, made.of, made.different, made.failed, made.unknown) == ("complete", 9, (), {}, ())
    assert (heard[0][1], heard[-1], heard == sorted(heard)) == (9, (9, 9), True)
    assert alive(sandbox) == {"Campaign": 1, "AdSet": 2, "Ad": 3, "AdCreative": 2, "AdImage": 1}
    us, ca = (fb.adsets.get(each) for each in made.ids("adsets"))
    assert (us.name, us.daily_budget, ca.name, ca.daily_budget) == ("US", 2000, "CA", 1500)
    assert us.campaign_id == ca.campaign_id == made.campaign_id
    ads = [fb.ads.get(each) for each in made.ids("ads")]
    assert [(ad.name, ad.adset_id) for ad in ads] == [("New", us.id), ("Own", us.id), ("New", ca.id)]
    shown = [ad.creative.id for ad in ads if ad.creative]
    assert shown == [made.made[f"creatives.{name}"] for name in ("new", "adsets.0.ads.1", "new")]
    campaign = fb.campaigns.get(made.campaign_id or "")
    assert {each.status for each in (campaign, us, ca, *ads)} == {"PAUSED"}


@pytest.mark.thorough
def test_journal_is_private_and_named_after_the_launch(fb: FacebookAds, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    assert made.journal == journal_folder() / f"{made.id}.jsonl"
    assert made.journal.stat().st_mode & 0o077 == 0
    assert resume(fb, made.id).made == resume(fb, made.journal).made == made.made


@pytest.mark.thorough
def test_journal_folder_can_be_configured(
    fb: FacebookAds, spec: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_LAUNCHES", str(tmp_path / "kept"))
    made = launch(fb, "act_1", spec)
    assert made.journal == tmp_path / "kept" / f"{made.id}.jsonl"
    assert launch(fb, "act_1", spec, journal=tmp_path / "own").journal == tmp_path / "own"


@pytest.mark.parametrize("where", ["there", "no/folder"])
def test_journal_that_cannot_be_created_is_refused_before_sending(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], tmp_path: Path, where: str
) -> None:
    tmp_path.joinpath("there").write_text("kept")
    with pytest.raises(ParameterError, match="journal: given"):
        launch(fb, "act_1", spec, journal=tmp_path / where)
    assert posts(sandbox) == []
    assert tmp_path.joinpath("there").read_text() == "kept"


@pytest.mark.thorough
def test_validate_sends_checks_to_meta_first(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.journal.clear()
    launch(fb, "act_1", spec)
    asked = len(posts(sandbox))
    sandbox.journal.clear()
    launch(fb, "act_1", {**spec, "campaign": {"name": "Other", "special_ad_categories": []}}, validate=False)
    assert len(posts(sandbox)) < asked


def test_creative_refused_by_meta_leaves_nothing(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.fail_next("POST act_*/adcreatives", GraphError(100))
    with pytest.raises(LaunchStopped, match="everything that it created is deleted") as raised:
        launch(fb, "act_1", spec)
    assert (raised.value.launched.state, raised.value.launched.made) == ("gone", {})
    assert [*raised.value.launched.failed] == ["creatives.adsets.0.ads.1"]
    assert alive(sandbox) == {}, "the picture is taken back too"


@pytest.mark.thorough
def test_a_check_that_meta_cannot_make_stops_no_launch(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.fail_next("POST act_*/campaigns", GraphError(2))
    assert launch(fb, "act_1", spec).state == "complete"


@pytest.mark.thorough
def test_permanent_error_at_the_ads_deletes_everything(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.fail_next("POST act_*/ads", GraphError(100))
    with pytest.raises(LaunchStopped) as raised:
        launch(fb, "act_1", spec)
    assert (raised.value.launched.state, alive(sandbox)) == ("gone", {})


@pytest.mark.thorough
def test_stopped_launch_reports_what_exists_and_resumes(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    stopped = stopped_at_the_ads(fb, sandbox, spec)
    there = stopped.launched
    assert (there.state, len(there.made), there.of) == ("stopped", 5, 9), "a creative of one ad comes with it"
    assert {*there.failed} == {"adsets.0.ads.0", "adsets.0.ads.1", "adsets.1.ads.0"}
    assert there.id in str(stopped)
    assert (there.campaign_id or "?") in str(stopped)
    assert f"resume={there.id}" in (stopped.advice or "")
    shown = [f"{place} {node_id}" for place, node_id in there.made.items()][:4]
    assert f"(and 2 more); 5 of 9 objects exist: {', '.join(shown)}, …" in str(stopped)
    sandbox.journal.clear()
    done = resume(fb, there.id)
    assert (done.state, len(done.made)) == ("complete", 9)
    assert {place: done.made[place] for place in there.made} == there.made
    assert requested(sandbox) == ["ads"] * 3
    assert alive(sandbox) == {"Campaign": 1, "AdSet": 2, "Ad": 3, "AdCreative": 2, "AdImage": 1}


@pytest.mark.thorough
@table("validate", [True, False], fresh=True)
def test_resume_has_meta_check_what_is_left_unless_told_otherwise(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], validate: bool
) -> None:
    sandbox.fail_next("POST act_*/adsets", GraphError(190), times=9)
    with pytest.raises(LaunchStopped) as stopped:
        launch(fb, "act_1", spec)
    there = stopped.value.launched
    shown = ", ".join(f"{place} {node_id}" for place, node_id in there.made.items())
    assert f"; {len(there.made)} of 9 objects exist: {shown}" in str(stopped.value)
    assert (len(there.made) < 4, "…" in str(stopped.value)) == (True, False)
    sandbox.faults.plans.clear()
    sandbox.journal.clear()
    options = {} if validate else {"validate": False}
    assert resume(fb, launch=there.id, **options).state == "complete"
    assert any("execution_options" in entry.params for entry in sandbox.journal) is validate


@pytest.mark.thorough
def test_what_is_elsewhere_or_otherwise_than_declared_is_reported(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    made = launch(fb, "act_1", spec)
    us, ca = made.ids("adsets")
    other = fb.campaigns.create("act_1", name="Other", objective="OUTCOME_TRAFFIC", special_ad_categories=[]).id
    sandbox.change(made.made["adsets.0.ads.1"], adset_id=ca)
    sandbox.change(us, optimization_goal="REACH")
    sandbox.change(ca, campaign_id=other, daily_budget="0")
    sandbox.remove(made.made["adsets.0.ads.0"])
    goal, parent, budget, gone, adset = resume(fb, made.id).different
    assert goal == "adsets.0.optimization_goal: requested LINK_CLICKS, is REACH"
    assert parent == f"adsets.1.campaign_id: requested {made.campaign_id}, is {other}"
    assert budget == "adsets.1.daily_budget: requested 1500, is 0"
    assert gone.startswith("adsets.0.ads.0: could not be read back: ")
    assert adset == f"adsets.0.ads.1.adset_id: requested {us}, is {ca}"


@pytest.mark.thorough
def test_a_complete_launch_is_read_back_in_one_request(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    sandbox.journal.clear()
    assert resume(fb, made.id).different == ()
    read = [entry.path for entry in sandbox.journal if entry.method == "GET"]
    assert sorted(read) == sorted([f"{made.campaign_id}", f"{made.campaign_id}/adsets", f"{made.campaign_id}/ads"])


@pytest.mark.thorough
def test_resume_of_a_complete_launch_reports_differences_only(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    made = launch(fb, "act_1", spec)
    fb.campaigns.update(made.campaign_id or "", name="Renamed")
    fb.adsets.update(made.ids("adsets")[0], daily_budget=2500)
    before = alive(sandbox)
    again = resume(fb, made.id)
    assert again.made == made.made
    assert alive(sandbox) == before
    assert again.different == (
        "campaign.name: requested Sale, is Renamed",
        "adsets.0.daily_budget: requested 2000, is 2500",
    )


@pytest.mark.thorough
def test_rollback_deletes_created_objects_only(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], hero: Path
) -> None:
    fb.adimages.create("act_1", filename=hero)
    theirs = fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[]).id
    sandbox.advance(days=3)
    made = launch(fb, "act_1", spec)
    gone = rollback(fb, made.id)
    assert (gone.state, gone.made) == ("gone", {})
    assert alive(sandbox) == {"Campaign": 1, "AdImage": 1}
    assert fb.campaigns.get(theirs).status == "PAUSED"
    assert rollback(fb, made.id).state == "gone", "once more does no harm"


@pytest.mark.thorough
def test_failed_rollback_reports_and_can_be_repeated(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    sandbox.fail_next(f"DELETE {made.campaign_id}", GraphError(200))
    with pytest.raises(LaunchStopped, match="could not be deleted completely") as raised:
        rollback(fb, made.id)
    assert raised.value.launched.campaign_id == made.campaign_id
    assert rollback(fb, made.id).state == "gone"
    assert alive(sandbox) == {}


@pytest.mark.thorough
def test_a_rollback_that_fails_twice_says_how_many_are_left(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    made = launch(fb, "act_1", spec)
    for creative in made.ids("creatives"):
        sandbox.fail_next(f"DELETE {creative}", GraphError(200))
    with pytest.raises(LaunchStopped) as stopped:
        rollback(fb, made.id)
    assert len(stopped.value.launched.failed) == 2
    assert " (and 1 more); " in str(stopped.value)


def test_the_plan_of_an_image_has_its_digest(fb: FacebookAds, spec: dict[str, Any], hero: Path) -> None:
    [image] = [each for each in preview(fb, {"ad_account_id": "act_1", **spec}) if each.node == "adimages"]
    digest = hashlib.sha256(hero.read_bytes()).hexdigest()[:16]
    assert image.after == {"name": "hero", "source": str(hero), "sha256": digest}


@pytest.mark.thorough
def test_videos_are_awaited_and_rolled_back(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], tmp_path: Path
) -> None:
    tmp_path.joinpath("clip.mp4").write_bytes(mp4(size=3000))
    spec["videos"] = {"clip": str(tmp_path / "clip.mp4")}
    spec["creatives"]["new"] |= {"video": "clip"}
    made = launch(fb, "act_1", spec)
    assert fb.advideos.get(made.ids("videos")[0]).video_status == "ready"
    story = fb.adcreatives.get(made.made["creatives.new"], fields=["object_story_spec"]).object_story_spec
    assert story is not None
    assert story["video_data"]["video_id"] == made.ids("videos")[0]
    assert rollback(fb, made.id).state == "gone"
    assert alive(sandbox) == {}


@pytest.mark.thorough
def test_existing_creative_is_used_and_not_rolled_back(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    image = fb.adimages.create("act_1", bytes=png(600, 600)).hash
    story: Any = {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": image}}
    there = fb.adcreatives.create("act_1", name="There", object_story_spec=story).id
    spec["adsets"][1]["ads"][0]["creative"] = there
    made = launch(fb, "act_1", spec)
    ad = fb.ads.get(made.ids("ads")[2])
    assert ad.creative is not None
    assert ad.creative.id == there
    rollback(fb, made.id)
    assert alive(sandbox) == {"AdCreative": 1, "AdImage": 1}


@pytest.mark.thorough
def test_identical_older_creative_is_used_and_not_rolled_back(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], tmp_path: Path
) -> None:
    first = launch(fb, "act_1", spec)
    fb.campaigns.delete(first.campaign_id or "")
    sandbox.advance(days=3)
    made = launch(fb, "act_1", spec)
    assert made.ids("creatives") == first.ids("creatives"), "Meta answers the same content with the same id"
    tool = FacebookTool(fb)
    plan = tool.call({"op": "launch_campaign", "args": {"rollback": made.id}}).data
    assert "adcreatives" not in {each.node for each in plan.changes}
    rollback(fb, made.id)
    assert alive(sandbox) == {"AdCreative": 2, "AdImage": 1}


@pytest.mark.thorough
def test_a_creative_of_today_is_rolled_back_where_its_name_says_yesterday(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    sandbox.sleep((26 - sandbox.now().hour) % 24 * 3600)  # 02:00 UTC is the evening before in the account's time zone
    made = launch(fb, "act_1", spec)
    assert rollback(fb, made.id).state == "gone"
    assert "AdCreative" not in alive(sandbox)


def test_resume_with_a_removed_image_names_it(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], hero: Path
) -> None:
    sandbox.fail_next("POST act_*/adimages", GraphError(190))
    with pytest.raises(LaunchStopped) as raised:
        launch(fb, "act_1", spec)
    hero.unlink()
    with pytest.raises(LaunchStopped, match=r"images\.hero"):
        resume(fb, raised.value.launched.id)


def test_a_creative_without_content_is_told_the_names_of_files(fb: FacebookAds, spec: dict[str, Any]) -> None:
    del spec["defaults"]["creative"]["image"]
    with pytest.raises(
        ParameterError, match=r"creatives\.new\.image_hash is required: image or video, by a name among"
    ):
        validate_launch(fb, "act_1", spec)


class TestJournal:
    """The journal is all that another process knows."""

    @pytest.fixture
    def journal(self, tmp_path: Path, fb: FacebookAds) -> LaunchJournal:
        whole = {"campaign": {"name": "Sale"}, "adsets": [], "images": {}, "videos": {}, "creatives": {}}
        return LaunchJournal.create(tmp_path / "journal", "act_1", whole, fb.now())

    def test_second_open_is_refused_as_retryable(self, journal: LaunchJournal, fb: FacebookAds) -> None:
        with journal:
            with (
                pytest.raises(FacebookAdsError, match="is locked by another process") as raised,
                LaunchJournal.load(journal.path),
            ):
                pass
            assert raised.value.retryable
        with LaunchJournal.load(journal.path):
            pass

    def test_open_reads_entries_written_since_load(self, journal: LaunchJournal, fb: FacebookAds) -> None:
        late = LaunchJournal.load(journal.path)
        with journal:
            journal.record_pending(["campaign"], fb.now())
            journal.record_created({"campaign": "7"})
        with late:
            assert (late.created, late.pending) == ({"campaign": "7"}, {})

    def test_truncated_last_line_is_ignored(self, journal: LaunchJournal, fb: FacebookAds) -> None:
        with journal:
            journal.record_pending(["campaign"], fb.now())
        with journal.path.open("a") as file:
            file.write('{"created": {"camp')
        with LaunchJournal.load(journal.path) as again:
            assert ([*again.pending], again.created) == (["campaign"], {})
            again.record_created({"campaign": "7"})
        assert LaunchJournal.load(journal.path).created == {"campaign": "7"}

    @table("content", ["", "\n", "no json\n", "[]\n", '{"launch": 1}\n', "7\n"], fresh=True)
    def test_other_files_are_refused(self, fb: FacebookAds, tmp_path: Path, content: str) -> None:
        tmp_path.joinpath("journal").write_text(content)
        for act in (resume, rollback):
            with pytest.raises(ParameterError, match="the journal of a launch"):
                act(fb, tmp_path / "journal")

    @table("name", ["launch_0", "launch_../etc/passwd", "", "nowhere.jsonl"], fresh=True)
    def test_unknown_launch_is_refused(self, fb: FacebookAds, name: str) -> None:
        with pytest.raises(ParameterError, match="launch: given"):
            resume(fb, name)


class TestOp:
    """The op: planned, applied, checked by the policy."""

    @staticmethod
    def call(tool: FacebookTool, op: str, **args: JsonValue) -> ToolResult:
        return tool.call({"op": op, "args": args})

    @pytest.mark.thorough
    def test_plan_is_applied_then_rolled_back(
        self, fb: FacebookAds, sandbox: Sandbox, spec: Any, tmp_path: Path
    ) -> None:
        tool = FacebookTool(fb, files=tmp_path)
        planned = self.call(tool, "launch_campaign", **spec)
        assert planned.text.startswith("PLAN plan_"), planned.text
        assert 'new campaign "Sale"' in planned.text
        assert [planned.text.count(f'- new {kind} "') for kind in ("ad set", "ad")] == [2, 3]
        assert "- also new: 1 image, 2 creatives" in planned.text
        assert "together: budgets of $35.00 USD a day" in planned.text
        assert alive(sandbox) == {}
        done = self.call(tool, "apply", plan_id=planned.data.id)
        assert "Campaign ID:" in done.text
        assert done.data.state == "complete"
        assert alive(sandbox)["Ad"] == 3
        back = self.call(tool, "launch_campaign", rollback=done.data.id)
        assert back.text.startswith("PLAN plan_"), "what deletes is planned too"
        assert self.call(tool, "apply", plan_id=back.data.id).data.state == "gone"
        assert alive(sandbox) == {}

    @pytest.mark.thorough
    def test_stopped_launch_tells_the_model_how_to_resume(
        self, fb: FacebookAds, sandbox: Sandbox, spec: Any, tmp_path: Path
    ) -> None:
        tool = FacebookTool(fb, files=tmp_path, policy=SpendPolicy(needs_plan=()))
        sandbox.fail_next("POST act_*/ads", GraphError(190), times=3)
        stopped = self.call(tool, "launch_campaign", **spec)
        assert (stopped.ok, (stopped.error or {})["type"]) == (False, "LaunchStopped")
        [launch_id] = {*re.findall(r"resume=(launch_[0-9a-f]{12})", stopped.text)}
        assert self.call(tool, "launch_campaign", resume=launch_id).data.state == "complete"

    def test_resume_and_rollback_refuse_other_arguments(
        self, fb: FacebookAds, sandbox: Sandbox, spec: Any, tmp_path: Path
    ) -> None:
        tool = FacebookTool(fb, files=tmp_path)
        refused = self.call(tool, "launch_campaign", resume=f"launch_{'0' * 12}", **spec)
        assert (refused.ok, "alone" in refused.text) == (False, True)
        both = self.call(tool, "launch_campaign", resume=f"launch_{'0' * 12}", rollback=f"launch_{'0' * 12}")
        assert (both.ok, "alone" in both.text) == (False, True)
        assert "launch" in self.call(tool, "launch_campaign", resume="/etc/passwd").text
        alone = self.call(tool, "launch_campaign", send_again=True, **spec)
        assert "send_again: given true; allowed: resume of a launch that stopped" in alone.text
        assert alive(sandbox) == {}
        with pytest.raises(ParameterError, match="alone"):
            launch_campaign(fb, "act_1", resume=f"launch_{'0' * 12}", **spec)

    def test_images_outside_the_hosts_folder_are_refused(
        self, fb: FacebookAds, sandbox: Sandbox, spec: Any, tmp_path: Path
    ) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        for tool in (FacebookTool(fb), FacebookTool(fb, files=inside)):
            refused = self.call(tool, "launch_campaign", **spec)
            assert (refused.ok, "images.hero" in refused.text) == (False, True), refused.text
        assert posts(sandbox) == []

    @pytest.mark.thorough
    @table(
        ("policy", "said"),
        [
            (SpendPolicy(max_daily_budget="19.99 USD"), "max_daily_budget"),
            (SpendPolicy(accounts=["act_2"]), "account"),
            (SpendPolicy(read_only=True), "launch_campaign"),
        ],
        fresh=True,
    )
    def test_policy_refuses_the_launch(
        self, fb: FacebookAds, sandbox: Sandbox, spec: Any, tmp_path: Path, policy: SpendPolicy, said: str
    ) -> None:
        refused = self.call(FacebookTool(fb, files=tmp_path, policy=policy), "launch_campaign", **spec)
        assert (refused.ok, said in refused.text) == (False, True), refused.text
        assert posts(sandbox) == []


@pytest.mark.thorough
def test_journal_and_errors_contain_no_token(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    stopped = stopped_at_the_ads(fb, sandbox, spec)
    journal = stopped.launched.journal
    assert journal is not None
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert lines[0]["launch"] == stopped.launched.id
    assert sandbox.token not in journal.read_text() + repr(stopped) + str(stopped) + repr(stopped.launched)


@pytest.mark.thorough
def test_meta_checks_one_of_each_shape(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    names = [f"Ad {number}" for number in range(20)]
    spec["adsets"][0]["ads"] = [{"name": name, "creative": {"message": f"Only in {name}"}} for name in names]
    spec["adsets"][1]["ads"] = [
        {"name": "Other", "creative": {"link": "https://example.com/other"}},
        {"name": "Another host", "creative": {"link": "https://example.org/"}},
        *({"name": f"Instagram {n}", "creative": {"instagram_user_id": n}} for n in ("17841400000000001", "7")),
    ]
    checked: list[str] = []
    add = Batch.add

    def counted(self: Any, method: Any, *args: Any, **params: Any) -> Any:
        if "execution_options" in params:
            checked.append(method.__qualname__)
        return add(self, method, *args, **params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "add", counted)
        made = launch(fb, "act_1", spec)
    assert made.state == "complete"
    assert Counter(checked) == {"AdCreatives.create": 4, "Campaigns.create": 1, "AdSets.create": 2}


def requested(sandbox: Sandbox) -> list[str]:
    """Return the edges of the creates, without those that Meta only checks."""
    creates = [entry for entry in sandbox.journal if entry.method == "POST" and "/" in entry.path]
    return [entry.path.partition("/")[2] for entry in creates if "execution_options" not in entry.params]


@pytest.mark.thorough
def test_a_creative_of_one_ad_comes_with_it_and_others_by_themselves(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    features = {"message": "With features", "creative_features": {"image_touchups": "OPT_IN"}}
    spec["adsets"][1]["ads"].append({"name": "Featured", "creative": features})
    made = launch(fb, "act_1", spec)
    assert Counter(requested(sandbox)) == {"adimages": 1, "campaigns": 1, "adsets": 2, "adcreatives": 2, "ads": 4}
    for ad, creative in (("adsets.0.ads.1", "creatives.adsets.0.ads.1"), ("adsets.0.ads.0", "creatives.new")):
        assert sandbox.object(made.made[ad])["creative"] == {"id": made.made[creative]}
    own = "creatives.adsets.0.ads.1"
    alone = fb.adcreatives.create("act_1", **creative_params_at(LaunchJournal.load(made.id).spec, own, made.made))
    assert alone.id == made.made[own], "its content is what it would have been by itself"
    rollback(fb, made.id)
    assert alive(sandbox) == {}


@pytest.mark.thorough
def test_the_creative_of_a_refused_ad_is_taken_back_too(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    """Meta may have made it before it refused the ad."""
    sandbox.fail_next("POST act_*/ads", GraphError(100), times=3)
    with pytest.raises(LaunchStopped) as raised:
        launch(fb, "act_1", spec)
    assert "adcreatives" in requested(sandbox)[-2:] or requested(sandbox).count("adcreatives") == 2
    assert (raised.value.launched.state, alive(sandbox)) == ("gone", {})


@pytest.mark.thorough
@pytest.mark.parametrize(("fault", "sizes"), [(None, [20, 20, 5]), (LostResponse(), [20, 10, 10, 5])])
def test_after_an_ad_without_an_answer_batches_are_as_small_as_meta_advises(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], fault: Any, sizes: list[int], monkeypatch: Any
) -> None:
    monkeypatch.setattr("admonster_fb.workflows.launch.execute.THREADS", 1)
    spec["adsets"][0]["ads"] = [{"name": f"Ad {n}", "creative": {"message": f"Text {n}"}} for n in range(44)]
    sent: list[int] = []
    create = LaunchExecutor._create

    def counted(self: Any, requests: Any) -> None:
        sent.append(sum(kind_of(place) == "ads" for place in requests))
        create(self, requests)

    monkeypatch.setattr(LaunchExecutor, "_create", counted)
    if fault is not None:
        sandbox.fail_next("POST act_*/ads", fault)
    made = launch(fb, "act_1", spec)
    assert (made.state, [count for count in sent if count]) == ("complete", sizes)
    assert alive(sandbox)["Ad"] == 45


@pytest.mark.slow
@pytest.mark.parametrize("by_signal", [True, False])
def test_after_an_interruption_no_further_ads_are_sent_and_a_resume_creates_the_rest(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], monkeypatch: Any, by_signal: bool
) -> None:
    monkeypatch.setattr("admonster_fb.workflows.launch.execute.ADS_PER_BATCH", 1)
    spec["adsets"][0]["ads"] = [{"name": f"Ad {n}", "creative": {"message": f"Text {n}"}} for n in range(49)]
    create, began, interrupted = LaunchExecutor._create, threading.Barrier(4), threading.Event()

    def handler(*_: object) -> None:
        if not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt

    def interrupting(self: Any, requests: Any) -> None:
        if any(kind_of(place) == "ads" for place in requests) and not interrupted.is_set():
            if not began.wait(60):  # one of the four threads
                if not by_signal:
                    handler()
                while not interrupted.wait(0.1):  # a thread that begins to wait may not notice the first signal
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert interrupted.wait(60)
        create(self, requests)

    monkeypatch.setattr(LaunchExecutor, "_create", interrupting)
    earlier, before = {*journal_folder().glob("*.jsonl")}, signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            launch(fb, "act_1", spec)
    finally:
        signal.signal(signal.SIGINT, before)
    assert 3 <= alive(sandbox)["Ad"] < 30
    (path,) = {*journal_folder().glob("*.jsonl")} - earlier
    assert resume(fb, path).state == "complete"
    assert alive(sandbox)["Ad"] == 50


@pytest.mark.parametrize(
    ("images", "files", "short", "exist"),
    [(50, 5, 0, [5]), (2, 5, 0, [2, 4, 5]), (50, 2, 0, [2, 4, 5]), (50, 2, 1, [1, 2, 3, 4, 5])],
)
def test_images_are_sent_in_batches_of_few_and_of_limited_size(
    fb: FacebookAds, spec: dict[str, Any], hero: Path, monkeypatch: Any, images: int, files: int, short: int, exist: Any
) -> None:
    monkeypatch.setattr("admonster_fb.workflows.launch.execute.IMAGES_PER_BATCH", images)
    monkeypatch.setattr("admonster_fb.workflows.launch.execute.BYTES_PER_BATCH", files * hero.stat().st_size - short)
    copies = [hero.rename(hero.with_name("0.png")), *(hero.with_name(f"{number}.png") for number in range(1, 5))]
    for copy in copies[1:]:
        copy.write_bytes(copies[0].read_bytes())
    spec["images"] = {"hero": str(copies[0]), **{f"i{number}": str(copy) for number, copy in enumerate(copies[1:])}}
    done: list[int] = []
    with report_launches(lambda count, _: done.append(count)):
        launch(fb, "act_1", spec)
    assert [count for count in done if count <= 5] == exist


def test_a_batch_of_which_we_refuse_one_object_is_not_sent(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], monkeypatch: Any
) -> None:
    add = Batch.add

    def refusing(self: Any, method: Any, *args: Any, **params: Any) -> Any:
        if params.get("name") == "CA":
            raise ParameterError([])
        return add(self, method, *args, **params)

    monkeypatch.setattr(Batch, "add", refusing)
    with pytest.raises(LaunchStopped):
        launch(fb, "act_1", spec, validate=False)
    assert "adsets" not in requested(sandbox)


@pytest.mark.slow
def test_fifty_ad_sets_with_five_hundred_ads_take_at_most_forty_requests(
    sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    sent: list[object] = []
    ads = [[{"name": f"Ad {n}", "creative": {"message": f"Text {s}.{n}"}} for n in range(10)] for s in range(50)]
    spec["adsets"] = [{"name": f"Ad set {number}", "ads": each} for number, each in enumerate(ads)]
    with FacebookAds.sandbox(sandbox, on_request=sent.append) as fb:
        made = launch(fb, "act_1", spec)
    assert (made.state, made.different, alive(sandbox)["Ad"]) == ("complete", (), 500)
    assert len(sent) <= 40
