"""The service product-service.  Owned by the template."""

from . import chassis as chassis  # before nexios, whoever imports it: see there
