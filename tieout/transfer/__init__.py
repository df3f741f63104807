"""Files in: SFTP and folders, the landing store that keeps every byte, the register of arrivals.

A file is data of somebody else. It is read to a temporary file, proven complete and unchanged, put
into the landing store under the hash of its bytes, and only then registered, in one transaction.
Its name never becomes a path on our side.
"""
