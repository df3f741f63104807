"""IPM: nothing can be cut off or changed unnoticed; positions; what no file may hold."""

import mmap
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from parsers import ParsedFile, Stream, parse
from tieout.simulator.writers.mastercard_ipm import (
    IpmFile,
    IpmMessage,
    in_blocks,
    write_mastercard_ipm,
    write_messages,
)
from tieout.simulator.writers.mastercard_ipm_bulk import bulk_ipm

FILE_ID = "0012603020000001234500101"
OTHER_ID = "0012603020000001234500102"


def sale(amount: int, **more: str) -> IpmMessage:
    """Return a first presentment in EUR; `more` holds elements (DE43) and subelements (PDS0025)."""
    elements: dict[int, str | bytes] = {
        **{2: "5555555555554444", 3: "000000", 4: f"{amount:012d}", 5: f"{amount:012d}"},
        **{24: "200", 31: "75123456060000000000017", 43: "SHOP\\1 QUAY\\PARIS", 49: "978"},
        **{50: "978", 55: bytes.fromhex("9f2608a1b2c3d4e5f607189f3602000182023900")},
    }
    elements |= {int(name[2:]): value for name, value in more.items() if name.startswith("DE")}
    private = {148: "9782", 158: "MCC20100017526030201"}
    private |= {int(name[3:]): value for name, value in more.items() if name.startswith("PDS")}
    return IpmMessage("1240", elements, private)


DAY = (sale(111222), sale(333444, DE3="200000"), sale(5), sale(987654))
DAY_OF_TWO_BLOCKS = (*DAY, sale(17), sale(0))
SHAPES = pytest.mark.parametrize(("encoding", "is_blocked"), [("cp500", True), ("latin-1", False)])


def written(messages: Sequence[IpmMessage] = DAY, **changes: object) -> bytes:
    return write_mastercard_ipm([IpmFile(FILE_ID, messages, **changes)])  # type: ignore[arg-type]


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestTruncation:
    """A file that stops too early."""

    @SHAPES
    def test_is_noticed_at_every_offset(self, encoding: str, is_blocked: bool) -> None:
        file = IpmFile(FILE_ID, DAY_OF_TWO_BLOCKS)
        data = write_mastercard_ipm([file], encoding=encoding, is_blocked=is_blocked)

        outcomes = {size: parse(data[:size]) for size in range(len(data))}

        # Without the four zero bytes at the end a bare file is whole all the same, with a warning.
        accepted = [size for size, parsed in outcomes.items() if parsed.accepted]
        assert accepted == ([] if is_blocked else [len(data) - 4])
        assert all(parsed.findings for parsed in outcomes.values())

    def test_of_the_last_message_is_noticed_in_small_batches(self) -> None:
        data = bulk_ipm(40, is_blocked=False)

        for cut in (5, 100, 300, 2000):
            stream = Stream(data[:-cut], batch_bytes=3000)
            list(stream)

            assert not stream.outcome.accepted, cut


class TestDigits:
    """One digit changed on the way."""

    @SHAPES
    def test_of_every_amount_count_and_total_is_noticed(
        self, encoding: str, is_blocked: bool
    ) -> None:
        stream = write_mastercard_ipm([IpmFile(FILE_ID, DAY)], encoding=encoding, is_blocked=False)
        texts = ["".join(str(one.elements[number]) for number in (3, 4)) for one in DAY]
        texts += [f"0301016{1432325:016d}", f"0306008{6:08d}", f"0105025{FILE_ID}"]
        places: list[int] = []
        for text in texts:
            skipped = 6 if text.startswith(("000000", "200000")) else 7
            for found in re.finditer(re.escape(text.encode(encoding)), stream):
                places += range(found.start() + skipped, found.end())
        silent = []

        for place in places:
            digit = stream[place : place + 1].decode(encoding)
            other = str((int(digit) + 1 + place % 9) % 10)
            edited = stream[:place] + other.encode(encoding) + stream[place + 1 :]
            if parse(in_blocks(edited) if is_blocked else edited).accepted:
                silent.append((place, other))

        assert len(places) == 4 * 12 + 16 + 8 + 2 * 25
        assert silent == []


class TestBlocks:
    """Blocks of 1,014 bytes."""

    def test_without_their_mark_are_refused_where_it_is_missing(self) -> None:
        data = bytearray(bulk_ipm(30))
        data[5 * 1014 + 1013] = 0

        parsed = parse(bytes(data))

        assert codes(parsed) == ["block_mark"]
        assert parsed.refusals[0].byte_offset == 5 * 1014 + 1012

    def test_of_a_large_file_are_looked_at_to_the_end(self) -> None:
        data = bytearray(bulk_ipm(2500))
        place = len(data) - 1
        data[place] = 0

        parsed = parse(bytes(data))

        assert codes(parsed) == ["block_mark"]
        assert parsed.refusals[0].byte_offset == place - 1

    @pytest.mark.parametrize("has_end", [True, False])
    @pytest.mark.parametrize("filling", range(996, 1016))
    def test_are_whole_wherever_the_last_record_ends(self, has_end: bool, filling: int) -> None:
        # Elements that fill a block more or less exactly, so that 0 to 20 bytes are left of it.
        messages = [sale(5, PDS1000="F" * (filling - 996 + 300), PDS1001="G" * 300)]

        parsed = parse(write_messages(messages, encoding="cp500", is_blocked=True, has_end=has_end))

        assert parsed.accepted
        assert codes(parsed) == [*([] if has_end else ["end_mark_missing"]), "header_missing"]

    def test_after_the_end_hold_nothing(self) -> None:
        parsed = parse(written() + written())

        assert codes(parsed) == ["record_length"]
        assert "after the end" in parsed.refusals[0].found

    def test_of_a_mapped_file_are_read_and_the_mapping_can_be_closed(self, tmp_path: Path) -> None:
        path = tmp_path / "day.ipm"
        path.write_bytes(bulk_ipm(500))

        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            stream = Stream(data, batch_bytes=50_000)
            next(iter(stream))
            height = sum(batch.height for batch in stream)

        assert height == 500


class TestCharacters:
    """Which EBCDIC it is, where nobody says so."""

    @pytest.mark.parametrize("encoding", ["cp037", "cp500"])
    def test_are_told_by_the_names(self, encoding: str) -> None:
        file = IpmFile(FILE_ID, [sale(5, DE43="YAHOO! [PARIS]"), sale(6, DE43="JOE'S!")])
        data = write_mastercard_ipm([file], encoding=encoding)

        names = parse(data).frame["narrative"].to_list()

        assert names == ["YAHOO! [PARIS]", "JOE'S!"]


class TestSensitiveData:
    """What nobody may keep."""

    @pytest.mark.parametrize("number", [35, 36, 45, 52])
    def test_in_an_element_refuses_the_file(self, number: int) -> None:
        clean = write_messages([sale(5)], encoding="latin-1", is_blocked=False)
        data = bytearray(clean)
        data[4 + 4 + (number - 1) // 8] |= 0x80 >> (number - 1) % 8

        parsed = parse(bytes(data))

        assert codes(parsed) == ["sensitive_data"]
        assert parsed.refusals[0].field == f"DE{number}"

    @pytest.mark.parametrize("track", ["4111111111111111d25122010000", "5105105105105100d2512201"])
    def test_in_the_chip_data_refuses_the_file_and_is_not_shown(self, track: str) -> None:
        chip = bytes.fromhex(f"82023900 57{len(track) // 2:02x}{track} 9f360200ff")
        message = sale(5)
        message = IpmMessage("1240", {**message.elements, 55: chip}, message.private)

        parsed = parse(written([message]))

        assert codes(parsed) == ["sensitive_data"]
        assert track[:16] not in str(parsed)

    def test_is_not_seen_in_cryptograms(self) -> None:
        chip = b"".join(bytes.fromhex(f"9f260857{one:02x}c3d4e5f60718") for one in range(20))
        message = sale(5)
        message = IpmMessage("1240", {**message.elements, 55: chip}, message.private)

        assert parse(written([message])).findings == ()


def position(**private: str) -> IpmMessage:
    """Return a financial position (1644/685)."""
    values = {int(name[3:]): value for name, value in private.items()}
    return IpmMessage("1644", {24: "685", 49: "978", 50: "978"}, values)


TRUE_POSITION = {
    **{"PDS0300": FILE_ID, "PDS0372": "1240200", "PDS0378": "O"},
    **{"PDS0390": f"D{0:016d}", "PDS0391": f"C{1432325:016d}", "PDS0394": f"C{1432325:016d}"},
    **{"PDS0395": f"D{1000:015d}", "PDS0396": f"C{1431325:016d}"},
    **{"PDS0400": f"{0:010d}", "PDS0401": f"{4:010d}", "PDS0402": f"{4:010d}"},
}


class TestPositions:
    """Totals that the scheme states in messages of their own."""

    def test_that_agree_are_control_totals(self) -> None:
        parsed = parse(written([*DAY, position(**TRUE_POSITION)]))

        assert parsed.findings == ()
        assert [(one.declared, one.computed) for one in parsed.control_totals[3:]] == [
            ("1", "1"),
            ("4", "4"),
            ("1432325", "1432325"),
        ]

    @pytest.mark.parametrize("changed", ["PDS0391", "PDS0394", "PDS0395", "PDS0396", "PDS0401"])
    def test_that_do_not_foot_are_a_warning(self, changed: str) -> None:
        values = TRUE_POSITION | {changed: TRUE_POSITION[changed][:-1] + "7"}

        parsed = parse(written([*DAY, position(**values)]))

        assert parsed.accepted
        assert set(codes(parsed)) == {"position_differs"}
        assert not parsed.control_totals[3].agrees

    def test_that_contradict_the_messages_of_their_file_are_a_warning(self) -> None:
        parsed = parse(written([*DAY[:-1], position(**TRUE_POSITION)]))

        assert parsed.accepted
        assert codes(parsed) == ["position_differs", "position_differs"]
        assert {one.field for one in parsed.warnings} == {
            f"number of 1240/200 in {FILE_ID} (PDS0402)",
            f"reconciliation amounts of 1240/200 in {FILE_ID} (PDS0390, 0391)",
        }

    def test_of_a_file_of_another_day_are_checked_in_themselves_only(self) -> None:
        parsed = parse(written([*DAY[:-1], position(**TRUE_POSITION | {"PDS0300": OTHER_ID})]))

        assert parsed.findings == ()

    def test_may_refuse_a_file_if_the_feed_says_so(self) -> None:
        values = TRUE_POSITION | {"PDS0402": f"{5:010d}"}
        data = written([*DAY, position(**values)])

        assert not parse(data, controls={"position_differs": "refuse"}).accepted


class TestFiles:
    """Several logical files in one transmission."""

    def test_are_kept_apart(self) -> None:
        files = [IpmFile(FILE_ID, DAY[:1]), IpmFile(OTHER_ID, DAY[1:], reversal="R260301")]

        parsed = parse(write_mastercard_ipm(files))

        assert parsed.frame["statement_no"].to_list() == [0, 1, 1, 1]
        assert parsed.frame["batch_ref"].to_list() == [FILE_ID, OTHER_ID, OTHER_ID, OTHER_ID]
        assert parsed.frame["amount_minor"].to_list() == [111222, 333444, -5, -987654]
        assert [one.reference for one in parsed.statements] == [FILE_ID, OTHER_ID]

    def test_of_test_mode_are_read_only_on_request(self) -> None:
        data = written(mode="T")

        assert codes(parse(data)) == ["test_mode"]
        assert parse(data, options={"allow_test": True}).accepted

    @pytest.mark.parametrize(("total", "figure"), [("checksum", 1), ("count", 5)])
    def test_whose_trailer_lies_are_refused_with_both_figures(
        self, total: str, figure: int
    ) -> None:
        (finding,) = parse(written(DAY, **{total: figure})).findings

        assert finding.code == "control_total_differs"
        assert (finding.declared, finding.computed) in [("1", "1432325"), ("5", "6")]
