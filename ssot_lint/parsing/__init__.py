"""Bytes to syntax trees, and the workers that do it."""
