"""What people look up: the questions that the pages and the command line ask, as database queries.

Read-only. A query takes a connection and returns plain values; nothing here knows HTML, and the
wording and number format that the pages and the command line share live in `wording` and `reasons`.
"""
