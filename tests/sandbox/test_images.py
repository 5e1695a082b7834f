"""Images: by base64, as files and from another account; what is too large or no image; when one can go."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import images
from admonster_fb.sandbox.sample_media import png
from admonster_fb.sandbox.wire import build_request

GRAPH = "https://graph.facebook.com/v26.0"
PATH = "act_1/adimages"
BMP = b"BM" + bytes(16) + struct.pack("<ii", 40, -30) + bytes(20)
GIF = b"GIF89a" + struct.pack("<HH", 40, 30) + bytes(20)


def upload(client: Any, *files: tuple[str, bytes], account: str = "act_1") -> Any:
    parts = {f"file{number}": each for number, each in enumerate(files)}
    return client.session.post(f"{GRAPH}/{account}/adimages", files=parts).json()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_several_files_in_one_call(client: Any) -> None:
    answer = upload(client, ("a.png", png(2, 2)), ('größe ☕ "x".PNG', png(3, 3)), ("c.gif", GIF), ("d.bmp", BMP))
    found = {name: (image["width"], image["height"]) for name, image in answer["images"].items()}
    assert list(found.values()) == [(2, 2), (3, 3), (40, 30), (40, 30)]
    plain, tricky, *_ = found
    assert plain == "a.png"
    assert tricky.startswith("größe ☕ ")
    assert client.get(PATH, summary="true")["summary"] == {"total_count": 4}


def test_the_same_bytes_are_the_same_image(client: Any) -> None:
    first = upload(client, ("a.png", png(2, 2)), ("b.png", png(2, 2)))["images"]
    again = client.post(PATH, bytes=encoded(png(2, 2)), name="c")["images"]["bytes"]
    assert {first["a.png"]["hash"], first["b.png"]["hash"]} == {again["hash"]}
    assert client.get(PATH, summary="true")["summary"] == {"total_count": 1}


@table("name", ["picture", "picture.tmp", "picture.svg"], fresh=True)
def test_files_need_an_ending(client: Any, name: str) -> None:
    assert upload(client, (name, png(2, 2)), ("b.png", png(3, 3)))["error"]["error_subcode"] == 1487411
    assert client.get(PATH) == {"data": []}


@pytest.mark.thorough
def test_what_is_no_image(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upload(client, ("a.png", b"no image"))["error"]["error_subcode"] == 1487411
    assert client.post(PATH, bytes="%%%")["error"]["error_subcode"] == 1487411
    assert "bytes is required" in client.post(PATH)["error"]["message"]
    assert upload(client, ("a.zip", b"PK\x03\x04rest"))["error"]["type"] == "SandboxNotModelled"
    assert images.LARGEST == 30 * 1024 * 1024
    large = png(2, 2).ljust(images.LARGEST + 1, b"\0")
    assert upload(client, ("a.png", large))["error"]["error_user_title"] == "Image Too Large"
    monkeypatch.setattr(images, "LARGEST", 10)
    assert client.post(PATH, bytes=encoded(png(2, 2)))["error"]["error_user_title"] == "Image Too Large"


def test_copies_of_another_accounts_image(client: Any) -> None:
    digest = upload(client, ("a.png", png(2, 2)))["images"]["a.png"]["hash"]
    copied = client.post("act_3/adimages", copy_from={"source_account_id": "1", "hash": digest})["images"]
    (image,) = copied.values()
    assert (image["hash"], image["name"], image["width"]) == (digest, "a.png", 2)
    assert [row["id"] for row in client.get("act_3/adimages", fields="id")["data"]] == [f"3:{digest}"]
    refused = {
        "Image Not Available": {"source_account_id": "1", "hash": "f" * 32},
        "does not exist": {"source_account_id": "999", "hash": digest},
        "copy_from[hash] is required": {"source_account_id": "1"},
        "must be an array": [digest],
    }
    for words, source in refused.items():
        assert words in str(client.post("act_4/adimages", copy_from=source)["error"])
    stranger = client.sandbox.session(client.sandbox.issue_token(accounts=["act_4"]))
    hidden = stranger.post(f"{GRAPH}/act_4/adimages", data=client.form({"copy_from": refused["must be an array"]}))
    assert hidden.status_code == 400
    sent = client.form({"copy_from": {"source_account_id": "1", "hash": digest}})
    assert stranger.post(f"{GRAPH}/act_4/adimages", data=sent).json()["error"]["error_subcode"] == 33


def test_an_image_goes_once_nothing_uses_it(client: Any) -> None:
    digest = upload(client, ("a.png", png(2, 2)))["images"]["a.png"]["hash"]
    creative = client.post("act_1/adcreatives", object_story_spec=client.story(digest))["id"]
    assert client.delete(PATH, hash=digest)["error"]["error_user_title"] == "Image In Use"
    client.delete(creative)
    assert client.delete(PATH, hash=digest) == {"success": True}
    assert "does not exist" in client.delete(PATH, hash=digest)["error"]["message"]
    assert "hash is required" in client.delete(PATH)["error"]["message"]


def multipart(*parts: bytes) -> bytes:
    return b"".join(b"--B-1\r\n" + part + b"\r\n" for part in parts) + b"--B-1--\r\n"


def test_multipart_is_read_byte_by_byte() -> None:
    tricky = b"\r\n--B-\r\n\r\n--\r\n\x00\xff--B-1"
    body = multipart(
        b'Content-Disposition: form-data; name="empty"\r\n\r\n',
        b'content-disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        + "ü\r\n".encode(),
        b'Content-Disposition: form-data; name="a"; filename="say \\"hi\\".png"\r\nContent-Type: image/png\r\n\r\n'
        + tricky,
        b"Content-Disposition: form-data; name=b; filename*=utf-8''gr%C3%BC%20n.png\r\n\r\n" + b"x",
    )
    for whole in (body, b"preamble\r\n" + body, b"\r\n" + body):
        for quoted in ("B-1", '"B-1"'):
            request = build_request(
                "POST", "https://x/1", {"Content-Type": f"multipart/form-data; boundary={quoted}"}, whole
            )
            assert request.form == {"empty": "", "text": "ü\r\n"}
            assert (request.files["a"].filename, request.files["a"].content) == ('say "hi".png', tricky)
            assert request.files["a"].content_type == "image/png"
            assert (request.files["b"].filename, request.files["b"].content) == ("grü n.png", b"x")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=other"])
def test_multipart_that_cannot_be_read_is_empty(kind: str) -> None:
    request = build_request(
        "POST", "https://x/1", {"Content-Type": kind}, multipart(b'Content-Disposition: form-data; name="a"\r\n\r\n1')
    )
    assert (request.form, request.files) == ({}, {})
