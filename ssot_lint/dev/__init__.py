"""Tools for the people who build ssot-lint."""
