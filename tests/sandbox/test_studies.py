"""A/B tests and lift studies: what is kept, what is refused, and where they show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table

GRAPH = "https://graph.facebook.com/v26.0"
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands
DAY = 86_400
Study = dict[str, Any]


def business(client: Any) -> str:
    return str(client.sandbox.businesses()[0])


def a_cell(name: str, *ids: str, share: Any = 50, of: str = "adsets") -> Study:
    return {"name": name, "treatment_percentage": share, of: list(ids)}


def a_study(*cells: Study, **changes: Any) -> Study:
    times = {"start_time": NOW + DAY, "end_time": NOW + 8 * DAY}
    return {"name": "Which one", "type": "SPLIT_TEST", **times, "cells": list(cells), **changes}


def split(client: Any, **changes: Any) -> Study:
    """A test of two ad sets."""
    return a_study(a_cell("A", client.adset()), a_cell("B", client.adset()), **changes)


def create(client: Any, study: Study) -> str:
    return str(client.post(f"{business(client)}/ad_studies", **study)["id"])


def refused(client: Any, study: Study) -> str:
    """The words of the refusal, which keeps nothing."""
    error = client.post(f"{business(client)}/ad_studies", **study)["error"]
    assert error["code"] == 100
    assert client.get(f"{business(client)}/ad_studies") == {"data": []}
    return str(error.get("error_user_msg") or error["message"])


def cells_of(client: Any, study_id: str) -> list[Study]:
    return list(client.get(f"{study_id}/cells", fields="name,treatment_percentage,adsets")["data"])


def an_ad(client: Any) -> str:
    spec = {"page_id": "108356564252733", "link_data": {"link": "https://example.com/"}}
    made = client.post("act_1/ads", name="Ad", adset_id=client.adset(), creative={"object_story_spec": spec})
    return str(made["id"])


# Kept and read back


def test_a_split_test_reads_back_with_its_cells(client: Any) -> None:
    study = split(client, description="Two audiences", confidence_level=0.9)
    study_id = create(client, study)
    assert client.get(study_id) == {
        "id": study_id,
        "name": "Which one",
        "description": "Two audiences",
        "start_time": "2026-11-02T12:00:00+0000",
        "end_time": "2026-11-09T12:00:00+0000",
    }
    assert client.get(study_id, fields="type,business,created_by,created_time") == {
        "id": study_id,
        "type": "SPLIT_TEST",
        "business": {"id": business(client), "name": "Sandbox Coffee Group"},
        "created_by": {"id": client.sandbox.user_id, "name": "Sandbox User"},
        "created_time": "2026-11-01T12:00:00+0000",
    }
    rows = client.get(f"{study_id}/cells", fields="name,treatment_percentage,control_percentage,adsets,campaigns")
    for row, sent in zip(rows["data"], study["cells"], strict=True):
        assert row["name"] == sent["name"]
        assert (row["treatment_percentage"], row["control_percentage"]) == (50, 0)
        assert [each["id"] for each in row["adsets"]["data"]] == sent["adsets"]
        assert "campaigns" not in row


def test_cells_expand_and_can_be_read_alone(client: Any) -> None:
    study_id = create(client, split(client))
    nested = client.get(study_id, fields="cells{name,adsets{name,status}}")["cells"]["data"]
    assert [cell["name"] for cell in nested] == ["A", "B"]
    assert nested[0]["adsets"]["data"][0]["status"] == "ACTIVE"
    cell_id = nested[0]["id"]
    assert client.get(cell_id, fields="ad_entities_count") == {"id": cell_id, "ad_entities_count": 1}
    assert client.get(f"{cell_id}/adsets") == {
        "data": [{"id": nested[0]["adsets"]["data"][0]["id"]}],
        "paging": client.get(f"{cell_id}/adsets")["paging"],
    }
    assert client.get(f"{cell_id}/campaigns") == {"data": []}


def test_a_test_of_campaigns_and_one_of_accounts(client: Any) -> None:
    one, two = client.campaigns(2)
    study_id = create(client, a_study(a_cell("A", one, of="campaigns"), a_cell("B", two, of="campaigns")))
    first = client.get(f"{study_id}/cells")["data"][0]["id"]
    assert client.get(f"{first}/campaigns", fields="name")["data"] == [{"id": one, "name": "C0"}]
    accounts = a_study(a_cell("A", "1", of="adaccounts"), a_cell("B", "act_2", of="adaccounts"))
    study_id = create(client, accounts)
    ids = [cell["id"] for cell in client.get(f"{study_id}/cells")["data"]]
    found = [client.get(f"{each}/adaccounts")["data"][0]["id"] for each in ids]
    assert found == ["act_1", "act_2"]


def test_a_lift_study_has_a_control_group_and_objectives(client: Any) -> None:
    cell = {"name": "Test group", "treatment_percentage": 90, "control_percentage": 10, "adaccounts": [1]}
    goal = {"name": "Buyers", "type": "CONVERSIONS", "is_primary": True, "applications": [{"id": 1}]}
    times = {"cooldown_start_time": NOW + DAY, "observation_end_time": NOW + 10 * DAY}
    study_id = create(client, a_study(cell, type="LIFT", objectives=[goal], **times))
    shown = client.get(study_id, fields="observation_end_time,objectives{name,type,is_primary}")
    assert shown["observation_end_time"] == "2026-11-11T12:00:00+0000"
    [objective] = shown["objectives"]["data"]
    assert objective == {"id": objective["id"], "name": "Buyers", "type": "CONVERSIONS", "is_primary": True}
    [row] = client.get(f"{study_id}/cells", fields="control_percentage,treatment_percentage")["data"]
    assert (row["treatment_percentage"], row["control_percentage"]) == (90, 10)
    assert client.session.get(f"{GRAPH}/{study_id}/instances").status_code == 501


def test_a_creative_test_has_one_ad_in_each_cell(client: Any) -> None:
    ads = [an_ad(client) for _ in range(2)]
    cells = [a_cell(name, ad, of="ads") for name, ad in zip("AB", ads, strict=True)]
    times = {"cooldown_start_time": NOW + DAY, "observation_end_time": NOW + 8 * DAY}
    study = a_study(*cells, type="SPLIT_TEST_V2", creative_test_config={"daily_budget": 15000}, **times)
    rows = client.get(f"{create(client, study)}/cells", fields="ad_ids")["data"]
    assert [row["ad_ids"] for row in rows] == [[ad] for ad in ads]


@pytest.mark.thorough
def test_studies_show_where_their_objects_are(client: Any) -> None:
    study = split(client)
    first, second = create(client, study), create(client, split(client, name="Second"))
    assert [row["id"] for row in client.get(f"{business(client)}/ad_studies")["data"]] == [second, first]
    assert [row["id"] for row in client.get("act_1/ad_studies")["data"]] == [second, first]
    assert client.get("act_2/ad_studies") == {"data": []}
    adset = study["cells"][0]["adsets"][0]
    assert [row["id"] for row in client.get(f"{adset}/ad_studies", fields="name")["data"]] == [first]
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    assert client.get(f"{campaign}/ad_studies") == {"data": []}
    pages = client.walk(f"{business(client)}/ad_studies", limit=1)
    assert [page["data"][0]["id"] for page in pages] == [second, first]


def test_a_study_is_its_business_own(client: Any) -> None:
    study_id = create(client, split(client))
    stranger = client.sandbox.session(client.sandbox.issue_token(accounts=["act_3"]))
    assert stranger.get(f"{GRAPH}/{study_id}").json()["error"]["error_subcode"] == 33
    client.sandbox.revoke("business_management")
    answer = client.post(f"{business(client)}/ad_studies", **split(client))
    assert answer["error"]["code"] == 200


def test_studies_survive_a_snapshot(client: Any, tmp_path: Any) -> None:
    study_id = create(client, split(client))
    client.sandbox.save(tmp_path / "s.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "s.json")
    other.session = other.sandbox.session()
    assert cells_of(other, study_id) == cells_of(client, study_id)


# Refusals


@table("name", ["name", "cells", "start_time", "end_time"])
def test_a_study_needs_all_its_parts(client: Any, name: str) -> None:
    study = split(client)
    del study[name]
    assert refused(client, study) == f"(#100) The parameter {name} is required."


@pytest.mark.thorough
@table(
    ("changes", "words"),
    [
        ({"start_time": NOW}, "must start in the future"),
        ({"end_time": NOW + DAY}, "must end after it starts"),
        ({"start_time": "soon"}, "Parameter start_time: Must be a unixtime"),
        ({"type": "COIN_TOSS"}, "type must be one of"),
        ({"cells": {"name": "A"}}, "cells must be an array"),
        ({"cooldown_start_time": NOW + 2 * DAY}, "can't begin after the study"),
        ({"observation_end_time": NOW + 2 * DAY}, "can't end before the study"),
    ],
)
def test_what_cannot_be_is_refused(client: Any, changes: Study, words: str) -> None:
    assert words in refused(client, split(client, **changes))


@pytest.mark.thorough
@table(
    ("change", "words"),
    [
        ({"name": ""}, "cells[1][name] is required"),
        ({"treatment_percentage": 9}, "must be at least 10"),
        ({"treatment_percentage": None}, "must be at least 10"),
        ({"treatment_percentage": 60}, "add up to 100 at most"),
        ({"treatment_percentage": "half"}, "must be a number from 0 to 100"),
        ({"treatment_percentage": 33.333}, "with at most two decimals"),
        ({"adsets": []}, "needs ad accounts, campaigns or ad sets"),
        ({"adsets": ["123"]}, "123 in adsets of cells[1] does not exist"),
        ({"adsets": "123"}, "cells[1][adsets] must be an array"),
        ({"adaccounts": ["act_1"]}, "can't hold objects of different levels"),
        ({"adsets": [], "adaccounts": ["act_1"]}, "must hold objects of the same level"),
        ({"adsets": [], "ads": ["1"]}, "Only studies of type SPLIT_TEST_V2"),
    ],
)
def test_cells_that_cannot_be(client: Any, change: Study, words: str) -> None:
    study = split(client)
    study["cells"][1] |= change
    assert words in refused(client, study)


def test_one_object_is_in_one_cell(client: Any) -> None:
    adset = client.adset()
    assert f"more than once: {adset}" in refused(client, a_study(a_cell("A", adset), a_cell("B", adset)))
    assert "more than once: 1" in refused(
        client, a_study(a_cell("A", "1", of="adaccounts"), a_cell("B", "act_1", of="adaccounts"))
    )


def test_objects_of_others_and_of_the_past_do_not_exist(client: Any) -> None:
    study = split(client)
    gone = study["cells"][0]["adsets"][0]
    client.delete(gone)
    assert f"{gone} in adsets" in refused(client, study)
    token = client.sandbox.issue_token(accounts=["act_2"])
    session = client.sandbox.session(token)
    form = client.form(split(client))
    answer = session.post(f"{GRAPH}/{business(client)}/ad_studies", data=form).json()
    assert "does not exist" in answer["error"]["error_user_msg"]


def test_how_many_cells_there_may_be(client: Any) -> None:
    assert "at least two cells" in refused(client, a_study(a_cell("A", client.adset())))
    assert create(client, a_study(a_cell("A", client.adset(), share=90), type="LIFT"))
    many = [a_cell(str(n), "1") for n in range(151)]
    answer = client.post(f"{business(client)}/ad_studies", **a_study(*many))
    assert "up to 150 cells" in answer["error"]["error_user_msg"]
    full = a_study(a_cell("A", *["1"] * 101), a_cell("B", client.adset()))
    answer = client.post(f"{business(client)}/ad_studies", **full)
    assert "up to 100 objects" in answer["error"]["error_user_msg"]


def test_a_split_need_not_use_everybody(client: Any) -> None:
    study = split(client)
    for cell in study["cells"]:
        cell["treatment_percentage"] = 12.5
    study_id = create(client, study)
    assert [cell["treatment_percentage"] for cell in cells_of(client, study_id)] == [12.5, 12.5]


@pytest.mark.thorough
def test_a_business_has_room_for_a_hundred_studies(client: Any) -> None:
    cells = split(client)["cells"]
    for _ in range(100):
        create(client, a_study(*cells))
    answer = client.post(f"{business(client)}/ad_studies", **a_study(*cells))
    assert answer["error"]["error_user_title"] == "Too Many Studies"
    client.sandbox.advance(days=9)
    later = {"start_time": NOW + 10 * DAY, "end_time": NOW + 12 * DAY}
    assert create(client, a_study(*cells, **later))


@pytest.mark.thorough
@table(
    ("change", "words"),
    [
        ({"creative_test_config": {}}, "daily_budget or lifetime_budget_percentage"),
        ({"observation_end_time": NOW + 9 * DAY}, "observation_end_time is the same as end_time"),
        ({"cooldown_start_time": NOW}, "cooldown_start_time is the same as start_time"),
    ],
    fresh=True,
)
def test_a_creative_test_is_strict(client: Any, change: Study, words: str) -> None:
    cells = [a_cell(name, an_ad(client), of="ads") for name in "AB"]
    times = {"cooldown_start_time": NOW + DAY, "observation_end_time": NOW + 8 * DAY}
    config = {"creative_test_config": {"daily_budget": 15000}}
    study = a_study(*cells, type="SPLIT_TEST_V2", **{**config, **times, **change})
    assert words in refused(client, study)
    cells[0]["treatment_percentage"] = 40
    assert "add up to 100" in refused(client, a_study(*cells, type="SPLIT_TEST_V2", **config, **times))
    cells[0]["ads"].append(an_ad(client))
    assert "exactly one ad" in refused(client, a_study(*cells, type="SPLIT_TEST_V2", **config, **times))
    assert "2 to 5 cells" in refused(client, a_study(cells[0], type="SPLIT_TEST_V2", **config, **times))


# Changes


def test_a_study_is_renamed_and_ends_later(client: Any) -> None:
    study_id = create(client, split(client))
    answer = client.post(study_id, name="New name", end_time=NOW + 9 * DAY)
    assert answer == {
        "success": True,
        "cell_ids": [cell["id"] for cell in cells_of(client, study_id)],
        "objective_ids": [],
    }
    read = client.get(study_id, fields="name,end_time,start_time")
    assert (read["name"], read["end_time"]) == ("New name", "2026-11-10T12:00:00+0000")
    assert read["start_time"] == "2026-11-02T12:00:00+0000"
    assert "start in the future" in json.dumps(client.post(study_id, start_time=NOW - DAY))


def test_a_cell_is_added_while_all_percentages_are_told(client: Any) -> None:
    study_id = create(client, split(client))
    one, two = (cell["id"] for cell in cells_of(client, study_id))
    adset = client.adset()
    third = a_cell("C", adset, share=20)
    answer = client.post(study_id, cells=[{"id": one, "treatment_percentage": 60}, third])
    assert "name all cells" in answer["error"]["error_user_msg"]
    both = [{"id": one, "treatment_percentage": 50}, {"id": two, "treatment_percentage": 40}, third]
    assert "add up to 100" in client.post(study_id, cells=both)["error"]["error_user_msg"]
    both[1]["treatment_percentage"] = 10
    assert len(client.post(study_id, cells=both)["cell_ids"]) == 3
    rows = cells_of(client, study_id)
    assert [(row["name"], row["treatment_percentage"]) for row in rows] == [("A", 50), ("B", 10), ("C", 20)]
    assert all(row["adsets"]["data"] for row in rows)
    assert client.post(study_id, cells=[{"id": "7"}])["error"]["error_subcode"] == 33


def test_a_study_that_runs_keeps_its_start_its_percentages_and_its_objects(client: Any) -> None:
    study_id = create(client, split(client))
    one, two = cells_of(client, study_id)
    inside = one["adsets"]["data"][0]["id"]
    client.sandbox.advance(days=2)
    assert "start of a study" in client.post(study_id, start_time=NOW + 5 * DAY)["error"]["error_user_msg"]
    cells = [{"id": one["id"], "treatment_percentage": 40}, {"id": two["id"], "treatment_percentage": 50}]
    assert "percentages of a study" in client.post(study_id, cells=cells)["error"]["error_user_msg"]
    assert "end in the future" in client.post(study_id, end_time=NOW + DAY + 60)["error"]["error_user_msg"]
    other = client.adset()
    assert "taken out" in client.post(one["id"], adsets=[other])["error"]["error_user_msg"]
    assert client.post(one["id"], adsets=[inside, other], name="More") == {"success": True}
    first = cells_of(client, study_id)[0]
    assert (first["name"], [each["id"] for each in first["adsets"]["data"]]) == ("More", [inside, other])
    assert client.post(study_id, end_time=NOW + 20 * DAY)["success"] is True


def test_an_ended_study_keeps_its_times(client: Any) -> None:
    study_id = create(client, split(client))
    client.sandbox.advance(days=10)
    assert client.post(study_id, end_time=NOW + 30 * DAY)["error"]["error_user_title"] == "Study Ended"
    assert client.post(study_id, name="Done")["success"] is True


def test_before_it_runs_a_cell_can_hold_something_else(client: Any) -> None:
    study_id = create(client, split(client))
    one, two = cells_of(client, study_id)
    other = client.adset()
    assert client.post(one["id"], adsets=[other]) == {"success": True}
    assert [each["id"] for each in cells_of(client, study_id)[0]["adsets"]["data"]] == [other]
    taken = two["adsets"]["data"][0]["id"]
    assert "more than once" in client.post(one["id"], adsets=[taken])["error"]["error_user_msg"]


def test_a_deleted_study_is_gone_and_its_ad_sets_are_not(client: Any) -> None:
    study = split(client)
    study_id = create(client, study)
    cell_id = cells_of(client, study_id)[0]["id"]
    assert client.delete(study_id) == {"success": True}
    for each in (study_id, cell_id):
        assert client.get(each)["error"]["error_subcode"] == 33
    assert client.get(f"{business(client)}/ad_studies") == {"data": []}
    assert client.get(study["cells"][0]["adsets"][0], fields="status")["status"] == "ACTIVE"


@pytest.mark.thorough
def test_delivery_takes_no_notice_of_a_test(client: Any) -> None:
    """Audiences are not divided here: said, and held to."""
    other = type(client)()
    adsets = [client.adset() for _ in range(2)], [other.adset() for _ in range(2)]
    assert adsets[0] == adsets[1]
    spec = {"page_id": "108356564252733", "link_data": {"link": "https://example.com/"}}
    for each in (client, other):
        each.post("act_1/ads", name="Ad", adset_id=adsets[0][0], creative={"object_story_spec": spec})
    create(client, a_study(*(a_cell(name, adset) for name, adset in zip("AB", adsets[0], strict=True))))
    for each in (client, other):
        each.sandbox.advance(days=4)
    report = {"date_preset": "maximum", "fields": "spend,reach"}
    assert client.get("act_1/insights", **report) == other.get("act_1/insights", **report)
    assert client.get("act_1/insights", **report)["data"]
