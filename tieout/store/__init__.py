"""The database side of the core: tables, transactions, and what is written together or not at all.

SQLite by default, MariaDB or MySQL when the workspace says so; the same portable SQL for all.
"""
