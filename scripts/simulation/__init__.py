"""A simulation of the queue of reservations: ``scripts/scaling``, for ``docs/scaling.md``."""
