"""The error tree: what went wrong, whether trying again can help, and which exit code says so.

    TieoutError                    exit 1
    ├── Permanent                  trying again changes nothing
    │   ├── UsageError             exit 2: the command or the configuration is wrong
    │   ├── IntegrityError         exit 6: a file, a total or a chain contradicts itself
    │   │   └── ProofFailed        the run's own proof does not close
    │   └── PartitionHeld          exit 5: another run holds the partition
    │       └── RunSuperseded      a newer run has taken the partition; nothing of this one counts
    └── Transient                  exit 75: try again later
        ├── DatabaseUnavailable
        ├── StorageUnavailable     a folder of ours cannot be read or written
        └── TransferUnavailable

Other packages derive their own errors from these branches; a branch that belongs to one package
(`parsers.errors`) lives there.
"""


class TieoutError(Exception):
    """Base of all our errors: `message` says what happened, `hint` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Permanent(TieoutError):
    """Trying again changes nothing."""


class UsageError(Permanent):
    """The command line or the configuration is wrong."""

    exit_code = 2


class PartitionHeld(Permanent):
    """Another run holds the partition."""

    exit_code = 5


class RunSuperseded(PartitionHeld):
    """A newer run has taken the partition: nothing that this run computed takes effect."""


class IntegrityError(Permanent):
    """Something contradicts what it says about itself."""

    exit_code = 6


class ProofFailed(IntegrityError):
    """A proof of the run does not close: a row or a cent would be lost."""


class Transient(TieoutError):
    """The same command may succeed later."""

    exit_code = 75


class DatabaseUnavailable(Transient):
    """The database does not answer."""


class StorageUnavailable(Transient):
    """A folder of the workspace cannot be read or written: rights, a full or a failing disk."""


class TransferUnavailable(Transient):
    """The file server does not answer, or broke off in the middle."""
