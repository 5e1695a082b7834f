"""Customer lists for bots: from a file in the host's folder, or a few people in the arguments."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.audience_data import batches
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import LocalPath, Params
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services.audiences.users import Uploaded

op = ops_of("audience", "customaudiences")
_OF_LISTS = dict.fromkeys(("id", "custom_audience_id"), "audience_id")
_OF_LISTS |= dict.fromkeys(("file", "path", "filename"), "csv_path")
_uploads = functools.partial(op, aliases=_OF_LISTS, then=("get_audience",))
_REGION = Field(description="country of phone numbers without a country code, such as US")
_SCHEMA = Field(description='the keys of the columns if their names do not say it: "EMAIL", or a list')


class CustomerList(Params, total=False):
    """A list of people: exactly one of `csv_path`, `data`, and `emails` or `phones`."""

    csv_path: Annotated[LocalPath, Field(description="a CSV or Parquet file of customers with named columns")] | None
    schema: Annotated[str | list[str], _SCHEMA]
    data: Annotated[list[str | list[str | None]], Field(description="a few people; many come from a file")] | None
    emails: list[str] | None
    phones: list[str] | None
    default_region: Annotated[str, _REGION] | None


@_uploads(
    "add_users_to_audience",
    effect="add",
    cost="ads that use the list reach them too; personal data is sent to Meta, hashed; at once and without a plan",
)
def add_users_to_audience(fb: FacebookAds, audience_id: str, **people: Unpack[CustomerList]) -> Uploaded:
    """Add people to a customer list. From a file or from the arguments. They are hashed before they are sent.

    Unusable rows are counted by reason and row. An interrupted upload of a file continues where it stopped when called
    again. Nobody has to read the file: the answer says how its columns were interpreted.

    >>> add_users_to_audience(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    return _upload(fb, audience_id, "add", people)


@_uploads(
    "remove_users_from_audience",
    access="write",
    effect="remove",
    past="removed",
    cost="ads that use the list do not reach them any more; at once and without a plan",
)
def remove_users_from_audience(fb: FacebookAds, audience_id: str, **people: Unpack[CustomerList]) -> Uploaded:
    """Remove people from a customer list. Takes the arguments of add_users_to_audience.

    >>> remove_users_from_audience(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    return _upload(fb, audience_id, "remove", people)


@_uploads(
    "replace_audience_users",
    access="destroy",
    effect="update",
    past="replaced",
    cost="everyone who was on the list before is removed from it",
)
def replace_audience_users(fb: FacebookAds, audience_id: str, **people: Unpack[CustomerList]) -> Uploaded:
    """Replace everyone on a customer list. Takes the arguments of add_users_to_audience.

    Meta empties the list first. The upload must end within 90 minutes.

    >>> replace_audience_users(fb, audience_id, emails=["mary@example.com"]).received
    1
    """
    return _upload(fb, audience_id, "replace", people)


def _upload(
    fb: FacebookAds, audience_id: str, action: Literal["add", "remove", "replace"], people: CustomerList
) -> Uploaded:
    """Upload a list; refuse one without a usable row, of which nothing was sent. A file has a journal next to it."""
    rows, schema = _rows(people)
    journal = None
    if isinstance(rows, Path) and rows.is_file():  # the lock of a journal would make the folders of a missing file
        journal = rows.with_name(f".{rows.name}.{audience_id if audience_id.isdecimal() else 'x'}.{action}.upload")
    send, region = getattr(fb.audience_users, action), people.get("default_region")
    uploaded: Uploaded = send(audience_id, rows, schema=schema, default_region=region, journal=journal)
    if not (uploaded.batches or uploaded.resumed):
        raise _nothing_usable(uploaded.report)
    return uploaded


def _nothing_usable(report: Any) -> ParameterError:
    reasons = "; ".join(f"{cell['key']}: {cell['reason']}, {cell['count']:,} times" for cell in report["cells"])
    given = f"{report['rows']:,} rows, none of them usable"
    return ParameterError([Violation("rows", given, f"at least one usable row. {reasons}".rstrip(". "))])


@no_op("a plan to replace people shows what is on the new list")
def usable_people(**people: Unpack[CustomerList]) -> tuple[int, int]:
    """Return how many rows of a list can be used, and how many it has; nothing is sent.

    Raises `ParameterError` if none can be used.

    >>> usable_people(emails=["mary@example.com", "nobody"])
    (1, 2)
    """
    rows, schema = _rows(people)
    parts = batches(rows, schema, default_region=people.get("default_region"))
    if not sum(1 for _ in parts):
        raise _nothing_usable(parts.report.as_dict())
    return parts.report.sent, parts.report.rows


def _rows(people: CustomerList) -> tuple[object, Any]:
    """Return the rows of a list and the keys of its columns; errors show nothing of the rows."""
    csv_path, data, schema = people.get("csv_path"), people.get("data"), people.get("schema")
    emails, phones = people.get("emails"), people.get("phones")
    lists = [csv_path, data, emails if emails is not None else phones]
    if sum(rows is not None for rows in lists) != 1:
        given = "several lists" if any(rows is not None for rows in lists) else MISSING
        raise ParameterError([Violation("csv_path", given, "exactly one of csv_path, data, and emails or phones")])
    if csv_path is not None:
        return Path(csv_path), schema
    if data is not None:
        if schema is None:
            raise ParameterError([Violation("schema", MISSING, 'what data holds: "EMAIL", or a key for each column')])
        return data, schema
    if emails is None or phones is None:
        return (phones, "PHONE") if emails is None else (emails, "EMAIL")
    return [[email, ""] for email in emails] + [["", phone] for phone in phones], ["EMAIL", "PHONE"]
