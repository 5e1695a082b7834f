"""People in custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Unpack

from facebook_business.adobjects import customaudience as sdk
from pydantic import Field, WithJsonSchema

from admonster_fb.audience_data import LARGEST, Schema, batches
from admonster_fb.models._params import Params, checked
from admonster_fb.operation import no_op
from admonster_fb.services._base import Service
from admonster_fb.services.audiences.upload import Progress, Upload, Uploaded, UploadJournal, fingerprint


class PayloadOptions(Params, total=False):
    """Properties of a list that are sent with it. Meta: custom audiences, users."""

    app_ids: list[str]
    """Apps of the app-scoped user IDs (keys APPUID and UID)."""
    page_ids: list[str]
    """The one Page of the page-scoped user IDs (key PAGEUID)."""
    data_source: dict[str, str]
    """Where the list comes from: {"type": …, "sub_type": …}."""


class UploadOptions(PayloadOptions, total=False):
    """How a list is read and sent."""

    schema: Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}, {"type": "object"}]})]
    """Key of each column, where column names do not say it: "EMAIL", a list of keys, or {"column": "KEY"}."""
    default_region: str | None
    """Country of phone numbers without a country code, such as "US". Default: such numbers are left out."""
    journal: str | Path | None
    """File for the progress of the upload. After a crash, the same call with it sends only the rest."""
    in_flight: Annotated[int, Field(ge=1, le=16)]
    """Batches that are sent at once, 1 to 16. Default: 4."""
    progress: Annotated[Progress | None, WithJsonSchema({})]
    """Function called with the number of finished rows, and the total if it is known."""


class AudienceUsers(Service):
    """The edge `users` of a custom audience: customer lists, hashed here, sent in sessions of 10,000 rows.

    A list is a path (CSV, Parquet), a polars or pandas data frame, or an iterable of strings, lists or mappings, of
    which only a few batches are in memory. Values are normalised and hashed by Meta's rules before they are sent.
    Values that cannot be used are left out and counted by reason and row number. See `docs/audience-data.md` and
    `docs/meta-rules.md#audience-users`.
    """

    @no_op("add_users_to_audience does it, from the host's folder")
    def add(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Add people to a customer list. Adding the same person twice changes nothing.

        Raises `ParameterError` for a list whose columns cannot be understood.

        >>> done = fb.audience_users.add(audience_id, ["mary@example.com", "mary"], schema="EMAIL")
        >>> done.received, done.report["skipped"][0]["rows"]
        (1, [2])
        """
        return self._upload(self._audience(audience_id).create_user, people, "add", options)

    @no_op("remove_users_from_audience does it, from the host's folder")
    def remove(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Remove people from a customer list. Accepts what `add` accepts.

        >>> fb.audience_users.remove(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(self._audience(audience_id).delete_users, people, "remove", options)

    @no_op("replace_audience_users does it, from the host's folder")
    def replace(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Replace all people in a customer list. Accepts what `add` accepts.

        The first batch empties the list. All batches must be sent within 90 minutes, and nothing else may change the
        list until then. Meta accepts it for lists of under 100 million people with the normal status (200).

        >>> fb.audience_users.replace(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(self._audience(audience_id).create_users_replace, people, "replace", options)

    @no_op("a person should do it: it reaches every audience of the account")
    def remove_everywhere(self, ad_account_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Remove people from all customer lists of an ad account. Accepts what `add` accepts.

        >>> fb.audience_users.remove_everywhere("act_1", ["mary@example.com"], schema="EMAIL").batches
        1
        """
        prepare = self._account(ad_account_id).delete_users_of_any_audience
        return self._upload(prepare, people, "remove_everywhere", options)

    def _audience(self, audience_id: str) -> Any:
        return self._node(sdk.CustomAudience, audience_id, "audience_id")

    def _upload(self, prepare: Any, people: object, kind: str, options: UploadOptions) -> Uploaded:
        valid = checked(UploadOptions, options)
        schema: Schema | None = valid.pop("schema", None)
        region, progress = valid.pop("default_region", None), valid.pop("progress", None)
        path, in_flight = valid.pop("journal", None), valid.pop("in_flight", 4)
        call = self._call(prepare)
        about = {"kind": kind, "node": call.path[0], "list": fingerprint(people)} if path else {}
        with UploadJournal(Path(path) if path else None, about) as journal:
            skip = -(-journal.acknowledged_rows // LARGEST) * LARGEST  # the last batch may be smaller
            ready = batches(people, schema, default_region=region, skip=skip)
            total = len(people) if isinstance(people, (list, tuple)) else None
            return Upload(self._transport, call, journal, in_flight).run(ready, progress, total, valid)
