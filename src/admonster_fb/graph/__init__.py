"""The transport: it alone knows tokens, retries, errors and pages."""
