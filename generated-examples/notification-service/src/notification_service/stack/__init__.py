"""The stack: which services run, as the registry sees it, for admins who look at it live."""
