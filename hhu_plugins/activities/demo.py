"""demo placeholder."""


def load(session, registry) -> None:
    """Nothing yet."""
