"""What edges of audiences list: those of an account with those shared with it, and what hangs on one."""

from __future__ import annotations

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences import constants as words
from admonster_fb.sandbox.audiences import sessions
from admonster_fb.sandbox.audiences.access import SHARED
from admonster_fb.sandbox.store import Node, Store
from admonster_fb.sandbox.validation.case import listed
from admonster_fb.sandbox.world import Call

USED_IN = ("custom_audiences", "excluded_custom_audiences")


def of_account(call: Call, account: Node) -> list[Node]:
    """Return the audiences an account can use, newest first; with `pixel_id` those of one pixel."""
    own = list(call.store.children(account.id, words.AUDIENCE))
    shared = [each for each in call.store.of_kind(words.AUDIENCE) if account.id in each.hidden.get(SHARED, {})]
    pixel = call.params.get("pixel_id") if call.path.endswith("/customaudiences") else None
    found = [each for each in (*own, *shared) if pixel is None or each.data.get("pixel_id") == str(pixel)]
    return sorted(found, key=lambda each: int(each.data["time_created"]))[::-1]


def adsets_using(store: Store, audience: Node) -> list[Node]:
    """Return the ad sets that aim at an audience, or keep away from it."""
    return [adset for adset in store.of_kind("AdSet") if audience.id in _named(adset)]


def ads(call: Call, audience: Node) -> list[Node]:
    """Return the ads that use an audience, as far as the caller sees them."""
    found = [ad for adset in adsets_using(call.store, audience) for ad in call.store.children(adset.id, "Ad")]
    return [ad for ad in found if call.find(ad.id)][::-1]


def accounts(call: Call, audience: Node) -> list[Node]:
    """Return the accounts an audience is shared with, told by their bare ids."""
    wanted = call.params.get("permissions") if call.path.endswith("/adaccounts") else None
    shared: dict[str, str] = audience.hidden.get(SHARED, {})
    ids = [each.removeprefix("act_") for each, may in shared.items() if wanted in (None, may)]
    return [Node(each, words.ACCOUNT_ROW, {"id": each}) for each in ids]


def uploads(call: Call, audience: Node) -> list[Node]:
    """Return the upload sessions of an audience, newest first; with `session_id` one of them."""
    wanted = call.params.get("session_id") if call.path.endswith("/sessions") else None
    rows = [_row(call, each) for each in sessions.of(audience) if wanted in (None, "") or each["id"] == str(wanted)]
    return rows[::-1]


def _row(call: Call, session: sessions.Session) -> Node:
    """Return a session as Meta tells it: all values are text. The words of `stage` are the sandbox's own."""
    received, invalid = sessions.counts(session)
    open_still = sessions.is_open(call.world, session)
    data = {"session_id": session["id"], "num_received": received, "num_invalid_entries": invalid}
    data |= {"num_matched": (received - invalid) * words.MATCHED // 100, "progress": 0 if open_still else 100}
    data |= {"stage": "uploading" if open_still else "done", "start_time": _seconds(session["began"])}
    if session["ended"]:
        data["end_time"] = _seconds(session["ended"])
    return Node(f"{session['kind']}-{session['id']}", words.SESSION, {name: str(value) for name, value in data.items()})


def _seconds(moment: str) -> int:
    return int(times.parse(moment, "UTC").timestamp())


def _named(adset: Node) -> set[str]:
    targeting = adset.data.get("targeting") or {}
    named = [each for name in USED_IN for each in listed(targeting.get(name))]
    return {str(each.get("id")) for each in named if isinstance(each, dict)}
