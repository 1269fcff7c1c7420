"""What the gateway knows, for the people who run it."""
