"""Which collation makes MariaDB and MySQL compare text as SQLite and Polars do: byte by byte."""


def binary_collation(server: str) -> str:
    """Return the collation of this server that compares bytes and does not pad with spaces.

    Args:
        server: what the server says about itself, as `10.11.6-MariaDB`.
    """
    return "utf8mb4_nopad_bin" if "mariadb" in server.lower() else "utf8mb4_0900_bin"
