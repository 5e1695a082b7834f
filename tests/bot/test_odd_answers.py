"""Values of another shape than documented: the ops of leads, posts, deliveries, pixels and catalogs go on."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.wire import Request, Response, json_response

ODD: list[Any] = [None, "", [], {}, "x", 5, -1, True, 1.5, {"a": {"b": 1}}, [1, "x", None, {"id": "7"}], [[]]]
ODD += ["9" * 30, "2026-13-45T00:00:00+0000", {"data": None}, {"data": [None]}]
KEPT = {"id", "access_token", "data", "account_id", "campaign_id", "adset_id", "currency", "paging"}
PAGE, CATALOG = "108356564252733", "1008000000000001"
SCALED = {"id": "120201442725090195", "additional_budget": 500}


class Odd:
    """Replaces one value of eight in what is read."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def before(self, _request: Request) -> None:
        return None

    def after(self, request: Request, response: Response) -> Response:
        data = response.json()
        if isinstance(data, list) and request.method == "POST":  # a batch
            for item in filter(None, data):
                item["body"] = json.dumps(self.odd(json.loads(item["body"])))
            return json_response(200, data)
        return json_response(200, self.odd(data)) if request.method == "GET" else response

    def odd(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.odd(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self.chance.choice(ODD) if name not in KEPT and self.chance.random() < 0.12 else self.odd(inner)
            for name, inner in value.items()
        }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_no_op_fails_at_a_value_of_another_shape(seed: int, tmp_path: Path) -> None:
    sandbox = Sandbox()
    form, pixel = sandbox.add_form(PAGE), sandbox.objects("AdsPixel")[0]["id"]
    sandbox.break_delivery(["rejected", "bid-cap", "pixel-silent"][seed % 3], sandbox.objects("Ad", "act_1")[0]["id"])
    sandbox.hooks.append(Odd(seed))
    calls: list[tuple[str, dict[str, Any]]] = [
        *((name, {}) for name in ("diagnose", "list_recommendations", "list_activities", "list_user_pages")),
        *((name, {"pixel_id": pixel}) for name in ("get_pixel_health", "get_pixel_stats")),
        *((name, {"form_id": form}) for name in ("get_lead_form", "list_leads", "read_leads", "count_leads")),
        *((name, {"page_id": PAGE}) for name in ("get_page", "list_lead_forms", "list_posts")),
        *((name, {"catalog_id": CATALOG}) for name in ("get_catalog_health", "list_product_sets")),
        ("list_comments", {"post_id": f"{PAGE}_122101000000000001"}),
        ("boost_post", {"daily_budget": 1000, "days": 3, "places": ["California"], "post": "17900000000000001"}),
        ("apply_recommendation", {"recommendation_signature": "sig-1-scale", "budgets": [SCALED]}),
        ("duplicate_lead_form", {"form_id": form, "name": "Copy"}),
        ("sync_leads", {"object_id": "act_1", "store": "leads.sqlite"}),
    ]
    tool = FacebookTool(FacebookAds.sandbox(sandbox), show_leads=True, files=tmp_path)
    texts = {op: tool.call({"op": op, "args": args}).text for op, args in calls}
    assert {op: text for op, text in texts.items() if "unexpected" in text} == {}
