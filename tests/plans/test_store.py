"""Both stores of plans keep the same promises; a folder also between processes."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import types
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tables import table

from admonster_fb.bot.plans.plan import (
    LIFETIME,
    Plan,
    canonical,
    content,
    digest,
    example,
    from_json,
    is_unmodified,
    with_content_id,
)
from admonster_fb.bot.plans.store import RETENTION, BudgetRaise, FolderPlans, MemoryPlans, PlanTampered
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import Money

NOW = example().made


def plan(minutes: float = 0, **fields: object) -> Plan:
    """A plan made so many minutes after `NOW`, which expires 15 minutes later."""
    made = NOW + timedelta(minutes=minutes)
    return with_content_id(
        dataclasses.replace(example(), made=made, expires=made + timedelta(minutes=15), **fields)  # type: ignore[arg-type]
    )


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryPlans:
    return MemoryPlans() if request.param == "memory" else FolderPlans(tmp_path / "deep" / "plans")


def test_a_plan_is_stored_and_deleted(store: MemoryPlans) -> None:
    ours = plan()
    store.put(ours)
    assert store.get(ours.id) == ours
    assert store.get(plan(1).id) is None
    assert store.delete(ours.id) is True
    assert store.delete(ours.id) is False
    assert store.get(ours.id) is None


def test_a_plan_is_marked_once_and_leaves_the_list(store: MemoryPlans) -> None:
    later, sooner = plan(2), plan(1)
    for each in (sooner, later):
        store.put(each)
    assert [each.id for each in store.all()] == [sooner.id, later.id]
    assert not store.is_applied(sooner.id)
    assert store.mark_applied(sooner.id) is True
    assert store.mark_applied(sooner.id) is False
    assert store.is_applied(sooner.id)
    assert not store.is_applied(later.id)
    assert store.all() == [later]


def test_raises_are_remembered_for_a_day(store: MemoryPlans) -> None:
    def raised(hours: float) -> BudgetRaise:
        return BudgetRaise("1", "daily_budget", 2000, NOW + timedelta(hours=hours))

    for hours in (0, 1, 2):
        store.add_raise(raised(hours))
    assert store.raises(NOW - timedelta(hours=1)) == [raised(0), raised(1), raised(2)]
    assert store.raises(NOW + timedelta(hours=1)) == [raised(2)], "after that time, not at it"


def test_memory_forgets_what_expired_or_was_raised_more_than_a_day_ago() -> None:
    store = MemoryPlans()
    old, young = plan(0), plan(60)
    store.put(old)
    store.put(young)
    store.put(plan(15 + 24 * 60))
    assert store.get(old.id) is None
    assert store.get(young.id) == young
    first = BudgetRaise("1", "daily_budget", 1, NOW)
    store.add_raise(first)
    store.add_raise(dataclasses.replace(first, at=NOW + timedelta(hours=1)))
    store.add_raise(dataclasses.replace(first, at=NOW + RETENTION))
    assert len(store.raises(NOW - RETENTION)) == 2
    assert timedelta(days=1) == RETENTION


def test_a_folder_lists_the_oldest_first_with_those_in_memory(tmp_path: Path) -> None:
    store = FolderPlans(tmp_path)
    plans = [plan(3), plan(1, private=True), plan(2)]
    for each in plans:
        store.put(each)
    assert [each.made for each in store.all()] == sorted(each.made for each in plans)
    private = plans[1]
    assert not [*tmp_path.glob(f"{private.id}*")]
    assert store.get(private.id) == private
    assert store.mark_applied(private.id)
    assert private not in store.all()
    assert store.delete(private.id) is True


def test_a_folder_has_files_of_its_owner_only_and_whole_ones(tmp_path: Path) -> None:
    store = FolderPlans(tmp_path / "plans")
    ours = plan()
    store.put(ours)
    store.mark_applied(ours.id)
    store.add_raise(BudgetRaise("1", "daily_budget", 1, NOW))
    with store.lock():
        pass
    assert [path for path in (tmp_path / "plans").iterdir() if path.stat().st_mode & 0o077] == []
    assert (tmp_path / "plans").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "plans" / f"{ours.id}.json").read_text()) == content(ours)


def test_old_files_go_and_others_stay(tmp_path: Path) -> None:
    store = FolderPlans(tmp_path)
    old, young = plan(1), plan(2)
    for each, days in ((old, 2.1), (young, 1.9)):
        store.put(each)
        time = (tmp_path / f"{each.id}.json").stat().st_mtime - days * 86_400
        os.utime(tmp_path / f"{each.id}.json", (time, time))
    (tmp_path / "other.json").write_text("{}")
    os.utime(tmp_path / "other.json", (1, 1))
    store.put(plan(3))
    assert store.get(old.id) is None
    assert store.get(young.id) == young
    assert (tmp_path / "other.json").exists()


@table("text", ["", "[]", "{}", '{"made": 1}', '"x"', "{", "null"], fresh=True)
def test_a_file_that_is_no_plan_is_tampered_with(tmp_path: Path, text: str) -> None:
    store = FolderPlans(tmp_path)
    (tmp_path / "plan_1.json").write_text(text)
    with pytest.raises(PlanTampered):
        store.get("plan_1")
    assert store.all() == []


@table("name", ["../plan_1", "plan_../x", "plan_", "plan_²", "other", "", "plan_1.json"], fresh=True)
def test_only_an_id_becomes_part_of_a_path(tmp_path: Path, name: str) -> None:
    store = FolderPlans(tmp_path / "plans")
    for outside in (tmp_path / "plan_1.json", tmp_path / "plans" / "plan_.json", tmp_path / "plans" / "other.json"):
        outside.write_text(json.dumps(content(plan())))
    (tmp_path / "plan_1.applied").touch()
    assert store.get(name) is None
    assert not store.is_applied(name)
    assert store.delete(name) is False
    assert (tmp_path / "plan_1.json").exists()


def test_damaged_lines_of_raises_are_ignored(tmp_path: Path) -> None:
    store = FolderPlans(tmp_path)
    ours = BudgetRaise("1", "daily_budget", 2000, NOW)
    store.add_raise(ours)
    with (tmp_path / "raises.jsonl").open("a") as file:
        file.write('["1"]\n5\n["1", "daily_budget", "x", "y"]\n["1", "dai')
    store.add_raise(ours)
    assert store.raises(NOW - RETENTION) == [ours, ours]


@pytest.mark.parametrize("shared", [True, False], ids=["one store", "two stores of a folder"])
def test_one_thread_at_a_time_holds_the_lock(tmp_path: Path, shared: bool) -> None:
    first = FolderPlans(tmp_path)
    excludes(first.lock, (first if shared else FolderPlans(tmp_path)).lock)


def test_one_thread_at_a_time_holds_the_lock_of_memory() -> None:
    store = MemoryPlans()
    excludes(store.lock, store.lock)


def excludes(first: Callable[[], object], second: Callable[[], object]) -> None:
    entered = threading.Event()

    def enter() -> None:
        with second():  # type: ignore[attr-defined]
            entered.set()

    with first():  # type: ignore[attr-defined]
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(10)
    thread.join()


def test_every_write_to_memory_waits_for_the_others() -> None:
    store = MemoryPlans()
    writes: list[Callable[[], object]] = [
        lambda: store.put(plan()),
        lambda: store.mark_applied("plan_1"),
        lambda: store.delete("plan_1"),
        lambda: store.add_raise(BudgetRaise("1", "daily_budget", 1, NOW)),
    ]
    for write in writes:
        with store._data_lock:
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(0.1)
            assert thread.is_alive()
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.thorough
def test_one_process_at_a_time_holds_the_lock(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from admonster_fb.bot.plans.store import FolderPlans\n"
        "with FolderPlans(Path(sys.argv[1])).lock():\n print('in', flush=True); sys.stdin.readline()"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "in\n"
        entered = threading.Event()

        def enter() -> None:
            with FolderPlans(tmp_path).lock():
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.3)
        other.stdin.write("\n")
        other.stdin.flush()
        assert entered.wait(10)
        thread.join()


def test_the_id_stands_for_every_field() -> None:
    ours = plan()
    other: dict[str, object] = {"made": NOW, "expires": NOW, "changes": (), "private": True, "full": True, "adds": 1}
    other |= {"done": ours.changes, "delivers": ours.changes}
    for field in dataclasses.fields(Plan):
        if field.name == "id":
            continue
        value = other.get(field.name, ("x",) if field.name in ("kinds", "warnings") else "x")
        changed = dataclasses.replace(ours, **{field.name: value})  # type: ignore[arg-type]
        if getattr(ours, field.name) != value:
            assert not is_unmodified(changed), field.name
    assert is_unmodified(ours)
    assert is_unmodified(from_json(ours.id, json.loads(json.dumps(content(ours)))))
    assert len(ours.id) == len("plan_") + 20


def test_a_plan_lives_for_a_quarter_of_an_hour_and_shows_no_arguments() -> None:
    assert timedelta(minutes=15) == LIFETIME
    hidden = plan(arguments={"emails": ["mary@example.com"]}, state={"x": "mary"}, files={"y": "mary"}, nonce="mary")
    assert "mary" not in repr(hidden)
    assert "full" not in repr(hidden)
    with pytest.raises(dataclasses.FrozenInstanceError):
        hidden.adds = 0  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        BudgetRaise("1", "daily_budget", 1, NOW).before = 2  # type: ignore[misc]


def test_canonical_json_has_one_form_for_each_value() -> None:
    rows: list[tuple[object, str]] = [
        ({"b": 1, "a": [2, 1]}, '{"a":[2,1],"b":1}'),
        (Money("50.00 USD"), '"50.00 USD"'),
        (Money("5000 JPY"), '"5000 JPY"'),
        (NOW, '"2026-11-01T12:00:00+00:00"'),
        (NOW.date(), '"2026-11-01"'),
        (Campaign(id="1", name=None), '{"id":"1","name":null}'),
        (types.MappingProxyType({"a": 1}), '{"a":1}'),
        ((2, 1), "[2,1]"),
        ({"b", "a", "c"}, '["a","b","c"]'),
        (frozenset({"b", "a", "c"}), '["a","b","c"]'),
        (Path("a/b"), '"a/b"'),
        ("é", '"é"'),
    ]
    assert not [row for row in rows if canonical(row[0]) != row[1]]
    with pytest.raises(TypeError, match="object cannot be part of a plan"):
        canonical(object())
    assert digest("\ud800") != digest("?")
