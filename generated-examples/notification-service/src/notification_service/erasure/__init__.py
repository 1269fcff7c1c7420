"""Erasure and export: what is kept of a user here, forgotten or shown."""
