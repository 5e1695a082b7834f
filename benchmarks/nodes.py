"""Print what reading objects costs in CPU of this process, against Meta's SDK: python benchmarks/nodes.py [OBJECTS].

Pages come from memory. The ways run in turns, and the best run of each counts; each reads one field of each object.
Lists are read by the SDK as it does unless told otherwise, 25 to a page, and by us 500 to a page; figures by both 500
to a page. `get` reads one campaign.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.campaign import Campaign
from facebook_business.api import FacebookAdsApi, FacebookSession
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, Settings
from insights import ad_row, insights_row

ROUNDS = 10
TIMES = {"created_time": "2026-09-01T09:00:00-0700", "updated_time": "2026-10-01T09:00:00-0700"}
STATE = {"account_id": "1", "status": "ACTIVE", "effective_status": "ACTIVE"}
LINK = {"link": "https://example.com", "message": "Buy", "call_to_action": {"type": "SHOP_NOW"}}


def campaign_row(n: int) -> dict[str, Any]:
    """Return a campaign as Meta sends it."""
    own = {"objective": "OUTCOME_SALES", "buying_type": "AUCTION", "daily_budget": "5000", "special_ad_categories": []}
    return {"id": f"{120210000000000000 + n}", "name": f"Campaign {n}", **STATE, **own, **TIMES}


def adset_row(n: int) -> dict[str, Any]:
    """Return an ad set as Meta sends it."""
    targeting = {"age_min": 18, "geo_locations": {"countries": ["US"]}, "publisher_platforms": ["facebook"]}
    own = {"campaign_id": "12", "daily_budget": "5000", "optimization_goal": "REACH", "targeting": targeting}
    return {"id": f"{120220000000000000 + n}", "name": f"Ad set {n}", **STATE, **own, **TIMES}


def creative_row(n: int) -> dict[str, Any]:
    """Return a creative as Meta sends it."""
    own = {"object_type": "SHARE", "title": "Shoes", "object_story_spec": {"page_id": "1", "link_data": LINK}}
    return {"id": f"{120240000000000000 + n}", "account_id": "1", "name": f"Creative {n}", "status": "ACTIVE", **own}


def wide_row(n: int) -> dict[str, Any]:
    """Return a row of 64 fields: those of `insights_row`, and lists and counts that are seldom requested."""
    from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS

    row = insights_row(n)
    for name, field in FIELDS.items():
        kind = FIELD_KINDS[field.kind]
        if len(row) == 64:
            break
        if kind.by_type and field.kind != "results":
            row.setdefault(name, [{"action_type": "video_view", "value": "3"}])
        elif kind.number:
            row.setdefault(name, "12")
    return row


def narrow_row(n: int) -> dict[str, Any]:
    """Return a row of ten fields without lists."""
    return {name: value for name, value in insights_row(n).items() if isinstance(value, str) and name in NARROW}


NARROW = (
    *("account_id", "campaign_id", "ad_id", "ad_name", "date_start"),
    *("date_stop", "impressions", "clicks", "spend", "ctr"),
)
ROWS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ads": ad_row,
    "adsets": adset_row,
    "campaigns": campaign_row,
    "adcreatives": creative_row,
    "insights": insights_row,
    "insights10": narrow_row,
    "insights64": wide_row,
}
METHODS = {"ads": "get_ads", "adsets": "get_ad_sets", "campaigns": "get_campaigns", "adcreatives": "get_ad_creatives"}


class Pages(BaseAdapter):
    """Answers with pages of rows until `count` were sent, and with a campaign."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count, self.kind = count, ""
        self._pages: dict[tuple[str, int], bytes] = {}

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Return the next page, or the object."""
        url = urlsplit(str(request.url))
        response = requests.Response()
        response.status_code, response.url = 200, str(request.url)
        response.headers["content-type"] = "application/json"
        edge = url.path.rsplit("/", 1)[-1]
        response.raw = io.BytesIO(self._page(edge, parse_qs(url.query)) if edge in ROWS else ONE)
        return response

    def _page(self, edge: str, query: dict[str, list[str]]) -> bytes:
        size, begun = int(query.get("limit", ["25"])[0]), int(query.get("after", ["0"])[0])
        kind = self.kind if edge == "insights" else edge
        if (kind, size) not in self._pages:
            rows = [ROWS[kind](n) for n in range(size)]
            self._pages[kind, size] = json.dumps(rows, separators=(",", ":")).encode()
        end = begun + size
        following = f',"next":"https://graph.facebook.com/v26.0/act_1/{edge}?limit={size}&after={end}"'
        paging = f',"paging":{{"cursors":{{"before":"b","after":"{end}"}}{following if end < self.count else ""}}}}}'
        return b'{"data":' + self._pages[kind, size] + paging.encode()

    def close(self) -> None:
        """Nothing is open."""


ONE = json.dumps({**campaign_row(1), "currency": "USD", "timezone_name": "UTC"}).encode()


def ways(count: int) -> dict[str, tuple[int, Callable[[], object], Callable[[], object]]]:
    """Return for each work how many objects it reads, and how we and the SDK do it."""
    pages = Pages(count)
    fb = FacebookAds("sandbox-nodes", "act_1", settings=Settings(adapter=pages))
    session = FacebookSession(access_token="EAAbench")
    session.requests.mount("https://", pages)
    account = AdAccount("act_1", api=FacebookAdsApi(session))
    made: dict[str, tuple[int, Callable[[], object], Callable[[], object]]] = {}
    for edge, method in METHODS.items():
        fields = [*ROWS[edge](0)]
        made[edge] = (
            count,
            lambda edge=edge, fields=fields: [
                row.name for row in getattr(fb, edge).iter("act_1", fields=fields, limit=500)
            ],
            lambda method=method, fields=fields: [row["name"] for row in getattr(account, method)(fields)],
        )
    for kind in ("insights", "insights10", "insights64"):
        fields = [*ROWS[kind](0)]
        made[kind] = (
            count,
            lambda kind=kind, fields=fields: figures(pages, kind, lambda: fb.insights.iter("act_1", fields=fields)),
            lambda kind=kind, fields=fields: figures(
                pages, kind, lambda: account.get_insights(fields, {"limit": 500}), "spend"
            ),
        )
    fields = [*campaign_row(0)]
    node = Campaign("120210000000000001", api=FacebookAdsApi(session))
    made["get"] = (
        200,
        lambda: [fb.campaigns.get("120210000000000001", fields=fields) for _ in range(200)],
        lambda: [node.api_get(fields) for _ in range(200)],
    )
    return made


def figures(pages: Pages, kind: str, read: Callable[[], Any], key: str = "") -> object:
    """Read all rows of a kind, and one number of each."""
    pages.kind = kind
    return sum(float(row[key] if key else row.spend) for row in read())


def main(count: int) -> None:
    """Print microseconds per object and the ratio."""
    works = ways(count)
    best: dict[tuple[str, int], float] = {}
    for _ in range(ROUNDS):
        for name, (_, *both) in works.items():
            for number, way in enumerate(both):
                began = time.process_time()
                way()
                best[name, number] = min(best.get((name, number), 1e9), time.process_time() - began)
    for name, (objects, *_) in works.items():
        ours, theirs = (best[name, number] / objects * 1e6 for number in (0, 1))
        print(f"{name:12} {ours:7.1f} us, SDK {theirs:7.1f} us: {theirs / ours:5.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
