"""Signing in: the dialog, the exchange of its code, tokens inspected, prolonged and ended, and what users granted.

Source: `api_facts.md` section 9 and recordings of tokens and refusals; what neither shows is told in each module.
"""
