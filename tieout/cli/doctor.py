"""`tieout doctor`: is everything there that the night needs, and what to do about what is not."""

import typer

from tieout.cli.output import AsJson, Home


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("doctor")(doctor)


def doctor(home: Home, as_json: AsJson = False) -> None:
    r"""Check configuration, database, disk, keys, calendars and every feed's endpoint.

    Changes nothing. Exit 0 when all is fine, 75 when only something temporary is wrong (a server
    that does not answer), otherwise 1.

    \b
    Examples:
      tieout doctor
      tieout doctor --home books --json
    """
    from tieout.cli.diagnosis import report
    from tieout.cli.diagnosis.endpoints import check_endpoints
    from tieout.cli.diagnosis.files import check_files
    from tieout.cli.diagnosis.machine import check_machine
    from tieout.config import Workspace, load_settings
    from tieout.errors import UsageError

    home = home.resolve()
    checks, feeds = check_files(home)
    try:
        workspace = Workspace(home, load_settings(home), feeds, {})
    except UsageError:
        report(home, checks, as_json=as_json)  # says why, and leaves
        return
    checks += check_machine(workspace)
    checks += check_endpoints(workspace)
    report(home, checks, as_json=as_json)
