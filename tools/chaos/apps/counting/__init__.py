"""Counters that are counted up here, and followed by whoever reads the events."""
