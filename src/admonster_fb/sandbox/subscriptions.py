"""The state of webhooks: what the app and its assets have subscribed to, and the changes that wait to be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Listener = Callable[[str, dict[str, str]], tuple[int, str]]
"""Answers the verification of a callback: method and query in, status and text out."""


@dataclass
class Hooks:
    """What the app and its assets have subscribed to, and the changes that wait to be sent."""

    app: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Subscriptions of the app by object."""
    assets: dict[str, list[str]] = field(default_factory=dict)
    """Fields by Page or ad account that installed the app."""
    fine: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Subscriptions of ad accounts by id."""
    waiting: list[tuple[str, str, int, dict[str, Any]]] = field(default_factory=list)
    """Changes to send: object, id of the asset, time, change."""
    listeners: dict[str, Listener] = field(default_factory=dict)
    """Who answers at a callback URL."""
