"""Which findings refuse a file is the feed's decision, with limits."""

import json
from pathlib import Path

import pytest

from parsers import FORMATS, parse
from parsers.codes import CODES, read_controls
from parsers.outcome import Finding, Findings
from tests.parsers.test_fixtures import CASES, parse_case
from tests.support.ipm_files import framed, presentment, write_ipm
from tieout.errors import UsageError

WRONG_SUM = write_ipm(framed([presentment(1234)], checksum=999))
DOES_NOT_FOOT = (
    b":20:REF\r\n:25:DE1\r\n:28C:1\r\n:60F:C260302EUR0,00\r\n"
    b":61:2603020302C1,00NTRFX\r\n:62F:C260302EUR2,00\r\n-\r\n"
)

_WITH_FIGURES = {"control_total_differs", "statement_total_differs", "payment_total_differs"}


class TestDecision:
    """`controls`, as a feed's [controls] gives it."""

    def test_lets_a_file_with_a_wrong_total_pass_with_a_warning(self) -> None:
        refused = parse(WRONG_SUM)
        allowed = parse(WRONG_SUM, controls={"control_total_differs": "warn"})

        assert not refused.accepted
        assert allowed.accepted
        assert [one.severity for one in allowed.findings] == ["warning"]
        assert allowed.frame["amount_minor"].to_list() == [1234]
        assert [one.agrees for one in allowed.control_totals] == [True, False, True]

    def test_refuses_a_statement_that_does_not_foot(self) -> None:
        allowed = parse(DOES_NOT_FOOT)
        refused = parse(DOES_NOT_FOOT, controls={"statement_total_differs": "refuse"})

        assert allowed.accepted
        assert not refused.accepted
        assert refused.frame.is_empty()

    def test_about_other_codes_changes_nothing(self) -> None:
        decided = parse(WRONG_SUM, controls={"statement_gap": "refuse", "message_number": "warn"})

        assert decided.findings == parse(WRONG_SUM).findings

    @pytest.mark.parametrize("name", list(FORMATS))
    def test_never_makes_a_parser_fail(self, name: str) -> None:
        for path in (one for one in CASES if one.parent.name == name):
            if path.with_suffix(".layout.toml").exists():
                continue
            whole = parse(path.read_bytes(), format=name)
            found = {one.code for one in whole.findings}
            controls = {one: "warn" for one in found if CODES[one].nature == "control"}

            decided = parse(path.read_bytes(), format=name, controls=controls)

            left = {one.code for one in whole.refusals} - set(controls)
            assert not (left and decided.accepted), path.name
            assert "parser_defect" not in {one.code for one in decided.findings}


class TestLimits:
    """What a feed may not decide."""

    def test_a_code_that_does_not_exist_is_an_error_with_a_suggestion(self) -> None:
        with pytest.raises(UsageError) as error:
            parse(WRONG_SUM, controls={"control_total_difers": "warn"})

        assert "control_total_difers" in error.value.message
        assert "control_total_differs" in str(error.value.hint)

    def test_another_word_is_an_error(self) -> None:
        with pytest.raises(UsageError, match="ignore"):
            parse(WRONG_SUM, controls={"control_total_differs": "ignore"})

    @pytest.mark.parametrize(
        "name", [one.name for one in CODES.values() if one.nature == "reading"]
    )
    def test_what_could_not_be_read_is_never_a_warning(self, name: str) -> None:
        with pytest.raises(UsageError, match="cannot be a warning"):
            read_controls({name: "warn"})

    def test_every_control_and_notice_may_be_either(self) -> None:
        for one in CODES.values():
            if one.nature != "reading":
                assert read_controls({one.name: "warn"}) == {one.name: "warning"}
                assert read_controls({one.name: "refuse"}) == {one.name: "refusal"}


class TestFigures:
    """A control that fails says both figures."""

    def test_are_fields_of_the_finding(self) -> None:
        findings = Findings()

        findings.differs("control_total_differs", declared=5, computed="4.00", hint="Ask.")

        (one,) = findings.as_tuple()
        assert (one.declared, one.computed) == ("5", "4.00")
        assert one.found == "declared 5, computed 4.00"
        assert one.severity == "refusal"

    def test_of_fixtures_are_codes_of_the_list(self) -> None:
        listed = [
            (path.name, one["code"])
            for path in CASES
            for kind in ("refusals", "warnings")
            for one in _document(path)[kind]
        ]

        assert [one for one in listed if one[1] not in CODES] == []

    def test_of_a_decided_finding_stay_what_they_were(self) -> None:
        findings = Findings({"control_total_differs": "warning"})

        findings.add(Finding("control_total_differs", "refusal", "a", "b", "c"))

        assert not findings.refused


def _document(path: Path) -> dict[str, list[dict[str, str]]]:
    document: dict[str, list[dict[str, str]]] = json.loads(
        path.with_suffix(".expected.json").read_text()
    )
    return document


class TestEveryControl:
    """Controls of real files, over all formats."""

    def test_that_is_a_total_says_declared_and_computed(self) -> None:
        without = [
            f"{path.parent.name}/{path.name}: {one.code}"
            for path in CASES
            for one in parse_case(path).findings
            if one.code in _WITH_FIGURES and (one.declared is None or one.computed is None)
        ]

        assert without == []
