"""Custom and saved audiences, and rules of website audiences."""
