"""The transaction core: rules of payments as data and pure functions, for online and batch."""
