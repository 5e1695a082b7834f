"""The sandbox's own calls, `/_sandbox/…`: faults, chaos, limits, time and the journal for callers in any language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any

from admonster_fb.sandbox import preview_html
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults import faults
from admonster_fb.sandbox.graph import LABELLED
from admonster_fb.sandbox.wire import Request, Response, decode_value

if TYPE_CHECKING:
    from admonster_fb.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox/"
HELP = resources.files(__package__).joinpath("control.txt").read_text(encoding="utf-8")
_WRONG = ("Queued", "Repeated", "Swapped", "Shuffled")
_FAULTS = ("LostResponse", "Reset", "Truncated", "Slow", "Hang", "NullItem", "Http", "Empty", *_WRONG)
PLAIN: dict[str, type[faults.Fault]] = {name: getattr(faults, name) for name in _FAULTS}
ERRORS: dict[str, Callable[..., faults.Fault]] = {"GraphError": faults.Failure, "Ok200": faults.Ok200}
_ERROR = ("code", "subcode", "message", "type", "http_status", "user_title", "user_msg", "error_data", "is_transient")
JOB_COUNTS = frozenset({"rows", "cells", "polls", "running_at_100", "late_rows", "times"})
Answer = dict[str, Any]
Action = Callable[["Sandbox", Answer], Answer]


def read_fault(spec: Any) -> faults.Fault:
    """Return the fault that JSON describes: a name, or an object with the name as `fault` and its arguments.

    >>> str(read_fault("Reset")), str(read_fault({"fault": "Http", "status": 502}))
    ('Reset', 'Http(502)')
    >>> str(read_fault({"fault": "GraphError", "code": 1, "after": True}))
    'GraphError(1) after'
    """
    arguments = {"fault": spec} if isinstance(spec, str) else dict(spec)
    name = arguments.pop("fault", "")
    if name in PLAIN:
        return PLAIN[name](**arguments)
    if name not in ERRORS:
        raise ValueError(f"no such fault: {name}; there are {', '.join([*PLAIN, *ERRORS])}")
    error_fields: dict[str, Any] = {key: arguments.pop(key) for key in _ERROR if key in arguments}
    return ERRORS[name](GraphError(**error_fields), **arguments)


def answer(sandbox: Sandbox, request: Request) -> Response:
    """Return one of the sandbox's own calls."""
    name = request.path.removeprefix(PREFIX).strip("/")
    if (request.method, request.path) == ("GET", preview_html.PATH):
        drawn = preview_html.page(sandbox.world, str(request.query.get("d", "")), str(request.query.get("t", "")))
        return Response(200, {"content-type": "text/html; charset=utf-8", **LABELLED}, drawn.encode())
    act = ACTIONS.get((request.method, name))
    if act is None:
        known = ", ".join(f"{method} {PREFIX}{path}" for method, path in ACTIONS)
        return _json(404, {"error": {"message": f"There are {known}", "type": "SandboxControl"}})
    params = {key: decode_value(value) for key, value in {**request.query, **request.form}.items()}
    try:
        return _json(200, act(sandbox, params))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        why = f"no {error}: send JSON, with Content-Type: application/json"
        why = why if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"
        return _json(400, {"error": {"message": why, "type": "SandboxControl"}})


def _add_faults(sandbox: Sandbox, params: Answer) -> Answer:
    fault = params["fault"]
    extra = {key: value for key, value in params.items() if key not in ("pattern", "fault", "times", "skip")}
    spec = {"fault": fault, **extra} if isinstance(fault, str) else fault
    times, skip = int(params.get("times", 1)), int(params.get("skip", 0))
    sandbox.fail_next(str(params["pattern"]), read_fault(spec), times, skip)
    return _show_faults(sandbox, {})


def _show_faults(sandbox: Sandbox, _params: Answer) -> Answer:
    return {"unspent": sandbox.faults.unspent(), "met": dict(sandbox.faults_met)}


def _after(step: Callable[[Sandbox], None], show: Action) -> Action:
    """Return the action that takes a step and shows what is left."""

    def act(sandbox: Sandbox, _params: Answer) -> Answer:
        step(sandbox)
        return show(sandbox, {})

    return act


def _calling(method: str, result: str = "", **kinds: Callable[[Any], Any]) -> Action:
    """Return the action that calls a method of the sandbox with those of its arguments that were sent."""

    def act(sandbox: Sandbox, params: Answer) -> Answer:
        sent = {name: params[name] for name in kinds if name in params}
        made = {name: None if value is None else kinds[name](value) for name, value in sent.items()}
        found = getattr(sandbox, method)(**made)
        return {result: found} if result else {"success": True}

    return act


def _set_usage(sandbox: Sandbox, params: Answer) -> Answer:
    sandbox.usage(str(params.pop("account")), **params)
    return {"success": True}


def _set_jobs(sandbox: Sandbox, params: Answer) -> Answer:
    jobs = sandbox.jobs
    for name in JOB_COUNTS & params.keys():
        params[name] = None if params[name] is None else int(params[name])
    limits = {name: params.pop(name) for name in ("rows", "cells", "at_once") if name in params}
    if limits:
        jobs.limit(**limits)
    if "field" in params:
        jobs.fail_field(str(params.pop("field")), alone=bool(params.pop("alone", False)))
    if params:
        jobs.next(**params)
    return _show_jobs(sandbox, {})


def _show_jobs(sandbox: Sandbox, _params: Answer) -> Answer:
    jobs = sandbox.jobs
    return {"waiting": len(jobs.waiting), "rows": jobs.rows, "cells": jobs.cells, "fields": jobs.fields}


def _set_store(sandbox: Sandbox, params: Answer) -> Answer:
    if "hide_new" in params:
        shortest, longest = map(float, params["hide_new"])
        sandbox.hide_new(shortest, longest, int(params.get("seed", 1)))
    if "rewrite" in params:
        sandbox.rewrite(on=truth(params["rewrite"]))
    return {"success": True}


def _clear_store(sandbox: Sandbox, _params: Answer) -> Answer:
    sandbox.hide_new(None)
    sandbox.rewrite(on=False)
    return {"success": True}


def _advance(sandbox: Sandbox, params: Answer) -> Answer:
    sandbox.advance(int(params.get("days", 0)), minutes=int(params.get("minutes", 0)))
    sandbox.sleep(float(params.get("seconds", 0)))
    return {"now": sandbox.now().isoformat()}


def _journal(sandbox: Sandbox, params: Answer) -> Answer:
    entries = list(sandbox.journal)
    last = int(params.get("last", len(entries)))
    rows = islice(entries, max(0, len(entries) - last), None)
    names = ("method", "path", "version", "params", "status", "fault")
    return {"data": [{name: getattr(row, name) for name in names} for row in rows]}


def _audience(sandbox: Sandbox, params: Answer) -> Answer:
    rows, digest = sandbox.audience_digest(str(params["id"]))
    return {"rows": rows, "digest": digest}


def _set_audience(sandbox: Sandbox, params: Answer) -> Answer:
    if "keep_rows" in params:
        sandbox.keep_audience_rows = truth(params["keep_rows"])
    if "status" in params:
        code = None if params["status"] is None else int(params["status"])
        sandbox.audience_status(str(params["id"]), code, params.get("fields", ()))
    return {"success": True}


def _set_app(sandbox: Sandbox, params: Answer) -> Answer:
    app = sandbox.app
    if "live" in params:
        app.live = truth(params["live"])
    app.name = str(params.get("name", app.name))
    app.redirect_uris = [str(uri) for uri in params.get("redirect_uris", app.redirect_uris)]
    return {"id": app.id, **app.dump()}


def _set_token(sandbox: Sandbox, params: Answer) -> Answer:
    token = params.get("token")
    if "end" in params:
        sandbox.end_token(int(params["end"]), token)
    if truth(params.get("mend", False)):
        sandbox.mend_token(token)
    if "lasts" in params:
        lasts = params["lasts"]
        sandbox.limit_token(None if lasts is None else timedelta(seconds=float(lasts)), token)
    if "revoke" in params:
        sandbox.revoke(*map(str, params["revoke"]), token=token)
    return {"success": True}


_COUNTS = dict.fromkeys(("campaigns", "days", "adsets", "ads", "every"), int)
ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "faults"): _add_faults,
    ("GET", "faults"): _show_faults,
    ("DELETE", "faults"): _after(lambda sandbox: sandbox.faults.plans.clear(), _show_faults),
    ("POST", "chaos"): _calling("chaos", seed=int, rate=float, faults=lambda chosen: list(map(read_fault, chosen))),
    ("DELETE", "chaos"): _after(lambda sandbox: sandbox.chaos_stop(), _show_faults),
    ("POST", "quota"): _calling("quota", calls=int, window=float, account=str, use_case=str),
    ("POST", "mutations"): _calling("mutations", per_second=int),
    ("POST", "usage"): _set_usage,
    ("POST", "jobs"): _set_jobs,
    ("DELETE", "jobs"): _after(lambda sandbox: sandbox.jobs.clear(), _show_jobs),
    ("POST", "store"): _set_store,
    ("DELETE", "store"): _clear_store,
    ("POST", "advance"): _advance,
    ("POST", "settle"): _calling("settle", "conversions"),
    ("POST", "populate"): _calling("populate", "campaigns", account=str, **_COUNTS),
    ("POST", "run_rules"): _calling("run_rules", "results"),
    ("GET", "audience"): _audience,
    ("POST", "audience"): _set_audience,
    ("POST", "terms"): _calling("accept_terms", account=str, terms=str, accepted=truth),
    ("GET", "events"): _calling("events", "data", pixel_id=str),
    ("POST", "disapprove"): _calling("disapprove", ad_id=str, reason=str, policy=str),
    ("POST", "app"): _set_app,
    ("POST", "token"): _set_token,
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _after(lambda sandbox: sandbox.journal.clear(), _journal),
}


def _json(status: int, body: Answer) -> Response:
    headers = {"content-type": "application/json; charset=utf-8", **LABELLED}
    return Response(status, headers, json.dumps(body, default=str).encode())
