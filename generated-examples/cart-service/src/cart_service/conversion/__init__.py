"""The conversion: what was paid for leaves the cart."""
