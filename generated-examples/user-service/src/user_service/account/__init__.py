"""The account: who somebody is here, from registration to erasure."""
