"""Leads in a file: each once, however often the process is killed, whatever fails, and however the pages shift."""

from __future__ import annotations

import csv
import os
import random
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.services.leads import service
from admonster_fb.workflows.leads import count_leads

WHOLE = os.environ.get("ADMONSTER_LEADS")
"""All of them: `ADMONSTER_LEADS=100000 pytest -m slow -s -k every_lead_once tests/reliability/test_leads_sync.py`."""
COUNT = int(WHOLE or 3_000)
KILLS = 10
PERSON = {"full_name": "Ana", "email": "ana@example.com"}


class Shifts:
    """New leads come in and old ones go while leads are read."""

    def __init__(self, sandbox: Sandbox, form: str, seed: int, *, removes: bool = True) -> None:
        self.sandbox, self.form, self.chance, self.removes = sandbox, form, random.Random(seed), removes
        self.gone: set[str] = set()

    def before(self, _request: Any) -> None:
        return None

    def after(self, request: Any, response: Any) -> Any:
        if request.path.endswith("/leads") and request.method == "GET":
            self.remove(self.chance.randrange(4) if self.removes else 0)
            self.sandbox.add_leads(self.form, [PERSON] * self.chance.randrange(3), seconds=0)
        return response

    def remove(self, count: int) -> None:
        ids = self.sandbox.world.store.child_ids(self.form, "Lead")
        for _ in range(count):
            victim = self.chance.choice(ids)
            self.gone.add(victim)
            self.sandbox.remove_lead(victim)


def ids_in(store: Path) -> list[str]:
    if store.suffix == ".csv":
        with open(store, encoding="utf-8", newline="") as file:
            return [row["id"] for row in csv.DictReader(file)]
    if store.suffix == ".sqlite":
        with sqlite3.connect(store) as database:
            return [row[0] for row in database.execute("SELECT id FROM leads")]
    parquet = pytest.importorskip("pyarrow.parquet")
    return [each for part in store.glob("*.parquet") for each in parquet.read_table(part).column("id").to_pylist()]


def left(sandbox: Sandbox, form: str) -> set[str]:
    return {*sandbox.world.store.child_ids(form, "Lead")}


def child(sandbox: Sandbox, form: str, store: Path, seed: int, pipe: int) -> None:
    """Sync in a process of its own, and write a byte for each page that is stored. It removes none of the parent's."""
    sandbox.chaos(seed, 0.2)
    sandbox.hooks.append(Shifts(sandbox, form, seed, removes=False))
    with FacebookAds.sandbox(sandbox) as fb:
        try:
            fb.leads.sync(form, store, progress=lambda _new: os.write(pipe, b"."))
        except FacebookAdsError:
            os.write(pipe, b"x")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("name", ["leads.csv", "leads.sqlite"] if WHOLE else ["leads.csv", "leads.sqlite", "leads"])
def test_every_lead_once_although_killed_ten_times_with_faults_and_shifting_pages(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE_SIZE", 500 if WHOLE else 100)
    sandbox, store = Sandbox(history=0), tmp_path / name
    form = sandbox.add_form()
    first = {*sandbox.add_leads(form, [PERSON] * COUNT, seconds=2)}
    chance, shifts = random.Random(7), Shifts(sandbox, form, 99)
    for number in range(KILLS):
        reader, writer = os.pipe()
        process = os.fork()
        if not process:
            child(sandbox, form, store, number, writer)
            os._exit(0)
        os.close(writer)
        for _ in range(1 + chance.randrange(3 * COUNT // 1000 if WHOLE else 6)):
            if os.read(reader, 1) != b".":
                break
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(reader)
        shifts.remove(20)
    with FacebookAds.sandbox(sandbox) as fb:
        sandbox.chaos(99, 0.2)
        sandbox.hooks.append(shifts)
        for _ in range(4):
            try:
                fb.leads.sync(form, store)
                break
            except FacebookAdsError as error:  # a fault that is none to retry: the next run goes on
                print(error)
        sandbox.chaos_stop()
        sandbox.hooks.remove(shifts)
        fb.leads.sync(form, store)
    found = ids_in(store)
    print(f"{name}: {len(found):,} rows; {len(left(sandbox, form)):,} leads at Meta, {len(shifts.gone):,} removed")
    assert len(found) == len({*found}), "a lead is there twice"
    assert not left(sandbox, form) - {*found}, "a lead is lost"
    assert not (first - shifts.gone) - {*found}


def synced(sandbox: Sandbox, form: str, store: Path, **more: Any) -> Any:
    with FacebookAds.sandbox(sandbox) as fb:
        return fb.leads.sync(form, store, **more)


@pytest.mark.parametrize("name", ["leads.csv", "leads.sqlite"])
def test_a_row_that_was_cut_is_read_again(name: str, tmp_path: Path) -> None:
    sandbox, store = Sandbox(history=0), tmp_path / name
    form = sandbox.add_form()
    sandbox.add_leads(form, [PERSON] * 30)
    synced(sandbox, form, store)
    if store.suffix == ".csv":
        whole = store.read_bytes()
        journal = store.with_name("leads.csv.journal")
        journal.write_text(journal.read_text().replace('"size": null', f'"size": {len(whole)}'))
        store.write_bytes(whole + b'867443526090000,2026-11-01T12:00:00+00:00,"cut')
    more = sandbox.add_leads(form, [PERSON])
    assert synced(sandbox, form, store).new == 1
    found = ids_in(store)
    assert len(found) == 31 == len({*found})
    assert more[0] in found


@pytest.mark.thorough
def test_rows_that_go_between_two_pages_hide_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE_SIZE", 10)
    for seed in range(3):
        sandbox, store = Sandbox(history=0), tmp_path / f"{seed}.csv"
        form = sandbox.add_form()
        sandbox.add_leads(form, [PERSON] * 55)
        shifts = Shifts(sandbox, form, seed)
        sandbox.hooks.append(shifts)
        result = synced(sandbox, form, store)
        sandbox.hooks.clear()
        present = left(sandbox, form)
        late = {
            each
            for each in present
            if sandbox.object(each)["created_time"] >= sandbox.now().strftime("%Y-%m-%dT%H:%M:%S")
        }
        assert not (present - late) - {*ids_in(store)}
        synced(sandbox, form, store)
        assert not present - {*ids_in(store)}
        assert result.stored == result.new


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["leads.csv", "leads.sqlite"])
def test_one_call_after_a_crash_has_all_that_came_meanwhile(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE_SIZE", 10)
    sandbox, store = Sandbox(history=0), tmp_path / name
    form = sandbox.add_form()
    sandbox.add_leads(form, [PERSON] * 35)

    def crash(count: int) -> None:
        if count >= 20:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            synced(sandbox, form, store, progress=crash)
        sandbox.advance(days=1)
        sandbox.add_leads(form, [PERSON] * 25)
    synced(sandbox, form, store)
    assert {*ids_in(store)} == left(sandbox, form)


def test_what_a_killed_process_left_beside_the_file_goes(tmp_path: Path) -> None:
    sandbox, store = Sandbox(history=0), tmp_path / "leads.csv"
    form = sandbox.add_form()
    sandbox.add_leads(form, [PERSON])
    synced(sandbox, form, store)
    (draft := tmp_path / ".leads.csv.0123abcd.part").write_text(PERSON["email"])
    synced(sandbox, form, store)
    assert not draft.exists()


@pytest.mark.thorough
@table("name", ["leads.csv", "leads.sqlite", "leads"], fresh=True)
def test_answers_of_any_length_and_names_with_odd_characters_are_read_again(name: str, tmp_path: Path) -> None:
    sandbox, store = Sandbox(history=0), tmp_path / name
    keys = ["a", "a\0", "ß", "ss", "\n", 'q"', "rowid", "\ud800", ""]
    form = sandbox.add_form(questions=[{"type": "CUSTOM", "key": key} for key in keys])
    for _ in range(3):
        sandbox.add_leads(form, [{key: "x" * 200_000 if key == "a" else "v\0" for key in keys}])
        assert synced(sandbox, form, store).new == 1
    assert synced(sandbox, form, store).stored == 3


def test_new_columns_and_odd_names_lose_no_answer(tmp_path: Path) -> None:
    for name in ("leads.csv", "leads.sqlite"):
        sandbox, store = Sandbox(history=0), tmp_path / name
        form = sandbox.add_form(questions=[{"type": "EMAIL", "key": "email"}, {"type": "CUSTOM", "key": "id"}])
        sandbox.add_leads(form, [{"email": "a@example.com", "id": "own"}])
        synced(sandbox, form, store)
        odd = [{"type": "CUSTOM", "key": key} for key in ("Email", "email", "=cmd", "многое", "a,b\n")]
        sandbox.change(form, questions=odd)
        sandbox.add_leads(
            form, [{"Email": "B", "email": ["c", "d"], "=cmd": "=1+1", "многое": "да", "a,b\n": "x\r\ny"}]
        )
        assert synced(sandbox, form, store).stored == 2
        if store.suffix == ".csv":
            with open(store, encoding="utf-8", newline="") as file:
                first, second = csv.DictReader(file)
        else:
            with sqlite3.connect(store) as database:
                database.row_factory = sqlite3.Row
                first, second = map(dict, database.execute("SELECT * FROM leads ORDER BY id"))
        assert first["id_answer"] == "own"
        assert "да" in second.values()
        assert {"B", '["c", "d"]'} <= {str(value) for value in second.values()}
        assert "x\r\ny" in {str(value).removeprefix("'").replace("\n'", "\n") for value in second.values()}


def test_what_meta_no_longer_keeps_is_warned_of(tmp_path: Path) -> None:
    sandbox, store = Sandbox(history=0), tmp_path / "leads.csv"
    form = sandbox.add_form()
    sandbox.add_leads(form, [PERSON])
    assert not synced(sandbox, form, store).warnings
    sandbox.advance(days=100)
    sandbox.add_leads(form, [PERSON])
    result = synced(sandbox, form, store)
    assert result.stored == 2
    assert "90 days" in result.warnings[0]
    assert synced(sandbox, form, tmp_path / "other.csv", since="2026-01-01").warnings


def test_a_file_that_a_person_has_removed_or_changed_is_not_cut(tmp_path: Path) -> None:
    sandbox, store = Sandbox(history=0), tmp_path / "leads.csv"
    form = sandbox.add_form()
    ids = sandbox.add_leads(form, [PERSON] * 3)
    synced(sandbox, form, store)
    store.write_bytes(store.read_bytes() + b"1,by hand\r\n")
    synced(sandbox, form, store)
    assert "by hand" in store.read_text()
    store.unlink()
    assert synced(sandbox, form, store).new == 3
    assert sorted(ids_in(store)) == sorted(ids)


def test_an_account_is_the_sum_of_its_lead_ads(tmp_path: Path) -> None:
    sandbox = Sandbox()
    form = sandbox.add_form()
    ads = [ad["id"] for ad in sandbox.objects("Ad", "act_1")][:2]
    for ad in ads:
        sandbox.change(sandbox.object(ad)["adset_id"], optimization_goal="LEAD_GENERATION")
        sandbox.add_leads(form, [PERSON] * 2, ad)
    sandbox.add_leads(form, [PERSON])
    result = synced(sandbox, "act_1", tmp_path / "leads.sqlite")
    assert {*ads} <= {*result.sources}
    assert result.stored == 4


@pytest.mark.thorough
def test_one_ad_that_may_not_be_read_hides_no_other(tmp_path: Path) -> None:
    sandbox, store = Sandbox(), tmp_path / "leads.sqlite"
    form = sandbox.add_form()
    ads = [ad["id"] for ad in sandbox.objects("Ad", "act_1")][:2]
    for ad in ads:
        sandbox.change(sandbox.object(ad)["adset_id"], optimization_goal="LEAD_GENERATION")
        sandbox.add_leads(form, [PERSON] * 2, ad)
    refused = GraphError(200, message="(#200) Access has been revoked from Lead Access Manager")
    for ad in ads:
        sandbox.fail_next(f"GET {ad}/leads", refused)
        result = synced(sandbox, "act_1", store)
        assert [warning.partition(":")[0] for warning in result.warnings] == [ad], result.warnings
        sandbox.chaos_stop()
    assert result.stored == 4
    sandbox.fail_next(f"GET {ads[0]}/leads", refused)
    with pytest.raises(FacebookAdsError, match="revoked"):
        synced(sandbox, ads[0], store)


@pytest.mark.thorough
def test_a_count_has_each_lead_once_though_pages_shift() -> None:
    sandbox = Sandbox(history=0)
    form = sandbox.add_form()
    sandbox.add_leads(form, [PERSON] * 1_100)
    sandbox.hooks.append(Shifts(sandbox, form, 3, removes=False))
    with FacebookAds.sandbox(sandbox) as fb:
        found = count_leads(fb, form)
    assert found.leads == sum(found.by_ad.values()) == 1_100
    assert len(left(sandbox, form)) > 1_100
