"""The methods of insights, one by one; what they do in depth is tested in tests/insights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.paging import Edge

pytestmark = pytest.mark.thorough


@pytest.fixture
def campaigns_with_history() -> Iterator[FacebookAds]:
    with FacebookAds.sandbox(Sandbox()) as facade:
        yield facade


def test_one_query_in_every_shape(campaigns_with_history: FacebookAds, tmp_path: Path) -> None:
    fb = campaigns_with_history
    rows = fb.insights.list("act_1", level="campaign", days=7)
    assert len(rows) == fb.insights.iter("act_1", level="campaign", days=7).frame().height
    assert len(rows) == fb.insights.iter("act_1", level="campaign", days=7).to_csv(tmp_path / "a.csv").rows
    assert len(rows) == fb.insights.iter("act_1", level="campaign", days=7).to_parquet(tmp_path / "a.parquet").rows
    assert fb.insights.total(rows, "spend") == sum(row.spend or 0 for row in rows)
    assert fb.insights.iter("act_1", days=7).meta.currency == "USD"
    assert fb.insights.describe("spend").additive


def test_reports_and_figures_kept_have_the_rows_too(campaigns_with_history: FacebookAds, tmp_path: Path) -> None:
    fb = campaigns_with_history
    rows = fb.insights.list("act_1", level="campaign", days=28, time_increment=1)
    report = fb.insights.report("act_1", level="campaign", days=28, time_increment=1)
    assert [*report.rows()] == [*fb.insights.reopen(report.id).rows()] == rows
    assert fb.insights.sync("act_1", tmp_path / "a.db", level="campaign").rows == len(rows)


def test_in_a_batch_insights_are_rows_too(campaigns_with_history: FacebookAds) -> None:
    fb = campaigns_with_history
    with fb.batch() as batch:
        item = batch.add(fb.insights.iter, "act_1", level="campaign", days=7, limit=1)
    edge = item.result()
    assert isinstance(edge, Edge)
    assert [*edge] == fb.insights.list("act_1", level="campaign", days=7)
