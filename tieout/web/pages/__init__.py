"""One module per page; each has `register(app, site)`."""
