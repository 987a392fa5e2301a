"""From one file to facts."""
