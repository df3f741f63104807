"""A feed's [controls]: checked before a file comes, part of what files are read by."""

from pathlib import Path

import pytest

from assets.parsed import reading_of
from tieout.cli.config import schema_documents
from tieout.cli.diagnosis.files import check_files
from tieout.config import load_feed
from tieout.errors import UsageError

FEED = """
role = "statement"
transport = "directory"
format = "mt940"
pattern = "bank_{date:%Y%m%d}.sta"

[directory]
path = "inbox"
"""


def write_feed(folder: Path, controls: str) -> Path:
    path = folder / "feeds" / "bank.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{FEED}\n[controls]\n{controls}\n")
    return path


class TestControls:
    """`feeds/NAME.toml`."""

    def test_are_read(self, tmp_path: Path) -> None:
        feed = load_feed(write_feed(tmp_path, 'statement_total_differs = "refuse"'))

        assert feed.controls == {"statement_total_differs": "refuse"}

    def test_take_two_words_only(self, tmp_path: Path) -> None:
        path = write_feed(tmp_path, 'statement_total_differs = "refused"')

        with pytest.raises(UsageError, match="did you mean 'refuse'"):
            load_feed(path)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ('statement_total_differ = "warn"', "statement_total_differs"),
            ('encoding_differs = "warn"', "cannot be a warning"),
        ],
    )
    def test_that_are_wrong_show_in_the_check(self, tmp_path: Path, line: str, said: str) -> None:
        write_feed(tmp_path, line)

        checks, _ = check_files(tmp_path)

        (found,) = (str(one) for one in checks if "bank.toml" in str(one))
        assert said in found

    def test_are_part_of_what_files_are_read_by(self, tmp_path: Path) -> None:
        loose = load_feed(write_feed(tmp_path, 'statement_gap = "warn"'))
        strict = load_feed(write_feed(tmp_path, 'statement_gap = "refuse"'))

        assert reading_of(loose) != reading_of(strict)

    def test_have_their_codes_in_the_schema(self) -> None:
        controls = schema_documents()["feed"]["properties"]["controls"]

        assert "control_total_differs" in controls["propertyNames"]["enum"]
