"""Launches against a sandbox in which one call in five fails: nothing twice, nothing lost, nothing unreported."""

from __future__ import annotations

import pytest
import trees
from explore import examples

from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(20))
def test_no_duplicates_no_losses_no_orphans(seed):
    count = examples(12)
    sandbox = Sandbox(seed=seed + 1, history=0)
    outcome = trees.run(sandbox, count, seed=seed, rate=0.2)
    assert outcome.crashes == []
    assert (outcome.duplicates, outcome.lost, outcome.orphans) == (0, 0, 0)
    assert outcome.whole + outcome.reported == count
    assert outcome.whole >= 0.2 * count  # three in eight faults leave a create unknown, which nobody sends again
    assert sum(sandbox.faults_met.values()) >= count / 5
