"""A/B tests and lift studies: they are stored and returned.

Delivery ignores them: audiences are not split, and no winner is determined. `checks` reads and validates a
study and its cells, `checks` what is refused, `calls` answers.
"""
