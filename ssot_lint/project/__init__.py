"""The project: modules, names, and what every import resolves to."""
