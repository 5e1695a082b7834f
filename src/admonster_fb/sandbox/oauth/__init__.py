"""Signing in: the dialog, the exchange of its code, tokens inspected, prolonged and ended, and what users granted.

Sources: `docs/meta-rules.md`, Login and tokens, and recordings; each module says what neither shows.
"""
