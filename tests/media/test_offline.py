"""A sandbox uses no network for the URLs of images and videos: no look-up, no connection."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.workflows.launch import launch
from admonster_fb.workflows.media import upload_image, upload_images, upload_video

IMAGE, VIDEO = "https://pictures.example/a.png", "https://pictures.example/a.mp4"
SPEC: dict[str, Any] = {
    "preset": "traffic",
    "defaults": {"creative": {"page_id": "1", "link": "https://example.com/", "image": "hero"}},
    "images": {"hero": IMAGE, "other": "https://pictures.example/b.png"},
    "videos": {"clip": VIDEO},
    "campaign": {"name": "Sale", "special_ad_categories": []},
    "adsets": [
        {
            "name": "US",
            "daily_budget": 2000,
            "targeting": {"geo_locations": {"countries": ["US"]}},
            "ads": [{"name": "New", "creative": {"message": "New in"}}],
        }
    ],
}


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were looked up; every look-up but of this machine fails."""
    made: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        if host in ("127.0.0.1", "localhost", "::1"):
            return real(host, *args, **options)
        made.append(str(host))
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return made


@pytest.fixture(params=["in process", "served"])
def connected(request: pytest.FixtureRequest) -> Iterator[FacebookAds]:
    if request.param == "in process":
        with FacebookAds.sandbox() as fb:
            yield fb
        return
    with (
        serve(Sandbox()) as server,
        FacebookAds(server.sandbox.token, "act_1", settings=Settings(endpoint=server.url)) as fb,
    ):
        yield fb


ACTS: dict[str, Callable[[FacebookAds], object]] = {
    "image": lambda fb: upload_image(fb, "act_1", image_url=IMAGE).hash,
    "images": lambda fb: [upload.image.hash for upload in upload_images(fb, "act_1", [IMAGE, IMAGE]) if upload.image][
        1
    ],
    "video": lambda fb: upload_video(fb, "act_1", video_url=VIDEO).id,
    "op image": lambda fb: FacebookTool(fb).call({"op": "upload_image", "args": {"image_url": IMAGE}}).ok,
    "op video": lambda fb: FacebookTool(fb).call({"op": "upload_video", "args": {"video_url": VIDEO}}).ok,
}


@pytest.mark.thorough
def test_launch_in_a_sandbox_looks_nothing_up(tmp_path: Path, lookups: list[str]) -> None:
    sandbox = Sandbox(history=0)
    with FacebookAds.sandbox(sandbox) as fb:
        launched = launch(fb, "act_1", SPEC, journal=tmp_path / "launch.jsonl")
    assert {"images.hero", "images.other", "videos.clip"} <= {*launched.made}
    assert lookups == []


@table("act", ACTS, fresh=True)
def test_sandbox_looks_nothing_up(act: str, connected: FacebookAds, lookups: list[str]) -> None:
    assert ACTS[act](connected)
    assert lookups == []


def test_images_of_two_urls_differ(connected: FacebookAds) -> None:
    urls = (IMAGE, "https://pictures.example/b.png", IMAGE)
    hashes = [upload_image(connected, "act_1", image_url=url).hash for url in urls]
    assert hashes[0] == hashes[2] != hashes[1]


@table("url", ["http://169.254.169.254/", "http://localhost/", "http://[::1]/a.png", "http://0x7f.1/"], fresh=True)
def test_sandbox_refuses_what_the_internet_refuses(url: str, connected: FacebookAds, lookups: list[str]) -> None:
    with pytest.raises(ParameterError, match="public internet"):
        upload_image(connected, "act_1", image_url=url)
    with pytest.raises(ParameterError, match="public internet"):
        upload_video(connected, "act_1", video_url=url)
    assert lookups == []


def test_facade_of_meta_looks_a_name_up(lookups: list[str]) -> None:
    with FacebookAds("EAAtest", "act_1") as fb, pytest.raises(Exception, match=r"unknown host|no network"):
        upload_image(fb, "act_1", image_url=IMAGE)
    assert lookups == ["pictures.example"]
    assert not fb.is_sandbox
