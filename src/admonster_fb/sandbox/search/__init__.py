"""Search for targeting options."""
