"""People of custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from facebook_business.adobjects import adaccount, customaudience
from typing_extensions import TypedDict, Unpack

from admonster_fb.audience_data import LARGEST, Schema, batches
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.operation import no_op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.services.audiences.upload import Progress, Upload, Uploaded, UploadJournal, fingerprint
from admonster_fb.transport.request import Call

Kind = Literal["add", "remove", "replace", "remove_everywhere"]


class PayloadOptions(TypedDict, total=False):
    """What a list says besides its people. Meta: custom audiences, users."""

    app_ids: list[str]
    """Whose the app-scoped user ids are (keys APPUID, UID)."""
    page_ids: list[str]
    """The one Page whose the page-scoped user ids are (key PAGEUID)."""
    data_source: dict[str, str]
    """`{"type": …, "sub_type": …}`: where the list comes from."""


class AudienceUsers(Service):
    """The edge `users` of a custom audience: lists of customers, hashed here, sent in sessions of 10,000 rows.

    A list is a path (CSV, Parquet), a polars or pandas frame, or anything to walk through (texts, lists, dicts), of
    which only some batches are held at once. Values are normalised and hashed by Meta's rules before they leave; what
    cannot be is left out and counted by reason and row number. See `docs/audience-data.md`; `api_facts.md` section 8.
    """

    @no_op("add_users_to_audience does it, from the host's folder")
    def add(
        self,
        audience_id: str,
        people: object,
        *,
        schema: Schema | None = None,
        default_region: str | None = None,
        journal: str | Path | None = None,
        in_flight: int = 4,
        progress: Progress | None = None,
        **options: Unpack[PayloadOptions],
    ) -> Uploaded:
        """Add people to a customer list.

        `schema` says what columns mean where their names do not; `default_region` ("US") whose numbers have no country
        code. With `journal`, a small file of numbers, the same call after a crash sends only what Meta has not
        acknowledged; it is gone once all is sent. `progress` is told how many rows are done with, and of how
        many if that is known. Adding somebody twice changes nothing. Raises `ParameterError` for a list that cannot be
        understood.

        >>> done = fb.audience_users.add(audience_id, ["mary@example.com", "mary"], schema="EMAIL")
        >>> done.received, done.report["skipped"][0]["rows"]
        (1, [2])
        """
        return self._upload("add", audience_id, people, schema, default_region, journal, in_flight, progress, options)

    @no_op("remove_users_from_audience does it, from the host's folder")
    def remove(
        self,
        audience_id: str,
        people: object,
        *,
        schema: Schema | None = None,
        default_region: str | None = None,
        journal: str | Path | None = None,
        in_flight: int = 4,
        progress: Progress | None = None,
        **options: Unpack[PayloadOptions],
    ) -> Uploaded:
        """Remove people from a customer list; takes what `add` takes.

        >>> fb.audience_users.remove(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(
            "remove", audience_id, people, schema, default_region, journal, in_flight, progress, options
        )

    @no_op("replace_audience_users does it, from the host's folder")
    def replace(
        self,
        audience_id: str,
        people: object,
        *,
        schema: Schema | None = None,
        default_region: str | None = None,
        journal: str | Path | None = None,
        in_flight: int = 4,
        progress: Progress | None = None,
        **options: Unpack[PayloadOptions],
    ) -> Uploaded:
        """Replace all people of a customer list; takes what `add` takes.

        The first batch empties the list. Everything must be sent within 90 minutes, and until then nothing else may
        change the list. Meta does it to lists of under 100 million people whose status is normal (200).

        >>> fb.audience_users.replace(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(
            "replace", audience_id, people, schema, default_region, journal, in_flight, progress, options
        )

    @no_op("a person should do it: it reaches every audience of the account")
    def remove_everywhere(
        self,
        ad_account_id: str,
        people: object,
        *,
        schema: Schema | None = None,
        default_region: str | None = None,
        journal: str | Path | None = None,
        in_flight: int = 4,
        progress: Progress | None = None,
        **options: Unpack[PayloadOptions],
    ) -> Uploaded:
        """Remove people from all customer lists of an ad account; takes what `add` takes.

        >>> fb.audience_users.remove_everywhere("act_1", ["mary@example.com"], schema="EMAIL").batches
        1
        """
        return self._upload(
            "remove_everywhere", ad_account_id, people, schema, default_region, journal, in_flight, progress, options
        )

    def _upload(
        self,
        kind: Kind,
        node: str,
        people: object,
        schema: Schema | None,
        default_region: str | None,
        journal: str | Path | None,
        in_flight: int,
        progress: Progress | None,
        options: PayloadOptions,
    ) -> Uploaded:
        call = self._prepared(kind, node)
        extra = checked(PayloadOptions, dict(options))
        if isinstance(in_flight, bool) or not isinstance(in_flight, int) or not 1 <= in_flight <= 16:
            raise ParameterError([Violation("in_flight", in_flight, "1 to 16 batches at once")])
        about = {"kind": kind, "node": call.path[0], "list": fingerprint(people)} if journal else {}
        notes = UploadJournal(Path(journal), about) if journal else None
        done = False
        try:
            upload = Upload(self._transport, call, notes, in_flight)
            skip = -(-upload.resumed // LARGEST) * LARGEST  # of the last batch there may be less
            ready = batches(people, schema, default_region=default_region, skip=skip)
            upload.run(ready, progress, _length(people), extra)
            done = True
        finally:
            if notes:
                notes.close(done=done)
        return upload.result(call.path[0], ready)

    def _prepared(self, kind: Kind, node: str) -> Call:
        if kind == "remove_everywhere":
            account = self._sdk(adaccount.AdAccount, account_id(node))
            return self._call(account.delete_users_of_any_audience)
        audience = self._sdk(customaudience.CustomAudience, node_id(node, "audience_id"))
        prepare: Mapping[str, Any] = {
            "add": audience.create_user,
            "remove": audience.delete_users,
            "replace": audience.create_users_replace,
        }
        return self._call(prepare[kind])


def _length(people: object) -> int | None:
    """Return how many rows a list has, if it says so itself."""
    return len(people) if isinstance(people, (list, tuple)) else None
