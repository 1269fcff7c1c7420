"""Who owns which path, learned from the registry."""
