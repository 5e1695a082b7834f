"""A/B tests: set up without overlap, read with what their figures mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tables import table

from admonster_fb import FacebookAds, NotFoundError, ParameterError
from admonster_fb.analysis.ab_test import ABTest, CellFigures, evaluate, parse_criterion, with_criterion
from admonster_fb.bot import FacebookTool
from admonster_fb.models.adstudy import AdStudy
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.ab_tests import create_ab_test, get_ab_test, list_ab_tests

DATES: Any = {"start_date": "2026-11-10", "end_date": "2026-11-23"}
START, END = datetime(2026, 11, 10, 8, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC)
TIMES: Any = {"start_time": START, "end_time": END}


@pytest.fixture
def business(fb: FacebookAds) -> str:
    owner: Any = fb.adaccounts.get("act_1").business
    return str(owner.id)


@pytest.fixture
def pair(fb: FacebookAds) -> list[str]:
    goal: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    return [fb.campaigns.create("act_1", name=name, **goal).id for name in "AB"]


@pytest.fixture
def cells(pair: list[str]) -> Any:
    return [{"name": name, "campaign_ids": [each]} for name, each in zip(("Old", "New"), pair, strict=True)]


def test_a_test_is_made_of_whole_days_of_the_account(fb: FacebookAds, pair: list[str], cells: Any) -> None:
    made = create_ab_test(fb, "act_1", name="Which", cells=cells, metric="clicks", **DATES)
    assert (made.type, made.start_time, made.end_time) == ("SPLIT_TEST", START, END)
    assert made.description == "[judged by clicks per impressions]"
    read = fb.adstudies.cells(made.id)
    assert [(cell.name, cell.treatment_percentage) for cell in read] == [("Old", 50), ("New", 50)]
    assert [[each.id for each in cell.members] for cell in read] == [[each] for each in pair]
    assert {each.account_id for cell in read for each in cell.members} == {"1"}
    assert [fb.campaigns.get(each).status for each in pair] == ["PAUSED", "PAUSED"], "nothing was started"


def test_ad_sets_too_in_another_time_zone(fb: FacebookAds, adset_params: Any) -> None:
    ids = [fb.adsets.create("act_1", **{**adset_params, "name": name}).id for name in "ABC"]
    parts: Any = [{"adset_ids": [each]} for each in ids]
    made = create_ab_test(fb, "act_1", name="Three", cells=parts, **DATES)
    read = fb.adstudies.cells(made.id)
    assert [cell.treatment_percentage for cell in read] == [34, 33, 33]
    assert [cell.name for cell in read] == ["Cell A", "Cell B", "Cell C"]
    assert [cell.level for cell in read] == ["adset"] * 3
    owner: Any = fb.adaccounts.get("act_2").business
    yen: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    tokyo: Any = [{"campaign_ids": [fb.campaigns.create("act_2", name=name, **yen).id]} for name in "AB"]
    made = create_ab_test(fb, "act_2", name="東京", cells=tokyo, business_id=owner.id, **DATES)
    assert made.start_time == datetime(2026, 11, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert made.name == "東京"


def test_a_test_that_begins_today_begins_soon(fb: FacebookAds, cells: Any) -> None:
    made = create_ab_test(fb, "act_1", name="Now", cells=cells, start_date="2026-11-01", end_date="2026-11-08")
    assert made.start_time is not None
    assert timedelta(0) < made.start_time - fb.now() < timedelta(minutes=10)


@table(
    ("change", "fields"),
    [
        ({"start_date": "2026-10-31"}, ["start_date"]),
        ({"end_date": "2026-11-09"}, ["end_date"]),
        ({"start_date": "2026-13-01"}, ["start_date"]),
        ({"start_date": "tomorrow", "end_date": 5}, ["start_date", "end_date"]),
        ({"cells": []}, ["cells"]),
        ({"cells": [{"campaign_ids": ["1"]}]}, ["cells"]),
        ({"cells": [{"campaign_ids": [str(n)]} for n in range(6)]}, ["cells"]),
        ({"cells": [{"campaign_ids": ["1"]}, {"campaign_ids": ["1"]}]}, ["cells.1"]),
        ({"cells": [{"campaign_ids": ["1"]}, {"adset_ids": ["2"]}]}, ["cells"]),
        ({"cells": [{"campaign_ids": ["1"]}, {"name": "B"}]}, ["cells.1"]),
        ({"cells": [{"campaign_ids": ["1"], "name": "B"}, {"campaign_ids": ["2"], "name": "B"}]}, ["cells"]),
        ({"cells": [{"campaign_ids": ["1"], "percent": 50}, {"campaign_ids": ["2"]}]}, ["cells"]),
        ({"cells": [{"campaign_ids": ["1"], "percent": 50}, {"campaign_ids": ["2"], "percent": 51}]}, ["cells"]),
        (
            {"cells": [{"campaign_ids": ["1"], "percent": 5}, {"campaigns": ["2"]}]},
            ["cells.0.percent", "cells.1.campaigns"],
        ),
        ({"metric": "ctr", "per": "spend"}, ["metric", "per"]),
        ({"metric": "reach"}, ["metric"]),
        ({"metric": "clicks", "per": "clicks"}, ["per"]),
        ({"metric": "purchses", "cells": [], "end_date": "x"}, ["cells", "metric", "end_date"]),
    ],
)
def test_all_that_is_wrong_is_told_before_anything_is_made(
    fb: FacebookAds, writes: Any, change: Any, fields: list[str]
) -> None:
    two: Any = [{"campaign_ids": ["1"]}, {"campaign_ids": ["2"]}]
    with pytest.raises(ParameterError) as caught:
        create_ab_test(fb, "act_1", **{"name": "A", "cells": two, **DATES, **change})
    assert {violation.field for violation in caught.value.violations} == {*fields}
    assert writes() == []


def test_a_study_as_meta_has_it(fb: FacebookAds, business: str, pair: list[str]) -> None:
    parts: Any = [
        {"name": "A", "treatment_percentage": 30, "campaigns": [pair[0]]},
        {"name": "B", "treatment_percentage": 60.5, "campaigns": [pair[1]]},
    ]
    made = fb.adstudies.create(business, name="A", cells=parts, **TIMES)
    assert [study.id for study in fb.adstudies.list(business)] == [made.id]
    assert next(iter(fb.adstudies.iter(business))).name == "A"
    fb.adstudies.update(made.id, name="B", end_time="2026-11-30T00:00:00-0800")
    read = fb.adstudies.get(made.id)
    assert (read.name, read.end_time) == ("B", datetime(2026, 11, 30, 8, tzinfo=UTC))
    fb.adstudies.delete(made.id)
    with pytest.raises(NotFoundError):
        fb.adstudies.get(made.id)


@table(
    ("wrong", "fields"),
    [
        ({"end_time": START}, ["end_time"]),
        ({"cells": []}, ["cells"]),
        ({"cells": [{"name": "A"}]}, ["cells.0"]),
        ({"cells": [{"campaigns": [str(n) for n in range(101)]}]}, ["cells.0.campaigns"]),
        (
            {
                "cells": [
                    {"campaigns": ["1"], "treatment_percentage": 60},
                    {"campaigns": ["2"], "treatment_percentage": 50},
                ]
            },
            ["cells"],
        ),
        (
            {"cells": [{"campaigns": ["1"], "treatment_percentage": 9}, {"campaign": ["2"]}], "type": "SPLIT"},
            ["cells.0.treatment_percentage", "cells.1.campaign", "type"],
        ),
    ],
)
def test_what_meta_would_refuse_is_refused_before(fb: FacebookAds, refused: Any, wrong: Any, fields: list[str]) -> None:
    good: Any = {"name": "A", "cells": [{"campaigns": ["1"]}], **TIMES}
    with refused(*fields):
        fb.adstudies.create("1", **{**good, **wrong})


def test_a_lost_answer_makes_no_second_test(fb: FacebookAds, sandbox: Sandbox, business: str, cells: Any) -> None:
    sandbox.fail_next("POST */ad_studies", LostResponse())
    made = create_ab_test(fb, "act_1", name="Füße 👟", cells=cells, **DATES)
    assert [study.id for study in fb.adstudies.list(business)] == [made.id]
    assert made.name == "Füße 👟"


def test_a_throttled_list_of_studies_is_retried(fb: FacebookAds, sandbox: Sandbox, cells: Any) -> None:
    sandbox.fail_next("GET act_1/ad_studies", GraphError(17))
    assert list_ab_tests(fb, "act_1") == []


def test_only_tests_are_listed(fb: FacebookAds, business: str, cells: Any) -> None:
    made = create_ab_test(fb, "act_1", name="Which", cells=cells, **DATES)
    assert [test.id for test in list_ab_tests(fb, "act_1")] == [made.id]
    assert [test.id for test in list_ab_tests(fb, "act_1", business_id=business)] == [made.id]


def test_a_test_to_come_has_no_figures(fb: FacebookAds, cells: Any) -> None:
    made = create_ab_test(fb, "act_1", name="Which", cells=cells, **DATES)
    read = get_ab_test(fb, made.id)
    assert (read.status, read.winner, read.p_value) == ("scheduled", None, None)
    assert read.verdict == "no figures yet: it starts on 2026-11-10"


class TestFigures:
    """With campaigns that deliver."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Sandbox()

    @pytest.fixture
    def running(self, fb: FacebookAds, sandbox: Sandbox) -> tuple[str, list[str]]:
        """A test of a week between the two campaigns that deliver, four days in."""
        ids = [each.id for each in fb.campaigns.list("act_1", effective_status=["ACTIVE"])][:2]
        parts: Any = [{"name": f"Cell {n}", "campaign_ids": [each]} for n, each in enumerate(ids)]
        made = create_ab_test(
            fb, "act_1", name="Which", cells=parts, metric="clicks", start_date="2026-11-02", end_date="2026-11-08"
        )
        sandbox.advance(days=4)
        return made.id, ids

    @pytest.mark.thorough
    def test_figures_are_those_of_insights_over_the_days_of_the_test(
        self, fb: FacebookAds, running: tuple[str, list[str]]
    ) -> None:
        study_id, ids = running
        test = get_ab_test(fb, study_id)
        assert test.status == "running"
        assert test.days is not None
        assert (str(test.days[0]), str(test.days[1])) == ("2026-11-02", str(fb.today("act_1")))
        window: Any = {"since": str(test.days[0]), "until": str(test.days[1])}
        for cell, campaign_id in zip(test.cells, ids, strict=True):
            [row] = fb.insights.list(campaign_id, time_range=window)
            assert (cell.impressions, cell.clicks) == (row.impressions, row.clicks)
            assert cell.spend is not None
            assert (cell.spend.amount, cell.spend.currency) == (row.spend, "USD")
            assert (cell.successes, cell.volume) == (row.clicks, row.impressions)
        assert test.p_value is not None
        assert test.test == "two-proportion z"

    @pytest.mark.thorough
    def test_an_ended_study_says_so(self, fb: FacebookAds, sandbox: Sandbox, running: tuple[str, list[str]]) -> None:
        sandbox.advance(days=10)
        test = get_ab_test(fb, running[0], metric="results", per="clicks", min_volume=1)
        assert test.status == "ended"
        assert test.days is not None
        assert str(test.days[1]) == "2026-11-08"
        assert (test.metric, test.per) == ("results", "clicks")
        assert "still runs" not in test.verdict

    @pytest.mark.thorough
    def test_it_takes_few_requests(self, fb: FacebookAds, sandbox: Sandbox, running: tuple[str, list[str]]) -> None:
        sandbox.journal.clear()
        get_ab_test(fb, running[0])
        assert len(sandbox.journal) <= 5
        assert {entry.method for entry in sandbox.journal} == {"GET"}

    @pytest.mark.thorough
    def test_the_op_shows_a_test_to_the_model(self, fb: FacebookAds, running: tuple[str, list[str]]) -> None:
        text = FacebookTool(fb).call({"op": "get_ab_test", "args": {"ab_test_id": running[0]}}).text
        assert f'AdStudy ID: {running[0]} "Which": running' in text
        assert "clicks per impressions" in text
        assert "Verdict: " in text


def judged(*counts: tuple[int, int], now: datetime = END, confidence: float = 0.95, least: int = 1000) -> ABTest:
    study = AdStudy.from_api({"id": "1", "start_time": START.isoformat(), "end_time": END.isoformat()})
    made = [
        CellFigures(f"Cell {n}", 50, (str(n),), volume, 0, None, happened, volume)
        for n, (happened, volume) in enumerate(counts)
    ]
    return evaluate(ABTest(study, now, None, "clicks", "impressions", made, confidence, least))


def test_a_difference_that_is_no_chance_wins() -> None:
    test = judged((120, 1000), (90, 1000))
    assert (test.winner, test.leader, test.test) == ("Cell 0", "Cell 0", "two-proportion z")
    assert (test.statistic, test.p_value) == (pytest.approx(2.188, abs=5e-4), pytest.approx(0.0287, abs=5e-5))
    assert test.verdict.startswith("Cell 0 wins with 12.000 % clicks per impressions (p = 0.0287")
    assert test.cells[0].rate == Decimal(12)


def test_a_difference_that_may_be_chance_does_not() -> None:
    assert judged((120, 1000), (110, 1000)).winner is None
    strict = judged((120, 1000), (90, 1000), confidence=0.99)
    assert strict.winner is None
    assert strict.leader == "Cell 0"
    assert strict.verdict.startswith("no winner: the difference may be chance")


def test_too_little_is_no_test_at_all() -> None:
    few = judged((120, 999), (9, 1000))
    assert (few.winner, few.p_value) == (None, None)
    assert "a cell has 999 impressions, fewer than 1,000" in few.verdict
    rare = judged((9, 100_000), (0, 100_000))
    assert (rare.winner, rare.p_value) == (None, None)
    assert "fewer than 5 clicks" in rare.verdict
    odd = judged((2000, 1000), (90, 1000))
    assert (odd.winner, odd.p_value) == (None, None)
    assert "not a share" in odd.verdict


def test_among_several_the_best_must_differ_from_the_second() -> None:
    close = judged((150, 1000), (148, 1000), (90, 1000))
    assert close.test == "chi-square"
    assert close.p_value is not None
    assert close.p_value < 0.001
    assert close.winner is None, "the last is worse, but the first two are alike"
    assert judged((190, 1000), (120, 1000), (90, 1000)).winner == "Cell 0"


def test_equal_cells_have_no_leader() -> None:
    even = judged((100, 1000), (100, 1000))
    assert (even.leader, even.winner, even.p_value) == (None, None, 1.0)


def test_an_early_reading_warns() -> None:
    early = judged((120, 1000), (90, 1000), now=START + timedelta(days=1))
    assert early.status == "running"
    assert early.winner == "Cell 0"
    assert "still running" in early.verdict
    assert "no winner yet" in judged((100, 1000), (101, 1000), now=START + timedelta(days=1)).verdict


def test_what_a_test_is_judged_by_is_kept_in_its_description() -> None:
    assert parse_criterion(with_criterion("New picture", "purchase", "clicks")) == ("purchases", "clicks")
    assert parse_criterion("New picture") == ("results", "impressions")
    with pytest.raises(ParameterError, match="counted"):
        with_criterion("", "ctr", "impressions")
