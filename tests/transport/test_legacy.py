"""Features that Meta withdraws stand in no recorded request: 4 November 2026 for new apps, v28 for all."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

pytestmark = pytest.mark.thorough

CASSETTES = Path(__file__).parents[1] / "cassettes"
WITHDRAWN = {
    "several ids": r"[?&]ids=",
    "another method": r"(?:^|[?&])(?:method|_method)=|X-HTTP-Method",
    "an alias": r"fields=[^&]*\.as\(",
    "a format of dates": r"[?&]date_format=",
    "JSONP": r"[?&]callback=",
    "an asynchronous batch": r"async_batch_requests|asyncadrequestsets|is_parallel|asyncbatch",
}


def test_no_recorded_request_uses_what_meta_withdraws() -> None:
    requests = [
        unquote_plus(part)
        for file in CASSETTES.rglob("*.yaml")
        for part in re.findall(r"- request:\n(.*?)\n  response:", file.read_text("utf-8"), re.DOTALL)
    ]
    assert len(requests) > 200
    wrong = {name for name, form in WITHDRAWN.items() for text in requests if re.search(form, text, re.IGNORECASE)}
    assert wrong == set()
    assert re.search(WITHDRAWN["several ids"], "uri: https://graph.facebook.com/v26.0/?ids=1,2")
