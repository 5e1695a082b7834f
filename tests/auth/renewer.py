"""One of many processes that find the same token due: started by test_processes, told to begin by a line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from admonster_fb import FacebookAds, FileStore, Login, Settings


def main(endpoint: str, path: str, how: str) -> None:
    login = Login("1234", os.environ["APP_SECRET"], "http://localhost/callback", settings=Settings(endpoint=endpoint))
    fb = FacebookAds.from_store(FileStore(Path(path)), "ann", login=login)
    tokens = fb.token.tokens
    assert tokens is not None
    tokens.reload()
    print("ready", flush=True)
    sys.stdin.readline()
    if how == "renew":
        fb.token.renew()
    fb.api.call("GET", "me")
    kept = tokens.store.load("ann")
    print(kept.expires_at if kept else None, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
