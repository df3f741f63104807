"""The pages, without and with a browser."""
