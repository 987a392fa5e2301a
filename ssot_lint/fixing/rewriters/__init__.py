"""Rewriters: one statement in, the same statement with other names out. Text only; where it stands is the plan's."""
