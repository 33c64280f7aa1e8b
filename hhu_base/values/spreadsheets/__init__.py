"""Spreadsheets as their programs show them."""
