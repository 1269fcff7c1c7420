"""What becomes of carts that nobody comes back to: told, expired, forgotten."""
