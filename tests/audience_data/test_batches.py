"""Lists of customers: what is read, what is understood, what is sent and what is said of the rest."""

from __future__ import annotations

import csv
import importlib
import json
import pickle
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from admonster_fb import FacebookAdsError, ParameterError
from admonster_fb.audience_data import KEYS, Batches, Reason, batches, hashed, user_data
from admonster_fb.audience_data import column_mapping as headers_module

MARY, ZOE = "mary@example.com", "zoë@example.com"
PLANTED = ("planted", "4917199988877", "Geheim")
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: bytes | str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return written


def sent(ready: Batches) -> list[Any]:
    return [row for batch in ready for row in batch.data]


def one(key: str, cell: object) -> str:
    told = hashed(key, cell)
    assert isinstance(told, str)
    return told


# What it may come as


def test_texts_with_one_key() -> None:
    ready = batches([MARY, "", "nobody"], "EMAIL_SHA256")
    batch = next(ready)
    assert batch.payload == {"schema": ["EMAIL"], "data": [[one("EMAIL", MARY)]]}
    assert json.loads(batch.json()) == batch.payload
    assert (batch.first_row, batch.rows, len(batch)) == (1, 3, 1)
    assert ready.report.skipped[Reason.EMPTY].rows == [2]
    assert ready.report.skipped[Reason.UNUSABLE].rows == [3]
    assert ready.report.cells["EMAIL"][Reason.NOT_EMAIL].rows == [3]
    assert list(ready) == []


def test_dicts_of_which_not_each_has_everything() -> None:
    ready = batches([{"email": MARY}, {"phone": "+15559876543", "Notes": "x"}])
    assert ready.schema == ("EMAIL", "PHONE")
    assert ready.understood.left_out == {"Notes": "unknown"}
    assert sent(ready) == [[one("EMAIL", MARY), ""], ["", one("PHONE", "15559876543")]]
    assert dict(ready.report.usable) == {"EMAIL": 1, "PHONE": 1}


def test_lists_with_a_header_or_a_schema() -> None:
    rows = [["Vorname", "E-Mail"], ["Zoë", ZOE]]
    assert batches(rows).schema == ("FN", "EMAIL")
    assert sent(batches(rows)) == sent(batches(rows[1:], ["FN", "EMAIL"])) == [[one("FN", "Zoë"), one("EMAIL", ZOE)]]
    assert sent(batches(rows[1:], [None, "EMAIL"])) == [[one("EMAIL", ZOE)]]


def test_a_schema_chooses_and_orders() -> None:
    rows = [{"email": MARY, "First name": "Mary", "id": "7"}]
    assert batches(rows, ["FN", "EMAIL"]).schema == ("FN", "EMAIL")
    ready = batches(rows, {"id": "EXTERN_ID", "email": "EMAIL"})
    assert sent(ready) == [[one("EMAIL", MARY), "7"]]
    assert ready.understood.left_out == {"First name": "not in the schema"}


def _frame(kind: str) -> Any:
    cells = {"E-Mail": [MARY, None], "Phone": [15559876543.0, None], "birthday": [date(1997, 2, 16), None]}
    return importlib.import_module(kind).DataFrame(cells)


@pytest.mark.parametrize("kind", ["polars", pytest.param("pandas", marks=pytest.mark.thorough)])
def test_frames(kind: str) -> None:
    ready = batches(_frame(kind), size=1)
    assert ready.understood.kind == kind
    assert ready.schema == ("EMAIL", "PHONE", "DOBY", "DOBM", "DOBD")
    row = [one("EMAIL", MARY), one("PHONE", "15559876543"), one("DOBY", 1997), one("DOBM", 2), one("DOBD", 16)]
    assert sent(ready) == [row]
    assert ready.report.skipped[Reason.EMPTY].rows == [2]


def test_lazy_frames_are_asked_to_collect() -> None:
    with pytest.raises(ParameterError, match="collect"):
        batches(pl.LazyFrame({"email": [MARY]}))


def test_parquet_in_batches_of_one_size_whatever_its_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    people = [f"m{n}@example.com" for n in range(25)]
    pl.DataFrame({"notes": people, "email": people}).write_parquet(path, row_group_size=7)
    ready = batches(path, size=10)
    assert [(batch.first_row, len(batch)) for batch in ready] == [(1, 10), (11, 10), (21, 5)]
    assert ready.understood.left_out == {"notes": "unknown"}


def test_a_broken_parquet_file_is_told_without_its_content(write: Write) -> None:
    with pytest.raises(ParameterError, match="Parquet") as told:
        batches(write("planted", "list.parquet"))
    assert "planted" not in str(told.value)


# CSV


ENCODINGS_AND_DELIMITERS_ARE_F_1 = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def test_encodings_and_delimiters_are_found(subtests: pytest.Subtests, write: Write) -> None:
    for encoding in ENCODINGS_AND_DELIMITERS_ARE_F_1:
        for delimiter in [",", ";", "\t", "|"]:
            with subtests.test(encoding=encoding, delimiter=delimiter):
                lines = "".join(
                    f"{delimiter.join(row)}\r\n" for row in (["E-Mail", "Vorname"], [MARY, "Zoë"], [ZOE, "Valéry"])
                )
                ready = batches(write(lines, encoding=encoding))
                assert ready.understood.encoding == ("utf-8" if encoding == "utf-8" else encoding)
                assert ready.understood.delimiter == delimiter
                assert sent(ready) == [[one("EMAIL", MARY), one("FN", "Zoë")], [one("EMAIL", ZOE), one("FN", "Valéry")]]


def test_latin_1_where_windows_has_no_character(write: Write) -> None:
    ready = batches(write("fn,email\nZo\xeb\x81,a@b.example\n", encoding="latin-1"))
    assert ready.understood.encoding == "latin-1"


@pytest.mark.thorough
def test_an_accent_may_come_late(write: Write) -> None:
    lines = "fn,email\n" + "Mary,a@b.example\n" * 200_000
    last = "Zoë,zoe@example.com\n"
    assert batches(write(lines + last)).understood.encoding == "utf-8"
    ready = batches(write(lines + last, encoding="cp1252"))
    assert ready.understood.encoding == "cp1252"
    assert sent(ready)[-1][0] == one("FN", "Zoë")


def test_one_broken_character_does_not_make_utf_8_another_encoding(write: Write) -> None:
    content = "fn,email\nZoë,a@b.example\nÉlodie,c@d.example\n".encode() + b"Val\xe9ry,e@f.example\n"
    ready = batches(write(content))
    assert ready.understood.encoding == "utf-8"
    assert sent(ready) == [
        [one("FN", "Zoë"), one("EMAIL", "a@b.example")],
        [one("FN", "Élodie"), one("EMAIL", "c@d.example")],
        ["", one("EMAIL", "e@f.example")],
    ]
    assert ready.report.cells["FN"][Reason.BROKEN].rows == [3]


def test_quoted_newlines_ragged_rows_and_nul(write: Write) -> None:
    content = (
        'email,fn,city\n"a@b.example","Ma\nry","New\nYork"\nc@d.example\n\n1,2,3,4\ne@f.example,x,y,,\n\0,\0Eve,\0\n'
    )
    ready = batches(write(content))
    a, c, e = (one("EMAIL", mail) for mail in ("a@b.example", "c@d.example", "e@f.example"))
    assert sent(ready) == [
        [a, one("FN", "Mary"), one("CT", "New York")],
        [c, "", ""],
        [e, one("FN", "x"), one("CT", "y")],
        ["", one("FN", "Eve"), ""],
    ]
    assert {reason: tally.rows for reason, tally in ready.report.skipped.items()} == {
        Reason.EMPTY: [3],
        Reason.TOO_MANY: [4],
    }


def test_an_empty_file_is_an_error(subtests: pytest.Subtests, write: Write) -> None:
    for content in ["", "\n\n", "\ufeff"]:
        with subtests.test(content=content), pytest.raises(ParameterError, match="an empty file"):
            batches(write(content))


def test_a_header_alone_is_a_list_of_nobody(write: Write) -> None:
    ready = batches(write("email;phone\n"))
    assert ready.schema == ("EMAIL", "PHONE")
    assert list(ready) == []
    assert ready.report.rows == 0


def test_without_header_a_schema_is_needed(write: Write) -> None:
    path = write("planted@example.com,Geheim\nb@example.com,Zoë\n")
    with pytest.raises(ParameterError, match="none of them a known name") as told:
        batches(path)
    assert not any(word in str(told.value) for word in PLANTED)
    ready = batches(path, ["EMAIL", "FN"])
    assert not ready.understood.header
    assert len(sent(ready)) == 2


def test_a_huge_cell_is_told_by_its_line(write: Write) -> None:
    path = write("email\na@b.example\n" + '"' + "planted\n" * 40_000)
    ready = batches(path, size=1)
    assert len(next(ready)) == 1
    with pytest.raises(ParameterError, match=r"over 131,072 characters.*quote") as told:
        list(ready)
    assert "planted" not in str(told.value)
    assert told.value.__cause__ is None
    assert csv.field_size_limit() == 131_072


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="No such file"):
        batches(tmp_path / "none.csv")


def test_close_closes_the_file(write: Write) -> None:
    ready = batches(write("email\na@b.example\nc@d.example\n"), size=1)
    next(ready)
    ready.close()
    assert list(ready) == []


# Batches


def test_generators_are_never_read_ahead() -> None:
    taken = 0

    def people() -> Iterator[dict[str, str]]:
        nonlocal taken
        for n in range(1_000_000):
            taken += 1
            yield {"email": f"m{n}@example.com"}

    ready = batches(people(), size=100)
    for number, batch in enumerate(ready, 1):
        assert batch.first_row == (number - 1) * 100 + 1
        assert taken <= number * 100 + 1
        if number == 5:
            break


GENERATORS_OF_LISTS_AND_TEXTS = [([f"m{n}@example.com"] for n in range(250)), (f"m{n}@example.com" for n in range(250))]


def test_generators_of_lists_and_texts(subtests: pytest.Subtests) -> None:
    for rows in GENERATORS_OF_LISTS_AND_TEXTS:
        with subtests.test(rows=rows):
            assert [(batch.first_row, len(batch)) for batch in batches(rows, ["EMAIL"], size=100)] == [
                (1, 100),
                (101, 100),
                (201, 50),
            ]


def test_the_same_rows_make_the_same_batch_after_a_crash() -> None:
    people = [f"m{n}@example.com" if n % 3 else "nobody" for n in range(50)]
    whole = list(batches(people, "EMAIL", size=10))
    again = list(batches(people, "EMAIL", size=10, skip=30))
    assert [batch.json() for batch in again] == [batch.json() for batch in whole[3:]]
    assert [batch.first_row for batch in again] == [31, 41]


def test_a_batch_of_nobody_is_none() -> None:
    ready = batches([*["nobody"] * 10, MARY], "EMAIL", size=5)
    assert [batch.first_row for batch in ready] == [11]
    assert ready.report.rows == 11
    assert ready.report.sent == 1
    assert ready.report.skipped[Reason.UNUSABLE].count == 10


def test_a_thousand_rows_are_kept_for_a_reason_and_all_counted() -> None:
    ready = batches(["nobody"] * 2_500, "EMAIL")
    assert list(ready) == []
    tally = ready.report.cells["EMAIL"][Reason.NOT_EMAIL]
    assert (tally.count, len(tally.rows), tally.rows[-1]) == (2_500, 1_000, 1_000)


def test_every_row_is_sent_or_skipped_for_one_reason() -> None:
    rows = [["email", "fn"], [MARY, ""], ["", ""], ["x", "-"], ["x", "Eve"], ["a", "b", "c"], "text", None]
    ready = batches(rows)
    assert len(sent(ready)) == ready.report.sent == 2
    counts = {reason: tally.count for reason, tally in ready.report.skipped.items()}
    assert counts == {Reason.EMPTY: 1, Reason.UNUSABLE: 1, Reason.TOO_MANY: 1, Reason.UNLIKE: 2}
    assert ready.report.rows == ready.report.sent + sum(counts.values())


def test_countries_of_rows_tell_how_states_codes_and_dates_are_read() -> None:
    header = ["country", "state", "zip", "birthday", "phone"]
    rows = [
        ["US", "Florida", "94035-1234", "2/3/1997", "(650)555-1212"],
        ["UY", "Florida", "12345-1234", "2/3/1997", ""],
    ]
    ready = batches([header, *rows])
    us, uy = (dict(zip(ready.schema, row, strict=True)) for row in sent(ready))
    assert (us["ST"], us["ZIP"], us["DOBM"]) == (one("ST", "FL"), one("ZIP", "94035"), one("DOBM", 2))
    assert (uy["ST"], uy["ZIP"], uy["DOBM"]) == (one("CT", "florida"), one("ZIP", "123451234"), one("DOBM", 3))
    assert us["PHONE"] == ""  # a number without a country code needs a default region
    known = batches([header, *rows, ["DE", "", "", "", "0171 1234567"]], default_region="US")
    phones = [row[known.schema.index("PHONE")] for row in sent(known)]
    assert phones == [one("PHONE", "16505551212"), "", one("PHONE", "491711234567")]


def test_digits_alone_are_counted_as_taken_on_trust() -> None:
    ready = batches(["15559876543", "+15559876544", "6505551212"], "PHONE")
    assert len(sent(ready)) == 3
    assert ready.report.bare_phones == 2
    assert batches(["6505551212"], "PHONE", default_region="US").report.bare_phones == 0


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ParameterError, match="default_region"):
        batches([MARY], "EMAIL", default_region="XX")


def test_phonenumbers_is_asked_for_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "phonenumbers", None)
    assert len(sent(batches(["+15559876543"], "PHONE"))) == 1
    with pytest.raises(FacebookAdsError, match=r"admonster-fb\[audiences\]"):
        batches(["+15559876543"], "PHONE", default_region="US")


def test_sizes_and_skips_meta_has_no_use_for(subtests: pytest.Subtests) -> None:
    for size, skip in [(0, 0), (10_001, 0), (True, 0), (10, 5), (10, -10)]:
        with subtests.test(size=size, skip=skip), pytest.raises(ParameterError):
            batches([MARY], "EMAIL", size=size, skip=skip)


def test_what_is_no_list_of_customers(subtests: pytest.Subtests) -> None:
    for source in [5, b"a@b.example", {"email": [MARY]}, [], iter(())]:
        with subtests.test(source=source), pytest.raises(ParameterError, match="source"):
            batches(source, "EMAIL")


# What goes beside


def test_values_to_the_last_digit() -> None:
    rows = [
        ["email", "LOOKALIKE_VALUE"],
        ["a@b.example", "44.50"],
        ["c@d.example", 140],
        ["e@f.example", "-1"],
        [MARY, ""],
    ]
    ready = batches(rows)
    batch = next(ready)
    assert [row[1] for row in batch.data] == [Decimal("44.50"), 140]
    assert batch.json().count("44.50]") == 1
    assert [row[1] for row in json.loads(batch.json())["data"]] == [44.5, 140]
    assert {reason: tally.rows for reason, tally in ready.report.skipped.items()} == {
        Reason.NOT_VALUE: [3],
        Reason.NO_EXTRA: [4],
    }


def test_data_processing_options() -> None:
    keys = ["EMAIL", "DATA_PROCESSING_OPTIONS", "DATA_PROCESSING_OPTIONS_COUNTRY", "DATA_PROCESSING_OPTIONS_STATE"]
    batch = next(batches([[MARY, ["LDU"], 1, "1000"], ["a@b.example", "", "", ""]], keys))
    assert [row[1:] for row in json.loads(batch.json())["data"]] == [[["LDU"], 1, 1000], [[], 0, 0]]


def test_ids_of_ones_own_are_escaped_and_nothing_else() -> None:
    batch = next(batches([['ü"\\1', MARY], ["", "a@b.example"]], ["EXTERN_ID", "EMAIL"]))
    assert json.loads(batch.json()) == batch.payload
    assert [row[0] for row in batch.data] == ['ü"\\1', ""]
    ids = next(batches(['a"b', "c"], "EXTERN_ID"))
    assert json.loads(ids.json()) == {"schema": ["EXTERN_ID"], "data": [['a"b'], ["c"]]}


# Names of columns

NAMES = {
    "EMAIL": ("email", "e-mail", "E-Mail Address", "EMAIL_SHA256", "Correo electrónico", "Adresse e-mail", "email1"),
    "PHONE": ("Phone Number", "mobile", "Telefonnummer", "Teléfono móvil", "Téléphone", "Celular", "ph"),
    "FN": ("first name", "fname", "Vorname", "Prénom", "Primeiro nome", "given_name"),
    "LN": ("surname", "Last Name", "Nachname", "Apellidos", "Nom de famille", "Sobrenome"),
    "ZIP": ("zip", "postal code", "Postcode", "PLZ", "Código postal", "Code postal", "CEP"),
    "CT": ("city", "Ort", "Ciudad", "Ville", "Cidade", "Billing City"),
    "COUNTRY": ("Country", "Land", "País", "Pays", "Default Address Country Code"),
    "DOB": ("Date of birth", "Geburtsdatum", "Fecha de nacimiento"),
    "GEN": ("Gender", "Geschlecht", "Sexo"),
    "ST": ("State/Province", "Bundesland"),
    "MADID": ("IDFA", "mobile_advertiser_id"),
    "EXTERN_ID": ("extern_id", "external_id"),
}


NAMES_OF_COLUMNS = [(key, name) for key, names in NAMES.items() for name in names]


@pytest.mark.thorough
def test_names_of_columns(subtests: pytest.Subtests) -> None:
    for key, name in NAMES_OF_COLUMNS:
        with subtests.test(key=key, name=name):
            assert headers_module.key_for_column(name) == key


def test_no_name_means_two_keys() -> None:
    text = Path(headers_module.__file__).with_name("column_names.txt").read_text("utf-8").partition("\n\n")[0]
    rows = re.findall(r"^[A-Z_]+: (.*(?:\n .*)*)", text, re.MULTILINE)
    names = [name for row in rows for name in dict.fromkeys(row.split())]
    assert names == [headers_module.simplify_header(name) for name in names]
    assert sorted(names) == sorted(headers_module.NAMES)
    assert not set(names) & set(headers_module.AMBIGUOUS)


def test_what_is_left_out_says_why() -> None:
    ready = batches([["email", "E-Mail 1", "Name", "id", "Shoe size", "49171999888 77"], [MARY, "", "", "", "", ""]])
    assert ready.understood.columns == {"email": "EMAIL"}
    assert ready.understood.left_out == {
        "E-Mail 1": "a second EMAIL",
        "Name": "first or last name",
        "id": "id of what",
        "Shoe size": "unknown",
        "column 6": "unknown",
    }


def test_a_name_seen_late_is_told() -> None:
    ready = batches(iter([{"email": MARY}, {"email": ZOE, "phone": "+15559876543"}]), size=1)
    assert len(sent(ready)) == 2
    assert ready.understood.left_out == {"phone": "first seen after the first rows"}


# Nothing of anyone in what is said


def test_planted_values_are_in_nothing_that_is_said(write: Write) -> None:
    rows = "planted@@example.com,4917199988877x,Geheim,Geheimland\nplanted@example.com,+4917199988877,Geheim,DE\n"
    ready = batches(write("email,phone,first name,country\n" + rows))
    batch = next(ready)
    said = [repr(batch), str(batch), batch.json(), repr(ready), repr(ready.report), repr(ready.understood)]
    said += [json.dumps(ready.report.as_dict()), str(pickle.dumps(ready.report.as_dict())), str(batch.payload)]
    assert not [text for text in said for word in PLANTED if word.lower() in text.lower()]
    assert ready.report.cells["EMAIL"][Reason.NOT_EMAIL].rows == [1]
    assert one("EMAIL", "planted@example.com") in batch.json()
    assert one("EMAIL", "planted@example.com") not in repr(batch)


def test_a_customer_in_place_of_a_path_is_not_repeated(subtests: pytest.Subtests) -> None:
    for source in ["planted@example.com", "4917199988877", "\0Geheim"]:
        with subtests.test(source=source):
            with pytest.raises(ParameterError, match="the path of a file") as told:
                batches(source, "EMAIL")
            assert not [word for word in PLANTED if word in f"{told.value}{told.value!r}{told.value.__dict__}"]
            assert told.value.__cause__ is None


PLANTED_VALUES_ARE_IN_NO_ERROR = [
    ([["planted@example.com", "Geheim"]], None),
    ([["planted@example.com", "Geheim"]], ["EMAIL"]),
    ([{"planted@example.com": "Geheim"}], None),
    ([{"email": "planted@example.com"}], ["PHONE"]),
    ([{"email": "planted@example.com"}], {"planted@example.com": "EMAIL"}),
    (["planted@example.com"], None),
    (["x"], ["planted@example.com"]),
    ([{"email": "planted@example.com"}], {"email": "planted@example.com"}),
]


def test_planted_values_are_in_no_error(subtests: pytest.Subtests) -> None:
    for source, schema in PLANTED_VALUES_ARE_IN_NO_ERROR:
        with subtests.test(source=source, schema=schema):
            with pytest.raises(ParameterError) as told:
                batches(source, schema)
            assert not [word for word in PLANTED if word in f"{told.value}{told.value!r}{told.value.__dict__}"]


# The page

PAGE = Path(__file__).parents[2] / "docs" / "audience-data.md"


def test_python_in_the_page_runs(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write("email,phone\nmary@example.com,(650)555-1212\nnobody,\n", "customers.csv")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        exec(block, names)
    assert names["ready"].report.sent == 1


def test_the_page_has_every_key_and_its_rule() -> None:
    rows = re.findall(r"^\| (\w+) \| (\w*) ?\| (.+) \| (yes|no) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(key.name, key.capi, key.rule, "yes" if key.hashed else "no") for key in KEYS.values()]


# The Conversions API


def test_user_data_by_the_same_rules() -> None:
    person = {
        "EMAIL": [MARY, "nobody"],
        "ph": "(650)555-1212",
        "Date of birth": "1997-02-16",
        "country": "United States",
        "external_id": "C-1",
        "fbp": "fb.1.2.3",
        "ln": None,
    }
    told, left_out = user_data(person, default_region="US")
    assert told == {
        "em": [one("EMAIL", MARY)],
        "ph": one("PHONE", "16505551212"),
        "db": "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c",
        "country": one("COUNTRY", "us"),
        "external_id": "C-1",
        "fbp": "fb.1.2.3",
    }
    assert left_out == {"em": "not an e-mail address"}
    with pytest.raises(ParameterError, match="user_data"):
        user_data({"shoe_size": "9"})
