"""How much there is of a product, for who looks at it just now."""
