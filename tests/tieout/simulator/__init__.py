"""The simulator: its world, its files, what it plants, and whether others can read it."""
