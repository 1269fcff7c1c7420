"""The quote: what a cart costs now, to the cent, as an order takes it."""
