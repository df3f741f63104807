"""One simulated world in one workspace, its business dates played and run one after the other."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.support.sshd import SftpServer
from tieout.cli.run import run_date
from tieout.cli.simulated import MANIFEST
from tieout.cli.world import verify_world
from tieout.config import load_workspace
from tieout.frames.storage import FrameStore
from tieout.reports.outcomes import load_outcomes
from tieout.simulator.files import SimulatedFile
from tieout.simulator.play import AcquirerSimulator
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.simulator.verify import Verification
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import BUSINESS_DATES_MIN, World
from tieout.store.engine import Database
from tieout.transfer.sftp import SftpLogin


def small_world(seed: int) -> World:
    """The smallest world in which every anomaly is planted."""
    return World(seed, business_dates=BUSINESS_DATES_MIN, payments_per_date=40)


def login_to(server: SftpServer | FolderSftpServer) -> SftpLogin:
    """How the counterparties and the workspace log in to `server`."""
    return SftpLogin(
        server.host, server.port, server.username, ".", server.private_key, server.known_hosts
    )


@dataclass(frozen=True)
class PlayedWorld:
    """A workspace at `home` and the world being played against its core."""

    home: Path
    database: Database
    simulator: AcquirerSimulator

    @classmethod
    def begin(
        cls, home: Path, world: World, login: SftpLogin, *, database_url: str | None = None
    ) -> "PlayedWorld":
        """Write the workspace of `world`, whose files will lie where `login` leads."""
        write_workspace(home, login, seed=world.seed, database_url=database_url)
        workspace = load_workspace(home)
        database = Database(workspace.database_url, workspace.database_password())
        database.upgrade()
        return cls(home, database, AcquirerSimulator(database, world))

    def play(self, business_date: date) -> tuple[SimulatedFile, ...]:
        """Let a business date happen; return the files that go up on it."""
        return self.simulator.play(business_date)

    def run(self, business_date: date) -> int:
        """Run the night as `tieout run` does; return how much it changed."""
        return run_date(self.home, business_date, is_quiet=True).changed

    def verify(self) -> Verification:
        """Compare what all nights found with what was planted."""
        manifest = self.home / MANIFEST
        manifest.parent.mkdir(exist_ok=True)
        manifest.write_bytes(self.simulator.manifest.as_bytes())
        return verify_world(self.home)

    def outcomes(self, business_date: date) -> str:
        """What `tieout outcomes` prints for the date."""
        frames = FrameStore(load_workspace(self.home).frames_path)
        with self.database.reading() as connection:
            return load_outcomes(connection, frames, business_date).write_csv()
