"""The camt format. Its parser follows; until then its files are not recognised."""

from parsers.contract import Format, Source
from parsers.outcome import Draft, Findings
from tieout.frames.settlement import empty_lines


def _parse(source: Source, findings: Findings) -> Draft:
    findings.refuse("format_unready", found="camt", expected="a parser", hint="Wait for it.")
    return Draft(empty_lines(), records=0)


FORMAT = Format("camt", looks_like=lambda data: False, parse=_parse)
