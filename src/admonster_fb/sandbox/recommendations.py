"""Recommendations of an account, their score, and what applying one does (`docs/meta-rules.md`, Delivery)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import activities, need, times
from admonster_fb.sandbox.convert import mapping, objects
from admonster_fb.sandbox.errors import GraphError, bad_param
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.wire import decode_value
from admonster_fb.sandbox.world import Call, Node

# The internal value of an account with its rows; without it, they are made of its objects.
ROWS = "recommendations"
SCALE = "SCALE_GOOD_CAMPAIGN"
_STAGES = ("PCR", "MFR", "PFR")


def read(call: Call, account: Node) -> dict[str, Any]:
    """Return the recommendations: one row that holds the list. No paging."""
    named = call.params.get("recommendation_names") or []
    stages = call.params.get("recommendation_stages") or []
    if wrong := [stage for stage in stages if stage not in _STAGES]:
        raise bad_param(f"Param recommendation_stages[0] must be one of {{{', '.join(_STAGES)}}}: {wrong[0]}")
    rows = [row for row in rows_of(call, account) if not named or row["type"] in named]
    rows = [row for row in rows if not stages or row["recommendation_stage"] in stages]
    return {"data": [{"recommendations": rows}] if rows else []}


def rows_of(call: Call, account: Node) -> list[dict[str, Any]]:
    """Return the recommendations that hold now."""
    if ROWS not in account.hidden:
        account.hidden[ROWS] = _made(call, account)
    return list(account.hidden[ROWS])


def _made(call: Call, account: Node) -> list[dict[str, Any]]:
    campaigns = [node for node in call.store.children(account.id, "Campaign") if node.data.get("status") == "ACTIVE"]
    ads = [ad.id for ad in call.store.children(account.id, "Ad")][:2]
    capable = [node.id for node in campaigns if budget_of(node)]
    found = []
    if capable:
        lift = {"lift_estimate": "7% more results", "body": "Raise the budget", "opportunity_score_lift": "14"}
        found.append(_row(call, SCALE, capable[:1], lift, signature=f"sig-{account.data['account_id']}-scale"))
    if ads:
        fresh = {"body": "Add a creative", "lift_estimate": "3% lower cost"}
        found.append(_row(call, "CREATIVE_FATIGUE", ads[:1], fresh, signature=f"sig-{account.data['account_id']}-new"))
        leads = {"body": "Optimize for conversion leads"}
        found.append(
            _row(call, "CONVERSION_LEADS_OPTIMIZATION", ads[:1], leads, f"sig-{account.data['account_id']}-leads")
        )
        # Public mocks have the lift beside the content; without a signature the API cannot apply it.
        overlap = _row(call, "AUCTION_OVERLAP", ads, {"body": "Kombiniere deine Anzeigengruppen"})
        found.append({**overlap, "opportunity_score_lift": "4"})
    return found


def _row(call: Call, kind: str, ids: list[str], content: dict[str, Any], signature: str = "") -> dict[str, Any]:
    moment = times.stamp(call.store.clock(), "UTC")
    signed = {"recommendation_signature": signature} if signature else {}
    row = {"recommendation_stage": "MFR", "recommendation_time": moment, "type": kind, "object_ids": ids}
    return {**signed, **row, "recommendation_content": content, "url": "https://www.facebook.com/adsmanager/"}


def apply(call: Call, account: Node) -> dict[str, Any]:
    """Apply a recommendation. Scaling adds to budgets, in minor units."""
    signature = need.value("recommendation_signature", str(call.params.get("recommendation_signature") or ""))
    rows = rows_of(call, account)
    row = next((each for each in rows if each.get("recommendation_signature") == signature), None)
    if row is None:
        raise GraphError(100, message="(#100) The recommendation signature is invalid or has expired")
    if row["type"] == SCALE:
        _scale(call, account, mapping(call.params.get("extra_data")))
    lift = float(row["recommendation_content"].get("opportunity_score_lift") or 0)
    account.data["opportunity_score"] = min(100.0, float(account.data.get("opportunity_score") or 0) + lift)
    account.hidden[ROWS] = [each for each in rows if each is not row]
    return {"success": True}


def _scale(call: Call, account: Node, extra: dict[str, Any]) -> None:
    sent = [each for name in ("campaigns", "adsets") for each in objects(decode_value(extra.get(name)))]
    need.value("extra_data", sent)
    for each in sent:
        node = call.find(str(each.get("ad_object_id")))
        if node is None or call.world.account_of(node) is not account:
            raise bad_param("Param extra_data names an object that is not in this ad account")
        name = "daily_budget" if int(node.data.get("daily_budget") or 0) else "lifetime_budget"
        with activities.watched(call, node):
            node.data[name] = str(int(node.data.get(name) or 0) + int(each.get("additional_budget") or 0))
