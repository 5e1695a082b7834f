"""Pixels and what they receive.

`library` has pixels, their shares, the calls of the Conversions API and custom conversions, `checks` what is refused of
events, `stats` what was received, from servers and from the browsers of visitors, counted, and its quality.
"""
