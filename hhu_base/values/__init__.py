"""Small and pure: what a value may be, for REST, forms, pages and rules alike."""
