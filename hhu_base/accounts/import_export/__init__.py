"""Bringing many people in from a table, and handing them out as one.

The rules take a session and rows, so that the command line and the admin pages share them.
"""
