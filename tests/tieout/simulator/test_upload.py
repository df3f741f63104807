"""The files over a real SFTP server."""

from tests.support.sshd import SftpServer
from tests.tieout.simulator.worlds import play_without_core
from tieout.simulator.upload import upload
from tieout.simulator.world import World
from tieout.transfer.sftp import SftpLogin


class TestUpload:
    """What stands in the counterparty's folder afterwards."""

    def test_puts_whole_files_under_their_own_names_only(self, sftp_server: SftpServer) -> None:
        played = play_without_core(World(6, business_dates=6, payments_per_date=40))
        login = SftpLogin(
            sftp_server.host,
            sftp_server.port,
            sftp_server.username,
            ".",
            sftp_server.private_key,
            sftp_server.known_hosts,
        )
        day = played.world.dates[1]
        files = [one for one in played.files.values() if one.sent_on == day]

        upload(files, login)
        upload(files, login)

        there = {path.name: path.read_bytes() for path in sftp_server.root.iterdir()}
        assert there == {one.name: one.content for one in files}
