"""The sandbox's own calls, `/_sandbox/…`: faults, chaos, limits, time and the journal for callers in any language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from admonster_fb.sandbox import preview_html
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults import faults
from admonster_fb.sandbox.graph import LABELLED
from admonster_fb.sandbox.wire import Request, Response, decode_value

if TYPE_CHECKING:
    from admonster_fb.sandbox.core import Core

PREFIX = "/_sandbox/"
HELP = """\
Faults, chaos and limits can be set from any language, JSON in and out (Content-Type: application/json):
  POST {url}/_sandbox/faults   {{"pattern": "POST act_*/ads", "fault": "LostResponse", "times": 1, "skip": 0}}
                               {{"pattern": "POST act_*/ads", "fault": "GraphError", "code": 100, "subcode": 1885154}}
  POST {url}/_sandbox/chaos    {{"seed": 1, "rate": 0.2}}   DELETE ends it
  POST {url}/_sandbox/quota    {{"calls": 300, "window": 3600, "account": "act_1"}}
  POST {url}/_sandbox/jobs     {{"end": "Job Failed", "polls": 3, "error": [2, 1504038]}}   DELETE ends it
                               {{"rows": 1000}}, {{"cells": 9000}}, {{"field": "reach", "alone": true}}
  POST {url}/_sandbox/store    {{"hide_new": [8, 60], "seed": 1, "rewrite": true}}   DELETE ends it
  POST {url}/_sandbox/advance  {{"days": 1, "minutes": 5, "seconds": 30}}
  POST {url}/_sandbox/settle   a day's late conversions come in though no time passes
  POST {url}/_sandbox/populate {{"campaigns": 1000, "days": 90, "adsets": 1, "ads": 1, "account": "act_1"}}
  POST {url}/_sandbox/run_rules    what every enabled ad rule does now, whatever its schedule
  GET  {url}/_sandbox/audience?id=…    rows an audience holds, and their digest;  events?pixel_id=…  those received
  POST {url}/_sandbox/audience {{"id": "1202…", "status": 471, "fields": ["name"], "keep_rows": false}}
  POST {url}/_sandbox/terms    {{"account": "act_1", "terms": "custom_audience_tos", "accepted": false}}
  POST {url}/_sandbox/disapprove  {{"ad_id": "1202…", "reason": "…", "policy": "…"}}
  POST {url}/_sandbox/app      {{"live": false, "redirect_uris": ["https://bot.example/callback"], "name": "Bot"}}
  POST {url}/_sandbox/token    {{"end": 460}}, {{"mend": true}}, {{"lasts": 3600}}, {{"revoke": ["ads_read"]}}
  GET  {url}/_sandbox/journal  also mutations, usage (POST) and faults (GET)
"""
_WRONG = ("Queued", "Repeated", "Swapped", "Shuffled")
_FAULTS = ("LostResponse", "Reset", "Truncated", "Slow", "Hang", "NullItem", "Http", "Empty", *_WRONG)
PLAIN: dict[str, type[faults.Fault]] = {name: getattr(faults, name) for name in _FAULTS}
ERRORS: dict[str, Callable[..., faults.Fault]] = {"GraphError": faults.Failure, "Ok200": faults.Ok200}
_ERROR = ("code", "subcode", "message", "type", "http_status", "user_title", "user_msg", "error_data", "is_transient")
JOB_COUNTS = frozenset({"rows", "cells", "polls", "running_at_100", "late_rows", "times"})
Answer = dict[str, Any]


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


def answer(sandbox: Core, request: Request) -> Response:
    """Return one of the sandbox's own calls."""
    name = request.path.removeprefix(PREFIX).strip("/")
    if (request.method, request.path) == ("GET", preview_html.PATH):
        return _drawn(sandbox, request)
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


def _add_faults(sandbox: Core, params: Answer) -> Answer:
    fault = params["fault"]
    extra = {key: value for key, value in params.items() if key not in ("pattern", "fault", "times", "skip")}
    spec = {"fault": fault, **extra} if isinstance(fault, str) else fault
    times, skip = int(params.get("times", 1)), int(params.get("skip", 0))
    sandbox.fail_next(str(params["pattern"]), read_fault(spec), times, skip)
    return _show_faults(sandbox, {})


def _show_faults(sandbox: Core, _params: Answer) -> Answer:
    return {"unspent": sandbox.faults.unspent(), "met": dict(sandbox.faults_met)}


def _clear_faults(sandbox: Core, _params: Answer) -> Answer:
    sandbox.faults.plans.clear()
    return _show_faults(sandbox, {})


def _start_chaos(sandbox: Core, params: Answer) -> Answer:
    chosen = params.get("faults")
    listed = None if chosen is None else [read_fault(item) for item in chosen]
    sandbox.chaos(int(params.get("seed", 1)), float(params.get("rate", 0.2)), listed)
    return {"success": True}


def _stop_chaos(sandbox: Core, _params: Answer) -> Answer:
    sandbox.chaos_stop()
    return _show_faults(sandbox, {})


def _set_quota(sandbox: Core, params: Answer) -> Answer:
    calls = params.get("calls", 300)
    rest = {key: value for key, value in params.items() if key in ("account", "use_case")}
    sandbox.quota(None if calls is None else int(calls), float(params.get("window", 3600)), **rest)
    return {"success": True}


def _set_mutations(sandbox: Core, params: Answer) -> Answer:
    limit = params.get("per_second", 100)
    sandbox.mutations(None if limit is None else int(limit))
    return {"success": True}


def _set_usage(sandbox: Core, params: Answer) -> Answer:
    sandbox.usage(str(params.pop("account")), **params)
    return {"success": True}


def _set_jobs(sandbox: Core, params: Answer) -> Answer:
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
    return _show_jobs(sandbox)


def _clear_jobs(sandbox: Core, _params: Answer) -> Answer:
    sandbox.jobs.clear()
    return _show_jobs(sandbox)


def _show_jobs(sandbox: Core) -> Answer:
    jobs = sandbox.jobs
    return {"waiting": len(jobs.waiting), "rows": jobs.rows, "cells": jobs.cells, "fields": jobs.fields}


def _set_store(sandbox: Core, params: Answer) -> Answer:
    if "hide_new" in params:
        shortest, longest = map(float, params["hide_new"])
        sandbox.hide_new(shortest, longest, int(params.get("seed", 1)))
    if "rewrite" in params:
        sandbox.rewrite(on=truth(params["rewrite"]))
    return {"success": True}


def _clear_store(sandbox: Core, _params: Answer) -> Answer:
    sandbox.hide_new(None)
    sandbox.rewrite(on=False)
    return {"success": True}


def _advance(sandbox: Core, params: Answer) -> Answer:
    sandbox.advance(int(params.get("days", 0)), minutes=int(params.get("minutes", 0)))
    sandbox.sleep(float(params.get("seconds", 0)))
    return {"now": sandbox.now().isoformat()}


def _populate(sandbox: Core, params: Answer) -> Answer:
    counts = {name: int(params[name]) for name in ("campaigns", "days", "adsets", "ads", "every") if name in params}
    return {"campaigns": sandbox.populate(account=params.get("account"), **counts)}


def _journal(sandbox: Core, params: Answer) -> Answer:
    entries = list(sandbox.journal)
    last = int(params.get("last", len(entries)))
    rows = islice(entries, max(0, len(entries) - last), None)
    names = ("method", "path", "version", "params", "status", "fault")
    return {"data": [{name: getattr(row, name) for name in names} for row in rows]}


def _clear_journal(sandbox: Core, _params: Answer) -> Answer:
    sandbox.journal.clear()
    return {"data": []}


def _audience(sandbox: Core, params: Answer) -> Answer:
    rows, digest = sandbox.audience_digest(str(params["id"]))
    return {"rows": rows, "digest": digest}


def _set_audience(sandbox: Core, params: Answer) -> Answer:
    if "keep_rows" in params:
        sandbox.keep_audience_rows = truth(params["keep_rows"])
    if "status" in params:
        code = None if params["status"] is None else int(params["status"])
        sandbox.audience_status(str(params["id"]), code, params.get("fields", ()))
    return {"success": True}


def _terms(sandbox: Core, params: Answer) -> Answer:
    arguments = {name: str(params[name]) for name in ("account", "terms") if name in params}
    sandbox.accept_terms(**arguments, accepted=truth(params.get("accepted", True)))
    return {"success": True}


def _disapprove(sandbox: Core, params: Answer) -> Answer:
    arguments = {name: str(params[name]) for name in ("reason", "policy") if name in params}
    sandbox.disapprove(str(params["ad_id"]), **arguments)
    return {"success": True}


def _set_app(sandbox: Core, params: Answer) -> Answer:
    app = sandbox.app
    if "live" in params:
        app.live = truth(params["live"])
    app.name = str(params.get("name", app.name))
    app.redirect_uris = [str(uri) for uri in params.get("redirect_uris", app.redirect_uris)]
    return {"id": app.id, **app.dump()}


def _set_token(sandbox: Core, params: Answer) -> Answer:
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


ACTIONS: dict[tuple[str, str], Callable[[Core, Answer], Answer]] = {
    ("POST", "faults"): _add_faults,
    ("GET", "faults"): _show_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "chaos"): _start_chaos,
    ("DELETE", "chaos"): _stop_chaos,
    ("POST", "quota"): _set_quota,
    ("POST", "mutations"): _set_mutations,
    ("POST", "usage"): _set_usage,
    ("POST", "jobs"): _set_jobs,
    ("DELETE", "jobs"): _clear_jobs,
    ("POST", "store"): _set_store,
    ("DELETE", "store"): _clear_store,
    ("POST", "advance"): _advance,
    ("POST", "settle"): lambda sandbox, _: {"conversions": sandbox.settle()},
    ("POST", "populate"): _populate,
    ("POST", "run_rules"): lambda sandbox, _: {"results": sandbox.run_rules()},
    ("GET", "audience"): _audience,
    ("POST", "audience"): _set_audience,
    ("POST", "terms"): _terms,
    ("GET", "events"): lambda sandbox, params: {"data": sandbox.events(str(params["pixel_id"]))},
    ("POST", "disapprove"): _disapprove,
    ("POST", "app"): _set_app,
    ("POST", "token"): _set_token,
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _clear_journal,
}


def _drawn(sandbox: Core, request: Request) -> Response:
    drawn = preview_html.page(sandbox.world, str(request.query.get("d", "")), str(request.query.get("t", "")))
    return Response(200, {"content-type": "text/html; charset=utf-8", **LABELLED}, drawn.encode())


def _json(status: int, body: Answer) -> Response:
    headers = {"content-type": "application/json; charset=utf-8", **LABELLED}
    return Response(status, headers, json.dumps(body, default=str).encode())
