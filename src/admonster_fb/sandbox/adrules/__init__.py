"""Ad rules: stored in an account's library, run by the sandbox's clock or by a call, with their results in a history.

`constants` and `checks` define what is refused, `metrics` and `properties` what a filter reads, `matching` which
objects pass, `changes` what a rule does to them, `running` when, `history` what is recorded. `library` handles the
answer calls.
"""
