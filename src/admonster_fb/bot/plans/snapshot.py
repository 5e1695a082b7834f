"""What is read for a plan: each object once, 50 to a request, as fields that JSON has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from admonster_fb.analysis.daily_exposure import Snapshot
from admonster_fb.models._facts import names
from admonster_fb.models._node import Node
from admonster_fb.models.budgetschedule import BudgetSchedule
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.objects import OBJECTS
from admonster_fb.services._validation import warnings
from admonster_fb.transport.batch import Item

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_BUDGET = (*BUDGETS, "budget_remaining", "is_budget_schedule_enabled")
FIELDS: dict[str, tuple[str, ...]] = {
    "campaigns": ("id", "account_id", "name", "status", *_BUDGET, "spend_cap", "bid_strategy"),
    "adsets": (
        *("id", "account_id", "campaign_id", "name", "status", *_BUDGET),
        *("start_time", "end_time", "bid_strategy", "bid_amount"),
    ),
    "ads": ("id", "account_id", "campaign_id", "adset_id", "name", "status"),
}
"""What is asked of each object that a plan looks at."""
VOLATILE = frozenset({"budget_remaining"})
"""What changes by itself: it makes no plan stale."""
PAGE = 500


class Look:
    """The reads of one plan. `seen` is all that it was computed from."""

    def __init__(self, fb: FacebookAds) -> None:
        self.fb = fb
        self.seen: dict[str, dict[str, dict[str, Any]]] = {}
        self.warnings: list[str] = []

    def read(self, edge: str, ids: Iterable[str], fields: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return objects by their ids, with what plans ask and `fields` as far as they can be read."""
        wanted = [*dict.fromkeys(ids)]
        model = OBJECTS[edge].model
        asked = [*FIELDS[edge], *(name for name in fields if name in model.model_fields)]
        named = [model.EXPANDED.get(name, name) for name in dict.fromkeys(asked)]
        service = getattr(self.fb, edge)
        with self.fb.batch() as batch:
            items = [batch.add(service.get, node_id, fields=named) for node_id in wanted]
        return [self.keep(edge, item.result(), asked) for item in items]

    def keep(self, edge: str, node: Node, asked: Iterable[str] | None = None) -> dict[str, Any]:
        """Remember an object and return its fields."""
        row = {name: _plain(getattr(node, name, None)) for name in asked or FIELDS[edge]}
        amounts = names(OBJECTS[edge].model, money=True)
        row |= {name: int(row[name] or 0) for name in amounts if row.get(name) is not None}
        kept = self.seen.setdefault(edge, {})
        kept[row["id"]] = {**kept.get(row["id"], {}), **row}
        return kept[row["id"]]

    def note(self, edge: str, node_id: str, **fields: Any) -> dict[str, Any]:
        """Remember fields of an object that was read otherwise."""
        kept = self.seen.setdefault(edge, {})
        kept[node_id] = {**kept.get(node_id, {}), **{name: _plain(value) for name, value in fields.items()}}
        return kept[node_id]

    def check(self, method: Any, *args: Any, **params: Any) -> None:
        """Have a service check a call as it would before sending it; nothing is sent. Its warnings are the plan's."""
        with warnings() as found:
            self.fb.batch().add(method, *args, **params)
        self.warnings += [f"{each.field}: {each.message}. {each.fix}" for each in found]

    def tree(self, campaign_ids: Iterable[str]) -> None:
        """Read campaigns with all that is in them."""
        wanted = [*dict.fromkeys(campaign_ids)]
        with self.fb.batch() as batch:
            tops = [batch.add(self.fb.campaigns.get, each, fields=FIELDS["campaigns"]) for each in wanted]
            sets = [batch.add(self.fb.adsets.iter, each, fields=FIELDS["adsets"], limit=PAGE) for each in wanted]
            ads = [batch.add(self.fb.ads.iter, each, fields=FIELDS["ads"], limit=PAGE) for each in wanted]
        for item in tops:
            self.keep("campaigns", item.result())
        for found in sets:
            self._keep_all("adsets", found.result())
        for each in ads:
            self._keep_all("ads", each.result())
        self._schedules()

    def account(self, account: str) -> Snapshot:
        """Return all that an account holds, archived objects left out, as a look of its own."""
        whole = Look(self.fb)
        with self.fb.batch() as batch:
            items: dict[str, Item[Any]] = {
                "campaigns": batch.add(self.fb.campaigns.iter, account, fields=FIELDS["campaigns"], limit=PAGE),
                "adsets": batch.add(self.fb.adsets.iter, account, fields=FIELDS["adsets"], limit=PAGE),
                "ads": batch.add(self.fb.ads.iter, account, fields=FIELDS["ads"], limit=PAGE),
            }
        for edge, item in items.items():
            whole._keep_all(edge, item.result())
        whole._schedules()
        return whole.snapshot(account)

    def snapshot(self, account: str) -> Snapshot:
        """Return what was read, at this moment."""
        return Snapshot(self.seen, self.fb.now(), self.fb.timezone(account))

    def state(self) -> dict[str, Any]:
        """Return what was read, less what changes by itself."""
        return {
            edge: {node_id: _steady(fields) for node_id, fields in rows.items()}
            for edge, rows in self.seen.items()
            if rows
        }

    def _keep_all(self, edge: str, nodes: Iterable[Any]) -> None:
        for node in nodes:
            self.keep(edge, node)

    def _schedules(self) -> None:
        """Read the budget schedules of what is said to have some."""
        holders = [
            node_id
            for edge in ("campaigns", "adsets")
            for node_id, fields in self.seen.get(edge, {}).items()
            if fields.get("is_budget_schedule_enabled")
        ]
        with self.fb.batch() as batch:
            items = {holder: batch.add(self.fb.budget_schedules.iter, holder) for holder in holders}
        for holder, item in items.items():
            for each in item.result():
                fields = {name: getattr(each, name) for name in BudgetSchedule.model_fields if name != "id"}
                self.note("budget_schedules", each.id, **{**fields, "ad_object_id": holder})


def _steady(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in VOLATILE}


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return value.model_dump(mode="json", exclude_unset=True)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any, Any]]:
    """Yield what two states differ in: edge, id, field, before and now."""
    for edge in sorted({*before, *now}):
        old, new = before.get(edge, {}), now.get(edge, {})
        for node_id in sorted({*old, *new}):
            was, is_now = old.get(node_id), new.get(node_id)
            if was is None or is_now is None:
                yield edge, node_id, "", was, is_now
                continue
            for name in sorted({*was, *is_now}):
                if was.get(name) != is_now.get(name):
                    yield edge, node_id, name, was.get(name), is_now.get(name)
