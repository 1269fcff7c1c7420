"""Keeping watch over the instances: heartbeats, health checks, and who is forgotten."""
