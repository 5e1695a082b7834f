"""A/B tests and lift studies: kept and read back.

Delivery takes no notice of them: audiences are not divided, and nothing decides a winner. `parts` says what is in a
study and its cells, `checks` what is refused, `calls` answers.
"""
