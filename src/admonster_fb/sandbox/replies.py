"""Answers given in place of the work: refusals and pages of HTML, with the headers a client would find on them."""

from __future__ import annotations

from admonster_fb.sandbox import versions
from admonster_fb.sandbox.auth import token_value
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.graph import LABEL
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.usage import TIER, use_case_of
from admonster_fb.sandbox.wire import Request, Response, compact_json, json_response
from admonster_fb.sandbox.world import World

LABELLED = {"x-graph-sandbox": LABEL}
TRACE = "ASandboxRefusal00000001"
# Of code 4: the load of insights, everywhere or of the app (`docs/meta-rules.md`, Error numbers).
INSIGHTS_LOAD = frozenset({1504022, 1504039})
# Codes of the business-use-case limits by use case (`docs/meta-rules.md`, Rate limits).
USE_CASE_CODES = {"ads_insights": 80000, "ads_management": 80004, "custom_audience": 80003}
USE_CASES = {code: use_case for use_case, code in USE_CASE_CODES.items()}


def refusal(
    world: World,
    request: Request,
    error: GraphError,
    headers: dict[str, str] | None = None,
    http_status: int | None = None,
) -> Response:
    """Return an error envelope with the headers of a Graph answer; `headers` come on top."""
    version, path = versions.split(request.path)
    node = node_of(world, request)
    kind, account = node.kind if node else "", world.account_of(node) if node else None
    bare = str(account.data["account_id"]) if account else None
    text = error.message.encode("ascii", "replace").decode().replace("\n", " ")
    common = {
        **LABELLED,
        **versions.headers(version, world.clock()),
        "x-fb-trace-id": TRACE[:11],
        "x-fb-request-id": TRACE,
        "www-authenticate": f'OAuth "Facebook Platform" "invalid_request" "{text}"',
        **world.usage.headers(bare, use_case_of(path, kind), kind),
    }
    return json_response(http_status or error.http_status, error.envelope(TRACE), {**common, **(headers or {})})


def page(status: int, body: str) -> Response:
    """Return an HTML response, as a front-end server sends if the API does not respond."""
    return Response(status, {"content-type": "text/html; charset=utf-8", **LABELLED}, body.encode())


def node_of(world: World, request: Request) -> Node | None:
    """Return the node a request is about, if it has a token that sees it."""
    token = world.tokens.tokens.get(token_value(request.headers, {**request.query, **request.form}) or "")
    name = versions.split(request.path)[1].partition("/")[0]
    node = world.store.get(token.me if token and name == "me" else name)
    return node if node and token and world.sees(token, node) else None


def throttled(world: World, request: Request, error: GraphError, wait: float) -> dict[str, str]:
    """Return the usage header of a reached limit, with `wait` (in seconds) if it has a field for it.

    The header of the app (code 4) has no field for a wait; that of a use case has one in minutes.
    """
    node = node_of(world, request)
    account = world.account_of(node) if node else None
    if error.subcode in INSIGHTS_LOAD:
        full = {"app_id_util_pct": 100.0, "acc_id_util_pct": 100.0, "ads_api_access_tier": TIER}
        return {"x-fb-ads-insights-throttle": compact_json(full)}
    if error.code == 4:
        return {"x-app-usage": compact_json({"call_count": 100, "total_cputime": 100, "total_time": 100})}
    if account is None:
        return {}
    if error.code == 17:
        used = {"acc_id_util_pct": 100.0, "reset_time_duration": int(wait), "ads_api_access_tier": TIER}
        return {"x-ad-account-usage": compact_json(used)}
    if error.code in USE_CASES:
        use = {"type": USE_CASES[error.code], "call_count": 100, "total_cputime": 100, "total_time": 100}
        use |= {"estimated_time_to_regain_access": minutes(wait), "ads_api_access_tier": TIER}
        return {"x-business-use-case-usage": compact_json({account.data["account_id"]: [use]})}
    return {}


def minutes(seconds: float) -> int:
    """Return seconds in whole minutes, rounded up, as Meta reports waits.

    >>> minutes(61), minutes(60), minutes(0)
    (2, 1, 0)
    """
    return int(-(-seconds // 60))


def method_of(request: Request) -> str:
    """Return the method that counts: the one of `?method=delete` where it is tunnelled."""
    return str(request.query.get("method") or request.form.get("method") or request.method).upper()
