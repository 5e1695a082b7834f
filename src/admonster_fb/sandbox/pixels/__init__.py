"""Pixels and what they receive.

`library` has pixels and who shares them, `lists` what edges list, `conversions` custom conversions, `events` the
Conversions API with `checks` for what it refuses, `signals` what was received, `web` what browsers of visitors sent in
the past, `stats` all of it counted.
"""
