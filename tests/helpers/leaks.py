"""What a tool that stores errors sees of them, and a Meta that answers with all that it was sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import traceback
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

TOKEN = "sandbox-PlantedTokenOf2027x"  # no form that a pattern knows
APP_SECRET = "5ec2e7f00d5ec2e7f00d5ec2e7f00d99"
PAGE_TOKEN = "EAAPlantedPageToken0123456789abcdef"
PROOF = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
SECRETS = {"token": TOKEN, "app secret": APP_SECRET, "page token": PAGE_TOKEN, "proof": PROOF}
HEADERS = ("x-fb-trace-id", "x-fb-request-id", "x-app-usage", "x-business-use-case-usage", "x-ad-api-version-warning")
MODES = ("html", "error", "ok-echo", "no-answer")


def frames(error: BaseException) -> str:
    """Return what a tool that stores the locals of each frame sees of an error and of what it follows from."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    mine = [frame for frame in whole.stack if str(Path(__file__).parents[1]) not in frame.filename]
    shown = "".join(f"{frame.filename} {frame.locals}" for frame in mine)
    after = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return shown + (frames(after) if after else "")


class Echo(BaseAdapter):
    """Answers with what was sent, in every place of an answer that has text."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body if isinstance(request.body, str) else repr(request.body)
        sent = f"{TOKEN} {APP_SECRET} {PROOF} {request.url} {dict(request.headers)} {body}"
        if self.mode == "no-answer":
            raise requests.ConnectionError(sent, request=request)
        status, kind, content = self._content(request, sent)
        response = requests.Response()
        response.status_code, response.url, response.request = status, str(request.url), request
        response._content = content.encode("utf-8", "replace")
        response.headers.update({"content-type": kind, "date": "Sun, 01 Nov 2026 12:00:00 GMT"})
        for name in HEADERS:
            response.headers[name] = json.dumps({"call_count": TOKEN, TOKEN: [{"type": APP_SECRET}]})
        response.headers["www-authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{TOKEN} {PROOF}"'
        return response

    def close(self) -> None:
        pass

    def _content(self, request: requests.PreparedRequest, sent: str) -> tuple[int, str, str]:
        if self.mode == "html":
            return 500, "text/html", f"<html><title>{sent}</title><h1>Sorry, something went wrong: {sent}"
        if self.mode == "error":
            texts = dict.fromkeys(("message", "error_user_title", "error_user_msg", "fbtrace_id", "type"), sent)
            data = {"blame_field_specs": [[sent]], sent: sent}
            return 400, "application/json", json.dumps({"error": {**texts, "code": 100, "error_data": data}})
        words = ("name", "status", "effective_status", "message", "title", "body", "url", "link", "description", "text")
        node = {"id": "120210000000000001", "success": True, "access_token": PAGE_TOKEN, **dict.fromkeys(words, sent)}
        node |= {"account_id": "1", "currency": "USD", "timezone_name": "UTC", "hash": "ab12", "video_id": "7"}
        whole = {**node, "data": [node, {**node, "id": "120210000000000002"}]}
        if b"batch=" in str(request.body).encode() or 'name="batch"' in str(request.body):
            return 200, "application/json", json.dumps([{"code": 200, "body": json.dumps(node)}] * 50)
        return 200, "application/json", json.dumps(whole)
