"""The calls of ad studies: created under a business, changed while they can be, deleted (Meta's page "Ad Study")."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import project, times
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.errors import invalid, missing_object
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.studies.checks import (
    CELL,
    KINDS,
    MEMBERS,
    MOMENTS,
    OBJECTIVE,
    STUDY,
    cells,
    check_new,
    check_start,
    check_study,
    held,
    ids_of,
    named_id,
    objectives,
    share_of,
)
from admonster_fb.sandbox.world import Call

ZONE = "UTC"
STORED = ("name", "description", "type", "confidence_level", "creative_test_config", "viewers")
SHARES = ("treatment_percentage", "control_percentage")
Fields = dict[str, Any]


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
    requested = project.selections(call.params)
    return project.render(call, study, requested) if requested else {"id": study.id}


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
    moments = {
        name: int(times.parse(study.data[name], ZONE, name).timestamp()) for name in MOMENTS if name in study.data
    }
    return {**study.data, **moments}


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
