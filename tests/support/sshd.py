"""A private OpenSSH server for the tests: own host key, own user key, own folder, free port.

The server runs as whoever runs the tests and lets exactly that user in, with exactly one key, to
`internal-sftp` and nothing else. `restart_with_new_host_key` plays the counterparty (or the
attacker) whose key is no longer the pinned one.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support import processes

_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers {user}
UsePAM {pam}
UseDNS no
PrintMotd no
MaxStartups 200
MaxSessions 50
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {root}
LogLevel ERROR
"""


class SftpServer:
    """One running sshd.

    Attributes:
        host, port, username: where and as whom to log in.
        root: the local folder that a session starts in.
        private_key: the client's key file.
        known_hosts: a file that pins the host key the server was first started with.
        host_key_line: the line of that file.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tieout-sshd-"))
        self.root = self.folder / "files"
        self.root.mkdir()
        self.username = pwd.getpwuid(os.getuid()).pw_name
        self.private_key = self.folder / "user_key"
        self.known_hosts = self.folder / "known_hosts"
        self.port = processes.free_port()
        _make_key(self.private_key)
        (self.folder / "authorized_keys").write_text(_public(self.private_key))
        self._make_host_key()
        self.host_key_line = self._host_key_line()
        self.known_hosts.write_text(self.host_key_line)
        self.start()

    def start(self) -> None:
        """Start (again, on the same port) and wait until it accepts connections."""
        config, log = self.folder / "sshd_config", self.folder / "server.log"
        config.write_text(self._config())
        sshd = processes.program("sshd")
        if os.getuid() == 0:  # sshd refuses to start as root without it
            Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
        # From 9.8 on sshd shuts out an address that failed to log in, as tests do on purpose.
        penalties = ["-o", "PerSourcePenalties=no"]
        test = [sshd, "-t", "-f", str(config), *penalties]
        known = subprocess.run(test, check=False, capture_output=True).returncode == 0
        command = [sshd, "-D", "-e", "-f", str(config), *(penalties if known else [])]
        self.process = processes.start(command, log=log)
        processes.wait_until_ready(self.process, lambda: processes.answers_on(self.port), log=log)

    def stop(self) -> None:
        """Stop listening; sessions that are open end as well."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        sessions = Path(children).read_text().split() if Path(children).exists() else []
        processes.stop(self.process)
        for session in sessions:
            subprocess.run(["kill", "-9", session], check=False, capture_output=True)

    def restart_with_new_host_key(self) -> None:
        """Come back on the same port as somebody whose key is not the pinned one."""
        self.stop()
        (self.folder / "host_key").unlink()
        self._make_host_key()
        self.start()

    def forget_user_key(self) -> None:
        """From now on the client's key opens nothing."""
        (self.folder / "authorized_keys").write_text("")

    def close(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _config(self) -> str:
        return _CONFIG.format(
            port=self.port,
            folder=self.folder,
            root=self.root,
            user=self.username,
            # Without PAM, sshd of an ordinary user takes its own account for a locked one.
            pam="no" if os.getuid() == 0 else "yes",
        )

    def _make_host_key(self) -> None:
        _make_key(self.folder / "host_key")

    def _host_key_line(self) -> str:
        key_type, key = _public(self.folder / "host_key").split()[:2]
        return f"[{self.host}]:{self.port} {key_type} {key}\n"


def _make_key(path: Path) -> None:
    command = [processes.program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]
    path.with_name(path.name + ".pub").unlink(missing_ok=True)
    subprocess.run([*command, str(path)], check=True, stdin=subprocess.DEVNULL)


def _public(private_key: Path) -> str:
    return private_key.with_name(private_key.name + ".pub").read_text()
