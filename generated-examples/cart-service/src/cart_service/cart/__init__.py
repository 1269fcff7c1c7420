"""The cart: its rules, its use cases, its rows and its routes."""
