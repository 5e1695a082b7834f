"""A client of the sandbox that speaks plain HTTP: nothing of the library under test is between them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from admonster_fb.sandbox import Sandbox

GRAPH = "https://graph.facebook.com/v26.0"


class Client:
    """Calls a sandbox and knows parameters that Meta takes."""

    CAMPAIGN = {
        "name": "Traffic",
        "objective": "OUTCOME_TRAFFIC",
        "status": "ACTIVE",
        "special_ad_categories": [],
        "is_adset_budget_sharing_enabled": False,
    }
    ADSET = {
        "name": "Set",
        "daily_budget": 2000,
        "billing_event": "IMPRESSIONS",
        "optimization_goal": "LINK_CLICKS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "destination_type": "WEBSITE",
        "targeting": {
            "geo_locations": {"countries": ["US"]},
            "age_min": 25,
            "age_max": 45,
            "targeting_automation": {"advantage_audience": 0},
        },
        "status": "ACTIVE",
    }

    def __init__(self, **options: Any) -> None:
        self.sandbox = Sandbox(**{"history": 0, **options})
        self.session: requests.Session = self.sandbox.session()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return dict(self.session.get(f"{GRAPH}/{path}", params=params).json())

    def post(self, path: str, **params: Any) -> dict[str, Any]:
        return dict(self.session.post(f"{GRAPH}/{path}", data=self.form(params)).json())

    def delete(self, path: str, **params: Any) -> dict[str, Any]:
        return dict(self.session.delete(f"{GRAPH}/{path}", params=params).json())

    def campaigns(self, count: int) -> list[str]:
        return [self.post("act_1/campaigns", **{**self.CAMPAIGN, "name": f"C{n}"})["id"] for n in range(count)]

    def adset(self, **changes: Any) -> str:
        campaign = self.post("act_1/campaigns", **self.CAMPAIGN)["id"]
        return str(self.post("act_1/adsets", campaign_id=campaign, **{**self.ADSET, **changes})["id"])

    def anonymous(self) -> requests.Session:
        """A session without a token."""
        session = self.sandbox.session()
        del session.headers["Authorization"]
        return session

    def walk(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every page, by `next` alone: it must carry the token."""
        pages = [self.get(path, **params)]
        while url := pages[-1].get("paging", {}).get("next"):
            pages.append(self.anonymous().get(url).json())
        return pages

    @staticmethod
    def form(params: dict[str, Any]) -> dict[str, str]:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}

    @staticmethod
    def story(image_hash: str) -> dict[str, Any]:
        link_data = {
            "link": "https://example.com/",
            "message": "Come in",
            "name": "Fresh coffee",
            "image_hash": image_hash,
            "call_to_action": {"type": "LEARN_MORE", "value": {"link": "https://example.com/"}},
        }
        return {"page_id": "108356564252733", "link_data": link_data}


@pytest.fixture
def client() -> Client:
    """A client of a fresh sandbox without history."""
    return Client()
