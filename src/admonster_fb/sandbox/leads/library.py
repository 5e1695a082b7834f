"""Leads of forms and ads: listed newest first, by cursors that are positions, so that new leads shift the pages."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from admonster_fb.sandbox import paging, project, times
from admonster_fb.sandbox.convert import objects
from admonster_fb.sandbox.errors import GraphError, missing_object, not_one_of
from admonster_fb.sandbox.leads import forms, hooks
from admonster_fb.sandbox.project import Selection
from admonster_fb.sandbox.world import Call, Node, World

LEAD = "Lead"
FIRST_LEAD = 867_443_526_079_678
DEFAULT = ("id", "created_time", "field_data")
_AD_FIELDS = ("ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name")
_OPERATORS = ("GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN")
KEPT_DAYS = 90


def add(
    world: World, form: Node, answers: dict[str, Any] | None, at: int, ad: Node | None = None, *, test: bool = False
) -> Node:
    """Add a lead at a unix second, and let the Page's subscribers know."""
    rows = [{"name": row["key"], "values": [row["value"]]} for row in form.data.get("tracking_parameters") or ()]
    given = answers or {}
    for question in form.data["questions"]:
        key = question["key"]
        dummy = "test@meta.com" if key == "email" else f"<test lead: dummy data for {key}>"
        value = given.get(key, dummy if answers is None else None)
        if value is not None:
            rows.append({"name": key, "values": value if isinstance(value, list) else [str(value)]})
    data: dict[str, Any] = {"form_id": form.id, "field_data": rows, "is_organic": ad is None, "platform": "fb"}
    data["created_time"] = times.stamp(times.parse(at, "UTC"), "UTC")
    if ad is not None:
        data |= {"ad_id": ad.id, "ad_name": ad.data["name"], "adset_id": ad.data["adset_id"]}
        data |= {"campaign_id": ad.data["campaign_id"]}
        for kind in ("adset", "campaign"):
            data[f"{kind}_name"] = world.store.nodes[data[f"{kind}_id"]].data["name"]
    world.leads_made += 1
    lead = world.store.add(LEAD, data, id=str(FIRST_LEAD + 3 * world.leads_made))
    lead.hidden |= {"unix": at, "test": test}
    value = {"leadgen_id": int(lead.id), "page_id": int(form.data["page_id"]), "form_id": int(form.id)}
    value |= {"created_time": at, **({"ad_id": int(ad.id), "adgroup_id": int(ad.id)} if ad else {"ad_id": 0})}
    hooks.page_change(world, str(form.data["page_id"]), "leadgen", value)
    return lead


def _ordered(world: World, parent: Node) -> list[tuple[int, int, str]]:
    """Return the leads of a form or an ad as (negative time, negative number, id): newest first."""
    ids = world.store.child_ids(parent.id, LEAD)
    mark = (len(ids), ids[-1] if ids else "")
    held = world.lead_orders.get(parent.id)
    if held is None or held[0] != mark:
        nodes = world.store.nodes
        rows = sorted((-int(nodes[each].hidden["unix"]), -number, each) for number, each in enumerate(ids))
        held = world.lead_orders[parent.id] = (mark, rows)
    return held[1]


def read_leads(call: Call, parent: Node) -> dict[str, Any]:
    """Return a page of the leads of a form or an ad that can still be read."""
    _check(call, parent)
    rows = _ordered(call.world, parent)
    low, high = int(call.world.clock().timestamp()) - KEPT_DAYS * 86_400, None
    for condition in objects(call.params.get("filtering")):
        operator, value = str(condition.get("operator")), int(condition.get("value") or 0)
        if condition.get("field") != "time_created" or operator not in _OPERATORS:
            raise not_one_of("filtering", ("time_created", *_OPERATORS))
        if operator == "LESS_THAN":
            high = value - 1 if high is None else min(high, value - 1)
        else:
            low = max(low, value + (operator == "GREATER_THAN"))
    first = 0 if high is None else bisect_left(rows, (-high, -(10**12), ""))
    return _page(call, f"{parent.id}/leads", rows[first : bisect_left(rows, (-low + 1, -(10**12), ""))])


def _page(call: Call, path: str, rows: list[tuple[int, int, str]]) -> dict[str, Any]:
    try:
        answer = paging.numbered(call, path, call.raw, rows)
    except GraphError:  # the rows that the cursor pointed at are gone
        return {"data": []}
    answer["data"] = [_drawn(call, visible(call, call.store.nodes[each])) for *_, each in answer["data"]]
    return answer


def _drawn(call: Call, lead: Node) -> dict[str, Any]:
    return project.render(call, lead, project.selections(call.params) or [Selection(name) for name in DEFAULT])


def visible(call: Call, lead: Node) -> Node:
    """Return a lead as the caller sees it: the ad only if the token can advertise for its account."""
    ad = call.store.get(str(lead.data.get("ad_id", "")))
    if ad is None or f"act_{ad.data['account_id']}" in call.token.accounts:
        return lead
    return Node(lead.id, LEAD, {name: value for name, value in lead.data.items() if name not in _AD_FIELDS})


def _check(call: Call, parent: Node) -> None:
    scope = "leads_retrieval"
    call.token.check_scope(((scope,), f"Requires {scope} permission to manage the object"))
    page = str(parent.data["page_id"]) if "page_id" in parent.data else ""
    foreign = call.token.profile_id not in (None, page)
    if page and (foreign or call.store.nodes[page].hidden.get("no_lead_access")):
        raise missing_object(call.method, parent.id)


def read(call: Call, lead: Node) -> dict[str, Any]:
    """Return a lead."""
    _check(call, call.store.nodes[str(lead.data["form_id"])])
    return _drawn(call, visible(call, lead))


def tests_of(call: Call, form: Node) -> list[Node]:
    """Return the test lead of a form."""
    return [lead for lead in call.store.children(form.id, LEAD) if lead.hidden["test"]]


def read_tests(call: Call, form: Node) -> dict[str, Any]:
    """Return the test lead of a form, as a page."""
    forms.check_page(call, str(form.data["page_id"]))
    return {"data": [_drawn(call, lead) for lead in tests_of(call, form)]}


def create_test(call: Call, form: Node) -> dict[str, Any]:
    """Create the one test lead of a form, of dummies unless the call has answers."""
    forms.check_page(call, str(form.data["page_id"]), "pages_manage_ads")
    if tests_of(call, form):
        raise GraphError(2, 1892058)
    sent = objects(call.params.get("field_data"))
    answers = {str(row.get("name")): row.get("values") or [] for row in sent} if sent else None
    lead = add(call.world, form, answers, int(call.world.clock().timestamp()), test=True)
    return {"id": lead.id}


def delete(call: Call, lead: Node) -> dict[str, Any]:
    """Delete a test lead; others cannot be deleted."""
    if not lead.hidden["test"]:
        raise missing_object(call.method, lead.id)
    call.store.remove(lead.id)
    return {"success": True}
