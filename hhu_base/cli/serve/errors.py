"""What stops a start and is for people to read."""


class EmbeddedError(RuntimeError):
    """The services can't run; the message says why, in Chinese, and what to do about it."""
