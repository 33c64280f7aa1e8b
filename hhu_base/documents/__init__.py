"""What is inside files that somebody sent: read in a process of its own, which may die of them.

``reader`` is the side of those who want to know; all else runs in that process only
(``python -m hhu_base.documents``), and imports no more than it needs.
"""
