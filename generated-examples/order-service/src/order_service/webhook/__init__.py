"""The webhook: what the payment provider tells by itself, at least once and in any order."""
