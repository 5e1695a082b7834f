"""Custom audiences: storage, uploads, sharing and lookalikes.

`library` creates and changes them, with `rules` for audiences of events and `lookalikes` for those of seeds; `uploads`
answers the calls that bring and take people, with `payload` for what they send, `sessions` for its order and `people`
for the stored people. `state` computes an audience's size and status, `access` its permissions and shares.
`controls` is for tests, `seeds` has the audiences of a new account.
"""
