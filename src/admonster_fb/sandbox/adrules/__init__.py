"""Ad rules: stored in an account's library, run by the sandbox's clock or by a call, with their results in a history.

`properties` has the words of rules and what a filter reads of objects, `checks` what is refused, `matching` which
objects pass, `running` when rules run, what they do and what is recorded of it. `library` answers calls.
"""
