"""Getting in and being thrown out: host keys, user keys, servers that are down or break off."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from tests.support.sshd import SftpServer
from tests.tieout.transfer.conftest import Fetcher, incoming_files, landed_files, login_to
from tieout.errors import Permanent, TransferUnavailable, UsageError
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.transfer.errors import AccessRefused, AuthRefused, HostKeyChanged
from tieout.transfer.sftp import SftpLogin, SftpSource

NAME = "clearing_20261102.ipm"


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[FolderSftpServer]:
    """The server of the demo."""
    with FolderSftpServer(tmp_path / "served", keys=tmp_path / "keys") as server:
        yield server


def enter(login: SftpLogin, timeout_seconds: float = 5) -> None:
    with SftpSource(login, timeout_seconds=timeout_seconds):
        pass


class TestHostKey:
    """Only the pinned server is talked to."""

    def test_another_key_stops_everything(self, sftp_server: SftpServer, fetcher: Fetcher) -> None:
        (sftp_server.root / NAME).write_bytes(b"from whom?")
        login = login_to(sftp_server)
        enter(login)
        sftp_server.restart_with_new_host_key()

        with pytest.raises(HostKeyChanged, match=r"SHA256:.+ pinned in .+ is .+SHA256:") as said:
            fetcher.fetch(lambda: SftpSource(login))

        assert isinstance(said.value, Permanent)
        assert "over another channel" in said.value.hint
        assert landed_files(fetcher.landing) == []

    def test_an_unknown_server_is_never_accepted(
        self, sftp_server: SftpServer, tmp_path: Path
    ) -> None:
        nobody = tmp_path / "known_hosts"
        nobody.write_text("")

        with pytest.raises(HostKeyChanged, match="pins none for it"):
            enter(replace(login_to(sftp_server), known_hosts=nobody))

        assert nobody.read_text() == ""

    def test_no_pinned_keys_at_all_is_a_usage_error(
        self, sftp_server: SftpServer, tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="ssh-keyscan"):
            enter(replace(login_to(sftp_server), known_hosts=tmp_path / "none"))

    def test_the_embedded_server_keeps_its_key(self, tmp_path: Path) -> None:
        keys = tmp_path / "keys"
        with FolderSftpServer(tmp_path / "served", keys=keys) as first:
            pinned, port = first.known_hosts.read_text(), first.port

        with FolderSftpServer(tmp_path / "served", keys=keys, port=port) as second:
            enter(login_to(second))

        assert second.known_hosts.read_text() == pinned
        assert (keys / "client_key").stat().st_mode & 0o077 == 0


class TestLogin:
    """Whom the server lets in."""

    def test_a_key_that_is_not_ours_is_refused(self, sftp_server: SftpServer) -> None:
        sftp_server.forget_user_key()

        with pytest.raises(AuthRefused, match=r"user_key\.pub") as said:
            enter(login_to(sftp_server))

        assert isinstance(said.value, Permanent)

    def test_the_embedded_server_takes_one_key_and_one_user(
        self, embedded: FolderSftpServer, sftp_server: SftpServer
    ) -> None:
        login = login_to(embedded)

        with pytest.raises(AuthRefused):
            enter(replace(login, private_key=sftp_server.private_key))
        with pytest.raises(AuthRefused):
            enter(replace(login, username="root"))

    @pytest.mark.parametrize("content", [None, "not a key"])
    def test_an_unreadable_key_is_a_usage_error(
        self, sftp_server: SftpServer, tmp_path: Path, content: str | None
    ) -> None:
        key = tmp_path / "key"
        if content is not None:
            key.write_text(content)

        with pytest.raises(UsageError, match="ssh-keygen"):
            enter(replace(login_to(sftp_server), private_key=key))

    def test_a_folder_that_is_not_there(self, sftp_server: SftpServer, fetcher: Fetcher) -> None:
        login = login_to(sftp_server, folder="outgoing")

        with pytest.raises(AccessRefused, match="'outgoing'"):
            fetcher.fetch(lambda: SftpSource(login))


class TestServerDown:
    """Nobody answers, or stops answering."""

    def test_is_transient(self, sftp_server: SftpServer, fetcher: Fetcher) -> None:
        login = login_to(sftp_server)
        sftp_server.stop()
        attempts: list[int] = []

        def connect() -> SftpSource:
            attempts.append(1)
            return SftpSource(login, timeout_seconds=5)

        with pytest.raises(TransferUnavailable, match="does not answer") as said:
            fetcher.fetch(connect)

        assert (len(attempts), said.value.exit_code) == (3, 75)

    def test_a_connection_lost_in_the_middle_is_made_again(
        self, sftp_server: SftpServer, fetcher: Fetcher
    ) -> None:
        content = b"whole " * 100_000
        (sftp_server.root / "clearing_20261030.ipm").write_bytes(b"before")
        (sftp_server.root / NAME).write_bytes(content)
        login, first = login_to(sftp_server), iter([True])

        def break_off(count: int) -> None:
            if count == 65_536 and next(first, False):
                sftp_server.stop()
                sftp_server.start()

        report = fetcher.fetch(
            lambda: SftpSource(
                login, window_bytes=65_536, after_window=break_off, timeout_seconds=5
            )
        )

        assert [file.status for file in report.files] == ["new", "new"]
        assert content in [path.read_bytes() for path in landed_files(fetcher.landing)]
        assert incoming_files(fetcher.landing) == []

    def test_somebody_who_speaks_no_ssh(self, sftp_server: SftpServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            login = replace(login_to(sftp_server), port=mute.getsockname()[1])

            with pytest.raises(TransferUnavailable):
                enter(login, timeout_seconds=0.5)


class TestUpload:
    """What the simulator uses to deliver."""

    @pytest.mark.parametrize("kind", ["openssh", "embedded"])
    def test_is_seen_whole_and_replaces(
        self, kind: str, sftp_server: SftpServer, embedded: FolderSftpServer
    ) -> None:
        server = sftp_server if kind == "openssh" else embedded
        content = b"0123456789" * 50_000

        with SftpSource(login_to(server)) as source:
            source.upload(b"earlier", NAME)
            source.upload(content, NAME)
            listed = source.list_files()

        assert [(file.name, file.size) for file in listed] == [(NAME, len(content))]
        assert [path.name for path in server.root.iterdir()] == [NAME]
        assert (server.root / NAME).read_bytes() == content


class TestEmbeddedServerStaysInItsFolder:
    """Nothing outside the served folder, whatever the path."""

    @pytest.fixture
    def session(self, embedded: FolderSftpServer) -> Iterator[paramiko.SFTPClient]:
        """The library's own client, which asks whatever it is told to."""
        client = paramiko.SSHClient()
        client.load_host_keys(str(embedded.known_hosts))
        key = paramiko.PKey.from_path(embedded.private_key)
        client.connect(embedded.host, embedded.port, embedded.username, pkey=key)
        yield client.open_sftp()
        client.close()

    @pytest.mark.parametrize(
        "path",
        [
            "../outside",
            "/../outside",
            "a/../../outside",
            "/etc/passwd",
            "link",
            "linked_folder/outside",
            "linked_folder/../outside",
            "out\0side",
        ],
    )
    def test_nothing_outside_is_read(
        self, session: paramiko.SFTPClient, embedded: FolderSftpServer, path: str
    ) -> None:
        outside = embedded.root.parent / "outside"
        outside.write_bytes(b"secret")
        (embedded.root / "link").symlink_to(outside)
        (embedded.root / "linked_folder").symlink_to(embedded.root.parent)

        with pytest.raises(OSError, match=r"No such file|Permission denied|Failure"):
            session.open(path).read()

    @pytest.mark.parametrize(
        "attempt",
        [
            lambda s: s.open("../planted", "wb").write(b"x"),
            lambda s: s.open("linked_folder/planted", "wb").write(b"x"),
            lambda s: s.posix_rename("mine", "linked_folder/planted"),
            lambda s: s.posix_rename("mine", "/../../planted"),
            lambda s: s.symlink("/", "planted"),
            lambda s: s.mkdir("linked_folder/planted"),
            lambda s: s.listdir("linked_folder"),
        ],
    )
    def test_nothing_outside_is_written_or_listed(
        self,
        session: paramiko.SFTPClient,
        embedded: FolderSftpServer,
        attempt: Callable[[paramiko.SFTPClient], object],
    ) -> None:
        (embedded.root / "mine").write_bytes(b"mine")
        (embedded.root / "linked_folder").symlink_to(embedded.root.parent)
        before = sorted(path.name for path in embedded.root.parent.iterdir())

        try:
            attempt(session)
        except OSError:
            refused = True
        else:
            refused = False  # then the path was cleaned and lies inside

        assert sorted(path.name for path in embedded.root.parent.iterdir()) == before
        assert refused or (embedded.root / "planted").exists()
