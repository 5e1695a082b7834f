"""One Graph call from request to answer (version, token, dispatch, errors, headers), and answers in place of one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from admonster_fb.sandbox import edges, usage, versions
from admonster_fb.sandbox.auth import Token, token_value
from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.oauth import exchange
from admonster_fb.sandbox.usage import TIER, use_case_of
from admonster_fb.sandbox.wire import Request, Response, compact_json, decode, json_response
from admonster_fb.sandbox.world import Call, Node, World

LABEL = "1"
# Calls on the root of the graph that exist at Meta and are not modelled.
ROOT_CALLS = frozenset({"oauth", "ads_archive", "targetingsearch"})
# Calls that need no token.
OPEN = frozenset({exchange.PATH})
REFUSED_PARAMS = {
    # Seen on v26: HTTP 500 and a text about the parameter; the code is not known, 12 is Graph's for deprecations.
    "ids": GraphError(12, message="(#12) The ids parameter is deprecated", http_status=500),
    "date_format": GraphError(12, message="(#12) The date_format parameter is deprecated"),
}
_METHODS = frozenset({"GET", "POST", "DELETE", "PATCH"})


class Graph:
    """Answers single calls. The sandbox's core puts faults, batches and the journal around it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.served = 0

    def serve(self, request: Request) -> Response:
        """Return one call."""
        self.served += 1
        trace = _trace(self.world.seed, self.served)
        version, path = versions.split(request.path)
        call: Call | None = None
        try:
            call = self._call(request, version, path)
            call.trace = trace
            status, body = 200, edges.answer(call)
        except GraphError as error:
            status, body = error.http_status, error.envelope(trace)
        except NotModelled as gap:
            status, body = 501, gap.envelope()
        return json_response(status, body, self._headers(call, version, trace, body))

    def envelope(self) -> dict[str, str]:
        """Return the headers of an answer that holds others: of a batch."""
        return {"x-fb-trace-id": _trace(self.world.seed, -self.served)[:11]}

    def _call(self, request: Request, version: str, path: str) -> Call:
        raw = {**request.query, **request.form}
        version = versions.serving(version, self.world.clock(), path)
        if not path:
            _refuse(raw, ("ids",))
        method = str(raw.pop("method", request.method)).upper()
        if method not in _METHODS:
            raise GraphError(100, message=f"Unsupported {method.lower()} request.", type="GraphMethodException")
        proof = raw.get("appsecret_proof")
        value = token_value(request.headers, raw)
        book = self.world.tokens
        # Calls that need no token have access to nothing.
        nobody = Token("", "", set(), [], [], kind="")
        token = nobody if path in OPEN else book.authenticate(value, proof, path, self.world.clock())
        _refuse(raw, ("date_format",))
        if path not in edges.ROOT and path.partition("/")[0] in ROOT_CALLS:
            raise NotModelled(method, path)
        request.decoded = decode(raw)
        return Call(self.world, method, path, version, request.decoded, raw, token, request.base_url, request.files)

    def _headers(self, call: Call | None, version: str, trace: str, body: Any) -> dict[str, str]:
        headers = {
            "x-graph-sandbox": LABEL,
            **versions.headers(version, self.world.clock()),
            "x-fb-trace-id": trace[:11],
            "x-fb-request-id": trace,
            "x-fb-rev": "1031928053",
            "cache-control": "private, no-cache, no-store, must-revalidate",
            "access-control-allow-origin": "*",
        }
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict) and error.get("type") != "SandboxNotModelled":
            reason = "invalid_token" if error["code"] == 190 else "invalid_request"
            text = str(error["message"]).encode("ascii", "replace").decode().replace("\n", " ")
            headers["www-authenticate"] = f'OAuth "Facebook Platform" "{reason}" "{text}"'
        return headers if call is None else {**headers, **self._usage(call)}

    def _usage(self, call: Call) -> dict[str, str]:
        node = call.find(call.path.partition("/")[0])
        account, kind = (self.world.account_of(node), node.kind) if node else (None, "")
        bare = str(account.data["account_id"]) if account else None
        use_case = usage.use_case_of(call.path, kind)
        self.world.usage.count(call.method, bare, use_case)
        return self.world.usage.headers(bare, use_case, kind)


def _refuse(params: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in params:
            raise REFUSED_PARAMS[name]


def _trace(seed: int, served: int) -> str:
    """Return a trace id: reproducible, in the shape of Meta's."""
    digest = hashlib.sha256(f"{seed} {served}".encode()).digest()
    return "A" + base64.urlsafe_b64encode(digest).decode()[:22]


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
