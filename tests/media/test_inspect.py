"""Pictures looked at before they are sent: what is refused, what is warned of, with Pillow and without."""

from __future__ import annotations

import struct
import sys
import zlib
from functools import cache
from io import BytesIO

import pytest
from PIL import Image, ImageFile
from tables import table

from admonster_fb import ParameterError
from admonster_fb.media import image, inspect_image
from admonster_fb.media.image import ImageFacts
from admonster_fb.sandbox import png

NOISE = Image.effect_noise((1200, 1080), 40).convert("RGB")


def jpg(width: int = 1080, height: int = 1080, **options: object) -> bytes:
    held = BytesIO()
    NOISE.crop((0, 0, width, height)).save(held, "JPEG", **options)
    return held.getvalue()


OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"progressive": True},
    {"exif": b"Exif\0\0" + bytes(200)},
    {"comment": b"\xff" * 9},
)
WIDE = [jpg(1200, 628, **options) for options in OPTIONS]
SQUARE = jpg()


@pytest.fixture(params=["pillow", "header"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With Pillow, and as if it were not installed."""
    if request.param == "header":
        monkeypatch.setitem(sys.modules, "PIL", None)
    return str(request.param)


@pytest.mark.thorough
def test_inspect_image_returns_format_and_size(either: str) -> None:
    content = png(1080, 1080)
    assert inspect_image(content) == ImageFacts("png", 1080, 1080, len(content))
    for wide in WIDE:
        facts = inspect_image(wide)
        assert (facts.format, facts.width, facts.height, facts.warnings) == ("jpg", 1200, 628, ())


def test_inspect_image_padding_in_a_jpg_is_skipped(either: str) -> None:
    assert inspect_image(SQUARE[:2] + b"\xff\xff" + SQUARE[2:]).width == 1080


@pytest.mark.thorough
@table(
    ("width", "height", "told"),
    [
        (1080, 1080, []),
        (1080, 1350, []),
        (1080, 1920, []),
        (1200, 628, []),
        (600, 600, []),
        (599, 599, ["below 600"]),
        (1200, 800, ["1200 x 800 has none of the ratios"]),
        (300, 200, ["none of the ratios", "300 pixels wide"]),
    ],
)
def test_inspect_image_size_and_ratio_warn(width: int, height: int, told: list[str]) -> None:
    warnings = inspect_image(png(width, height)).warnings
    assert len(warnings) == len(told)
    assert all(part in warning for part, warning in zip(told, warnings, strict=True))


NO_PICTURES = {
    "gif": b"GIF89a" + bytes(100),
    "webp": b"RIFF\0\0\0\0WEBP" + bytes(100),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "html": b"<!DOCTYPE html><html></html>",
    "pdf": b"%PDF-1.7" + bytes(100),
    "text": b"not an image",
    "only the magic of png": b"\x89PNG\r\n\x1a\n",
    "png without a header": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "only the magic of jpg": b"\xff\xd8\xff",
    "jpg without a frame": b"\xff\xd8\xff\xe0\x00\x10" + bytes(14) + b"\xff\xd9",
    "jpg of zeros": b"\xff\xd8\xff\xe0\x00\x00" + bytes(100),
    "nothing": b"",
    "no width": png(1, 1)[:16] + struct.pack(">II", 0, 5) + png(1, 1)[24:],
}


GIF = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
WEBP = b"RIFF" + (30).to_bytes(4, "little") + b"WEBPVP8 " + bytes(22)
BMP = b"BM" + (58).to_bytes(4, "little") + bytes(52)


TIFF = b"II*\0" + bytes(9)


@table(("content", "kind"), [(GIF, "gif"), (WEBP, "webp"), (BMP, "bmp"), (TIFF, "tiff")])
def test_formats_that_no_page_refuses_are_left_to_meta_with_a_warning(content: bytes, kind: str) -> None:
    facts = inspect_image(content)
    assert (facts.format, facts.width) == (kind, 0)
    assert "Meta decides" in facts.warnings[0]
    for cut in (content[:8], content[:-1] + b"\0\0"):
        if kind != "tiff":
            with pytest.raises(ParameterError):
                inspect_image(cut)


def test_inspect_image_of_something_else_is_refused(either: str) -> None:
    fields = {}
    for name, content in NO_PICTURES.items():
        try:
            fields[name] = [inspect_image(content, "image_base64").format]
        except ParameterError as error:
            fields[name] = [violation.field for violation in error.violations]
    assert {name: found for name, found in fields.items() if found != ["image_base64"]} == {}


@table("truncated_allowed", [False, True], fresh=True)
def test_inspect_image_cut_or_broken_is_refused_whatever_pillow_allows(
    either: str, truncated_allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`LOAD_TRUNCATED_IMAGES` is of the whole process: a library that makes PDFs sets it."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", truncated_allowed)
    accepted = []
    for content in (png(1200, 628), SQUARE, *WIDE):
        half = len(content) // 2
        flipped = content[:half] + bytes(byte ^ 0xFF for byte in content[half : half + 40]) + content[half + 40 :]
        # A broken jpg is still decoded, to a broken picture: only a png has checksums.
        for broken in (content[:half], content[:-30], *([flipped] if content[0] == 0x89 else ())):
            try:
                accepted.append(inspect_image(broken))
            except ParameterError as error:
                assert "cannot be decoded" in str(error)  # noqa: PT017
    assert accepted == []


def test_inspect_image_with_a_thumbnail_needs_its_own_end(either: str) -> None:
    exif = b"\xff\xe1" + struct.pack(">H", 2 + len(SQUARE[:4000]) + 2) + SQUARE[:4000] + b"\xff\xd9"
    with_thumbnail = SQUARE[:2] + exif + SQUARE[2:]
    assert inspect_image(with_thumbnail).width == 1080
    with pytest.raises(ParameterError, match="cannot be decoded"):
        inspect_image(with_thumbnail[:-30])


@pytest.mark.thorough
def test_inspect_image_too_many_bytes_is_refused(either: str) -> None:
    with pytest.raises(ParameterError, match=r"30\.0 MB.*at most 30 MB"):
        inspect_image(png(600, 600) + bytes(30 * 1024**2))


@cache
def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is huge, and is."""
    rows = zlib.compress(bytes(1 + (width + 7) // 8) * height, 9)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(data)) + kind + data for kind, data in parts]
    whole = (chunk + struct.pack(">I", zlib.crc32(chunk[4:])) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


@pytest.mark.thorough
def test_inspect_image_bomb_is_not_decoded(either: str) -> None:
    content = bomb(20_000, 20_000)
    assert len(content) < 100_000
    with pytest.raises(ParameterError, match="at most 50,000,000 pixels"):
        inspect_image(content)


@pytest.mark.parametrize("huge", [(12_000, 10_000), (65_535, 65_535)])
def test_inspect_image_bomb_behind_a_small_header_is_not_decoded(huge: tuple[int, int]) -> None:
    """Two frames in one jpg: the first says it is small, a decoder goes by the second."""
    content = jpg(64, 64)
    at = content.index(b"\xff\xc0")
    length = struct.unpack(">H", content[at + 2 : at + 4])[0]
    frame = content[at : at + 2 + length]
    second = frame[:5] + struct.pack(">HH", huge[1], huge[0]) + frame[9:]
    with pytest.raises(ParameterError, match="cannot be decoded"):
        inspect_image(content[: at + len(frame)] + second + content[at + len(frame) :])


@pytest.mark.thorough
def test_inspect_image_big_jpg_is_decoded_at_an_eighth(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 megapixels: what is computed of them fits into a few megabytes."""
    content = jpg(8000, 5000, quality=20)
    drawn: list[tuple[int, int]] = []
    real = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: drawn.append(self.size) or real(self))
    assert inspect_image(content).width == 8000
    assert drawn[0] == (1000, 625)


def test_the_limits_are_meta_s() -> None:
    assert image.LARGEST == 30 * 1024 * 1024


PROGRESSIVE = jpg(64, 64, progressive=True)


def test_inspect_image_of_many_scans_is_refused_before_it_is_decoded(either: str) -> None:
    whole = PROGRESSIVE
    assert inspect_image(whole).format == "jpg"
    scan = whole.rindex(b"\xff\xda")
    many = whole[:scan] + whole[scan:-2] * 2000 + whole[-2:]
    with pytest.raises(ParameterError, match=r"a jpg of 2,0\d\d scans.*at most 64"):
        inspect_image(many)
