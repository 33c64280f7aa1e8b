"""Small and pure: what a text, an address, a number is, wherever it comes from."""
