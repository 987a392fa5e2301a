"""What is measured by hand: how fast fixes are made, and that nothing is lost when they are interrupted."""
