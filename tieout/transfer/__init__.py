"""Files in: SFTP and folders, the landing store that keeps every byte, the register of what arrived."""
