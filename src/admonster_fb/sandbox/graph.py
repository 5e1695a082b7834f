"""One Graph call from request to answer: version, token, dispatch, errors, headers."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from admonster_fb.sandbox import auth, edges, usage, versions
from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.oauth import exchange
from admonster_fb.sandbox.wire import Request, Response, decode, json_response
from admonster_fb.sandbox.world import Call, World

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
        value = auth.token_value(request.headers, raw)
        book = self.world.tokens
        token = auth.nobody() if path in OPEN else book.authenticate(value, proof, path, self.world.clock())
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
        account = edges.account_of_path(call)
        bare = str(account.data["account_id"]) if account else None
        node = call.find(call.path.partition("/")[0])
        kind = node.kind if node else ""
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
