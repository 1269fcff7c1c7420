"""The keys that tokens are signed with: always two that everybody knows, changed in turn."""
