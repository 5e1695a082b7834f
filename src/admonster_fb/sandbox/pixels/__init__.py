"""Pixels and what they receive.

`library` has pixels, their shares and the calls of the Conversions API, `conversions` custom conversions, and
Conversions API with `checks` for what it refuses, `signals` what was received, `web` what browsers of visitors sent in
the past, `stats` all of it counted.
"""
