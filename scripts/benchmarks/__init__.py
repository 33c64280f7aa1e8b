"""Measurements of the running system: ``scripts/bench``.

One file a benchmark, with a function ``measure(house, is_quick)`` that returns its figures as
tables; ``BENCHMARKS`` in ``__main__.py`` lists them. ``answers.ask`` sends requests and says what each
has cost; ``machine`` is the yardstick that is shown beside each result; ``pairs`` compares checkouts.
"""
