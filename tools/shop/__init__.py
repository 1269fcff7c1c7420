"""The running shop as its customers and its staff meet it, and what must always be true of it."""
