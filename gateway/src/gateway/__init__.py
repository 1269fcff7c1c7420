"""The service gateway.  Owned by the template."""

from . import chassis as chassis  # before nexios, whoever imports it: see there
