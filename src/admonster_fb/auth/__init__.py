"""Sign-in and tokens: the login link, the exchange of its code, renewal, inspection, and where tokens are kept."""
