"""Ad rules: kept in an account's library, run by the sandbox's clock or by hand, their results in a history.

`words` and `checks` say what is refused, `names`, `metrics` and `properties` what a filter reads, `matching` which
objects pass, `changes` what a rule does to them, `running` when, `history` what is told of it. `library` and `lists`
answer calls.
"""
