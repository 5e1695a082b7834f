"""What became of a list of customers, as text: counts, columns and row numbers, and nothing of a customer."""

from __future__ import annotations

from typing import Any

from admonster_fb.bot.render.values import plain
from admonster_fb.services.audiences.upload import Uploaded

_SHOWN = 5


def uploaded(done: Uploaded) -> list[str]:
    """Return what became of a list as lines.

    >>> told = {"rows": 2, "sent": 1, "usable": {"EMAIL": 1}, "bare_phones": 0, "skipped": [], "cells": []}
    >>> uploaded(Uploaded("1", 7, 1, 1, 0, 0, None, told))[1]
    'Rows: 2 read, 1 sent in 1 batch; Meta received 1, of which 0 invalid'
    """
    told, understood = done.report, done.understood
    lines = [
        f"Audience: {done.audience_id}, session {done.session_id}",
        f"Rows: {told['rows']:,} read, {told['sent']:,} sent in {_counted(done.batches, 'batch', 'es')}; "
        f"Meta received {done.received:,}, of which {done.invalid:,} invalid",
    ]
    if done.resumed:
        lines.append(f"Taken up again after row {done.resumed:,}, which an earlier run had reached")
    if understood is not None:
        taken = [f"{plain(str(column))} as {key}" for column, key in understood.columns.items()]
        left = [f"{plain(str(column))} ({plain(why)})" for column, why in understood.left_out.items()]
        lines += [f"Understood: {', '.join(taken) or ', '.join(understood.schema)}"]
        lines += [f"Left out: {', '.join(left)}"] if left else []
    lines += [f"Not sent: {_told(each)}" for each in told["skipped"]]
    lines += [f"Without {each['key']}: {_told(each)}" for each in told["cells"]]
    if told["bare_phones"]:
        lines.append(f"Phone numbers taken to begin with their country code: {told['bare_phones']:,}")
    return [*lines, "Meta matches people within 24 hours; the audience's size shows then"]


def _told(tally: dict[str, Any]) -> str:
    rows = ", ".join(f"{row:,}" for row in tally["rows"][:_SHOWN])
    return (
        f"{_counted(tally['count'], 'row')}, {tally['reason']} (row {rows}{', …' if tally['count'] > _SHOWN else ''})"
    )


def _counted(count: int, noun: str, ending: str = "s") -> str:
    return f"{count:,} {noun}{'' if count == 1 else ending}"
