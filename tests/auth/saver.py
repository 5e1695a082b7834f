"""A process that is killed while it writes to the store: started by test_killed.

`held`: stop right before the new file takes the place of the old one, say so, and wait to be killed.
`busy`: save one token after the other until then.
"""

from __future__ import annotations

import itertools
import os
import sys
import time

from admonster_fb import FileStore
from admonster_fb.auth.token import Token
from admonster_fb.redaction import Secret


def main(path: str, how: str) -> None:
    store = FileStore(path)
    if how == "held":
        os.replace = _never
        store.save("ann", Token(Secret("sandbox-00000000000000000bad")))
    for number in itertools.count():
        store.save("ann", Token(Secret(f"sandbox-{number:024x}"), scopes=("ads_read",) * (number % 7) * 1000))
        if not number:
            print("writing", flush=True)


def _never(*_: object, **__: object) -> None:
    print("writing", flush=True)
    time.sleep(60)
    raise AssertionError("nobody killed this process")


if __name__ == "__main__":
    main(*sys.argv[1:])
