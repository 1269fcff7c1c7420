"""A forgotten password, and a new one."""
