"""The long run of tests/fuzz: see scripts/fuzz."""
