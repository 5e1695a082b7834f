"""The one app of a sandbox, and the configurations of its Facebook Login for Business."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

APP_ID = "880000000000001"
_LOCAL = re.compile(r"http://localhost(:\d{1,5})?(/[!-~]*)?")
_PLAIN = re.compile(r"[!-~]+")


@dataclass(slots=True)
class Config:
    """A login configuration (`config_id`): all of its scopes are granted, or none."""

    scopes: tuple[str, ...]
    kind: str = "USER"
    """Whose token the login ends with: USER, or SYSTEM_USER of the business."""


@dataclass(slots=True)
class App:
    """An app as its dashboard shows it. In development mode only people with a role can log in, and it makes no ads."""

    secret: str
    id: str = APP_ID
    name: str = "Sandbox Bot"
    live: bool = True
    needs_proof: bool = False
    """Whether calls without `appsecret_proof` are refused: "Require app secret"."""
    redirect_uris: list[str] = field(default_factory=list)
    """Valid OAuth redirect URIs, letter by letter. In development mode `http://localhost` needs none."""
    strangers: set[str] = field(default_factory=set)
    """Users without a role in the app."""
    not_for_app: set[str] = field(default_factory=set)
    """Scopes that exist and that this app may not ask for."""
    configs: dict[str, Config] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Return the app's own token."""
        return f"{self.id}|{self.secret}"

    def allows(self, redirect_uri: str) -> bool:
        """Return whether the dialog may come back to an address."""
        if not _PLAIN.fullmatch(redirect_uri) or "#" in redirect_uri:
            return False
        local = _LOCAL.fullmatch(redirect_uri) is not None and not self.live
        return redirect_uri in self.redirect_uris or local

    def dump(self) -> dict[str, Any]:
        """Return what can be changed, but for the secret, as JSON-ready data."""
        configs = {name: [list(config.scopes), config.kind] for name, config in self.configs.items()}
        lists = {"redirect_uris": list(self.redirect_uris), "strangers": sorted(self.strangers), "configs": configs}
        return {"name": self.name, "live": self.live, "not_for_app": sorted(self.not_for_app), **lists}

    def load(self, dumped: dict[str, Any]) -> None:
        """Restore the values that `dump` returned."""
        self.name, self.live, self.redirect_uris = dumped["name"], dumped["live"], list(dumped["redirect_uris"])
        self.strangers, self.not_for_app = set(dumped["strangers"]), set(dumped["not_for_app"])
        self.configs = {name: Config(tuple(scopes), kind) for name, (scopes, kind) in dumped["configs"].items()}


def make_secret(seed: int) -> str:
    """Return a secret that is recognizable as the sandbox's.

    >>> make_secret(1).startswith("sandbox-")
    True
    """
    return f"sandbox-{hashlib.sha256(f'app secret {seed}'.encode()).hexdigest()[:32]}"
