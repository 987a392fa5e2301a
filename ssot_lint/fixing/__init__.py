"""Repairs: intents to edits, edits to files."""
