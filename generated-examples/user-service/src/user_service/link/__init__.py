"""Links that are mailed: each opens one door, once, for a while."""
