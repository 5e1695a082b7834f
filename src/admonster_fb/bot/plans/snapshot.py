"""The state from which a plan is computed: each object read once, 50 per request, as fields of JSON."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from admonster_fb.analysis.daily_exposure import Snapshot
from admonster_fb.bot.ids import wrong_kinds
from admonster_fb.bot.render.delivery import question_words
from admonster_fb.bot.render.values import quoted, set_fields
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, TransientError
from admonster_fb.models._facts import names
from admonster_fb.models._node import Node, zone_of
from admonster_fb.models.budgetschedule import BudgetSchedule
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.models.post import Promotable
from admonster_fb.objects import DELIVERS, OBJECTS
from admonster_fb.services._validation import warnings

_BUDGET = (*BUDGETS, "budget_remaining", "is_budget_schedule_enabled")
_ADSET = ("id", "account_id", "campaign_id", "name", "status")
FIELDS: dict[str, tuple[str, ...]] = {
    "campaigns": ("id", "account_id", "name", "status", *_BUDGET, "spend_cap", "bid_strategy"),
    "adsets": (*_ADSET, *_BUDGET, "start_time", "end_time", "bid_strategy", "bid_amount"),
    "ads": ("id", "account_id", "campaign_id", "adset_id", "name", "status"),
}
"""The fields that are requested of each object."""
VOLATILE = frozenset({"budget_remaining"})  # fields that change without a write; they do not make a plan stale
PAGE_SIZE = 500
_ABOVE = ("campaign_id", "adset_id", "ad_object_id")  # fields with the IDs of what an object belongs to
_SAYS = ("object_story_spec", "asset_feed_spec", "object_story_id", "url_tags", "body", "source_instagram_media_id")
_CREATIVE = ("id", "name", "account_id", *_SAYS)  # the fields of a creative that say what it shows
_MAX_PAGES = 3  # pages whose names are read for a plan


class StateSnapshot:
    """The objects that were read for one plan, and the warnings of the checks made for it."""

    def __init__(self, fb: FacebookAds) -> None:
        self.fb = fb
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}  # fields by edge and object ID
        self.warnings: list[str] = []
        self.notes: list[str] = []  # what a person asks of the write that is no part of it
        self._posts: dict[str, dict[str, str]] = {}
        self._image_names: dict[str, str] = {}
        self._form_names: dict[str, str] = {}
        self._for_sums: set[str] = set()

    def row(self, change: Change) -> dict[str, Any]:
        """Return the fields that were read of a changed object; none if it was not read."""
        return self.objects.get(change.node, {}).get(str(change.id), {})

    def accounts(self) -> list[str]:
        """Return the accounts of what was read and delivers."""
        rows = [row for edge in DELIVERS for row in self.objects.get(edge, {}).values()]
        return sorted({f"act_{row['account_id']}" for row in rows if row.get("account_id")})

    def is_active(self, change: Change) -> bool:
        """Return whether a changed object is ACTIVE. One whose status was not read counts as ACTIVE."""
        return bool(self.row(change).get("status", "ACTIVE") == "ACTIVE")

    def read(self, edge: str, ids: Iterable[str], fields: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return objects by ID, with the fields that plans need and those of `fields` that the model has."""
        known = OBJECTS[edge].model.model_fields
        requested = [*dict.fromkeys([*FIELDS[edge], *(name for name in fields if name in known)])]
        expanded, service = _expanded(edge, requested), getattr(self.fb, edge)
        with self.fb.batch() as batch:
            items = {node_id: batch.add(service.get, node_id, fields=expanded) for node_id in dict.fromkeys(ids)}
        errors = {node_id: item.error for node_id, item in items.items() if item.error is not None}
        if len(wrong := wrong_kinds(errors, edge)) > 1:
            next(iter(errors.values())).add_note("\n".join(wrong))
        return [self.add(edge, item.result(), requested) for item in items.values()]

    def add(self, edge: str, node: Node, fields: Iterable[str] | None = None) -> dict[str, Any]:
        """Add an object that was read and return its fields, amounts as integers."""
        row: dict[str, Any] = {name: getattr(node, name, None) for name in fields or FIELDS[edge]}
        amounts = names(OBJECTS[edge].model, money=True)
        try:
            row |= {name: int(row[name] or 0) for name in amounts if row.get(name) is not None}
        except (TypeError, ValueError, OverflowError):  # no spend can be computed from it, nor a plan made
            what = f"Meta answered with an amount that is none, in {edge} {row['id']}"
            raise TransientError(message=what) from None
        return self.add_fields(edge, row["id"], **row)

    def add_fields(self, edge: str, node_id: str, **fields: Any) -> dict[str, Any]:
        """Add fields of an object and return all its fields."""
        row = self.objects.setdefault(edge, {}).setdefault(node_id, {})
        row.update({name: _mapped(value, _to_json) for name, value in fields.items()})
        return row

    def check(self, method: Any, *args: Any, **params: Any) -> None:
        """Validate a call as the service does before sending it; nothing is sent. Adds its warnings."""
        with warnings() as findings:
            self.fb.batch().add(method, *args, **params)
        self.warnings += [f"{finding.field}: {finding.message}. {finding.fix}" for finding in findings]

    def read_trees(self, campaign_ids: Iterable[str], more: Mapping[str, tuple[str, ...]] = {}) -> None:
        """Read campaigns with their ad sets, ads and budget schedules; `more` are further fields by edge."""
        ids = [*dict.fromkeys(campaign_ids)]
        names = {edge: (*FIELDS[edge], *more.get(edge, ())) for edge in DELIVERS}
        with self.fb.batch() as batch:
            get, fields = self.fb.campaigns.get, FIELDS["campaigns"]
            items: list[tuple[str, Any]] = [("campaigns", batch.add(get, each, fields=fields)) for each in ids]
            for edge in ("adsets", "ads"):
                read, fields = getattr(self.fb, edge).iter, tuple(_expanded(edge, names[edge]))
                items += [(edge, batch.add(read, each, fields=fields, limit=PAGE_SIZE)) for each in ids]
        for edge, item in items:
            found = item.result()
            for node in [found] if edge == "campaigns" else found:
                self.add(edge, node, names[edge])
        self._read_schedules()

    def read_trees_for_sums(self, campaign_ids: Iterable[str], changes: Iterable[Change]) -> None:
        """Read the trees of changes for their sums. What they do not touch makes no plan stale, but by its sum."""
        described = {node_id for rows in self.objects.values() for node_id in rows}
        self.read_trees(campaign_ids)
        rows = {node_id: row for rows in self.objects.values() for node_id, row in rows.items()}
        changed = {str(change.id) for change in changes if change.id}
        touched = changed | {str(change.after.get(name)) for change in changes if not change.id for name in _ABOVE}
        touched |= {str(rows[node_id].get(name)) for node_id in touched & rows.keys() for name in _ABOVE}
        touched |= described | {key for key, row in rows.items() if {str(row.get(name)) for name in _ABOVE} & changed}
        self._for_sums = rows.keys() - touched

    def read_creatives(self, ids: set[str]) -> dict[str, dict[str, Any]]:
        """Return creatives by ID with what they show, images by their names."""
        with self.fb.batch() as batch:
            items = {node_id: batch.add(self.fb.adcreatives.get, node_id, fields=_CREATIVE) for node_id in sorted(ids)}
        nodes = [item.result() for item in items.values() if item.error is None]  # the write reports what is wrong
        rows = {node.id: self.add_fields("adcreatives", node.id, **dict(set_fields(node))) for node in nodes}
        shown = {node_id: self.name_images(f"act_{row.get('account_id')}", row) for node_id, row in rows.items()}
        return {node_id: self.name_forms({**row, **self._read_post(row)}) for node_id, row in shown.items()}

    def _read_post(self, creative: Mapping[str, Any]) -> dict[str, str]:
        """Return what the existing post of a creative says, read once."""
        from admonster_fb.workflows.boost import post_by_id

        posts = () if creative.get("object_story_spec") else ("object_story_id", "source_instagram_media_id")
        post_id = next((str(creative[name]) for name in posts if creative.get(name)), "")
        if post_id and post_id not in self._posts:
            self._posts[post_id] = {}
            with suppress(FacebookAdsError):  # a plan is as good with the ID
                account = f"act_{creative.get('account_id')}"
                self._posts[post_id] = self.about_post(account, post_by_id(self.fb, account, post_id))
        return self._posts.get(post_id, {})

    def about_post(self, account: str, post: Promotable) -> dict[str, str]:
        """Return what a post says, its day in the account's time zone, and its URL."""
        local = post.created.astimezone(zone_of(self.fb.timezone(account))) if post.created else None
        return {"post_text": post.text[:60], "posted": str(local.date()) if local else "", "permalink": post.permalink}

    def page_notes(self, changes: Iterable[Change]) -> list[str]:
        """Return which Pages changes name, a line each; their IDs mean nothing to a person."""
        found = []
        for page_id in sorted({*_values_of("page_id", [change.after for change in changes])})[:_MAX_PAGES]:
            with suppress(FacebookAdsError):  # a plan is as good with the ID
                page = self.fb.pages.get(page_id, fields=["id", "name"])
                found += [f"Page {page_id} is {quoted(page.name)}."] if page.name else []
        return found

    def name_forms(self, creative: Mapping[str, Any]) -> dict[str, Any]:
        """Return a creative with names and questions of the lead forms that it opens in place of their IDs."""
        page = str((creative.get("object_story_spec") or creative).get("page_id") or "")
        for form_id in {*_values_of("lead_gen_form_id", creative)} - self._form_names.keys():
            self._form_names[form_id] = form_id
            with suppress(FacebookAdsError):  # a plan is as good with the ID
                form = self.fb.leadgen_forms.get(form_id, page_id=page or None, fields=["name", "questions"])
                self._form_names[form_id] = f"{form.name or form_id} ({question_words(form.questions or ())})"
        return dict(_mapped(creative, functools.partial(_named, self._form_names)))

    def name_images(self, account: str, creative: dict[str, Any]) -> dict[str, Any]:
        """Return what a creative shows with the names of its images in place of their hashes."""
        from admonster_fb.workflows.duplicate.rebuild import image_hashes

        if hashes := sorted({*image_hashes(creative)} - self._image_names.keys()):
            self._image_names |= dict(zip(hashes, hashes, strict=True))
            with suppress(FacebookAdsError):  # a plan is as good with hashes
                images = self.fb.adimages.iter(account, hashes=hashes, fields=["hash", "name"])
                self._image_names |= {str(image.hash): str(image.name) for image in images if image.name}
        return dict(_mapped(creative, functools.partial(_named, self._image_names)))

    def read_account(self, account: str) -> Snapshot:
        """Return all objects of an account except archived ones. They do not become part of this snapshot."""
        whole = StateSnapshot(self.fb)
        with self.fb.batch() as batch:
            read = {edge: getattr(self.fb, edge).iter for edge in DELIVERS}
            items = {edge: batch.add(read[edge], account, fields=FIELDS[edge], limit=PAGE_SIZE) for edge in DELIVERS}
        for edge, item in items.items():
            for node in item.result():
                whole.add(edge, node)
        whole._read_schedules()
        return whole.exposure(account)

    def exposure(self, account: str) -> Snapshot:
        """Return what was read in the form that the analysis of daily spend takes."""
        return Snapshot(self.objects, self.fb.now(), self.fb.timezone(account))

    def state(self) -> dict[str, Any]:
        """Return what was read, without volatile fields and what was read only for sums."""
        return {
            edge: {
                node_id: {name: value for name, value in row.items() if name not in VOLATILE}
                for node_id, row in rows.items()
                if node_id not in self._for_sums
            }
            for edge, rows in self.objects.items()
            if rows.keys() - self._for_sums
        }

    def _read_schedules(self) -> None:
        rows = {**self.objects.get("campaigns", {}), **self.objects.get("adsets", {})}
        holders = [node_id for node_id, row in rows.items() if row.get("is_budget_schedule_enabled")]
        with self.fb.batch() as batch:
            items = {holder: batch.add(self.fb.budget_schedules.iter, holder) for holder in holders}
        for holder, item in items.items():
            for schedule in item.result():
                fields = {name: getattr(schedule, name) for name in BudgetSchedule.model_fields if name != "id"}
                self.add_fields("budget_schedules", schedule.id, **{**fields, "ad_object_id": holder})


def _expanded(edge: str, names: Iterable[str]) -> list[str]:
    return [OBJECTS[edge].model.EXPANDED.get(name, name) for name in names]


def _values_of(name: str, value: Any) -> Iterator[str]:
    """Yield the values that a key has in an object, at any depth."""
    if isinstance(value, Mapping):
        if found := value.get(name):
            yield str(found)
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _values_of(name, inner)


def _mapped(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """Return a value with all that is no object or list replaced by what `leaf` returns of it."""
    if isinstance(value, Mapping):
        return {str(name): _mapped(inner, leaf) for name, inner in value.items()}
    return [_mapped(inner, leaf) for inner in value] if isinstance(value, (list, tuple)) else leaf(value)


def _named(names: Mapping[str, str], value: Any) -> Any:
    return names.get(value, value) if isinstance(value, str) else value


def _to_json(value: Any) -> Any:
    if isinstance(value, Node):
        return value.model_dump(mode="json", exclude_unset=True)
    return value.isoformat() if hasattr(value, "isoformat") else value


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any, Any]]:
    """Yield the differences of two states: edge, ID, field ("" for an object new or gone), old and new value."""
    for edge in sorted({*before, *now}):
        old_rows, new_rows = before.get(edge, {}), now.get(edge, {})
        for node_id in sorted({*old_rows, *new_rows}):
            old, new = old_rows.get(node_id), new_rows.get(node_id)
            if old is None or new is None:
                yield edge, node_id, "", old, new
                continue
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    yield edge, node_id, name, old.get(name), new.get(name)
