"""Custom audiences: storage, uploads, sharing and lookalikes.

`library` creates, changes and shares them, with `rules` for audiences of events and `lookalikes` for those of seeds;
`uploads` answers the calls that bring and take people, and `people` holds them. `state` has the words of audiences,
their upload sessions, their size and status, and who may change them.
"""
