"""Custom audiences: kept, filled, shared, and grown into lookalikes.

`library` creates and changes them, with `rules` for audiences of events and `lookalikes` for those of seeds; `uploads`
answers the calls that bring and take people, with `payload` for what they send, `sessions` for its order and `people`
for what is held. `state` says what an audience tells of itself, `sharing` who else may use it, `lists` what edges list.
`knobs` is what a test sets and asks, `private` what the journal leaves out, `seeds` what a fresh account has.
"""
