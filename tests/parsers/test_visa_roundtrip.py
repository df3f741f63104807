"""BASE II: what the independent writer writes is what the parser reads; nothing lost unnoticed."""

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parsers import Stream, parse
from tests.parsers.test_corpus import CORPUS
from tieout.money import exponent_of, numeric_of
from tieout.references import fingerprint_pan, mask_pan
from tieout.simulator.writers.visa_ctf import (
    CtfFile,
    Draft,
    Fee,
    Settlement,
    generate_visa_ctf,
    write_visa_ctf,
)

FIXTURE = Path(__file__).parent.parent / "fixtures" / "visa_baseii" / "ordinary_two_batches.ctf"
CARDS = ("4111111111111111", "5555555555554444", "5105105105105100", "4222222222222")
LONG_CARD = "6304000000000000123"
SIGNS = {"05": 1, "06": -1, "07": 1, "15": -1, "16": 1, "17": -1, "25": -1, "26": 1, "27": -1}
SIGNS |= {"35": 1, "36": -1, "37": 1}
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking whole files takes minutes
KEY = b"a key of at least sixteen bytes"

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜ.-/"
CURRENCIES = [numeric_of(one) for one in ("EUR", "USD", "JPY", "KWD", "GBP", "PYG")]


def draft(source: Random) -> Draft:
    """Return a draft with anything in its fields that may stand there."""
    days = [date(2022, 1, 1) + timedelta(days=source.randrange(3652)), None]
    return Draft(
        code=source.choice(sorted(SIGNS)),
        source_minor=minor(source),
        source_currency=source.choice(CURRENCIES),
        destination_minor=minor(source),
        destination_currency=source.choice(CURRENCIES),
        card=source.choice([*CARDS, LONG_CARD]),
        arn=digits(source, 23),
        merchant=word(source),
        city=word(source),
        usage=source.choice("12"),
        auth_code=digits(source, 6),
        day=source.choice(days),
        purchase=word(source),
        transaction_id="1" + digits(source, 14),
    )


def anything(source: Random) -> Draft | Fee | Settlement:
    """Return a draft, a fee or a settlement total."""
    code = source.choice(["10", "20"])
    kinds: list[Draft | Fee | Settlement] = [
        draft(source),
        Fee(code=code, source_minor=minor(source), text=word(source)),
        Settlement(credit_minor=minor(source), debit_minor=minor(source)),
    ]
    return source.choice(kinds)


def minor(source: Random) -> int:
    """Return an amount of nothing, of a few digits, or of twelve."""
    return source.choice([0, source.randrange(10**5), source.randrange(10**12)])


def digits(source: Random, count: int) -> str:
    """Return so many digits."""
    return f"{source.randrange(10**count):0{count}d}"


def word(source: Random) -> str:
    """Return one word of up to twelve letters."""
    return "".join(source.choices(LETTERS, k=source.randrange(1, 13)))


files = st.builds(
    CtfFile,
    states_destination=st.booleans(),
    is_itf=st.booleans(),
    encoding=st.sampled_from(["latin-1", "cp037"]),
    ending=st.sampled_from(["\r\n", "\n", ""]),
)


def expected(one: Draft, file: CtfFile) -> dict[str, object]:
    """Return what a draft should have become, in the words of the frame."""
    sign = SIGNS[one.code]
    other = one.destination_minor * sign or None
    return {
        "amount_minor": one.source_minor * sign,
        "original_amount_minor": other,
        "scheme_ref": one.arn,
        "psp_ref": one.transaction_id,
        "merchant_ref": one.purchase,
        "merchant_id": one.acceptor,
        "auth_code": one.auth_code,
        "narrative": f"{one.merchant} {one.city} {one.country}",
        "business_date": one.day or file.day,
        "pan_masked": mask_pan(one.card),
        "pan_fingerprint": fingerprint_pan(one.card, KEY),
    }


class TestRoundTrip:
    """Writer, then parser."""

    @given(st.integers(0, 2**32), files)
    @settings(max_examples=40, deadline=None, phases=PHASES)
    def test_drafts_read_back_equal(self, seed: int, file: CtfFile) -> None:
        source = Random(seed)
        numbers = range(source.randrange(1, 4))
        batches = [[draft(source) for _ in range(source.randrange(60))] for _ in numbers]
        sent = [one for batch in batches for one in batch]

        parsed = parse(write_visa_ctf(batches, file), pan_key=KEY)

        assert parsed.accepted, parsed.findings
        assert parsed.records == len(sent)
        wanted = [expected(one, file) for one in sent]
        if wanted:
            assert parsed.frame.select(list(wanted[0])).to_dicts() == wanted
        for one, row in zip(sent, parsed.frame.iter_rows(named=True), strict=True):
            assert numeric_of(row["currency"]) == one.source_currency
            assert row["exponent"] == exponent_of(row["currency"])
            assert (row["kind"] == "representment") == (one.usage == "2" and one.code <= "07")

    @given(st.integers(0, 2**32), files)
    @settings(max_examples=20, deadline=None, phases=PHASES)
    def test_mixed_transactions_keep_their_order_and_bytes(self, seed: int, file: CtfFile) -> None:
        source = Random(seed)
        batch = [anything(source) for _ in range(source.randrange(1, 40))]
        data = write_visa_ctf([batch], file)

        frame = parse(data, pan_key=KEY).frame

        assert frame["record_no"].to_list() == list(range(1, len(batch) + 1))
        ends = frame["byte_start"] + frame["byte_length"]
        assert all(end <= start for end, start in pairwise_places(ends, frame["byte_start"]))
        stride = 168 + 2 * file.is_itf + len(file.ending)
        sizes = [len(list(one.records())) * stride - len(file.ending) for one in batch]
        assert frame["byte_length"].to_list() == sizes


def pairwise_places(ends: object, starts: object) -> list[tuple[int, int]]:
    """Return the end of each line with the start of the next."""
    both = list(zip(list(starts), list(ends), strict=True))  # type: ignore[call-overload]
    return [(one[1], two[0]) for one, two in pairwise(both)]


class TestStream:
    """The same file in small batches."""

    @pytest.mark.parametrize("batch_bytes", [200, 1_000, 7_777])
    @pytest.mark.parametrize("ending", ["\r\n", ""])
    def test_gives_the_same_lines_and_controls(self, batch_bytes: int, ending: str) -> None:
        data = generate_visa_ctf(60, CtfFile(ending=ending))
        whole = parse(data)

        stream = Stream(data, batch_bytes=batch_bytes)
        batches = [one for one in stream if one.height]

        assert len(batches) > 1
        joined = batches[0].vstack(batches[1])
        assert joined.equals(whole.frame.head(joined.height))
        assert sum(one.height for one in batches) == whole.frame.height
        assert stream.outcome.control_totals == whole.control_totals
        assert stream.outcome.statements == whole.statements

    def test_uneven_lines_give_the_same_as_whole_ones(self) -> None:
        data = generate_visa_ctf(30, CtfFile(ending="\n"))
        uneven = b"".join(line.rstrip() + b"\n" for line in data.splitlines())
        whole = parse(data)

        batches = [one for one in Stream(uneven, batch_bytes=3_000) if one.height]

        names = ["amount_minor", "scheme_ref", "merchant_ref", "pan_fingerprint", "narrative"]
        assert len(batches) > 1
        assert sum(one.height for one in batches) == 30
        assert batches[0].select(names).equals(whole.frame.select(names).head(batches[0].height))

    def test_a_transaction_may_be_longer_than_a_batch(self) -> None:
        lines = generate_visa_ctf(2, CtfFile(ending="\n")).splitlines(keepends=True)
        chip = lines[2][:3] + b"7" + lines[2][4:]
        data = b"".join([*lines[:2], *[chip] * 50, *lines[2:]])

        stream = Stream(data, batch_bytes=1_000, controls={"control_total_differs": "warn"})
        batches = [one for one in stream if one.height]

        assert sum(one.height for one in batches) == 2
        assert batches[0]["byte_length"][0] == 53 * 169 - 1
        assert batches[0]["merchant_ref"][0] == f"ORDER-{0:019d}"


class TestDamage:
    """What is lost or changed on the way is noticed."""

    def test_every_truncation_is_refused(self) -> None:
        data = write_visa_ctf([[Draft("05", 1234)]])

        accepted = [size for size in range(len(data) - 93) if parse(data[:size]).accepted]

        assert accepted == []

    @pytest.mark.parametrize("path", [FIXTURE, "_generated_research/ctf_lf.ctf"])
    def test_every_changed_digit_of_an_amount_count_or_total_is_noticed(
        self, path: Path | str
    ) -> None:
        place = path if isinstance(path, Path) else CORPUS / "visa-baseii" / path
        if not place.exists():
            pytest.skip("the shared corpus is not beside this checkout (../shared/corpus)")
        data = place.read_bytes()
        silent = []

        for at in digits_that_count(data):
            changed = bytearray(data)
            changed[at] = ord("7") if data[at] != ord("7") else ord("8")
            if not parse(bytes(changed)).findings:
                silent.append(at)

        assert len(digits_that_count(data)) > 100
        assert silent == []


def digits_that_count(data: bytes) -> list[int]:
    """Return the places of digits of source amounts and of the figures of trailers."""
    fields = {b"91": ((31, 42), (49, 60), (75, 83), (102, 116)), b"10": ((62, 73),)}
    fields[b"92"] = (*fields[b"91"], (43, 48))
    places = []
    for line in re.finditer(rb"[^\r\n]+", data):
        text = line[0]
        spans = fields.get(text[:2], ((77, 88),) if text[3:4] == b"0" else ())
        places += [
            line.start() + at
            for first, last in (spans if text[:2] != b"90" else ())
            for at in range(first - 1, last)
        ]
    return places
