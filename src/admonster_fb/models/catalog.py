"""Product catalogs, their sets and feeds. Meta: product-catalog, product-set, product-feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from admonster_fb.models._node import Map, NamedNode, Node, Time


class ProductCatalog(NamedNode):
    """A catalog of products.

    >>> ProductCatalog.from_api({"id": "5", "name": "Shop", "product_count": 42}).product_count
    42
    """

    vertical: str | None = None
    """Kind of items, such as commerce."""
    product_count: int | None = None
    """Number of products."""


class ProductSet(NamedNode):
    """A set of products of a catalog, for ads. One without products is accepted, and its ads do not deliver.

    >>> ProductSet.from_api({"id": "6", "product_count": 0}).is_empty
    True
    """

    filter: str | None = None
    """The rule of the set as JSON text; "{}" is all products."""
    product_count: int | None = None
    """Number of products."""

    @property
    def is_empty(self) -> bool:
        """Whether Meta says that no product is in the set."""
        return self.product_count == 0


class FeedUpload(Node):
    """One reading of a product feed.

    >>> FeedUpload.from_api({"id": "8", "num_persisted_items": 2}).num_persisted_items
    2
    """

    id: str = ""
    """Meta's ID of the upload."""
    start_time: Time | None = None
    """Start of the upload."""
    end_time: Time | None = None
    """End of the upload; absent while it runs."""
    num_detected_items: int | None = None
    """Number of products in the file."""
    num_persisted_items: int | None = None
    """Number of products that were stored."""


class ProductFeed(NamedNode):
    """A feed: a file from which a catalog is filled.

    >>> ProductFeed.from_api({"id": "7", "schedule": {"interval": "DAILY"}}).schedule["interval"]
    'DAILY'
    """

    schedule: Map | None = None
    """When the file is read; each reading replaces the catalog."""


class CatalogFinding(Node):
    """Something that keeps products from ads, or an error of a feed's upload. Texts are localised.

    >>> CatalogFinding.from_api({"title": "Images", "number_of_affected_items": 2}).affected
    2
    """

    title: str | None = None
    """What is wrong, of a diagnosis."""
    summary: str | None = None
    """What is wrong, of an upload."""
    description: str | None = None
    """More about it."""
    type: str | None = None
    """Kind of finding, such as ATTRIBUTES_MISSING."""
    severity: str | None = None
    """MUST_FIX or OPPORTUNITY; of an upload fatal or warning."""
    number_of_affected_items: int | None = None
    """Number of products, of a diagnosis."""
    total_count: int | None = None
    """Number of products, of an upload."""
    diagnostics: list[Map] | None = None
    """Details, with some of the products."""

    @property
    def affected(self) -> int | None:
        """Number of products that it concerns."""
        return self.number_of_affected_items if self.number_of_affected_items is not None else self.total_count


class EventStats(Node):
    """How many events of a source matched products of a catalog.

    >>> EventStats.from_api({"total_matched_content_ids": 90, "total_unmatched_content_ids": 10}).match_rate
    90.0
    """

    event: str | None = None
    """ViewContent, AddToCart, Purchase, …"""
    event_source: Any = None
    """Pixel or app that sent the events."""
    total_matched_content_ids: int | None = None
    """Number of product IDs in the events that are in the catalog."""
    total_unmatched_content_ids: int | None = None
    """Number of product IDs in the events that are not."""

    @property
    def match_rate(self) -> float | None:
        """Share of product IDs that are in the catalog, in percent."""
        matched, others = self.total_matched_content_ids or 0, self.total_unmatched_content_ids or 0
        return round(100 * matched / (matched + others), 1) if matched + others else None


@dataclass(frozen=True, slots=True)
class CatalogHealth:
    """What keeps the products of a catalog from ads.

    >>> CatalogHealth(ProductCatalog(id="5", product_count=42)).findings
    []
    """

    catalog: ProductCatalog
    """The catalog."""
    findings: list[CatalogFinding] = field(default_factory=list)
    """What must be fixed for ads."""
    uploads: list[tuple[ProductFeed, FeedUpload | None, list[CatalogFinding]]] = field(default_factory=list)
    """Feeds with their last upload and its errors."""
    events: list[EventStats] = field(default_factory=list)
    """Match of events and products, by event source."""
    notes: list[str] = field(default_factory=list)
    """What could not be read."""
