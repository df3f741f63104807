"""Is what is written in the workspace right? Reads configuration files, asks nobody else."""

from collections.abc import Callable, Mapping
from pathlib import Path

from assets.sources import of_no_feed
from matchers.plan import build_plan
from parsers import parse
from parsers.codes import read_controls
from tieout.calendars import calendar_named
from tieout.cli.diagnosis import Check, asked, noted, wrong
from tieout.cli.output import some_names
from tieout.config import Feed, feeds_in, load_closed, load_feed, load_settings, read_toml
from tieout.errors import TieoutError, UsageError
from tieout.transfer.directory import DirectorySource
from tieout.transfer.pattern import NamePattern


def check_files(home: Path) -> tuple[list[Check], dict[str, Feed]]:
    """Return one check per configuration file, and the feeds that could be read, by name."""
    feeds: dict[str, Feed] = {}
    checks = [asked("settings", "tieout.toml", lambda: _settings(home))]
    checks += _each(home, "calendars", "calendar", _closing_days)
    checks += _each(home, "feeds", "feed", lambda path: _feed(path, feeds))
    checks += _each(home, "reconciliations", "reconciliation", lambda path: _plan(path, feeds))
    plans = [check.state for check in checks if check.check == "reconciliation"]
    if plans and all(state == "fine" for state in plans):
        checks += _unreconciled(home, feeds)
    checks += _strays(home, feeds)
    present = {check.check for check in checks}
    for kind in ("feed", "reconciliation"):
        if kind not in present:
            todo = f"Describe one in {kind}s/NAME.toml; `tieout init` writes an example."
            checks.append(wrong(kind, f"{kind}s/", f"there is no {kind}", todo))
    return checks, feeds


def _unreconciled(home: Path, feeds: Mapping[str, Feed]) -> list[Check]:
    """Note the feeds that no leg names."""
    plans = [read_toml(path) for path in sorted((home / "reconciliations").glob("*.toml"))]
    named = feeds_in(plans)
    found = "no reconciliation names it: its lines are kept, and compared with nothing"
    todo = "Name it as left or right of a leg, or leave it so."
    return [noted("feed", f"feeds/{one}.toml", found, todo) for one in feeds if one not in named]


def _strays(home: Path, feeds: Mapping[str, Feed]) -> list[Check]:
    """Note the files in local folders of feeds that fit no feed's pattern."""
    folders = {one.directory.path: one for one in feeds.values() if one.directory is not None}
    notes = []
    for path, feed in sorted(folders.items()):
        try:
            names = [file.name for file in DirectorySource(home / path).list_files()]
            strays = of_no_feed(feeds.values(), feed, names)
        except TieoutError:  # a folder that is not there is doctor's to tell, a pattern the feed's
            continue
        if strays:
            found = f"{some_names(strays)}: no feed's pattern fits"
            todo = "They are never fetched: correct the `pattern` of a feed, or take them away."
            notes.append(noted("folder", str(path), found, todo))
    return notes


def _each(home: Path, folder: str, check: str, read: Callable[[Path], str]) -> list[Check]:
    checks = []
    for path in sorted((home / folder).glob("*.toml")):
        checks.append(asked(check, f"{folder}/{path.name}", lambda path=path: read(path)))  # type: ignore[misc]
    return checks


def _settings(home: Path) -> str:
    section = load_settings(home).workspace
    calendar_named(section.calendar)
    return f"workspace {section.name!r}, calendar {section.calendar}"


def _closing_days(path: Path) -> str:
    more = len(load_closed(path))
    return f"{more} more closing day{'' if more == 1 else 's'}" if more else "no more closing days"


def _feed(path: Path, feeds: dict[str, Feed]) -> str:
    feed = load_feed(path)
    feeds[feed.name] = feed
    calendar_named(feed.calendar)
    if feed.pattern is not None:
        NamePattern(feed.pattern)
    read_controls(feed.controls)
    if feed.transport != "core":
        # Whatever is wrong with format, options or layout shows before the first byte is read.
        parse(b"", format=feed.format, options=feed.options, layout=feed.layout)
    return f"{feed.role}, {feed.format} over {feed.transport}"


def _plan(path: Path, feeds: dict[str, Feed]) -> str:
    plan = build_plan(read_toml(path), source=str(path))
    for leg in plan.legs:
        calendar_named(leg.calendar)
        for feed in (leg.left, leg.right):
            if feed not in feeds:
                raise UsageError(
                    f"Leg {leg.name!r} names the feed {feed!r}, which is not there or not right.",
                    hint=f"Known feeds: {', '.join(feeds) or 'none'}.",
                )
    passes = ", ".join(step.code for leg in plan.legs for step in leg.passes)
    return f"{len(plan.legs)} leg{'s' * (len(plan.legs) > 1)}, passes {passes}"
