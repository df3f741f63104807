"""What can go wrong between a sender and us, and whether trying again can help.

Transient: `TransferUnavailable` (in `tieout.errors`), `FileChangedWhileRead`, `LandingUnavailable`.
Permanent: the rest; a person has to talk to the counterparty or correct the feed.
"""

from tieout.errors import Permanent, TransferUnavailable, Transient


class FileChangedWhileRead(TransferUnavailable):
    """The sender cut, extended or replaced the file while we read it."""


class LandingUnavailable(Transient):
    """What was read cannot be kept: the disk is full or fails."""


class HostKeyChanged(Permanent):
    """The server does not show the host key that is pinned for it, or none is pinned."""


class AuthRefused(Permanent):
    """The server does not let us in with our key."""


class AccessRefused(Permanent):
    """The server lets us in, but the folder or file is not there or not ours to read."""


class FileTooLarge(Permanent):
    """The file is larger than the limit of what we take in."""
