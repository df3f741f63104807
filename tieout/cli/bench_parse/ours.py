"""Our side of `tieout bench parse`: the complete parser, whole or as a stream of batches."""

import mmap
import time
from pathlib import Path

from parsers import ParsedFile, Stream, parse
from tieout.cli.bench_parse.reports import LAYOUT
from tieout.frames.settlement import validate_lines


class WrongSample(AssertionError):
    """A generated file is not accepted, or is not free of findings: its times mean nothing."""


def read_whole(format: str, path: Path) -> ParsedFile:
    """Parse a file as `tieout run` does; it is found by its bytes, or by its layout.

    Raises:
        WrongSample: there was a finding.
    """
    return _clean(parse(path.read_bytes(), layout=_layout(format)), format)


def read_streamed(format: str, path: Path) -> ParsedFile:
    """Parse a memory-mapped file batch by batch, and let each batch go.

    Raises:
        WrongSample: there was a finding.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reading = Stream(data, layout=_layout(format))
        for batch in reading:
            del batch
        return _clean(reading.outcome, format)


def time_validation(format: str, path: Path) -> float:
    """Return the seconds that the contract's check takes on the frame of a file."""
    frame = read_whole(format, path).frame
    start = time.perf_counter()
    validate_lines(frame)
    return time.perf_counter() - start


def _layout(format: str) -> dict[str, object] | None:
    return dict(LAYOUT) if format == "delimited" else None


def _clean(parsed: ParsedFile, format: str) -> ParsedFile:
    if parsed.format != format or parsed.findings:
        found = parsed.findings[:1] or parsed.format
        raise WrongSample(f"The sample of {format} is not what it should be: {found}.")
    return parsed
