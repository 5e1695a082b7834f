"""Previews in many placements on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from tables import table

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.models.ad import Ad
from admonster_fb.sandbox import GraphError, Sandbox, serve
from admonster_fb.workflows.previews import COMMON, save_previews


def test_every_placement_is_on_the_page_in_one_request(sandbox: Sandbox, ad: Ad, tmp_path: Path) -> None:
    sent: list[str] = []
    fb = FacebookAds.sandbox(sandbox, on_request=lambda event: sent.append(event.path))
    page = save_previews(fb, ad_id=ad.id, filename=str(tmp_path / "a.html"))
    text = Path(page.filename).read_text("utf-8")
    assert page.shown == [*COMMON]
    assert text.count("<iframe") == len(COMMON)
    policy = text.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy
    assert text.index("Content-Security-Policy") < text.index("<style") < text.index("<iframe")
    assert all(name in text for name in COMMON)
    assert len(sent) == 1


def test_a_placement_that_meta_refuses_is_told_and_the_others_shown(
    fb: FacebookAds, sandbox: Sandbox, ad: Ad, tmp_path: Path
) -> None:
    sandbox.fail_next(f"GET {ad.id}/previews", GraphError(2606, message="<b>Not here</b>"))
    page = save_previews(
        fb, ad_id=ad.id, filename=str(tmp_path / "a.html"), ad_formats=["RIGHT_COLUMN_STANDARD", *COMMON[:1]]
    )
    assert page.shown == [*COMMON[:1]]
    assert [*page.failed] == ["RIGHT_COLUMN_STANDARD"]
    text = Path(page.filename).read_text("utf-8")
    assert "&lt;b&gt;Not here" in text
    assert "<b>Not here" not in text


def test_over_http_the_sandbox_draws_what_it_previews(tmp_path: Path) -> None:
    with serve(Sandbox()) as server:
        settings = Settings(endpoint=server.url)
        with FacebookAds(server.sandbox.token, "act_1", settings=settings) as fb:
            [ad, *_] = fb.ads.list("act_1", fields=["id"], limit=5)
            body: Any = fb.ads.previews(ad_id=ad.id, ad_format="MOBILE_FEED_STANDARD")[0].body
        source = body.split('"')[1].replace("&amp;", "&")
        drawn = requests.get(source, timeout=10)
    assert drawn.status_code == 200
    assert "not Meta's rendering" in drawn.text
    assert "Sponsored" in drawn.text


@table("given", [{}, {"ad_id": "1", "creative_id": "2"}])
def test_it_is_of_one_ad_or_creative(fb: FacebookAds, refused: Any, tmp_path: Path, given: Any) -> None:
    with refused("ad_id"):
        save_previews(fb, filename=str(tmp_path / "a.html"), **given)
    assert not (tmp_path / "a.html").exists()


@table(
    "options, args, ok",
    [
        ({}, {}, False),
        ({}, {"overwrite": True}, True),
        ({"read_only": True}, {}, False),
        ({"read_only": True}, {"overwrite": True}, False),
    ],
)
def test_a_file_is_overwritten_only_if_asked_and_never_by_a_tool_that_only_reads(
    options: dict[str, Any], args: dict[str, Any], ok: bool, fb: FacebookAds, ad: Ad, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text("mine")
    call = {"op": "save_previews", "args": {"ad_id": ad.id, "filename": "a.html", **args}}
    result = FacebookTool(fb, files=tmp_path, **options).call(call)
    assert result.ok is ok, result.text
    assert ((tmp_path / "a.html").read_text() == "mine") is not ok
