"""The pictures of the real pages that the documents show, so that they can be renewed."""
