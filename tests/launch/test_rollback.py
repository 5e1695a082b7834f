"""Rollback deletes what Meta's own answers named, and names what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sandboxes import WrongClock
from tables import table

from admonster_fb import FacebookAds, LaunchStopped, OutcomeUnknown
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, LostResponse, NullItem, png
from admonster_fb.transport.recovery import CLOCKS_APART
from admonster_fb.workflows.launch import launch, resume, rollback
from admonster_fb.workflows.launch.journal import LaunchJournal

SPEC = {
    "preset": "traffic",
    "campaign": {"name": "Sale", "special_ad_categories": []},
    "adsets": [{"name": "US", "daily_budget": 1000, "targeting": {"geo_locations": {"countries": ["US"]}}}],
}


@pytest.fixture
def fb(sandbox):
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


class Dies:
    """Ends the process at a request, before or after Meta hears it."""

    def __init__(self, sandbox, path, *, heard):
        self.sandbox, self.path, self.heard = sandbox, path, heard
        sandbox.hooks.append(self)

    def before(self, request):
        if not self.heard:
            self._die(request)

    def after(self, request, response):
        if self.heard:
            self._die(request)
        return response

    def _die(self, request):
        if request.method == "POST" and request.path.endswith(self.path) and "validate_only" not in str(request.form):
            self.sandbox.hooks.remove(self)
            raise KeyboardInterrupt


def names(sandbox, kind="Campaign"):
    return [node["name"] for node in sandbox.objects(kind) if node["status"] != "DELETED"]


@pytest.mark.thorough
def test_a_campaign_found_by_search_is_left_alone_and_its_own_parts_are_deleted(sandbox, fb, tmp_path):
    with FacebookAds.sandbox(sandbox) as another:
        sandbox.fail_next("POST act_*/campaigns", GraphError(2, http_status=500), skip=1)
        done = []

        class Between:
            """Another process makes its campaign of the same name while ours is lost."""

            def before(self, request):
                if request.method == "GET" and request.path.endswith("act_1/campaigns") and not done:
                    done.append(1)
                    done.append(another.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id)

            def after(self, request, response):
                return response

        sandbox.hooks.append(Between())
        launched = launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
        assert launched.campaign_id == done[1]
        assert done[1] in fb.adopted
    back = rollback(fb, tmp_path / "journal")
    assert (back.state, dict(back.left)) == ("gone", {"campaign": done[1]})
    assert (names(sandbox), names(sandbox, "AdSet")) == (["Sale"], [])
    assert rollback(fb, tmp_path / "journal").left == back.left


@pytest.mark.thorough
def test_a_video_found_by_search_is_left_alone_too(sandbox, fb, tmp_path):
    sandbox.fail_next("POST act_*/advideos", LostResponse())
    videos = {"lost": "https://example.com/lost.mp4", "ours": "https://example.com/ours.mp4"}
    made = launch(fb, "act_1", {**SPEC, "videos": videos}, journal=tmp_path / "journal").made
    assert [*fb.adopted] == [made["videos.lost"]]
    back = rollback(fb, tmp_path / "journal")
    assert (back.state, dict(back.left)) == ("gone", {"videos.lost": made["videos.lost"]})
    assert [video.id for video in fb.advideos.list("act_1")] == [made["videos.lost"]]


def test_an_ad_set_found_by_search_is_left_alone_too(sandbox, fb, tmp_path):
    sandbox.fail_next("POST act_*/campaigns", LostResponse(), skip=1)
    sandbox.fail_next("POST act_*/adsets", NullItem(after=True), skip=1)
    launched = launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    [adset] = sandbox.objects("AdSet")
    assert {launched.campaign_id, adset["id"]} <= set(fb.adopted)
    back = rollback(fb, tmp_path / "journal")
    assert adset["id"] in back.left.values()
    assert launched.campaign_id in back.left["campaign"]
    assert (len(names(sandbox)), len(names(sandbox, "AdSet")), names(sandbox, "Ad")) == (1, 1, [])


@pytest.mark.thorough
def test_beside_a_campaign_that_was_found_the_others_that_look_like_it_are_named(sandbox, fb, tmp_path):
    sandbox.fail_next("POST act_*/campaigns", GraphError(2, http_status=500), skip=1)
    with FacebookAds.sandbox(sandbox) as another:
        theirs = []

        class Meanwhile:
            """Another process's campaign shows while ours is lost, and a second one afterwards: ours, or not."""

            def before(self, request):
                if request.method == "GET" and request.path.endswith("act_1/campaigns") and not theirs:
                    theirs.append("")
                    theirs[:] = [another.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id]

            def after(self, request, response):
                return response

        sandbox.hooks.append(Meanwhile())
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
        theirs.append(another.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id)
    back = rollback(fb, tmp_path / "journal")
    assert sorted(back.left["campaign"].split(", ")) == sorted(theirs)
    assert names(sandbox) == ["Sale", "Sale"]


def test_after_a_crash_an_older_campaign_of_the_same_name_is_not_named(sandbox, fb, tmp_path):
    older = fb.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id
    sandbox.sleep(3600)
    Dies(sandbox, "/campaigns", heard=True)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    [ours] = {node["id"] for node in sandbox.objects("Campaign")} - {older}
    assert rollback(fb, tmp_path / "journal").left["campaign"] == ours


@pytest.mark.thorough
@table(("seconds", "named"), [(0, True), (-1, False)], fresh=True)
def test_after_a_crash_clocks_may_differ_by_a_known_time(sandbox, fb, tmp_path, seconds, named):
    older = fb.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id
    Dies(sandbox, "/campaigns", heard=False)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    created = LaunchJournal.load(tmp_path / "journal").pending["campaign"] - CLOCKS_APART + timedelta(seconds=seconds)
    sandbox.change(older, created_time=f"{created:%Y-%m-%dT%H:%M:%S%z}")
    assert (older in rollback(fb, tmp_path / "journal").left.get("campaign", "")) is named


@pytest.mark.parametrize("heard", [False, True])
def test_after_a_crash_look_alikes_are_named_and_none_is_deleted(sandbox, fb, tmp_path, heard):
    with FacebookAds.sandbox(sandbox) as another:
        theirs = another.campaigns.create("act_1", objective="OUTCOME_TRAFFIC", **SPEC["campaign"]).id
    Dies(sandbox, "/campaigns", heard=heard)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    back = rollback(fb, tmp_path / "journal")
    assert theirs in back.left["campaign"]
    assert len(back.left["campaign"].split(", ")) == 1 + heard
    assert len(names(sandbox)) == 1 + heard


def test_after_a_crash_what_does_not_show_is_unknown(sandbox, fb, tmp_path):
    sandbox.hide_new(90)
    Dies(sandbox, "/campaigns", heard=True)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    assert rollback(fb, tmp_path / "journal").unknown == ("campaign",)
    sandbox.sleep(90)
    assert set(rollback(fb, tmp_path / "journal").left) == {"campaign"}
    assert names(sandbox) == ["Sale"]


def stopped_unknown(fb, journal):
    with pytest.raises(LaunchStopped, match="within 120 s, which is no proof") as stopped:
        resume(fb, journal)
    assert isinstance(stopped.value.launched.failed["campaign"], OutcomeUnknown)
    assert "resume with send_again" in str(stopped.value)


@pytest.mark.thorough
@table(("heard", "shows_after"), [(False, 0), (True, 0), (True, 60), (True, 110), (True, 3600)], fresh=True)
def test_after_a_crash_resume_makes_it_once_and_never_by_itself_again(sandbox, fb, tmp_path, heard, shows_after):
    sandbox.hide_new(shows_after)
    Dies(sandbox, "/campaigns", heard=heard)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    if not heard or shows_after > 120:
        stopped_unknown(fb, tmp_path / "journal")
        assert names(sandbox) == ["Sale"] * heard
        sandbox.sleep(shows_after)
    assert resume(fb, tmp_path / "journal", send_again=not heard).state == "complete"
    assert (names(sandbox), names(sandbox, "AdSet")) == (["Sale"], ["US"])


def test_a_bot_sends_again_with_a_plan_that_says_so(sandbox, fb, tmp_path, monkeypatch):
    monkeypatch.setenv("FACEBOOK_LAUNCHES", str(tmp_path))
    tool, whole = FacebookTool(fb), {"ad_account_id": "act_1"}
    Dies(sandbox, "/campaigns", heard=False)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC)
    [journal] = tmp_path.glob("*.jsonl")
    alone = tool.call({"op": "launch_campaign", "args": {**whole, "send_again": True, **SPEC}})
    assert "send_again" in alone.error["violations"][0]["field"]
    plan = tool.call({"op": "launch_campaign", "args": {**whole, "resume": journal.stem, "send_again": True}})
    assert "created, perhaps a second time" in plan.text
    assert tool.approve(plan.data.id).ok
    assert names(sandbox) == ["Sale"]


def test_a_delete_that_fails_is_reported_and_done_by_the_next_rollback(sandbox, fb, tmp_path):
    launched = launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    sandbox.fail_next(f"DELETE {launched.campaign_id}", GraphError(10))
    with pytest.raises(LaunchStopped, match="could not be deleted completely") as stopped:
        rollback(fb, tmp_path / "journal")
    assert set(stopped.value.launched.failed) == {"campaign"}
    assert stopped.value.launched.campaign_id == launched.campaign_id
    assert rollback(fb, tmp_path / "journal").state == "gone"
    assert names(sandbox) == []


def with_pictures(tmp_path):
    (tmp_path / "hero.png").write_bytes(png(1080, 1080))
    creative = {"page_id": "1", "link": "https://example.com/", "image": "hero", "message": "Hello"}
    adsets = [{**SPEC["adsets"][0], "ads": [{"name": "A", "creative": "main"}]}]
    return {
        **SPEC,
        "images": {"hero": str(tmp_path / "hero.png")},
        "creatives": {"main": creative},
        "adsets": adsets,
    }


@pytest.mark.thorough
@table("ahead", [-86_400, -300, 0, 300, 86_400], fresh=True)
def test_an_image_that_was_there_before_stays_by_any_clock(sandbox, fb, tmp_path, ahead):
    declared = with_pictures(tmp_path)
    there = fb.adimages.create("act_1", filename=declared["images"]["hero"]).hash
    sandbox.sleep(60)
    with FacebookAds.sandbox(sandbox, clock=WrongClock(sandbox, ahead)) as wrong:
        made = launch(wrong, "act_1", declared, journal=tmp_path / "journal").made
        assert made["images.hero"] == there
        rollback(wrong, tmp_path / "journal")
    assert [image.hash for image in fb.adimages.list("act_1")] == [there]


@pytest.mark.thorough
@pytest.mark.parametrize("ahead", [-300, 300])
def test_an_image_of_the_launch_is_deleted_by_any_clock(sandbox, tmp_path, ahead):
    with FacebookAds.sandbox(sandbox, clock=WrongClock(sandbox, ahead)) as wrong:
        launch(wrong, "act_1", with_pictures(tmp_path), journal=tmp_path / "journal")
        rollback(wrong, tmp_path / "journal")
        assert wrong.adimages.list("act_1") == []


@pytest.mark.thorough
def test_an_image_that_another_launch_uses_is_left_alone_and_rollback_ends(sandbox, fb, tmp_path):
    launched = launch(fb, "act_1", with_pictures(tmp_path), journal=tmp_path / "journal")
    hero = launched.made["images.hero"]
    link = {"link": "https://example.com/other", "image_hash": hero}
    fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": link})
    back = rollback(fb, tmp_path / "journal")
    assert (back.state, dict(back.left)) == ("gone", {"images.hero": hero})
    assert rollback(fb, tmp_path / "journal").state == "gone"


@pytest.mark.thorough
def test_mixed_failures_lose_nothing(sandbox, fb, tmp_path):
    launched = launch(fb, "act_1", with_pictures(tmp_path), journal=tmp_path / "journal")
    sandbox.fail_next(f"DELETE {launched.campaign_id}", LostResponse())
    sandbox.fail_next(f"DELETE {launched.made['creatives.main']}", GraphError(10))
    sandbox.fail_next("DELETE act_*/adimages", GraphError(2, http_status=500), times=2)
    with pytest.raises(LaunchStopped) as stopped:
        rollback(fb, tmp_path / "journal")
    assert "creatives.main" in stopped.value.launched.failed
    assert set(stopped.value.launched.made) <= {"creatives.main", "images.hero"}
    assert rollback(fb, tmp_path / "journal").state == "gone"
    assert not sandbox.objects("AdImage")


@pytest.mark.thorough
def test_while_the_campaign_exists_nothing_that_it_uses_is_touched(sandbox, fb, tmp_path):
    launched = launch(fb, "act_1", with_pictures(tmp_path), journal=tmp_path / "journal")
    sandbox.fail_next(f"DELETE {launched.campaign_id}", GraphError(10))
    with pytest.raises(LaunchStopped) as stopped:
        rollback(fb, tmp_path / "journal")
    assert dict(stopped.value.launched.made) == dict(launched.made)
    assert dict(stopped.value.launched.left) == {}
    back = rollback(fb, tmp_path / "journal")
    assert (back.state, dict(back.left), sandbox.objects("AdImage")) == ("gone", {}, [])


@pytest.mark.thorough
def test_a_launch_of_which_a_part_is_unknown_is_not_taken_back_when_the_rest_is_refused(sandbox, fb, tmp_path):
    sandbox.hide_new(3600)
    Dies(sandbox, "/campaigns", heard=True)
    with pytest.raises(KeyboardInterrupt):
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    sandbox.fail_next("POST act_*/campaigns", GraphError(100))
    with pytest.raises(LaunchStopped) as stopped:
        resume(fb, tmp_path / "journal")
    assert stopped.value.launched.state == "stopped"
    sandbox.sleep(3600)
    assert resume(fb, tmp_path / "journal").state == "complete"
    assert names(sandbox) == ["Sale"]


def test_a_disk_that_is_full_after_the_create_loses_no_id(sandbox, fb, tmp_path, monkeypatch):
    from admonster_fb import storage

    real, calls = storage.JsonLines.append, []

    def append(self, value):
        if "created" in value:
            calls.append(value)
            raise OSError(28, "No space left on device")
        real(self, value)

    monkeypatch.setattr(storage.JsonLines, "append", append)
    with pytest.raises(LaunchStopped, match="No space left") as stopped:
        launch(fb, "act_1", SPEC, journal=tmp_path / "journal")
    assert stopped.value.launched.campaign_id == sandbox.objects("Campaign")[0]["id"]


@pytest.mark.thorough
@table(("adsets", "more"), [(3, False), (4, True)], fresh=True)
def test_what_a_failed_rollback_leaves_is_named_up_to_four(sandbox, fb, tmp_path, adsets, more):
    spec = {**SPEC, "adsets": [{**SPEC["adsets"][0], "name": f"US {number}"} for number in range(adsets)]}
    made = launch(fb, "act_1", spec, journal=tmp_path / "journal")
    sandbox.fail_next(f"DELETE {made.campaign_id}", GraphError(200))
    with pytest.raises(LaunchStopped) as stopped:
        rollback(fb, tmp_path / "journal")
    assert f"{adsets + 1} of {adsets + 1} objects exist: campaign {made.campaign_id}, adsets.0 " in str(stopped.value)
    assert ("…" in str(stopped.value)) is more
