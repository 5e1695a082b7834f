"""A/B tests: creating, listing, and reading them with their significance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from admonster_fb.analysis.ab_test import ABTest, CellFigures, evaluate, parse_criterion, with_criterion
from admonster_fb.analysis.metrics import metric as find_metric
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, ParameterError, Violation, collecting, refused
from admonster_fb.models._node import zone_of
from admonster_fb.models._params import Params, checked
from admonster_fb.models.adstudy import AdStudy, AdStudyCell, CellSpec
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import ops_of
from admonster_fb.services._base import account_id

op = ops_of("automation", "ad_studies")

START_DELAY = timedelta(minutes=5)
"""Delay of a test that starts today: Meta refuses a start in the past."""
MAX_CELLS = 5
_PER = Annotated[str, Field(description="impressions, clicks or link_clicks. Default: impressions")]
_METRIC = Annotated[str, Field(description="what is counted: clicks, purchases, leads, … Default: results")]
_DAY = Field(description="YYYY-MM-DD in the account's time zone, inclusive", pattern=r"^\d{4}-\d\d-\d\d$")


class Cell(Params, total=False):
    """One group of a test."""

    name: Annotated[str, Field(min_length=1)]
    campaign_ids: list[str]
    adset_ids: list[str]
    percent: Annotated[int, Field(ge=10, le=90, description="of the audience. Default: equal parts")]


class _Arguments(Params, total=False):
    cells: list[Cell]


@op(
    "create_ab_test",
    effect="create",
    cost="nothing more: from its start on, the audience of its campaigns is split; at once and without a plan",
    aliases={"objective": "metric", "start_time": "start_date", "end_time": "end_date"},
    then=("get_ab_test",),
    judge=lambda _, params: _judged(params),
    shows_changes=True,
)
def create_ab_test(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    cells: Annotated[list[Cell], Field(description="2 to 5: name, campaign_ids or adset_ids, percent")],
    start_date: Annotated[str, _DAY],
    end_date: Annotated[str, _DAY],
    metric: _METRIC = "results",
    per: _PER = "impressions",
    description: str = "",
    business_id: str | None = None,
) -> AdStudy:
    """Create an A/B test. It splits the audience between campaigns or ad sets: no person sees two of them.

    2 to 5 cells, in equal parts unless all have `percent`. Days are inclusive, in the account's time zone; a test that
    starts today starts in 5 minutes. The criterion is written into the description. The test does not start the
    campaigns: activate them yourself. See guides/split-testing at Meta.

    >>> old, new = {"name": "Old", "campaign_ids": [campaign_id]}, {"name": "New", "campaign_ids": [other_campaign_id]}
    >>> create_ab_test(fb, "act_1", name="Which goal", cells=[old, new], metric="clicks",
    ...     start_date="2026-11-10", end_date="2026-11-23").description
    '[judged by clicks per impressions]'
    """
    specs, criterion, first, last = _validate(cells, (start_date, end_date), metric, per, description)
    account = fb.adaccounts.get(ad_account_id, fields=["business", "timezone_name"])
    zone, now = zone_of(account.timezone_name), fb.now()
    if first < (today := now.astimezone(zone).date()):
        raise ParameterError([Violation("start_date", str(first), f"{today} or later, in {zone.key}")])
    start = now + START_DELAY if first == today else datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)  # the days of the account are whole
    owner = business_id or (account.business.id if account.business else "")
    if not owner:
        raise ParameterError([Violation("business_id", MISSING, "a business: this ad account belongs to none")])
    return fb.adstudies.create(owner, name=name, description=criterion, start_time=start, end_time=end, cells=specs)


def _validate(
    cells: list[Cell], days: Sequence[str], metric: str, per: str, description: str = ""
) -> tuple[list[CellSpec], str, date, date]:
    """Return cells in Meta's format, criterion and days. Raises `ParameterError` with all violations."""
    violations: list[Violation] = []
    specs: list[CellSpec] = []
    criterion = ""
    with collecting(violations):
        specs = [*_cell_specs(checked(_Arguments, {"cells": cells})["cells"], violations)]
    with collecting(violations):
        criterion = with_criterion(description, metric, per)
    parsed: list[date] = []
    for name, day in zip(("start_date", "end_date"), days, strict=True):
        try:
            parsed.append(date.fromisoformat(day))
        except (TypeError, ValueError):
            violations.append(Violation(name, day, "an existing day, YYYY-MM-DD"))
    if parsed != sorted(parsed):
        violations.append(Violation("end_date", days[1], f"a day not before start_date ({days[0]})"))
    if violations:
        raise ParameterError(violations)
    return specs, criterion, parsed[0], parsed[1]


def _judged(arguments: Mapping[str, Any]) -> Iterable[Violation]:
    days = [arguments.get("start_date"), arguments.get("end_date")]
    return refused(
        _validate, arguments.get("cells"), days, arguments.get("metric", "results"), arguments.get("per", "impressions")
    )


def _cell_specs(cells: Sequence[Cell], violations: list[Violation]) -> Iterator[CellSpec]:
    """Yield cells in Meta's format; append contradictions between them to `violations`."""
    names = [cell.get("name") or f"Cell {chr(65 + number)}" for number, cell in enumerate(cells)]
    if len({*names}) < len(names):
        violations.append(Violation("cells", names, "a different name for each cell"))
    violations += _check_members(cells)
    for name, cell, share in zip(names, cells, _percentages(cells, violations), strict=True):
        spec: CellSpec = {"name": name, "treatment_percentage": share}
        if ids := cell.get("campaign_ids"):
            spec["campaigns"] = ids
        if ids := cell.get("adset_ids"):
            spec["adsets"] = ids
        yield spec


def _percentages(cells: Sequence[Cell], violations: list[Violation]) -> list[int]:
    if not 2 <= len(cells) <= MAX_CELLS:
        violations.append(Violation("cells", len(cells), f"2 to {MAX_CELLS} cells"))
    percents = [cell.get("percent") for cell in cells]
    if not any(percents):  # whole percentages, as equal as possible, that add up to 100
        return [100 // len(cells) + (number < 100 % len(cells)) for number in range(len(cells))]
    shares = [percent or 0 for percent in percents]
    if None in percents or sum(shares) > 100:
        violations.append(Violation("cells", percents, "percent in every cell, adding up to 100 at most, or in none"))
    return shares


def _check_members(cells: Sequence[Cell]) -> Iterator[Violation]:
    kinds = {kind for cell in cells for kind in ("campaign_ids", "adset_ids") if cell.get(kind)}
    if len(kinds) > 1:
        yield Violation("cells", sorted(kinds), "campaign_ids in all cells, or adset_ids in all")
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        ids = [*cell.get("campaign_ids", ()), *cell.get("adset_ids", ())]
        if not ids:
            yield Violation(f"cells.{number}", MISSING, "campaign_ids or adset_ids, with at least one ID")
        for member_id in ids:
            if member_id in seen:
                yield Violation(f"cells.{number}", member_id, "each campaign or ad set once in all cells")
            seen.add(member_id)


@op("list_ab_tests", access="read", then=("get_ab_test",))
def list_ab_tests(fb: FacebookAds, ad_account_id: str, *, business_id: str | None = None) -> list[AdStudy]:
    """List A/B tests. They belong to an ad account or a business. Ended and scheduled ones too.

    >>> [test.name for test in list_ab_tests(fb, "act_1")]
    ['Which picture']
    """
    studies = fb.adstudies.iter(business_id or account_id(ad_account_id))
    return [study for study in studies if (study.type or "").startswith("SPLIT_TEST")]


_NAMES = {**dict.fromkeys(("ab_test_id", "test_id", "id"), "study_id"), "objective": "metric"}


@op("get_ab_test", access="read", aliases=_NAMES, then=("scale_campaign",))
def get_ab_test(
    fb: FacebookAds,
    study_id: str,
    *,
    metric: _METRIC | None = None,
    per: _PER | None = None,
    confidence: Annotated[float, Field(ge=0.5, lt=1, description="0.95: a false winner in 1 of 20 tests")] = 0.95,
    min_volume: Annotated[int, Field(ge=1, description="minimum of impressions (or `per`) in each cell")] = 1000,
) -> ABTest:
    """Return an A/B test with its winner. It has each cell's figures, and whether the difference is significant.

    Shares (`metric` per `per`, by default as set at creation) of two cells are compared by a two-proportion z-test; of
    more cells by a chi-square test, then the best with the second (Bonferroni). There is no winner while a cell has
    less than `min_volume`, or fewer than 5 results are expected in one. Figures cover whole days of the account.

    >>> get_ab_test(fb, study_id).verdict
    'no figures yet: it starts on 2026-11-10'
    """
    study = fb.adstudies.get(study_id)
    cells = fb.adstudies.cells(study_id)
    default_metric, default_per = parse_criterion(study.description or "")
    metric, per = metric or default_metric, per or default_per
    with_criterion("", metric, per)
    days, rows = _read_figures(fb, study, cells, (metric, per))
    figures = []
    for cell in cells:
        own = [rows[member.id] for member in cell.members if member.id in rows]
        figures.append(CellFigures.from_rows(cell, own, find_metric(metric), find_metric(per)))
    return evaluate(ABTest(study, fb.now(), days, metric, per, figures, confidence, min_volume))


def _read_figures(
    fb: FacebookAds, study: AdStudy, cells: Sequence[AdStudyCell], names: Sequence[str]
) -> tuple[tuple[date, date] | None, dict[str, InsightsRow]]:
    """Read the figures of all members during the test, one request per account."""
    now, rows, days = fb.now(), {}, None
    level = cells[0].level if cells else "campaign"
    if study.start_time is None or study.end_time is None:
        return None, {}
    accounts: dict[str, list[str]] = {}
    for member in (member for cell in cells for member in cell.members):
        accounts.setdefault(f"act_{member.account_id}", []).append(member.id)
    fields = [f"{level}_id", "account_currency", "impressions", "clicks", "spend", "objective"]
    fields += ["optimization_goal"] if level == "adset" else []
    fields += [field for name in names for field in find_metric(name).fields]
    for account, ids in accounts.items():
        zone = zone_of(fb.adaccounts.get(account, fields=["timezone_name"]).timezone_name)
        end = min(study.end_time - timedelta(seconds=1), study.canceled_time or now, now)
        days = study.start_time.astimezone(zone).date(), end.astimezone(zone).date()
        if study.start_time > now:
            continue
        account_rows = fb.insights.iter(
            account,
            level=level,  # type: ignore[arg-type]  # campaign or adset
            time_range={"since": str(days[0]), "until": str(days[1])},
            filtering=[{"field": f"{level}.id", "operator": "IN", "value": ids}],
            fields=[*dict.fromkeys(fields)],  # type: ignore[list-item]
        )
        rows.update({str(getattr(row, f"{level}_id")): row for row in account_rows})
    return days, rows
