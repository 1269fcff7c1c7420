"""Kill parts of a running system at random, and prove that nothing was lost: `nox -s chaos`."""
