"""Rows of performance reports, their fields and their metadata."""
