"""What must always be true of the money; one file per invariant."""
