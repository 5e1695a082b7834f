"""The edge `insights`: queries, reports, exports and syncs."""
