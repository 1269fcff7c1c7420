"""The product as this service knows it: a copy of what the catalogue says."""
