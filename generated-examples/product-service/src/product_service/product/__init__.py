"""The product: what it is and costs, from its making to the archive."""
