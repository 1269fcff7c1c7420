"""The items of the comparison, in a rendered service."""
