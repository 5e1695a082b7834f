"""One log line per request, hooks and spans; and nowhere a secret."""

from __future__ import annotations

import logging

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import GraphError, LostResponse


def test_one_line_a_request(fb, sandbox, caplog):
    caplog.set_level(logging.DEBUG, "admonster_fb")
    sandbox.fail_next("GET act_1", GraphError(2))
    fb.adaccounts.get("act_1", fields=["name"])
    lines = [record.getMessage() for record in caplog.records if record.name == "admonster_fb"]
    assert len(lines) == 2
    assert lines[0].startswith("GET act_1 ")
    assert "attempt 1" in lines[0]
    assert "attempt 2" in lines[1]
    assert " 200 " in lines[1]
    assert "ms" in lines[1]
    assert "%" in lines[1]
    assert "fields" not in "".join(lines)


def test_hooks_are_told_and_may_fail(sandbox, caplog):
    asked, answered = [], []

    def broken(event):
        answered.append(event)
        raise RuntimeError("not our business")

    with FacebookAds.sandbox(sandbox, on_request=asked.append, on_response=broken) as fb:
        fb.adaccounts.get("act_1")
    assert [event.path for event in asked] == ["act_1"]
    assert asked[0].status is None
    assert answered[0].status == 200
    assert answered[0].fbtrace_id
    assert answered[0].ms >= 0


def test_a_span_a_request(fb):
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    api.set_tracer_provider(provider)
    fb.adaccounts.get("act_1")
    assert [span.name for span in spans.get_finished_spans()] == ["GET act_1"]


def test_no_log_hook_or_span_holds_a_token(sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    seen = []
    with FacebookAds.sandbox(
        sandbox, app_secret="s3cret-of-the-app", on_request=seen.append, on_response=seen.append
    ) as fb:
        list(fb.campaigns.iter("act_1", limit=1))
        sandbox.fail_next("POST act_1/campaigns", LostResponse())
        fb.campaigns.create("act_1", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    written = caplog.text + repr(seen) + repr(fb)
    assert sandbox.token not in written
    assert "s3cret" not in written
    assert "appsecret_proof=" not in written.replace("appsecret_proof=[redacted]", "")
