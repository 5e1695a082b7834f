"""Leads: read, kept up to date in a file, tested."""
