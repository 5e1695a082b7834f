"""Previews of an ad in many placements on one HTML page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.enums import AdFormat
from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._params import LocalPath
from admonster_fb.operation import op
from admonster_fb.services.insights.export import check_writable, new_file

COMMON: tuple[AdFormat, ...] = (
    *("MOBILE_FEED_STANDARD", "DESKTOP_FEED_STANDARD", "FACEBOOK_STORY_MOBILE", "FACEBOOK_REELS_MOBILE"),
    *("INSTAGRAM_STANDARD", "INSTAGRAM_STORY", "INSTAGRAM_REELS", "MARKETPLACE_MOBILE", "RIGHT_COLUMN_STANDARD"),
)
_FORMATS = Field(description="Default: the most frequent placements")


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A page of previews, and the placements in which Meta does not show this ad."""

    filename: str
    shown: list[str]
    failed: dict[str, FacebookAdsError] = field(default_factory=dict)


@op("save_previews", group="ad", access="read")
def save_previews(
    fb: FacebookAds,
    *,
    filename: Annotated[LocalPath, Field(description="the HTML file to write")],
    ad_id: str | None = None,
    creative_id: str | None = None,
    ad_formats: Annotated[Sequence[AdFormat | str], _FORMATS] = COMMON,
    overwrite: bool = False,
) -> PreviewPage:
    """Write an HTML page of previews. It shows many placements of an ad or creative; links expire after a day.

    An existing file is refused unless `overwrite`.

    >>> save_previews(fb, ad_id=ad_id, filename="preview.html").shown[0]
    'MOBILE_FEED_STANDARD'
    """
    check_writable(Path(filename), overwrite=overwrite)
    with fb.batch() as batch:
        shows = {"ad_id": ad_id, "creative_id": creative_id}
        items = {name: batch.add(fb.ads.previews, ad_format=name, **shows) for name in dict.fromkeys(ad_formats)}
    failed = {name: item.error for name, item in items.items() if item.error is not None}
    shown = {name: item.result() for name, item in items.items() if not item.error}
    bodies = {name: "".join(preview.body or "" for preview in previews) for name, previews in shown.items()}
    with new_file(Path(filename), overwrite=overwrite) as file:
        file.write(_page(ad_id or creative_id or "", bodies, failed).encode(errors="replace"))
    return PreviewPage(str(filename), [*bodies], failed)


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src https://*.facebook.com http://127.0.0.1:*"
"""Nothing runs in the page itself; frames come from Meta or the sandbox only."""
_STYLE = """body{font:15px/1.4 system-ui,sans-serif;margin:24px;background:#f0f2f5;color:#1c1e21}
h1{font-size:20px}main{display:flex;flex-wrap:wrap;gap:24px;align-items:flex-start}
figure{margin:0;padding:12px;background:#fff;border-radius:8px;max-width:100%;overflow:auto}
figcaption{font-weight:600;margin-bottom:8px}li{color:#606770}"""


def _page(node_id: str, bodies: dict[str, str], failed: dict[str, FacebookAdsError]) -> str:
    """Return the page. The previews are Meta's HTML; everything else is escaped."""
    figures = [f"<figure><figcaption>{html.escape(name)}</figcaption>{body}</figure>" for name, body in bodies.items()]
    shown = "\n".join(figures)
    missing = "".join(f"<li>{html.escape(f'{name}: {error}')}</li>" for name, error in failed.items())
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Previews of {html.escape(node_id)}</title><style>{_STYLE}</style>
<h1>Previews of {html.escape(node_id)}</h1>
<main>{shown}</main>
{f"<h2>Not shown here</h2><ul>{missing}</ul>" if missing else ""}
</html>
"""
