"""Lists of customers for bots: from a file in the host's folder, or a few people named outright."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from admonster_fb.audience_data import batches
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.operation import no_op, op
from admonster_fb.services.audiences.upload import Uploaded
from admonster_fb.workflows.media import LocalPath

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_ALIASES = {
    "id": "audience_id",
    "custom_audience_id": "audience_id",
    "file": "csv_path",
    "path": "csv_path",
    "filename": "csv_path",
}
File = Annotated[LocalPath, Field(description="a CSV or Parquet file of customers, its columns named")]
Keys = Annotated[
    str | list[str], Field(description='what the columns are, where names do not say it: "EMAIL", or a list of keys')
]
Region = Annotated[str, Field(description="country of phone numbers without a country code, such as US")]
Rows = Annotated[list[str | list[str | None]], Field(description="a few people; many come from a file")]


@op(
    "add_users_to_audience",
    group="audience",
    access="write",
    effect="add",
    changes="customaudiences",
    past="added",
    cost="ads that use the list reach them too; personal data leaves for Meta, hashed",
    aliases=_ALIASES,
    then=("get_audience",),
)
def add_users_to_audience(
    fb: FacebookAds,
    audience_id: str,
    *,
    csv_path: File | None = None,
    schema: Keys | None = None,
    data: Rows | None = None,
    emails: list[str] | None = None,
    phones: list[str] | None = None,
    default_region: Region | None = None,
) -> Uploaded:
    """Add people to a customer list, from a file, or named outright; they are hashed before they leave.

    What cannot be used is counted by reason and row. A file that was cut short goes on where it stopped when called
    again. Nobody needs to look into the file: the answer says which columns were understood.

    >>> add_users_to_audience(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    people, keys = _people(csv_path, schema, data, emails, phones)
    journal = _journal(csv_path, audience_id, "add")
    return _some(
        fb.audience_users.add(audience_id, people, schema=keys, default_region=default_region, journal=journal)
    )


@op(
    "remove_users_from_audience",
    group="audience",
    access="write",
    effect="remove",
    changes="customaudiences",
    past="removed",
    cost="ads that use the list do not reach them any more",
    aliases=_ALIASES,
    then=("get_audience",),
)
def remove_users_from_audience(
    fb: FacebookAds,
    audience_id: str,
    *,
    csv_path: File | None = None,
    schema: Keys | None = None,
    data: Rows | None = None,
    emails: list[str] | None = None,
    phones: list[str] | None = None,
    default_region: Region | None = None,
) -> Uploaded:
    """Remove people from a customer list; takes what add_users_to_audience takes.

    >>> remove_users_from_audience(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    people, keys = _people(csv_path, schema, data, emails, phones)
    journal = _journal(csv_path, audience_id, "remove")
    return _some(
        fb.audience_users.remove(audience_id, people, schema=keys, default_region=default_region, journal=journal)
    )


@op(
    "replace_audience_users",
    group="audience",
    access="destroy",
    effect="update",
    changes="customaudiences",
    past="replaced",
    cost="whoever was on the list before is gone from it",
    aliases=_ALIASES,
    then=("get_audience",),
)
def replace_audience_users(
    fb: FacebookAds,
    audience_id: str,
    *,
    csv_path: File | None = None,
    schema: Keys | None = None,
    data: Rows | None = None,
    emails: list[str] | None = None,
    phones: list[str] | None = None,
    default_region: Region | None = None,
) -> Uploaded:
    """Replace everybody on a customer list; takes what add_users_to_audience takes.

    The list is emptied first. It must end within 90 minutes.

    >>> replace_audience_users(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    people, keys = _people(csv_path, schema, data, emails, phones)
    journal = _journal(csv_path, audience_id, "replace")
    return _some(
        fb.audience_users.replace(audience_id, people, schema=keys, default_region=default_region, journal=journal)
    )


def _some(done: Uploaded) -> Uploaded:
    """Refuse a list of which nothing could be used: nothing was sent."""
    if not (done.batches or done.resumed):
        raise _of_no_use(done.report)
    return done


def _of_no_use(report: Any) -> ParameterError:
    why = "; ".join(f"{each['key']}: {each['reason']}, {each['count']:,} times" for each in report["cells"])
    given = f"{report['rows']:,} rows, none of them usable"
    return ParameterError([Violation("rows", given, f"at least one usable row. {why}".rstrip(". "))])


@no_op("a plan to replace people says what is on the new list")
def usable_people(
    *,
    csv_path: str | None = None,
    schema: str | list[str] | None = None,
    data: Sequence[Any] | None = None,
    emails: Sequence[str] | None = None,
    phones: Sequence[str] | None = None,
    default_region: str | None = None,
) -> tuple[int, int]:
    """Return how many rows of a list can be used, and how many it has; nothing is sent.

    Raises `ParameterError` where none can be.

    >>> usable_people(emails=["mary@example.com", "nobody"])
    (1, 2)
    """
    people, keys = _people(csv_path, schema, data, emails, phones)
    ready = batches(people, keys, default_region=default_region)
    if not sum(1 for _ in ready):
        raise _of_no_use(ready.report.as_dict())
    return ready.report.sent, ready.report.rows


def _people(
    csv_path: str | None,
    schema: str | list[str] | None,
    data: Sequence[Any] | None,
    emails: Sequence[str] | None,
    phones: Sequence[str] | None,
) -> tuple[object, Any]:
    """Return the list that was given, and what its columns mean; nothing of it is shown in an error."""
    named = emails is not None or phones is not None
    if (csv_path is not None) + (data is not None) + named != 1:
        given = MISSING if csv_path is None and data is None and not named else "several lists"
        raise ParameterError([Violation("csv_path", given, "exactly one of csv_path, data, and emails or phones")])
    if csv_path is not None:
        return Path(csv_path), schema
    if data is not None:
        if schema is None:
            raise ParameterError([Violation("schema", MISSING, 'what data holds: "EMAIL", or a key for each column')])
        return data, schema
    rows = [[email, ""] for email in emails or ()] + [["", phone] for phone in phones or ()]
    if emails is not None and phones is not None:
        return rows, ["EMAIL", "PHONE"]
    return [row[emails is None] for row in rows], "EMAIL" if emails is not None else "PHONE"


def _journal(csv_path: str | None, audience_id: str, kind: str) -> Path | None:
    """Return where to note how far a file is: beside it."""
    if csv_path is None:
        return None
    path = Path(csv_path)
    return path.with_name(f".{path.name}.{audience_id if audience_id.isdecimal() else 'x'}.{kind}.upload")
