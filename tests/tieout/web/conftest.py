"""A workspace with a month of cases, served in the test's own process and by a real server."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from tests.support.builders import seed_month, workspace_in
from tieout.config import Workspace
from tieout.store.engine import Database
from tieout.web.app import create_app


@dataclass(frozen=True)
class Month:
    """The seeded workspace; `cases` are the numbers of its cases in order of making."""

    workspace: Workspace
    database: Database
    cases: list[str]

    def client(self) -> TestClient:
        """Ask the pages without a network."""
        return TestClient(create_app(self.workspace, self.database), base_url="http://127.0.0.1")


@pytest.fixture(scope="package")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    workspace = workspace_in(tmp_path_factory.mktemp("month"))
    database = Database(workspace.database_url)
    database.upgrade()
    yield Month(workspace, database, seed_month(database, workspace))
    database.close()


@pytest.fixture(scope="package")
def client(month: Month) -> TestClient:
    return month.client()


@pytest.fixture
def empty_client(tmp_path: Path) -> Iterator[TestClient]:
    """The pages of a workspace in which nothing has been run."""
    workspace = workspace_in(tmp_path)
    database = Database(workspace.database_url)
    database.upgrade()
    yield TestClient(create_app(workspace, database), base_url="http://127.0.0.1")
    database.close()


@pytest.fixture(scope="package")
def address(month: Month) -> Iterator[str]:
    """The address of a real server with the month."""
    config = uvicorn.Config(
        create_app(month.workspace, month.database), port=0, log_level="warning"
    )
    with config.bind_socket() as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)
