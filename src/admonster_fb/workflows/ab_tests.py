"""A/B tests: set up, listed, and read with what their figures mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.analysis.ab_test import ABTest, CellFigures, evaluate, parse_criterion, with_criterion
from admonster_fb.analysis.metrics import metric as known
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import STRICT, checked
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adstudy import AdStudy, AdStudyCell, CellSpec
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import op
from admonster_fb.services._base import account_id

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

SOON = timedelta(minutes=5)
"""How soon a test that begins today does so: Meta takes no start that is past when it reads it."""
MOST = 5
_PER = Annotated[str, Field(description="impressions unless given; or clicks, link_clicks")]
_METRIC = Annotated[str, Field(description="what counts: results unless given; or clicks, purchases, leads, …")]
_DAY = Field(description="YYYY-MM-DD in the account's time zone, included", pattern=r"^\d{4}-\d\d-\d\d$")
_NAMES = {"ab_test_id": "study_id", "test_id": "study_id", "id": "study_id"}


@with_config(STRICT)
class Cell(TypedDict, total=False):
    """One group of a test."""

    name: Annotated[str, Field(min_length=1)]
    campaign_ids: list[str]
    adset_ids: list[str]
    percent: Annotated[int, Field(ge=10, le=90, description="of the audience; equal parts unless given")]


@with_config(STRICT)
class _Asked(TypedDict, total=False):
    cells: list[Cell]


@op(
    "create_ab_test",
    group="automation",
    access="write",
    effect="create",
    changes="ad_studies",
    past="created",
    cost="nothing by itself: its campaigns stay as they are, and spend what they spend once ACTIVE",
    aliases={"objective": "metric", "start_time": "start_date", "end_time": "end_date"},
    then=("get_ab_test",),
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
    """Split the audience between campaigns or ad sets so that no person sees two of them, and compare them.

    2 to 5 cells in equal parts unless `percent` is given in all. Days are the account's, both included; one that
    begins today begins in 5 minutes. What it will be judged by is written into its description. The campaigns are not
    started: do that yourself. Meta: guides/split-testing.

    >>> old, new = {"name": "Old", "campaign_ids": [campaign_id]}, {"name": "New", "campaign_ids": [other_campaign_id]}
    >>> create_ab_test(fb, "act_1", name="Which goal", cells=[old, new], metric="clicks",
    ...     start_date="2026-11-10", end_date="2026-11-23").description
    '[judged by clicks per impressions]'
    """
    wrong: list[Violation] = []
    sent: list[CellSpec] = []
    told = ""
    try:
        sent = [*_sent(checked(_Asked, {"cells": cells})["cells"], wrong)]
    except ParameterError as error:
        wrong += error.violations
    try:
        told = with_criterion(description, metric, per)
    except ParameterError as error:
        wrong += error.violations
    begins, ends = _day(start_date, "start_date", wrong), _day(end_date, "end_date", wrong)
    if begins and ends and ends < begins:
        wrong.append(Violation("end_date", end_date, f"a day not before start_date ({start_date})"))
    if wrong or begins is None or ends is None:
        raise ParameterError(wrong)
    account = fb.adaccounts.get(ad_account_id, fields=["business", "timezone_name"])
    start, end = _times(begins, ends, account, fb.now())
    return fb.adstudies.create(
        business_id or _business(account),
        name=name,
        description=told,
        start_time=start,
        end_time=end,
        cells=sent,
    )


def _sent(cells: Sequence[Cell], wrong: list[Violation]) -> Iterator[CellSpec]:
    """Yield cells as Meta takes them; adds to `wrong` what is amiss between them."""
    names = [cell.get("name") or f"Cell {chr(65 + number)}" for number, cell in enumerate(cells)]
    if len({*names}) < len(names):
        wrong.append(Violation("cells", names, "another name for each cell"))
    wrong += _members(cells)
    for name, cell, share in zip(names, cells, _shares(cells, wrong), strict=True):
        made: CellSpec = {"name": name, "treatment_percentage": share}
        if cell.get("campaign_ids"):
            made["campaigns"] = cell["campaign_ids"]
        if cell.get("adset_ids"):
            made["adsets"] = cell["adset_ids"]
        yield made


def _shares(cells: Sequence[Cell], wrong: list[Violation]) -> list[int]:
    if not 2 <= len(cells) <= MOST:
        wrong.append(Violation("cells", len(cells), f"2 to {MOST} cells"))
    given = [cell["percent"] for cell in cells if "percent" in cell]
    if not given:
        return _equal_parts(len(cells))
    if len(given) < len(cells) or sum(given) != 100:
        said = [cell.get("percent") for cell in cells]
        wrong.append(Violation("cells", said, "percent in every cell, adding up to 100, or in none"))
    return (given + [0] * len(cells))[: len(cells)]


def _members(cells: Sequence[Cell]) -> Iterator[Violation]:
    kinds = {kind for cell in cells for kind in ("campaign_ids", "adset_ids") if cell.get(kind)}
    if len(kinds) > 1:
        yield Violation("cells", sorted(kinds), "campaign_ids in all cells, or adset_ids in all")
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        ids = [*cell.get("campaign_ids", ()), *cell.get("adset_ids", ())]
        if not ids:
            yield Violation(f"cells.{number}", MISSING, "campaign_ids or adset_ids, with at least one id")
        for each in ids:
            if each in seen:
                yield Violation(f"cells.{number}", each, "each campaign or ad set once in all cells")
            seen.add(each)


def _equal_parts(count: int) -> list[int]:
    """Return whole percentages, as equal as can be, that add up to 100."""
    return [100 // count + (number < 100 % count) for number in range(count)]


def _day(text: str, name: str, wrong: list[Violation]) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        wrong.append(Violation(name, text, "a day of the calendar, YYYY-MM-DD"))
    return None


def _times(begins: date, ends: date, account: AdAccount, now: datetime) -> tuple[datetime, datetime]:
    """Return the instants between which whole days lie in the account's time zone."""
    zone = ZoneInfo(account.timezone_name or "UTC")
    today = now.astimezone(zone).date()
    if begins < today:
        raise ParameterError([Violation("start_date", str(begins), f"a day from {today} on, in {zone.key}")])
    start = now + SOON if begins == today else datetime.combine(begins, time(), zone)
    return start, datetime.combine(ends + timedelta(days=1), time(), zone)


def _business(account: AdAccount) -> str:
    if account.business is None:
        raise ParameterError([Violation("business_id", MISSING, "a business: this ad account belongs to none")])
    return account.business.id


@op("list_ab_tests", group="automation", access="read", then=("get_ab_test",))
def list_ab_tests(fb: FacebookAds, ad_account_id: str, *, business_id: str | None = None) -> list[AdStudy]:
    """List the A/B tests that an ad account takes part in, over and to come too; or all of a business.

    >>> [test.name for test in list_ab_tests(fb, "act_1")]
    ['Which picture']
    """
    studies = fb.adstudies.iter(business_id or account_id(ad_account_id))
    return [study for study in studies if (study.type or "").startswith("SPLIT_TEST")]


@op(
    "get_ab_test",
    group="automation",
    access="read",
    aliases={**_NAMES, "objective": "metric"},
    then=("scale_campaign",),
)
def get_ab_test(
    fb: FacebookAds,
    study_id: str,
    *,
    metric: _METRIC | None = None,
    per: _PER | None = None,
    confidence: Annotated[float, Field(ge=0.5, lt=1, description="0.95: wrong in 1 of 20 tests")] = 0.95,
    min_volume: Annotated[int, Field(ge=1, description="least impressions (or `per`) in each cell")] = 1000,
) -> ABTest:
    """Read an A/B test: whether it runs, each cell's figures over its days, and whether a difference can be chance.

    Shares (`metric` per `per`, as said when it was created) are compared by a two-proportion z-test, those of more than
    two cells by a chi-square test, and then the best with the second (Bonferroni). There is no winner while a cell has
    less than `min_volume`, or fewer than 5 results are expected in one. Figures are of whole days, the account's.

    >>> get_ab_test(fb, study_id).verdict
    'no figures yet: it starts on 2026-11-10'
    """
    study = fb.adstudies.get(study_id)
    cells = fb.adstudies.cells(study_id)
    said = parse_criterion(study.description or "")
    of, by = metric or said[0], per or said[1]
    with_criterion("", of, by)
    days, rows = _figures(fb, study, cells, (of, by))
    figures = [
        CellFigures.of(cell, [rows[each.id] for each in cell.members if each.id in rows], known(of), known(by))
        for cell in cells
    ]
    return evaluate(ABTest(study, fb.now(), days, of, by, figures, confidence, min_volume))


def _figures(
    fb: FacebookAds, study: AdStudy, cells: Sequence[AdStudyCell], names: Sequence[str]
) -> tuple[tuple[date, date] | None, dict[str, InsightsRow]]:
    """Read what the members of all cells have done while the test ran, a request for each account."""
    now, rows, days = fb.now(), {}, None
    level = cells[0].level if cells else "campaign"
    if study.start_time is None or study.end_time is None:
        return None, {}
    accounts: dict[str, list[str]] = {}
    for member in (member for cell in cells for member in cell.members):
        accounts.setdefault(f"act_{member.account_id}", []).append(member.id)
    fields = [f"{level}_id", "account_currency", "impressions", "clicks", "spend", "objective"]
    fields += ["optimization_goal"] if level == "adset" else []
    fields += [field for name in names for field in known(name).fields]
    for account, ids in accounts.items():
        zone = ZoneInfo(fb.adaccounts.get(account, fields=["timezone_name"]).timezone_name or "UTC")
        begun = study.start_time.astimezone(zone).date()
        days = (
            begun,
            (min(study.end_time - timedelta(seconds=1), study.canceled_time or now, now)).astimezone(zone).date(),
        )
        if study.start_time > now:
            continue
        found = fb.insights.iter(
            account,
            level=level,  # type: ignore[arg-type]  # campaign or adset
            time_range={"since": str(days[0]), "until": str(days[1])},
            filtering=[{"field": f"{level}.id", "operator": "IN", "value": ids}],
            fields=[*dict.fromkeys(fields)],
        )
        rows.update({str(getattr(row, f"{level}_id")): row for row in found})
    return days, rows
