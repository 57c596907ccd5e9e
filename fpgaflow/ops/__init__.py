"""Operators, one file each, with all their faces."""
