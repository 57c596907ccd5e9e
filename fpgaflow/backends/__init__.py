"""Emulator and code generators."""
