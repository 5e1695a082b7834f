"""A/B tests and lift studies: stored, returned, validated (Meta's pages "Ad Study", "Split Testing" and "Lift Study").

Delivery ignores them: audiences are not split, and no winner is determined. The pages document what is allowed and no
codes: all is code 100. What they do not document (the length of a test, the type of a study that names none) nothing is
refused. That a cell holds objects of one level, the same in all cells, and no object twice, follows from what a split
is, not from a page.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.sandbox import need, project, times
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.errors import bad_param, invalid, missing_object, not_list, not_one_of, required
from admonster_fb.sandbox.world import Call, Node

STUDY, CELL, OBJECTIVE = "AdStudy", "AdStudyCell", "AdStudyObjective"
# Lists of a cell: what is in them.
KINDS = {"adaccounts": "AdAccount", "campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad"}
# The internal value of a cell with the ids of its objects, by list.
MEMBERS = "members"


def cells(call: Call, study: Node) -> list[Node]:
    """Return the cells of a study, in the order in which they were sent."""
    return list(call.store.children(study.id, CELL))


def objectives(call: Call, study: Node) -> list[Node]:
    """Return what a study measures, in the order in which it was sent."""
    return list(call.store.children(study.id, OBJECTIVE))


def members(name: str) -> Callable[[Call, Node], list[Node]]:
    """Return the source of one list of a cell."""

    def source(call: Call, cell: Node) -> list[Node]:
        found = (call.store.get(item) for item in held(cell).get(name, ()))
        return [node for node in found if node]

    return source


def containing(call: Call, node: Node) -> list[Node]:
    """Return the studies with a cell that names a campaign or an ad set; for an account, one of anything in it."""
    return [
        study
        for study in call.store.of_kind(STUDY)
        if any(_within(call, node, item) for cell in cells(call, study) for item in ids_of(cell))
    ][::-1]


def held(cell: Node) -> dict[str, list[str]]:
    """Return the ids of what is in a cell, by list."""
    found: dict[str, list[str]] = cell.hidden[MEMBERS]
    return found


def ids_of(cell: Node) -> list[str]:
    """Return the ids of all that is in a cell."""
    return [object_id for ids in held(cell).values() for object_id in ids]


def named_id(name: str, value: Any) -> str:
    """Return the id a list of a cell means: accounts are named by bare numbers."""
    text = str(value)
    return f"act_{text.removeprefix('act_')}" if name == "adaccounts" else text


def _within(call: Call, node: Node, member_id: str) -> bool:
    member = call.store.get(member_id)
    if member is None or member.id == node.id:
        return member is not None
    return node.kind == "AdAccount" and member.data.get("account_id") == node.data["account_id"]


Fields = dict[str, Any]
SPLIT, CREATIVE = "SPLIT_TEST", "SPLIT_TEST_V2"
TYPES = (
    *("LIFT", SPLIT, CREATIVE, "CONTINUOUS_LIFT_CONFIG", "GEO_LIFT", "BACKEND_AB_TESTING"),
    *("CREATIVE_SPEND_ENFORCEMENT", "PORTFOLIO_OPTIMIZER", "VERSION_CONTROL"),
)
MOMENTS = ("start_time", "end_time", "cooldown_start_time", "observation_end_time")
REQUIRED = ("name", "cells", "start_time", "end_time")
MOST_STUDIES, MOST_CELLS, MOST_OBJECTS = 100, 150, 100
LEAST_PERCENTAGE = 10
CREATIVE_CELLS = range(2, 6)
BUDGETS = ("daily_budget", "lifetime_budget_percentage")


def check_new(call: Call, params: Fields) -> None:
    """Refuse a study that lacks something, or one too many."""
    for name in REQUIRED:
        if params.get(name) in (None, "", []):
            raise required(name)
    check_start(call, params)
    now = call.store.clock()
    running = (study for study in call.store.of_kind(STUDY) if times.parse(study.data["end_time"], "UTC") > now)
    mine = [study for study in running if study.data["business_id"] == call.path.partition("/")[0]]
    if len(mine) >= MOST_STUDIES:
        text = f"A business can have up to {MOST_STUDIES} studies at a time."
        raise invalid("name", "Too Many Studies", text)


def check_start(call: Call, params: Fields) -> None:
    """Refuse a study that begins in the past."""
    if times.parse(params["start_time"], "UTC", "start_time") <= call.store.clock():
        raise invalid("start_time", "Start Time In The Past", "The study must start in the future.")


def check_study(call: Call, study: Fields) -> None:
    """Refuse what no study can be. `study` is whole: as sent, or as it would be after a change."""
    if study.get("type") not in (None, *TYPES):
        raise not_one_of("type", TYPES)
    start, end = (times.parse(study[name], "UTC", name) for name in ("start_time", "end_time"))
    if end <= start:
        raise invalid("end_time", "End Time Too Early", "The study must end after it starts.")
    _check_around(study)
    if not isinstance(study["cells"], list) or not all(isinstance(item, dict) for item in study["cells"]):
        raise not_list("cells")
    _check_number(study)
    for position, cell in enumerate(study["cells"]):
        _check_cell(call, f"cells[{position}]", cell, study.get("type"))
    _check_division(study)
    if study.get("type") == CREATIVE:
        _check_creative(study)


def share_of(cell: Fields, name: str = "treatment_percentage") -> Decimal:
    """Return a percentage of a cell, 0 when there is none; negative when it is no number of two decimals at most."""
    try:
        share = Decimal(str(cell.get(name) or 0))
        return share if share == share.quantize(Decimal("0.01")) else Decimal(-1)
    except InvalidOperation:
        return Decimal(-1)


def _check_around(study: Fields) -> None:
    """Refuse a cooldown after the start, and an observation that ends before the study."""
    moments = {name: times.parse(study[name], "UTC", name) for name in MOMENTS if study.get(name) not in (None, "")}
    if "cooldown_start_time" in moments and moments["cooldown_start_time"] > moments["start_time"]:
        raise invalid("cooldown_start_time", "Invalid Time", "The cooldown can't begin after the study.")
    if "observation_end_time" in moments and moments["observation_end_time"] < moments["end_time"]:
        raise invalid("observation_end_time", "Invalid Time", "The observation can't end before the study.")


def _check_number(study: Fields) -> None:
    number = len(study["cells"])
    if number > MOST_CELLS:
        raise invalid("cells", "Too Many Cells", f"A study can have up to {MOST_CELLS} cells.")
    if study.get("type") == SPLIT and number < 2:
        raise invalid("cells", "Too Few Cells", "A split test compares at least two cells.")
    if study.get("type") == CREATIVE and number not in CREATIVE_CELLS:
        raise invalid("cells", "Wrong Number Of Cells", "A creative test has 2 to 5 cells.")


def _check_cell(call: Call, where: str, cell: Fields, kind: str | None) -> None:
    need.value(f"{where}[name]", cell.get("name"))
    for name in ("treatment_percentage", "control_percentage"):
        if not 0 <= share_of(cell, name) <= 100:
            raise bad_param(f"Param {where}[{name}] must be a number from 0 to 100 with at most two decimals")
    if share_of(cell) < LEAST_PERCENTAGE:
        text = f"The treatment_percentage of each cell must be at least {LEAST_PERCENTAGE}."
        raise invalid("cells", "Cell Too Small", text)
    _check_objects(call, where, cell, kind)


def _check_objects(call: Call, where: str, cell: Fields, kind: str | None) -> None:
    filled = [name for name in KINDS if cell.get(name)]
    if not filled:
        raise invalid("cells", "Cell Empty", "Each cell needs ad accounts, campaigns or ad sets.")
    if len(filled) > 1:
        raise invalid("cells", "Mixed Cell", "A cell can't hold objects of different levels.")
    if "ads" in filled and kind != CREATIVE:
        raise invalid("cells", "Ads Not Available", f"Only studies of type {CREATIVE} have cells of ads.")
    ids = need.items(f"{where}[{filled[0]}]", cell[filled[0]])
    if len(ids) > MOST_OBJECTS:
        raise invalid("cells", "Too Many Objects", f"A cell can hold up to {MOST_OBJECTS} objects.")
    for object_id in ids:
        node = call.find(named_id(filled[0], object_id))
        if node is None or node.kind != KINDS[filled[0]] or node.data.get("status") == "DELETED":
            raise invalid("cells", "Object Not Found", f"{object_id} in {filled[0]} of {where} does not exist.")


def _check_division(study: Fields) -> None:
    cells = study["cells"]
    total = sum(map(share_of, cells))
    if total > 100:
        raise invalid("cells", "Too Much Treatment", "The treatment percentages of all cells add up to 100 at most.")
    if len({name for cell in cells for name in KINDS if cell.get(name)}) > 1:
        raise invalid("cells", "Mixed Cells", "All cells of a study must hold objects of the same level.")
    ids = [str(item).removeprefix("act_") for cell in cells for name in KINDS for item in listed(cell.get(name))]
    if twice := sorted({object_id for object_id in ids if ids.count(object_id) > 1}):
        raise invalid("cells", "Object In Two Cells", f"These are in a study more than once: {', '.join(twice)}.")


def _check_creative(study: Fields) -> None:
    config = study.get("creative_test_config")
    if not isinstance(config, dict) or len([name for name in BUDGETS if config.get(name)]) != 1:
        text = "A creative test needs a creative_test_config with daily_budget or lifetime_budget_percentage."
        raise invalid("creative_test_config", "Budget Missing", text)
    if any(len(listed(cell.get("ads"))) != 1 for cell in study["cells"]):
        raise invalid("cells", "One Ad Per Cell", "Each cell of a creative test holds exactly one ad.")
    if sum(map(share_of, study["cells"])) != 100 or any(share_of(cell) % 1 for cell in study["cells"]):
        raise invalid("cells", "Percentages", "The cells of a creative test are whole percentages that add up to 100.")
    for name, other in (("cooldown_start_time", "start_time"), ("observation_end_time", "end_time")):
        if study.get(name) is None or times.parse(study[name], "UTC") != times.parse(study[other], "UTC"):
            raise invalid(name, "Times Must Match", f"In a creative test {name} is the same as {other}.")


ZONE = "UTC"
STORED = ("name", "description", "type", "confidence_level", "creative_test_config", "viewers")
SHARES = ("treatment_percentage", "control_percentage")


def create(call: Call, business: Node) -> Fields:
    """Create a study with its cells and objectives. Who tests must see all that is tested."""
    check_new(call, call.params)
    check_study(call, call.params)
    now = times.stamp(call.store.clock(), ZONE)
    data = {**_sent(call.params), "business_id": business.id, "created_time": now}
    study = call.store.add(STUDY, data)
    study.hidden["creator"] = call.token.user_id
    _touch(call, study)
    for cell in call.params["cells"]:
        _add_cell(call, study, cell)
    _set_objectives(call, study, call.params)
    return project.created(call, study)


def update(call: Call, study: Node) -> Fields:
    """Change a study; cells that are sent are named by `id`, all of them, and those without one are new.

    Once it runs, its start and its percentages stay and nothing leaves a cell; once it ended, its times stay.
    """
    sent = call.params
    merged = _merged(call, study, listed(sent.get("cells")))
    whole = {**_as_sent(study), **{name: sent[name] for name in (*STORED, *MOMENTS) if sent.get(name) is not None}}
    check_study(call, {**whole, "cells": merged})
    _check_running(call, study, merged)
    study.data |= _sent(sent)
    for cell in merged:
        if "id" in cell:
            _fill(call.store.nodes[str(cell["id"])], cell)
        else:
            _add_cell(call, study, cell)
    _set_objectives(call, study, sent)
    _touch(call, study)
    ids = {"cell_ids": [item.id for item in cells(call, study)]}
    return {"success": True, **ids, "objective_ids": [objective.id for objective in objectives(call, study)]}


def delete(call: Call, study: Node) -> Fields:
    """Delete a study with its cells and objectives; the tested objects stay."""
    for part in (*cells(call, study), *objectives(call, study), study):
        call.store.remove(part.id)
    return {"success": True}


def update_cell(call: Call, cell: Node) -> Fields:
    """Change the name of a cell or what is in it; its percentage is changed at the study, with those of the others."""
    study = call.store.nodes[cell.data["study_id"]]
    sent = {name: call.params[name] for name in ("name", "description", *KINDS) if call.params.get(name) is not None}
    merged = [_cell_fields(item) | (sent if item.id == cell.id else {}) for item in cells(call, study)]
    check_study(call, {**_as_sent(study), "cells": merged})
    _check_running(call, study, merged)
    for item in merged:
        _fill(call.store.nodes[item["id"]], item)
    return {"success": True}


def _sent(params: Fields) -> Fields:
    moments = {name: times.parse(params[name], ZONE, name) for name in MOMENTS if params.get(name) is not None}
    stamps = {name: times.stamp(moment, ZONE) for name, moment in moments.items()}
    return {**{name: params[name] for name in STORED if params.get(name) is not None}, **stamps}


def _as_sent(study: Node) -> Fields:
    """Return a stored study as it could be sent: moments in unix seconds."""
    return {**study.data, **{name: times.unix(study.data[name]) for name in MOMENTS if name in study.data}}


def _merged(call: Call, study: Node, sent: list[Any]) -> list[Fields]:
    """Return the cells as they would be. Percentages depend on each other: a change of cells must name all of them."""
    there = {cell.id: cell for cell in cells(call, study)}
    if not sent:
        return [_cell_fields(cell) for cell in there.values()]
    named = [str(item["id"]) for item in sent if isinstance(item, dict) and "id" in item]
    for item in named:
        if item not in there:
            raise missing_object("POST", item)
    if set(named) != set(there):
        text = "Please name all cells of the study: their percentages hang together."
        raise invalid("cells", "Cells Missing", text)
    return [_cell_fields(there[str(item["id"])]) | item if "id" in item else item for item in sent]


def _cell_fields(cell: Node) -> Fields:
    return {**cell.data, **{name: list(ids) for name, ids in held(cell).items()}}


def _check_running(call: Call, study: Node, merged: list[Fields]) -> None:
    now = call.store.clock()
    start, end = (times.parse(study.data[name], ZONE) for name in ("start_time", "end_time"))
    if end <= now and any(name in call.params for name in MOMENTS):
        raise invalid("end_time", "Study Ended", "The times of a study that has ended can't be changed.")
    if call.params.get("end_time") is not None and times.parse(call.params["end_time"], ZONE, "end_time") <= now:
        raise invalid("end_time", "End Time In The Past", "The study must end in the future.")
    if start > now:
        if call.params.get("start_time") is not None:
            check_start(call, call.params)
        return
    if call.params.get("start_time") is not None and times.parse(call.params["start_time"], ZONE) != start:
        raise invalid("start_time", "Study Running", "The start of a study that runs can't be changed.")
    for cell in merged:
        if "id" not in cell:
            continue
        old = call.store.nodes[str(cell["id"])]
        if share_of(cell) != share_of(old.data):
            raise invalid("cells", "Study Running", "The percentages of a study that runs can't be changed.")
        remaining = {named_id(name, item) for name in KINDS for item in listed(cell.get(name))}
        if not set(ids_of(old)) <= remaining:
            raise invalid("cells", "Study Running", "Nothing can be taken out of a study that runs.")


def _add_cell(call: Call, study: Node, sent: Fields) -> None:
    cell = call.store.add(CELL, {"study_id": study.id, "business_id": study.data["business_id"]})
    _fill(cell, sent)


def _fill(cell: Node, sent: Fields) -> None:
    cell.data |= {name: sent[name] for name in ("name", "description") if name in sent}
    # A percentage is a JSON number, whole where it can be.
    shares = {name: share_of(sent, name) for name in SHARES}
    cell.data |= {name: int(share) if share == int(share) else float(share) for name, share in shares.items()}
    inside = {name: [named_id(name, item) for item in listed(sent.get(name))] for name in KINDS if sent.get(name)}
    cell.hidden[MEMBERS] = inside
    cell.data["ad_entities_count"] = sum(map(len, inside.values()))
    if "ads" in inside:
        cell.data["ad_ids"] = inside["ads"]


def _set_objectives(call: Call, study: Node, sent: Fields) -> None:
    if "objectives" not in sent:
        return
    for old in objectives(call, study):
        call.store.remove(old.id)
    for objective in listed(sent["objectives"]):
        if not isinstance(objective, dict):
            continue
        shown = {name: objective[name] for name in ("name", "type", "is_primary") if name in objective}
        call.store.add(OBJECTIVE, {**shown, "study_id": study.id, "business_id": study.data["business_id"]})


def _touch(call: Call, study: Node) -> None:
    study.data["updated_time"] = times.stamp(call.store.clock(), ZONE)
    study.hidden["updater"] = call.token.user_id
