"""Targeting specs, a builder for them, and search results."""
