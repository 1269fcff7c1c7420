"""The order, as far as its owner is told of it."""
