"""The default world has a past."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import Sandbox

GRAPH = "https://graph.facebook.com/v26.0"


def test_figures_agree(tmp_path: Any) -> None:
    sandbox = Sandbox()
    session = sandbox.session()

    def get(path: str, **params: Any) -> dict[str, Any]:
        answer = session.get(f"{GRAPH}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    account = get("act_1", fields="amount_spent,age")
    (total,) = get("act_1/insights", fields="spend", date_preset="maximum")["data"]
    assert account["amount_spent"] == total["spend"].replace(".", "").lstrip("0")
    campaigns = get("act_1/campaigns", fields="name,effective_status,insights{spend},adsets{ads{creative{id}}}")
    assert any("insights" in row for row in campaigns["data"])
    rows = get("act_1/insights", fields="spend", level="ad", time_increment=1, date_preset="last_30d", limit=10)
    assert rows["paging"]["cursors"]["before"] == "MAZDZD"
    assert "next" in rows["paging"]
    budgets = get("act_1/adsets", fields="daily_budget,budget_remaining")["data"]
    assert any(0 < int(row["budget_remaining"]) < int(row["daily_budget"]) for row in budgets)
    session.post(f"{GRAPH}/act_1", data={"spend_cap": "100"})
    assert get("act_1", fields="amount_spent")["amount_spent"] == "0"
    sandbox.save(tmp_path / "s.json")
    other = Sandbox(history=0)
    other.load(tmp_path / "s.json")
    read = other.session().get(f"{GRAPH}/act_1/insights?fields=spend&date_preset=maximum").json()["data"]
    assert read == [total]


def test_all_of_an_account_can_be_read() -> None:
    session = Sandbox().session()
    fields = {
        "campaigns": "id,name,objective,status,effective_status,daily_budget,start_time,created_time",
        "adsets": "id,name,status,effective_status,targeting,budget_remaining,campaign{name}",
        "ads": "id,name,effective_status,creative{name,object_story_spec},adset{name}",
        "adcreatives": "id,name,object_story_spec,thumbnail_url",
    }
    for account in ("act_1", "act_2"):
        for edge, wanted in fields.items():
            answer = session.get(f"{GRAPH}/{account}/{edge}", params={"fields": wanted})
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"]
