"""The truth in Valkey, for any number of replicas: each keeps a view of it and hears every change.

Keys, all of which begin with `registry:`
    revision    the number of the last change
    instances   a hash: id -> "<its revision> <the instance>"
    places      a hash: "<name> <url>" -> id
    changes     a stream: the entry of revision 7 is 7-0
    checks      a stream: what checks found, a batch an entry
    beats       a set: who sent a heartbeat since whoever keeps watch looked last
    keeper      the replica that keeps watch, for a few seconds
    left:<id>, left:<name> <url>   tombstones, for a while

The memory is named (`epoch`) by the run of the Valkey that holds it: one that started again may
have lost its last second, so that nobody may go on from a revision of before.
"""
