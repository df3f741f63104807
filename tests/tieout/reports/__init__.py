"""The queries behind the pages and the command line."""
