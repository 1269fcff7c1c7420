"""Servers and supervision for work on one machine: PostgreSQL and Valkey without Docker."""
