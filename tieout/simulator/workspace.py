"""The workspace that fits the simulator's files: what `tieout demo` and the journeys run in.

The files are written for people: they are the worked example of three feeds over SFTP and three
legs, so each says why its numbers are what they are.
"""

import json
from pathlib import Path

from tieout.simulator.merchants import (
    CHARGEBACK_FLAT_MINOR,
    SALE_BASIS_POINTS,
    SALE_FLAT_MINOR,
)
from tieout.simulator.world import CALENDAR, FIRST_DATE, TIME_ZONE, World
from tieout.transfer.sftp import SftpLogin


def write_workspace(
    home: Path, sftp: SftpLogin, *, seed: int, database_url: str | None = None
) -> list[Path]:
    """Write the simulated workspace into `home`; return the paths, relative to it.

    The key of the card fingerprints comes from the seed, so that two runs of one world give the
    same bytes. It protects test numbers only.

    Args:
        home: made if it is not there; files of the same names are replaced.
        sftp: where the files are fetched; its two paths absolute, or relative to `home`.
        seed: seed of the world.
        database_url: another database than the embedded one.
    """
    texts = {
        "tieout.toml": _SETTINGS.format(
            calendar=CALENDAR,
            time_zone=TIME_ZONE,
            start_date=FIRST_DATE,
            database_url=_quoted(database_url or "sqlite:///data/tieout.db"),
        ),
        "feeds/core.toml": _CORE,
        "feeds/mastercard_clearing.toml": _CLEARING + _sftp_table(sftp),
        "feeds/processor_advice.toml": _ADVICE_HEAD + _sftp_table(sftp) + _ADVICE_LAYOUT,
        "feeds/bank_statement.toml": _STATEMENT + _sftp_table(sftp) + _STATEMENT_REFERENCES,
        "reconciliations/cards.toml": _CARDS.format(
            percent_bps=SALE_BASIS_POINTS,
            sale_flat=_inline(SALE_FLAT_MINOR),
            chargeback_flat=_inline(CHARGEBACK_FLAT_MINOR),
        ),
        "data/pan.key": f"{World(seed).pan_key}\n",
    }
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (home / "data/pan.key").chmod(0o600)
    return [Path(name) for name in texts]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _inline(amounts: dict[str, int]) -> str:
    return ", ".join(f"{currency} = {minor}" for currency, minor in amounts.items())


def _sftp_table(sftp: SftpLogin) -> str:
    return f"""
[sftp]
host = {_quoted(sftp.host)}
port = {sftp.port}
username = {_quoted(sftp.username)}
folder = {_quoted(sftp.folder)}
private_key = {_quoted(str(sftp.private_key))}
known_hosts = {_quoted(str(sftp.known_hosts))}  # the server's key is pinned: another one is refused
"""


_SETTINGS = """\
# A simulated acquirer's workspace: test cards, invented merchants, nobody's money.

[workspace]
name = "Simulated acquirer"
calendar = "{calendar}"                 # business days of the euro system
time_zone = "{time_zone}"
start_date = "{start_date}"

[database]
url = {database_url}

[landing]
path = "data/landing"

[frames]
path = "data/frames"

[pan]
key = "file:data/pan.key"
"""

_CORE = """\
# Our own side: what the transaction core captured, voided and refunded on a business date.

description = "Our transaction core"
role = "internal"
transport = "core"
format = "delimited"
calendar = "XECB"
"""

_CLEARING = """\
# What the scheme cleared: captures of one business date come in the file of the next.

description = "Mastercard clearing (IPM)"
counterparty = "Mastercard"
role = "clearing"
transport = "sftp"
format = "mastercard_ipm"
pattern = "clearing_{date:%Y%m%d}.ipm"
calendar = "XECB"
is_expected = true                   # a business day without a file is a case of its own

[options]
perspective = "acquirer"             # a first presentment is money that we receive
"""

_ADVICE_HEAD = """\
# What the processor settles: every cleared item with its fee, and one payout line per batch.

description = "Processor settlement advice"
counterparty = "Processor"
role = "advice"
transport = "sftp"
format = "delimited"
pattern = "advice_{date:%Y%m%d}.csv"
calendar = "XECB"
is_expected = true
"""

_ADVICE_LAYOUT = """
[layout]
encoding = "utf-8"
delimiter = ","
decimal = "."
amounts = "major"                    # 12.50 EUR, 1250 JPY: as many decimals as the currency has
date_format = "%Y-%m-%d"
header = true
sign = { rule = "signed" }           # refunds and chargebacks carry a minus
fee_sign = "negative"                # so do charges

[layout.kind]
column = "line_type"
values = { Sale = "sale", Refund = "refund", Chargeback = "chargeback", Payout = "payout" }

[layout.columns]
business_date = "advice_date"
scheme_ref = "arn"
rrn = "rrn"
merchant_id = "merchant_id"
merchant_ref = "order_reference"
currency = "currency"
amount = "gross"
fee = "fee"
net = "net"
batch_ref = "batch_reference"

[layout.trailer]
record = "TRAILER"
count = { field = 3, over = "records" }
sums = [{ field = 4, over = "net" }]  # over all currencies: a hash total

[layout.group_total]                 # a payout line declares what the items of its batch come to
kind = "payout"
by = "batch_ref"
over = "net"
sign = "same"
"""

_STATEMENT = """\
# What the bank booked: one account per currency, payouts one business day after their advice.

description = "Bank statement (camt.053)"
counterparty = "Bank"
role = "statement"
transport = "sftp"
format = "camt"
pattern = "statement_{date:%Y%m%d}.xml"
calendar = "XECB"
is_expected = true
"""

_STATEMENT_REFERENCES = """
[references]
# The processor writes its batch reference into the remittance text.
batch_ref = { from = "narrative", regex = "(PO-[0-9A-Z-]+)" }
"""

_CARDS = """\
# Card payments from our core to the bank, in three legs. On each leg every line is used once.

name = "cards"
description = "Core, clearing, advice, bank"

# --- What we captured against what the scheme cleared ------------------------------------------

[[leg]]
name = "core_clearing"
left = "core"
right = "mastercard_clearing"
left_kinds = ["sale", "refund", "reversal"]
right_kinds = ["sale", "refund", "reversal", "chargeback", "representment"]
calendar = "XECB"
left_lag_days = 1                    # captured on D, cleared in the file of the next business day
right_lag_days = 0                   # what is cleared was captured before: nothing to wait for
late_after_days = 3                  # business days; a later presentment can be charged back
left_missing = "miss_scheme"
right_missing = "miss_internal"
missing_by_kind = {{ chargeback = "cbk_new", refund = "rev_orphan" }}
duplicate_left = "dup_internal"
duplicate_right = "dup_scheme"

[[leg.pass]]
type = "duplicates"
key = ["scheme_ref", "kind", "currency"]

[[leg.pass]]
type = "netting"                     # captured and voided before the scheme heard of it

[[leg.pass]]
type = "exact"
key = ["scheme_ref", "kind", "currency"]

[[leg.pass]]
type = "grouped"                     # several captures cleared as one, or one in several records
key = ["rrn", "kind", "currency"]

# --- What was cleared against what the processor settles ---------------------------------------

[[leg]]
name = "clearing_advice"
left = "mastercard_clearing"
right = "processor_advice"
left_kinds = ["sale", "refund", "reversal", "chargeback", "representment"]
right_kinds = ["sale", "refund", "reversal", "chargeback", "representment"]
calendar = "XECB"
left_lag_days = 0                    # advised on the date on which it is cleared
# The advice is on time even where the clearing file is a day late: its lines wait that long.
right_lag_days = 1
left_missing = "miss_settlement"
right_missing = "miss_clearing"

[[leg.pass]]
type = "exact"
key = ["scheme_ref", "kind", "currency"]

[leg.fees]                           # the contract; a refund is free and gives nothing back
sale = {{ percent_bps = {percent_bps}, flat_minor = {{ {sale_flat} }} }}
chargeback = {{ flat_minor = {{ {chargeback_flat} }} }}
refund = {{ percent_bps = 0 }}
tolerance_minor = 1

# --- What the processor announced against what the bank booked ---------------------------------

[[leg]]
name = "advice_bank"
left = "processor_advice"
right = "bank_statement"
# The items of a batch add up to what the bank books; its payout line only declares that sum.
left_kinds = ["sale", "refund", "reversal", "chargeback", "representment"]
calendar = "XECB"
left_lag_days = 1                    # booked one business day after the advice
right_lag_days = 0
left_missing = "miss_bank"
right_missing = "miss_advice"

[[leg.pass]]
type = "batch"
key = ["batch_ref", "currency"]

[[leg.pass]]
type = "window"                      # the bank lost the reference: proposed where nothing else fits
key = ["currency", "amount_minor"]
days = 3
"""
