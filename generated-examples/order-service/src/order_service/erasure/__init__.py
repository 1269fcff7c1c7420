"""Erasure and export: the rights that a person has over what is kept of her (GDPR 15, 17, 20)."""
