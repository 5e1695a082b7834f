"""Ad images. https://developers.facebook.com/docs/marketing-api/reference/ad-image"""

from __future__ import annotations

import base64
import builtins
import re
from pathlib import Path
from typing import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.media import check_size, read_file
from admonster_fb.models.adimage import AdImage, AdImageList
from admonster_fb.operation import no_op
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked


class AdImages(ListingService):
    """The edge `adimages` of an ad account. An image has no id: its hash identifies it within the account."""

    @no_op("no op of the bot lists images")
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[AdImageList]) -> Edge[AdImage]:
        """List the images of an ad account, page by page.

        >>> next(iter(fb.adimages.iter("act_1", hashes=[image_hash]))).height
        628
        """
        return self._edge(self._account(ad_account_id).get_ad_images, AdImage, checked(AdImageList, params), fields)

    @no_op("creatives name images by hash; no op reads one")
    def get(self, ad_account_id: str, image_hash: str, *, fields: Fields = None) -> AdImage | None:
        """Return an image by its hash, or `None` if the account has no such image.

        >>> fb.adimages.get("act_1", image_hash).hash == image_hash
        True
        """
        return next(iter(self.iter(ad_account_id, fields=fields, hashes=[_checked_hash(image_hash)])), None)

    @no_op("upload_image takes a path, a URL or base64, and looks at the picture first")
    def create(
        self, ad_account_id: str, *, filename: str | Path | None = None, bytes: builtins.bytes | None = None
    ) -> AdImage:
        """Upload an image (jpg or png, up to 30 MB) from a file or from bytes.

        If the account has the same image already, Meta returns that one. Raises `ParameterError` unless exactly one of
        `filename` and `bytes` is passed.

        >>> fb.adimages.create("act_1", bytes=png).width
        1200
        """
        if not isinstance(bytes, builtins.bytes | None):
            raise ParameterError([Violation("bytes", type(bytes).__name__, "the content of a jpg or png as bytes")])
        if (filename is None) == (not bytes):
            raise ParameterError([Violation("filename", filename or MISSING, "exactly one of filename and bytes")])
        account = self._account(ad_account_id)
        if bytes:
            check_size(len(bytes), "bytes")
            call = self._call(account.create_ad_image, {"bytes": base64.b64encode(bytes).decode()})
        else:
            path = Path(str(filename))
            call = self._call(account.create_ad_image, files={"filename": (path.name, read_file(path, "filename"))})
        return self._transport.create(call, AdImage)

    @no_op("duplicate_campaign copies the pictures of a campaign to another account")
    def copy(self, ad_account_id: str, source_account_id: str, image_hash: str) -> AdImage:
        """Copy an image from another ad account that the token can access.

        If the account has the same image already, Meta returns that one.

        >>> fb.adimages.copy("act_2", "act_1", image_hash).width
        1200
        """
        account = self._account(ad_account_id)
        source = account_id(source_account_id, "source_account_id").removeprefix("act_")
        params = {"copy_from": {"source_account_id": source, "hash": _checked_hash(image_hash)}}
        return self._create(account.create_ad_image, AdImage, params, ())

    @no_op("no op of the bot deletes images")
    def delete(self, ad_account_id: str, image_hash: str) -> None:
        """Delete an image. Meta refuses if a creative uses it.

        >>> fb.adimages.delete("act_1", fb.adimages.create("act_1", bytes=other_png).hash)
        """
        self._change(self._account(ad_account_id).delete_ad_images, {"hash": _checked_hash(image_hash)})


def _checked_hash(value: str) -> str:
    if not (isinstance(value, str) and re.fullmatch(r"[0-9a-f]+", value)):
        raise ParameterError([Violation("image_hash", value, "the hash that the upload of the image returned")])
    return value
