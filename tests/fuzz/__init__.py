"""Damaged bundles under AddressSanitizer: `python -m tests.fuzz --inputs N`."""
