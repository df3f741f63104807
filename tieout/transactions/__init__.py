"""The transaction core: rules of payments as data and pure functions, shared online and in the batch."""
