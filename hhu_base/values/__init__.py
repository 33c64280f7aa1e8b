"""Small and pure: what a value is, for the standard library and colander only."""
