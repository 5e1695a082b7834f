"""Custom audiences, their users, and saved audiences."""
