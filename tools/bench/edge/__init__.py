"""The gateway beside nginx, HAProxy, Caddy and two proxies in Python, one core for each.

Ours checks tokens and counts against limits; the others check nothing.
"""
