"""Product catalogs. https://developers.facebook.com/docs/marketing-api/catalog"""

from __future__ import annotations

from itertools import islice
from typing import Unpack

from facebook_business.adobjects import business, productcatalog, productfeed, productfeedupload

from admonster_fb.errors import APIError
from admonster_fb.models import catalog as models
from admonster_fb.models.catalog import CatalogFinding, CatalogHealth, ProductCatalog, ProductSet
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, checked

SCOPES = ("ads_read|ads_management", "catalog_management")
OF_BUSINESS = (*SCOPES, "business_management")
op = ops_of("creative", "product_catalogs", reads=SCOPES)
MAX_FEEDS = 10  # the most feeds whose last upload is read


class ProductCatalogs(ListingService):
    """The edges `owned_product_catalogs` and `client_product_catalogs` of a business, and their nodes."""

    @no_op("get_catalog_health shows it")
    def get(self, catalog_id: str, *, fields: Fields = None) -> ProductCatalog:
        """Return a catalog.

        >>> fb.product_catalogs.get("1008000000000001").product_count
        42
        """
        return self._get(self._node(productcatalog.ProductCatalog, catalog_id, "catalog_id"), ProductCatalog, fields)

    @op("list_catalogs", access="read", scopes=OF_BUSINESS, then=("list_product_sets", "get_catalog_health"))
    def of_business(self, business_id: str) -> list[ProductCatalog]:
        """List the product catalogs of a business. Those that it owns, then those that its clients share.

        >>> [catalog.name for catalog in fb.product_catalogs.of_business(business_id)]
        ['Juniper shop']
        """
        node = self._node(business.Business, business_id, "business_id")
        edges = (node.get_owned_product_catalogs, node.get_client_product_catalogs)
        found = [catalog for edge in edges for catalog in self._edge(edge, ProductCatalog)]
        return [*{catalog.id: catalog for catalog in found}.values()]

    @op("list_product_sets", access="read", then=("launch_campaign", "get_catalog_health"))
    def iter(self, catalog_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[ProductSet]:
        """List the product sets of a catalog. An ad of a set without products does not deliver; carousels need 4.

        >>> [each.is_empty for each in fb.product_catalogs.iter("1008000000000001")]
        [True, False]
        """
        node = self._node(productcatalog.ProductCatalog, catalog_id, "catalog_id")
        return self._edge(node.get_product_sets, ProductSet, checked(EdgeList, params), fields)

    @op("get_catalog_health", access="read", then=("list_product_sets",))
    def health(self, catalog_id: str) -> CatalogHealth:
        """Return which products cannot run in ads, and why. Of a catalog, with feeds and the match of pixel events.

        The errors of a feed's last upload are read even if it counts none.

        >>> fb.product_catalogs.health("1008000000000001").findings[0].affected
        2
        """
        node, notes = self._node(productcatalog.ProductCatalog, catalog_id, "catalog_id"), list[str]()
        found = CatalogHealth(self.get(catalog_id), notes=notes)
        filters = {"severities": ["MUST_FIX"], "affected_channels": ["da"]}
        try:
            found.findings.extend(self._edge(node.get_diagnostics, CatalogFinding, filters, ()))
            found.events.extend(self._edge(node.get_event_stats, models.EventStats, fields=()))
            for feed in islice(self._edge(node.get_product_feeds, models.ProductFeed), MAX_FEEDS):
                uploads = self._node(productfeed.ProductFeed, feed.id, "feed_id").get_uploads
                last = next(iter(self._edge(uploads, models.FeedUpload, {"limit": 1})), None)
                errors = list[CatalogFinding]()
                if last is not None:
                    upload = self._node(productfeedupload.ProductFeedUpload, last.id, "upload_id")
                    errors += self._edge(upload.get_errors, CatalogFinding, fields=())
                found.uploads.append((feed, last, errors))
        except APIError as error:
            notes.append(error.message)
        return found
