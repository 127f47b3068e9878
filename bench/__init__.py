"""Benchmarks of tacit beside its peers, on one neutral workload. README.md says what and how."""
