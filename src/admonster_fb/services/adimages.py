"""Ad images. https://developers.facebook.com/docs/marketing-api/reference/ad-image"""

from __future__ import annotations

import base64
import builtins
import re
from collections.abc import Sequence
from pathlib import Path

from facebook_business.adobjects import adaccount
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.media import check_size
from admonster_fb.models._params import checked
from admonster_fb.models.adimage import AdImage, AdImageList
from admonster_fb.operation import no_op
from admonster_fb.services._base import Service, account_id
from admonster_fb.transport.paging import Edge


def _hash(value: str) -> str:
    if not (isinstance(value, str) and re.fullmatch(r"[0-9a-f]+", value)):
        raise ParameterError([Violation("image_hash", value, "the hash that uploading the image gave")])
    return value


def _file(path: Path) -> dict[str, tuple[str, bytes]]:
    try:
        check_size(path.stat().st_size, "filename")  # before all of it is read
        return {"filename": (path.name, path.read_bytes())}
    except OSError as error:
        raise ParameterError([Violation("filename", str(path), f"a readable file ({error.strerror})")]) from None


class AdImages(Service):
    """The edge `adimages`: images are known by their hash within one account."""

    @no_op("no op of the bot lists images")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = AdImage.fields(), **params: Unpack[AdImageList]
    ) -> builtins.list[AdImage]:
        """Read all images of an account, to the last page.

        >>> [image.width for image in fb.adimages.list("act_1", hashes=[image_hash])]
        [1200]
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @no_op("no op of the bot lists images")
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = AdImage.fields(), **params: Unpack[AdImageList]
    ) -> Edge[AdImage]:
        """Read the images of an account, page by page as they are wanted.

        >>> next(iter(fb.adimages.iter("act_1", hashes=[image_hash]))).height
        628
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(account.get_ad_images, checked(AdImageList, params), fields), AdImage)

    @no_op("creatives name images by hash; no op reads one")
    def get(self, ad_account_id: str, image_hash: str, *, fields: Sequence[str] = AdImage.fields()) -> AdImage | None:
        """Read one image by its hash; `None` if the account has none such.

        >>> fb.adimages.get("act_1", image_hash).hash == image_hash
        True
        """
        return next(iter(self.iter(ad_account_id, fields=fields, hashes=[_hash(image_hash)])), None)

    @no_op("upload_image takes a path, a URL or base64, and looks at the picture first")
    def create(
        self, ad_account_id: str, *, filename: str | Path | None = None, bytes: builtins.bytes | None = None
    ) -> AdImage:
        """Upload an image from a file (jpg or png, up to 30 MB) or from bytes. The same image again is not doubled.

        >>> fb.adimages.create("act_1", bytes=png).width
        1200
        """
        if not isinstance(bytes, builtins.bytes | None):
            raise ParameterError([Violation("bytes", type(bytes).__name__, "the content of a jpg or png as bytes")])
        if (filename is None) == (not bytes):
            raise ParameterError([Violation("filename", filename or MISSING, "exactly one of filename and bytes")])
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        if bytes:
            check_size(len(bytes), "bytes")
            call = self._call(account.create_ad_image, {"bytes": base64.b64encode(bytes).decode()})
        else:
            call = self._call(account.create_ad_image, files=_file(Path(str(filename))))
        return self._transport.create(call, AdImage)

    @no_op("duplicate_campaign copies the pictures of a campaign to another account")
    def copy(self, ad_account_id: str, source_account_id: str, image_hash: str) -> AdImage:
        """Take an image of another ad account that the token sees; the same image again is not doubled.

        >>> fb.adimages.copy("act_2", "act_1", image_hash).width
        1200
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        source = account_id(source_account_id, "source_account_id").removeprefix("act_")
        said = {"copy_from": {"source_account_id": source, "hash": _hash(image_hash)}}
        return self._transport.create(self._call(account.create_ad_image, said), AdImage)

    @no_op("no op of the bot deletes images")
    def delete(self, ad_account_id: str, image_hash: str) -> None:
        """Delete an image, which no creative may be using.

        >>> fb.adimages.delete("act_1", fb.adimages.create("act_1", bytes=other_png).hash)
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        self._transport.change(self._call(account.delete_ad_images, {"hash": _hash(image_hash)}))
