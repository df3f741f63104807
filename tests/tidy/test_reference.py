"""What the documents name exists, and what exists is in the documents."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import typer

from matchers.plan import LegPlan
from tests.tidy.tree import ROOT
from tieout.cli.main import build_app
from tieout.config import Feed, Settings

_REFERENCE = ROOT / "docs" / "reference"
_PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


class TestCommandReference:
    """`docs/reference/cli.md` against the command line itself."""

    def test_every_verb_has_its_section_with_every_option(self) -> None:
        sections = _sections((_REFERENCE / "cli.md").read_text("utf-8"))

        missing = [
            f"{name} {option}"
            for name, command in _commands()
            for option in ["", *_long_options(command)]
            if option not in sections.get(name, "missing")
        ]
        missing += [name for name, _ in _commands() if name not in sections]

        assert missing == []

    def test_every_section_is_a_verb(self) -> None:
        sections = _sections((_REFERENCE / "cli.md").read_text("utf-8"))

        unknown = sorted(set(sections) - {name for name, _ in _commands()})

        assert unknown == []

    def test_commands_in_the_documents_exist(self) -> None:
        known = dict(_commands())

        wrong = [
            f"{path.relative_to(ROOT)}: tieout {line}"
            for path in _PAGES
            for line in _typed(path.read_text("utf-8"))
            if not _is_possible(line, known)
        ]

        assert wrong == []


class TestSettingsReference:
    """`docs/reference/settings.md` against the configuration's models."""

    def test_every_setting_is_described(self) -> None:
        text = (_REFERENCE / "settings.md").read_text("utf-8")
        settings = [
            f"{section}.{key}"
            for section, field in Settings.model_fields.items()
            for key in getattr(field.annotation, "model_fields", {})
        ]

        assert [name for name in settings if f"`{name}`" not in text] == []

    def test_every_key_of_feeds_and_legs_is_described(self) -> None:
        text = (_REFERENCE / "settings.md").read_text("utf-8")
        tables = {"sftp", "directory", "options", "layout", "references", "controls"}
        names = [f"[{name}]" if name in tables else name for name in Feed.model_fields]
        names += [name for name in LegPlan.model_fields if name not in ("passes", "fees")]

        assert [name for name in names if f"`{name}`" not in text] == []

    def test_no_key_stands_twice_in_a_table(self) -> None:
        text = (_REFERENCE / "settings.md").read_text("utf-8")

        twice = [
            key
            for section in text.split("\n\n")
            for key, count in Counter(re.findall(r"^\| `([^`]+)` \|", section, re.M)).items()
            if count > 1
        ]

        assert twice == []

    def test_every_setting_is_in_the_template(self) -> None:
        template = ROOT / "tieout" / "cli" / "templates" / "workspace" / "tieout.toml"
        text = template.read_text("utf-8")

        keys = [
            key
            for field in Settings.model_fields.values()
            for key in getattr(field.annotation, "model_fields", {})
        ]

        assert [key for key in keys if not re.search(rf"^(# )?{key} = ", text, re.M)] == []


class TestLinks:
    """Links between the documents."""

    def test_every_link_leads_to_a_file(self) -> None:
        dead = [
            f"{path.relative_to(ROOT)}: {target}"
            for path in _PAGES
            for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
            if not (path.parent / target).exists()
        ]

        assert dead == []


def _commands() -> Iterator[tuple[str, Any]]:
    """Yield every command that can be typed: its name without `tieout`, and what it takes."""
    yield from _walk("", typer.main.get_command(build_app()))


def _walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if prefix and (not children or getattr(command, "invoke_without_command", False)):
        yield prefix, command
    for name, child in sorted(children.items()):
        yield from _walk(f"{prefix} {name}".strip(), child)


def _long_options(command: Any) -> list[str]:
    found = [name for parameter in command.params for name in parameter.opts]
    hidden = {"--help", "--install-completion", "--show-completion"}
    return sorted(name for name in found if name.startswith("--") and name not in hidden)


def _sections(text: str) -> dict[str, str]:
    """Return heading → text of each `## tieout VERB` section."""
    parts = re.split(r"^## `tieout (.+)`$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _typed(text: str) -> list[str]:
    """Return what follows `tieout` in a document: in its code blocks and within sentences."""
    fenced = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    fenced_lines = re.findall(r"^tieout (.+)$", fenced, re.M)
    within = re.findall(r"`tieout ([a-z][^`]*)`", text)
    return fenced_lines + re.findall(r"^ {4}tieout (.+)$", text, re.M) + within


def _is_possible(line: str, known: dict[str, Any]) -> bool:
    """Tell whether a command line from the documents names a verb and options that exist."""
    words = line.split("  #")[0].split()
    if any(name.startswith(f"{' '.join(words)} ") for name in known):
        return True  # a group of verbs, such as `tieout config`
    names = [name for name in known if words[: len(name.split())] == name.split()]
    if not names:
        return False
    options = set(re.findall(r"(--[a-z-]+)", line))
    return options <= set(_long_options(known[max(names, key=len)]))
