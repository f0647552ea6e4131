"""The benchmark driver, one concept per file. See ../README.md."""
