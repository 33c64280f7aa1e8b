"""What REST, the back office and the coming pages share."""
