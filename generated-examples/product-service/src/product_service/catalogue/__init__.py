"""The catalogue: how customers and other services find products."""
