"""Small and pure: what a value may be, and how it is read and shown."""
