"""The transport: the only code that sends requests."""
