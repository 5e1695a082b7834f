"""Pictures from files, URLs, base64 and bytes: looked at before they are sent, each content sent once."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, NetworkError, ParameterError, media
from admonster_fb.bot import FacebookTool
from admonster_fb.errors import APIError
from admonster_fb.sandbox import GraphError, Sandbox, png
from admonster_fb.workflows import media as workflow
from admonster_fb.workflows.media import upload_image, upload_images

ACCOUNT = "act_1"
URL = "https://pictures.example/a.png"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Pictures by URL; no other address answers."""
    pages: dict[str, bytes] = {}

    def fetch(url: str, *, name: str, net: media.Net) -> bytes:
        if url not in pages:
            raise NetworkError(f"{name}: unknown host")
        return pages[url]

    monkeypatch.setattr(media, "fetch", fetch)
    return pages


def sent(sandbox: Sandbox) -> int:
    return sum(entry.path == f"{ACCOUNT}/adimages" and entry.method == "POST" for entry in sandbox.journal)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.thorough
def test_from_each_source_the_same_image(fb: FacebookAds, web: dict[str, bytes], tmp_path: Path) -> None:
    content = png(1080, 1080)
    file = tmp_path / "мой.png"
    file.write_bytes(content)
    web[URL] = content
    made = [
        upload_image(fb, ACCOUNT, image_path=str(file)),
        upload_image(fb, ACCOUNT, image_url=URL),
        upload_image(fb, ACCOUNT, image_base64=encoded(content)),
        upload_image(fb, ACCOUNT, image_base64=f"data:image/png;base64,{encoded(content)}"),
    ]
    assert len({image.hash for image in made}) == 1
    assert made[0].name == "мой.png"
    assert "warnings" not in made[0].model_fields_set


def test_a_file_of_another_name_goes_as_bytes(fb: FacebookAds, tmp_path: Path) -> None:
    for name in ("picture", "picture.tmp", "picture.PNG"):
        (tmp_path / name).write_bytes(png(1080, 1080))
        assert upload_image(fb, ACCOUNT, image_path=str(tmp_path / name)).width == 1080


def test_warnings_are_told(fb: FacebookAds, sandbox: Sandbox) -> None:
    image = upload_image(fb, ACCOUNT, image_base64=encoded(png(500, 300)))
    assert [warning.partition(" ")[0] for warning in image.warnings] == ["500", "500"]  # type: ignore[attr-defined]
    result = FacebookTool(fb).call({"op": "upload_image", "args": {"image_base64": encoded(png(500, 300))}})
    assert "none of the ratios" in result.text
    assert str(image.hash) in result.text


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "image_path"),
    ({"image_path": "a.png", "image_url": URL}, "image_path"),
    ({"image_url": URL, "image_base64": "AAAA"}, "image_path"),
    ({"image_path": "nowhere/a.png"}, "image_path"),
    ({"image_path": "."}, "image_path"),
    ({"image_path": "\0"}, "image_path"),
    ({"image_url": "http://127.0.0.1/a.png"}, "image_url"),
    ({"image_url": "http://169.254.169.254/latest/meta-data"}, "image_url"),
    ({"image_url": "http://2130706433/"}, "image_url"),
    ({"image_url": "file:///etc/passwd"}, "image_url"),
    ({"image_base64": "no base64!"}, "image_base64"),
    ({"image_base64": "☕"}, "image_base64"),
    ({"image_base64": ""}, "image_base64"),
    ({"image_base64": encoded(b"GIF89a" + bytes(100))}, "image_base64"),
    ({"image_base64": encoded(png(600, 600)[:-30])}, "image_base64"),
]


@table(("given", "field"), BAD)
def test_what_is_refused_before_it_is_sent(fb: FacebookAds, refused: Any, given: dict[str, Any], field: str) -> None:
    with refused(field):
        upload_image(fb, ACCOUNT, **given)


def test_too_large_a_file_is_not_even_read(fb: FacebookAds, refused: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    with file.open("wb") as held:
        held.truncate(2 * 1024**4)  # sparse: reading it would not end
    with refused("image_path"):
        upload_image(fb, ACCOUNT, image_path=str(file))
    with refused("filename"):
        fb.adimages.create(ACCOUNT, filename=file)
    with refused("bytes"):
        fb.adimages.create(ACCOUNT, bytes=bytes(30 * 1024**2 + 1))


@pytest.mark.thorough
def test_many_in_order_each_content_once(
    fb: FacebookAds, sandbox: Sandbox, web: dict[str, bytes], tmp_path: Path
) -> None:
    pictures = [png(600 + number, 600 + number) for number in range(6)]
    (tmp_path / "0.png").write_bytes(pictures[0])
    web[URL] = pictures[1]
    given: list[str | Path | bytes] = [tmp_path / "0.png", URL, *pictures, str(tmp_path / "0.png"), pictures[5]]
    results = upload_images(fb, ACCOUNT, given)
    assert [result.image.width for result in results if result.image] == [600, 601, *range(600, 606), 600, 605]
    assert [result.error for result in results] == [None] * 10
    assert results[1].source == URL
    assert sent(sandbox) == 6


@pytest.mark.thorough
def test_an_error_keeps_its_place(fb: FacebookAds, sandbox: Sandbox, web: dict[str, bytes]) -> None:
    given: list[Any] = [png(700, 700), b"GIF89a", "nowhere.png", URL, "http://10.0.0.1/a.png", 5, png(800, 800), b""]
    web["http://10.0.0.1/a.png"] = b"<html>"
    results = upload_images(fb, ACCOUNT, given)
    fields = [each.error.violations[0].field if isinstance(each.error, ParameterError) else None for each in results]
    assert fields == [None, "images.1", "images.2", None, "images.4", "images.5", None, "images.7"]
    assert isinstance(results[3].error, NetworkError)
    assert [result.image is not None for result in results] == [True, *[False] * 5, True, False]
    assert sent(sandbox) == 2


def test_those_that_share_a_content_share_its_error(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/adimages", GraphError(200, message="no rights"))
    results = upload_images(fb, ACCOUNT, [png(), png(), png()])
    assert [isinstance(result.error, APIError) for result in results] == [True] * 3
    assert sent(sandbox) == 1


@pytest.mark.thorough
def test_many_at_once_but_not_more(fb: FacebookAds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three wait for each other: with fewer threads this would not end, with more a fourth would be there."""
    barrier, running, most = threading.Barrier(3, timeout=10), [0], [0]
    lock = threading.Lock()
    real: Callable[..., Any] = workflow._upload

    def slow(*args: Any) -> Any:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        barrier.wait()
        try:
            return real(*args)
        finally:
            with lock:
                running[0] -= 1

    monkeypatch.setattr(workflow, "_upload", slow)
    results = upload_images(fb, ACCOUNT, [png(600 + number, 600) for number in range(9)], threads=3)
    assert all(result.image for result in results)
    assert most == [3]


@table("threads", [0, -1, 33, 1.5, "4"])
def test_threads_are_a_small_number(fb: FacebookAds, refused: Any, threads: Any) -> None:
    with refused("threads"):
        upload_images(fb, ACCOUNT, [png()], threads=threads)


def test_none_at_all(fb: FacebookAds) -> None:
    assert upload_images(fb, ACCOUNT, []) == []
