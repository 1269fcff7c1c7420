"""Sagas: work in small steps, each repeatable, with a call to another service in most of them.

    ask     outside any transaction, and so often as it takes: the others have one effect
    save    in one transaction: the order and what the others know of it, and the step that is next

A saga is a row with a lease.  Whoever holds the lease does the next step; if it is killed anywhere,
any replica goes on once the lease has ended, by asking the same again.
"""
