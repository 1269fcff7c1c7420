"""Figures side by side with the peers, measured in one run: `nox -s bench`.

A suite is a module with `figures(bench)`, named in `__main__.SUITES`.
"""
