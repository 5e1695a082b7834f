"""A launch in which one thing fails: after `resume` it is whole and nothing is twice, after `rollback` nothing is left.

Exhaustive: in a launch of 1 campaign, 2 ad sets and 4 ads with pictures every request fails once in every way that the
sandbox knows (in ways that are alike, every third), and the first item of every batch in each way that is an item's
own; and the process dies at every request, before and after Meta heard it. With EXHAUSTIVE=1 in the environment every
item fails in every way (that is four minutes on two cores). What exists is counted in the sandbox's own memory.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fault_world as world
from fault_world import COUNTS, FAULTS, Chance, Killed, Wire, connect

from admonster_fb import FacebookAds, FacebookAdsError, LaunchStopped, OutcomeUnknown
from admonster_fb.models.launch import kind_of
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.faults.faults import Failure, Fault, LostResponse, NullItem, Ok200
from admonster_fb.workflows.launch import launch, resume, rollback

pytestmark = pytest.mark.thorough

QUICK = ("LostResponse", "Truncated", "NullItem after", "GraphError(190)")
"""Ways of failing that are tried in the quick run too, at every fifth part."""
ALIKE = re.compile(r"Http\(502\)|GraphError\((2|4|10|613|368|80004/\d+)\)|Ok200\((17|100)\)")
"""What a launch takes as another way here (500, 1, 17, 190): tried at every third part."""
ITEMS = (NullItem, Failure, Ok200, LostResponse)
"""Ways in which one item of a batch fails and the others do not; a connection breaks for all of them."""
EDGES = {
    "Campaign": "campaign",
    "AdSet": "adsets",
    "Ad": "ads",
    "AdCreative": "creatives",
    "AdImage": "images",
}
EMPTY: dict[str, list[Any]] = {kind: [] for kind in COUNTS}


@cache
def spec() -> dict[str, Any]:
    """Return the launch; its pictures are written once."""
    return world.tree(Path(tempfile.mkdtemp()))


class Trial:
    """One launch in which something goes wrong, and what becomes of it."""

    def __init__(self, folder: Path, chance: Chance | None = None, **dying: Any) -> None:
        self.sandbox = Sandbox(history=0)
        self.before = {*self.sandbox.kinds()}
        self.journal = folder / "launch.journal"
        self.journal.unlink(missing_ok=True)
        self.chance = chance or Chance()
        self.wire = Wire(self.sandbox, at_death=self._remember, **dying)
        self.written: bytes | None = None
        self.ended = self._launched()

    def _remember(self) -> None:
        self.written = self.journal.read_bytes() if self.journal.exists() else b""

    def _launched(self) -> Any:
        self.sandbox.faults.chance = self.chance
        try:
            return launch(connect(self.sandbox, self.wire), "act_1", spec(), journal=self.journal)
        except (FacebookAdsError, Killed) as error:
            return error
        finally:
            self.sandbox.faults.chance = None
            if self.written:  # whoever is dead writes nothing more
                self.journal.write_bytes(self.written)
            elif self.wire.dead:
                self.journal.unlink(missing_ok=True)

    def then(self, act: Callable[[FacebookAds, Path], Any]) -> None:
        """Go on in another process. Where there is no journal nothing was made, and the launch begins anew."""
        if self.journal.exists():
            act(connect(self.sandbox), self.journal)
            return
        assert self.made == EMPTY
        if act is complete:
            launch(connect(self.sandbox), "act_1", spec(), journal=self.journal)

    def ended_well(self) -> bool:
        """Whether it is complete and its journal names all there is: a rollback then does as after a clean launch."""
        if getattr(self.ended, "state", "") != "complete":
            return False
        written = self.journal.read_text()
        new = [id for id, kind in self.sandbox.kinds().items() if id not in self.before and kind in COUNTS]
        return all(id.rpartition(":")[2] in written for id in new)

    @property
    def made(self) -> dict[str, list[Any]]:
        """What exists now."""
        assert world.active(self.sandbox, self.before) == []
        return world.made(self.sandbox, self.before)


@cache
def clean() -> tuple[dict[str, list[Any]], tuple[str, ...], int]:
    """Return what a launch without faults makes, what could have failed in it, and its number of requests."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder))
    assert getattr(trial.ended, "state", trial.ended) == "complete"
    return trial.made, tuple(trial.chance.parts), trial.wire.requests


def whole(trial: Trial) -> str:
    """Return what is missing or too much; nothing if all is as after a clean launch."""
    trial.then(complete)
    return _difference(trial.made, clean()[0])


def complete(fb: FacebookAds, journal: Path) -> None:
    """Resume a launch. What may exist and does not show is sent again only once a person has looked."""
    try:
        resume(fb, journal)
    except LaunchStopped as stopped:
        assert all(isinstance(error, OutcomeUnknown) for error in stopped.launched.failed.values())  # noqa: PT017
        assert "resume with send_again" in str(stopped)  # noqa: PT017
        resume(fb, journal, send_again=True)


def gone(trial: Trial) -> str:
    """Return what is left of a launch that was taken back and is neither named as left alone nor as unknown."""
    named: list[Any] = []
    trial.then(lambda fb, journal: named.append(rollback(fb, journal)))
    made = trial.made
    for launched in named:
        known = {kind_of(place) for place in (*launched.left, *launched.unknown)}
        known |= {"adsets", "ads"} if "campaign" in known else set()
        made = {kind: [] if EDGES[kind] in known else each for kind, each in made.items()}
    return _difference(made, EMPTY)


def _difference(found: dict[str, list[Any]], expected: dict[str, list[Any]]) -> str:
    return "; ".join(
        f"{kind}: {len(found[kind])} of {len(expected[kind])}" for kind in COUNTS if found[kind] != expected[kind]
    )


def chosen(fault: Fault) -> list[int]:
    """Return which parts fail: every request, and of each batch the first item, or every one in every way."""
    parts = clean()[1]
    if "EXHAUSTIVE" in os.environ:
        return [*range(len(parts))]
    first = [at for at, part in enumerate(parts) if part == "item" and parts[at - 1] != "item"]
    requests = [at for at, part in enumerate(parts) if part != "item"]
    return sorted(requests + first) if isinstance(fault, ITEMS) else requests


def each(folder: Path, fault: Fault, step: int = 1) -> list[str]:
    """Let parts fail in one way, in turn; return what was not whole or not gone."""
    wrong, met, rolled_back = [], 0, False
    for at in chosen(fault)[::step]:
        part = clean()[1][at]
        if part not in fault.fits:
            continue
        ended_well = False
        for name, becomes in (("resumed", whole), ("rolled back", gone)):
            if becomes is gone and ended_well and rolled_back:
                continue
            trial = Trial(folder, Chance(fault, at))
            met += trial.chance.met
            ended_well, rolled_back = trial.ended_well(), rolled_back or becomes is gone
            if problem := becomes(trial):
                wrong.append(f"{fault} at {at} ({part}), {name}: {problem} [{trial.ended!r}]")
    assert met
    return wrong


def test_a_clean_launch_makes_the_tree() -> None:
    made, parts, requests = clean()
    assert {kind: len(each) for kind, each in made.items()} == COUNTS
    assert requests <= 12
    assert len(parts) > sum(COUNTS.values()) - COUNTS["AdImage"]


def test_every_fault_of_the_sandbox_is_among_those() -> None:
    assert {type(fault).__name__ for fault in FAULTS.values()} == {each.__name__ for each in Fault.__subclasses__()}


@pytest.mark.parametrize("name", QUICK)
def test_some_parts_fail(name: str, tmp_path: Path) -> None:
    assert each(tmp_path, FAULTS[name], step=5) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_every_request_fails_in_every_way(name: str, tmp_path: Path) -> None:
    assert each(tmp_path, FAULTS[name], step=3 if ALIKE.match(name) and "EXHAUSTIVE" not in os.environ else 1) == []


@pytest.mark.slow
@pytest.mark.parametrize("heard", [False, True], ids=["before Meta heard", "after Meta heard"])
@pytest.mark.parametrize("becomes", [whole, gone])
def test_the_process_dies_at_every_request(heard: bool, becomes: Callable[[Trial], str], tmp_path: Path) -> None:
    for number in range(clean()[2]):
        trial = Trial(tmp_path, dies_at=number, heard=heard)
        assert isinstance(trial.ended, Killed)
        assert (number, becomes(trial)) == (number, "")
