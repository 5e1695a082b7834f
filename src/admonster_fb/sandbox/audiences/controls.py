"""Controls of audiences and pixels, for tests. Part of `Sandbox`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from threading import RLock
from typing import Any

from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.audiences.people import Row
from admonster_fb.sandbox.audiences.state import FIELDS, STATUS
from admonster_fb.sandbox.world import World


class Audiences:
    """Terms, statuses and people of audiences, and the events that pixels received."""

    _lock: RLock
    world: World

    @property
    def keep_audience_rows(self) -> bool:
        """Whether uploaded rows are stored. If not, only their count and digest are, which takes no memory."""
        return self.world.people.keep_rows

    @keep_audience_rows.setter
    def keep_audience_rows(self, keep: bool) -> None:
        self.world.people.keep_rows = keep

    def audience_rows(self, audience_id: str) -> Counter[Row]:
        """Return the rows an audience holds: each a tuple of the values that came, with how often it is held.

        Invalid rows, repeated batches and removed people are not included.

        >>> Sandbox(history=0).audience_rows("120")
        Counter()
        """
        with self._lock:
            return self.world.people.rows(audience_id)

    def audience_digest(self, audience_id: str) -> tuple[int, str]:
        """Return how many rows an audience holds and a digest of them, which no order changes.

        The digest is the sum, modulo 2**64 and in hex, of the first 64 bits of BLAKE2b (`digest_size=8`, big-endian) of
        each row's values joined by U+001F.

        >>> Sandbox(history=0).audience_digest("120")
        (0, '0000000000000000')
        """
        with self._lock:
            count, digest = self.world.people.digest(audience_id)
            return count, f"{digest:016x}"

    def accept_terms(self, account: str, terms: str = "custom_audience_tos", accepted: bool = True) -> None:
        """Set whether an account has accepted terms: `custom_audience_tos` or `web_custom_audience_tos`.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.accept_terms("act_1", "custom_audience_tos", False)
        >>> form = {"name": "List", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        >>> answer = sandbox.session().post("https://graph.facebook.com/act_1/customaudiences", data=form)
        >>> answer.json()["error"]["code"]
        2663
        """
        with self._lock:
            data = self.world.store.nodes[f"act_{account.removeprefix('act_')}"].data
            data["tos_accepted"] = {**data["tos_accepted"], terms: int(accepted)}

    def audience_status(self, audience_id: str, code: int | None, fields: Iterable[str] = ()) -> None:
        """Set the code of an audience's `operation_status`; None restores the computed one.

        471 is a flagged audience, `fields` being what was found wrong with it.

        >>> sandbox = Sandbox()
        >>> audience = next(sandbox.world.store.of_kind("CustomAudience"))
        >>> sandbox.audience_status(audience.id, 471, ["name"])
        >>> url = f"https://graph.facebook.com/{audience.id}?fields=operation_status"
        >>> sandbox.session().get(url).json()["operation_status"]["code"]
        471
        """
        if code not in (None, *state.OPERATIONS):
            raise ValueError(f"no such status: {code}; there are {', '.join(map(str, state.OPERATIONS))}")
        with self._lock:
            audience = self.world.store.nodes[audience_id]
            audience.hidden[FIELDS] = list(fields)
            if code is None:
                audience.hidden.pop(STATUS, None)
            else:
                audience.hidden[STATUS] = code

    def events(self, pixel_id: str) -> list[dict[str, Any]]:
        """Return the events a pixel received by the Conversions API, as sent, oldest first.

        An event that repeats an earlier one (same `event_name` and `event_id`) also has `"duplicate": True`, and
        one sent to the test tool its `test_event_code`.

        >>> Sandbox().events("604381177220931")
        []
        """
        with self._lock:
            return deepcopy(self.world.signals.events.get(pixel_id, []))
