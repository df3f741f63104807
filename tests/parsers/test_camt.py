"""camt: hardening, batches, mixtures of versions, indicators and balances."""

import re

import pytest

from parsers import ParsedFile, parse
from tieout.errors import UsageError


def entry(amount: str, *, details: str = "", indicator: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>{details}</Ntry>"
    )


def detail(amount: str, reference: str = "E") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt></TxDtls>'
    )


def document(*entries: str, head: str = "", prefix: str = "") -> bytes:
    account = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>"
    return (
        f'{prefix}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><Stmt><Id>S</Id>{account}{head}{''.join(entries)}</Stmt>"
        "</BkToCstmrStmt></Document>"
    ).encode()


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestBatches:
    """One line per detail where they explain their entry, else one per entry."""

    def test_details_that_sum_to_the_entry_become_lines(self) -> None:
        details = f"<NtryDtls>{detail('4.00', 'A')}{detail('6.00', 'B')}</NtryDtls>"

        parsed = parse(document(entry("10.00", details=details, indicator="DBIT")))

        assert parsed.frame["amount_minor"].to_list() == [-400, -600]
        assert parsed.frame["scheme_ref"].to_list() == ["A", "B"]
        assert parsed.statements[0].entries == 1
        assert parsed.records == 1

    def test_details_that_do_not_are_a_warning(self) -> None:
        details = f"<NtryDtls>{detail('4.00')}{detail('6.01')}</NtryDtls>"

        parsed = parse(document(entry("10.00", details=details)))

        assert parsed.frame["amount_minor"].to_list() == [1000]
        assert codes(parsed) == ["batch_total_differs"]


class TestMessage:
    """What the bank calls the file: by it a second version is known, whatever its bytes are."""

    def named(self, header: str) -> str | None:
        data = document(entry("10.00")).replace(b"<BkToCstmrStmt>", b"<BkToCstmrStmt>%s")
        return parse(data.replace(b"%s", header.encode())).message_id

    def test_is_its_msg_id(self) -> None:
        assert self.named("<GrpHdr><MsgId> M-1 </MsgId></GrpHdr>") == "M-1"

    def test_a_page_of_it_is_another_file(self) -> None:
        pages = "<MsgPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></MsgPgntn>"

        assert self.named(f"<GrpHdr><MsgId>M-1</MsgId>{pages}</GrpHdr>") == "M-1 page 2"

    def test_may_have_no_name(self) -> None:
        assert self.named("<GrpHdr><MsgId>NOTPROVIDED</MsgId></GrpHdr>") is None

    def test_shows_no_card_number(self) -> None:
        name = self.named("<GrpHdr><MsgId>4111111111111111</MsgId></GrpHdr>")

        assert name == "411111******1111"


class TestAmounts:
    """Decimals by currency; surplus zeros are no harm."""

    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [("1.00000", "EUR", 100), ("12", "JPY", 12), ("1.234", "KWD", 1234), ("5", "DEM", 500)],
    )
    def test_are_exact(self, text: str, currency: str, minor: int) -> None:
        parsed = parse(document(entry(text, currency=currency)))

        assert parsed.frame["amount_minor"].to_list() == [minor]

    @pytest.mark.parametrize("text", ["1.005", "", "1e3", "1,00", "\u0661"])
    def test_others_are_refused_with_their_line(self, text: str) -> None:
        parsed = parse(document(entry(text)))

        assert codes(parsed) == ["amount_unreadable"]
        assert parsed.refusals[0].line == 1


class TestHardening:
    """Hostile or broken XML is refused before anything is read from it."""

    def test_a_document_type_is_refused(self) -> None:
        prefix = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

        parsed = parse(document(entry("1"), prefix=prefix))

        assert codes(parsed) == ["doctype"]

    def test_an_entry_without_an_amount_is_refused(self) -> None:
        parsed = parse(document("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"))

        assert codes(parsed) == ["amount_missing"]

    def test_compressed_files_are_told_apart(self) -> None:
        assert codes(parse(b"\x1f\x8b\x08\x00")) == ["compressed_file"]

    def test_prefixes_of_the_namespace_do_not_matter(self) -> None:
        data = document(entry("1.00")).decode().replace("xmlns=", "xmlns:x=")
        data = re.sub(r"<(/?)", r"<\1x:", data)

        parsed = parse(data.encode())

        assert parsed.frame["amount_minor"].to_list() == [100]
        assert parsed.frame["byte_length"][0] < parsed.size


class TestPages:
    """Page numbers lie, so they never stop a file."""

    def test_a_later_page_is_a_warning(self) -> None:
        head = "<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>"

        parsed = parse(document(entry("1"), head=head))

        assert parsed.accepted
        assert codes(parsed) == ["page_of_several"]


_POSITIONS = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.06"><BkToCstmrAcctRpt>
<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-03T01:00:00</CreDtTm></GrpHdr><Rpt><Id>R</Id>
<CreDtTm>2026-03-03T01:00:00</CreDtTm><Acct><Id><IBAN>A</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPAV</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">10</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-03-02</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Prtry>BANKA</Prtry></CdOrPrtry><SubTp><Prtry>LT1</Prtry></SubTp></Tp>
<Amt Ccy="EUR">.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>INFO</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">9.50</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal></Rpt></BkToCstmrAcctRpt></Document>"""


class TestPositions:
    """Reports whose movements are balances, for the feeds that say so."""

    def test_are_lines_between_two_balances(self) -> None:
        parsed = parse(_POSITIONS.encode(), options={"positions": True})

        line = parsed.frame.row(0, named=True)
        assert (line["amount_minor"], line["psp_ref"], line["merchant_ref"]) == (
            -50,
            "BANKA",
            "LT1",
        )
        assert (str(line["business_date"]), str(line["value_date"])) == ("2026-03-03", "2026-03-02")
        start, end = line["byte_start"], line["byte_start"] + line["byte_length"]
        assert _POSITIONS.encode()[start:end].startswith(b"<Bal><Tp><CdOrPrtry><Prtry>BANKA")
        assert (parsed.statements[0].opening_minor, parsed.statements[0].closing_minor) == (
            1000,
            950,
        )
        assert parsed.statements[0].consistent

    def test_a_movement_that_is_missing_is_noticed(self) -> None:
        parsed = parse(_POSITIONS.replace(">.5<", ">.4<").encode(), options={"positions": True})

        assert [one.code for one in parsed.findings] == ["statement_total_differs"]

    def test_are_no_lines_for_others(self) -> None:
        assert parse(_POSITIONS.encode()).frame.is_empty()

    @pytest.mark.parametrize("options", [{"positions": "yes"}, {"booked": "INFO"}, {"booked": []}])
    def test_a_wrong_option_says_what_is_right(self, options: dict[str, object]) -> None:
        with pytest.raises(UsageError, match="Option"):
            parse(_POSITIONS.encode(), options=options)
