"""`tieout serve`: the finance team's pages, on this machine."""

import socket
from typing import Annotated

import typer

from tieout.cli.output import Home, talk
from tieout.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("serve")(serve)


def serve(
    home: Home,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Instead of [web] port.")
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the overview in a browser.")
    ] = False,
) -> None:
    r"""Serve overview, cases and files until Ctrl-C. The pages only read.

    \b
    Examples:
      tieout serve
      tieout serve --home books --port 9000 --open
    """
    import uvicorn

    from tieout.config import load_workspace
    from tieout.store.engine import Database
    from tieout.web.app import create_app
    from tieout.web.security import LOOPBACK

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    # Without this, the pages of a workspace that has never run would fail on missing tables.
    database.upgrade()
    app = create_app(workspace, database)
    host = workspace.settings.web.host
    if host not in LOOPBACK:
        talk(
            f"warning: {host} can be reached from other machines, and the pages ask for no "
            "password. Put a proxy that does in front, or set [web] host to 127.0.0.1."
        )
    config = uvicorn.Config(
        app,
        host=host,
        port=workspace.settings.web.port if port is None else port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    with _listen(host, config.port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}/"
        talk(f"serving {address} (Ctrl-C ends it)")
        if open_browser:
            typer.launch(address)
        uvicorn.Server(config).run(sockets=[listener])
    database.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; the server's own way of doing it ends the process instead."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise UsageError(
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            hint="`--port 0` takes any free one.",
        ) from error
