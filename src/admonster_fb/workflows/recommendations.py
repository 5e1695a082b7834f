"""Recommendations with the opportunity score, and applying one, which can raise spend."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, InvalidParameterError, ParameterError, TransientError, Violation
from admonster_fb.models._params import Params, checked
from admonster_fb.models.adaccount import NOT_APPLIED, SCALE, AddedBudget, Recommendation, Recommendations
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.money import whole
from admonster_fb.operation import no_op, ops_of

op = ops_of("account", "recommendations")


class _Budgets(Params):
    budgets: list[AddedBudget]


@op("list_recommendations", access="read", then=("apply_recommendation", "diagnose"))
def list_recommendations(fb: FacebookAds, ad_account_id: str) -> Recommendations:
    """List what Meta recommends, with its opportunity score. Both are of an ad account.

    They change daily, and Ads Manager may show more. One without a signature cannot be applied by the API.

    >>> [row.type for row in list_recommendations(fb, "act_1").rows][:1]
    ['SCALE_GOOD_CAMPAIGN']
    """
    account = fb.adaccounts.get(ad_account_id, fields=["id", "opportunity_score"])
    score = None
    with suppress(InvalidOperation):  # no number
        score = Decimal(str(getattr(account, "opportunity_score", None)))
    rows = fb.adaccounts.recommendations(ad_account_id)
    return Recommendations(account.id, score if score is not None and score.is_finite() else None, rows)


@dataclass(frozen=True, slots=True)
class Application:
    """What applying a recommendation would send, and the budgets that it would raise."""

    recommendation: Recommendation
    edge: str
    """Edge of the objects whose budgets it raises: campaigns or adsets; empty if Meta names no amount."""
    raises: Mapping[str, tuple[str, int, int]]
    """By ID: the budget field, and the amounts before and after, in minor units."""
    extra_data: Mapping[str, Any]


@op(
    "apply_recommendation",
    effect="update",
    past="applied",
    cost="what the plan says: it can raise budgets or copy ad sets",
    cumulative=True,
    then=("list_recommendations",),
)
def apply_recommendation(
    fb: FacebookAds, ad_account_id: str, *, recommendation_signature: str, budgets: list[AddedBudget] | None = None
) -> Recommendation:
    """Apply a recommendation. One of list_recommendations. It can raise spend, so it is always a plan.

    SCALE_GOOD_CAMPAIGN adds to budgets: pass `budgets` with the amount to add to each object. Of other types Meta
    does not say what they may spend. CREATIVE_FATIGUE is refused: Meta describes it in two ways.

    >>> apply_recommendation(fb, "act_1", recommendation_signature="sig-1-leads").type
    'CONVERSION_LEADS_OPTIMIZATION'
    """
    found = prepare_application(fb, ad_account_id, recommendation_signature, budgets)
    extra = {name: json.dumps(v) if isinstance(v, list) else v for name, v in found.extra_data.items()}
    fb.adaccounts.apply_recommendation(ad_account_id, recommendation_signature, extra)
    return found.recommendation


@no_op("the plan of apply_recommendation shows it")
def prepare_application(
    fb: FacebookAds, ad_account_id: str, signature: str, budgets: list[AddedBudget] | None = None
) -> Application:
    """Return what applying a recommendation would do; nothing is sent that changes anything.

    Raises `ParameterError` for a signature that is not among the recommendations of now.

    >>> campaign = list_recommendations(fb, "act_1").rows[0].object_ids[0]
    >>> found = prepare_application(fb, "act_1", "sig-1-scale", [{"id": campaign, "additional_budget": 500}])
    >>> found.raises[campaign]
    ('daily_budget', 6000, 6500)
    """
    rows = {row.recommendation_signature: row for row in fb.adaccounts.recommendations(ad_account_id)}
    row, named = rows.get(signature), ", ".join(f"{key} ({each.type})" for key, each in rows.items() if each.can_apply)
    if row is None or row.type in NOT_APPLIED:
        reason = NOT_APPLIED.get((row.type if row else None) or "", "")
        allowed = f"{f'{reason}; ' if reason else ''}one of list_recommendations: {named or 'none can be applied now'}"
        raise ParameterError([Violation("recommendation_signature", signature, allowed)])
    amounts, ids = budgets or [], [*(row.object_ids or ())]
    wrong = [Violation("budgets.id", each["id"], ", ".join(ids)) for each in amounts if each["id"] not in ids]
    if (row.type == SCALE) != bool(amounts):
        allowed = "one amount for each object to scale" if row.type == SCALE else f"none: only {SCALE} takes budgets"
        wrong.append(Violation("budgets", MISSING if not amounts else "amounts", allowed))
    if wrong:
        raise ParameterError(wrong)
    minor = fb.in_minor_units(checked(_Budgets, {"budgets": amounts}), ad_account_id)["budgets"]
    edge, raises = _raises(fb, minor)
    added = [{"ad_object_id": each["id"], "additional_budget": each["additional_budget"]} for each in minor]
    extra = {"object_selection": ",".join(each["id"] for each in minor) or ",".join(ids)}
    return Application(row, edge, raises, {**extra, **({edge: added} if added else {})})


def _raises(fb: FacebookAds, budgets: list[dict[str, Any]]) -> tuple[str, dict[str, tuple[str, int, int]]]:
    """Return the edge of the objects, and their budgets before and after."""
    raises, edge = dict[str, tuple[str, int, int]](), ""
    for each in budgets:
        try:
            node: Any = fb.adsets.get(each["id"], fields=["id", "campaign_id", *BUDGETS])
            edge = "adsets"
        except InvalidParameterError:  # a campaign has no field campaign_id
            node, edge = fb.campaigns.get(each["id"], fields=["id", *BUDGETS]), "campaigns"
        name = next((name for name in BUDGETS if getattr(node, name)), "daily_budget")
        if (before := whole(getattr(node, name) or 0)) is None:
            raise TransientError(message=f"Meta answered with an amount that is none, in {edge} {each['id']}")
        so_far = raises.get(each["id"], (name, before, before))[2]  # an object may be named twice
        raises[each["id"]] = (name, before, so_far + each["additional_budget"])
    return edge, raises
