"""Sign in as a bot in the cloud does: a link for the user, what comes back, and a token that renews itself."""
