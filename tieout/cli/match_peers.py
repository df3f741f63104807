"""Other ways to match the day of `tieout bench match`, each in a process of its own.

    python match_peers.py NAME FOLDER [LIMIT]

Reads left.parquet, right.parquet and bank.parquet of FOLDER, matches (what each way does is said by
its function) and prints one JSON object: seconds, processor seconds, most memory, and how many
matches were found. It needs only the libraries of the way that is asked for, so it
also runs in an environment without this project: one of them holds an old Polars.
"""

import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_KEY = ["scheme_ref", "kind", "currency"]
_OTHER = ["rrn", "auth_code", "kind", "currency"]


def pandas_cascade(folder: Path, _limit: int) -> int:
    """Merges: exact, one unit off, by RRN and authorisation code, split sums, payouts."""
    pd = import_module("pandas")

    columns = ["record_id", *_KEY, "rrn", "auth_code", "amount_minor", "business_date"]
    left = pd.read_parquet(folder / "left.parquet", columns=[*columns, "net_minor", "batch_ref"])
    right = pd.read_parquet(folder / "right.parquet", columns=columns)
    bank = pd.read_parquet(
        folder / "bank.parquet", columns=["batch_ref", "currency", "amount_minor"]
    )
    money = [*_KEY, "amount_minor"]
    again = right[right["scheme_ref"].notna()].duplicated(money)
    rest = right[~right.index.isin(again[again].index)]
    exact = left.merge(rest[rest["scheme_ref"].notna()], on=money, suffixes=("", "_right"))
    left_rest = left[~left["record_id"].isin(exact["record_id"])]
    right_rest = rest[~rest["record_id"].isin(exact["record_id_right"])]
    near = left_rest.merge(right_rest, on=_KEY, suffixes=("", "_right"))
    near = near[(near["amount_minor"] - near["amount_minor_right"]).abs() <= 1]
    by_other = left_rest.merge(right_rest, on=[*_OTHER, "amount_minor"], suffixes=("", "_right"))
    sums = [side.groupby(_KEY)["amount_minor"].sum() for side in (left_rest, right_rest)]
    split = sums[0].to_frame().join(sums[1].to_frame(), rsuffix="_right", how="inner")
    split = split[split["amount_minor"] == split["amount_minor_right"]]
    batches = left.groupby(["batch_ref", "currency"])["net_minor"].sum().reset_index()
    paid = batches.merge(bank, on=["batch_ref", "currency"])
    paid = paid[paid["net_minor"] == paid["amount_minor"]]
    return len(exact) + len(near) + len(by_other) + len(split) + len(paid)


_SQL = """
    create table l as select record_id, scheme_ref, kind, currency, rrn, auth_code, amount_minor,
        business_date, net_minor, batch_ref from 'left.parquet';
    create table r as select * exclude n from (
        select record_id, scheme_ref, kind, currency, rrn, auth_code, amount_minor, business_date,
            row_number() over (
                partition by scheme_ref, kind, currency, amount_minor order by record_id) as n
        from 'right.parquet') where n = 1 or scheme_ref is null;
    create table exact as select l.record_id as l_id, r.record_id as r_id
        from l join r using (scheme_ref, kind, currency, amount_minor);
    create table l2 as select * from l anti join exact on l.record_id = exact.l_id;
    create table r2 as select * from r anti join exact on r.record_id = exact.r_id;
    create table near as select l2.record_id as l_id, r2.record_id as r_id from l2 join r2
        using (scheme_ref, kind, currency) where abs(l2.amount_minor - r2.amount_minor) <= 1;
    create table other as select l2.record_id as l_id, r2.record_id as r_id from l2 join r2
        using (rrn, auth_code, kind, currency, amount_minor);
    create table split as select scheme_ref from
        (select scheme_ref, kind, currency, sum(amount_minor) s from l2 group by all) join
        (select scheme_ref, kind, currency, sum(amount_minor) s from r2 group by all)
        using (scheme_ref, kind, currency, s);
    create table paid as select batch_ref from
        (select batch_ref, currency, sum(net_minor) s from l group by all) join
        'bank.parquet' b using (batch_ref, currency) where s = b.amount_minor;
"""


def duckdb_cascade(folder: Path, _limit: int) -> int:
    """The same cascade as SQL statements, each over what the ones before left."""
    sql = import_module("duckdb").connect()
    os.chdir(folder)
    sql.execute(_SQL)
    found = sql.execute(
        "select (select count(*) from exact) + (select count(*) from near)"
        " + (select count(*) from other) + (select count(*) from split)"
        " + (select count(*) from paid)"
    ).fetchone()
    return int(found[0]) if found else 0


def datacompy_compare(folder: Path, _limit: int) -> int:
    """Datacompy on Polars: one join on the reference, and which columns differ; no cascade."""
    datacompy, pl = import_module("datacompy"), import_module("polars")

    columns = [*_KEY, "amount_minor"]
    left, right = (
        pl.read_parquet(folder / f"{name}.parquet", columns=columns) for name in ("left", "right")
    )
    compared = datacompy.PolarsCompare(left, right, join_columns=["scheme_ref"])
    return int(compared.count_matching_rows())


def sqlite_rows(folder: Path, limit: int) -> int:
    """Our lines one at a time: look the reference up by an index, compare, insert the match."""
    pq = import_module("pyarrow.parquet")

    columns = ["record_id", *_KEY, "amount_minor"]
    sql = sqlite3.connect(":memory:")
    sql.execute("create table r (record_id, scheme_ref, kind, currency, amount_minor, taken)")
    sql.execute("create table m (left_id, right_id)")
    sides = {}
    for name in ("left", "right"):
        table = pq.read_table(folder / f"{name}.parquet", columns=columns)
        table = table.slice(0, limit) if name == "left" and limit else table
        sides[name] = list(zip(*(table.column(c).to_pylist() for c in columns), strict=True))
    if limit:  # both sides of the same references
        known = {row[1] for row in sides["left"]}
        sides["right"] = [row for row in sides["right"] if row[1] in known]
    sql.executemany("insert into r values (?, ?, ?, ?, ?, 0)", sides["right"])
    sql.execute("create index by_ref on r (scheme_ref)")
    for line in sides["left"]:
        found = sql.execute(
            "select rowid, record_id from r where scheme_ref = ? and kind = ? and currency = ?"
            " and amount_minor = ? and taken = 0 order by record_id limit 1",
            line[1:],
        ).fetchone()
        if found is not None:
            sql.execute("update r set taken = 1 where rowid = ?", found[:1])
            sql.execute("insert into m values (?, ?)", (line[0], found[1]))
    sql.commit()
    return int(sql.execute("select count(*) from m").fetchone()[0])


PEERS: dict[str, Callable[[Path, int], int]] = {
    "pandas": pandas_cascade,
    "duckdb": duckdb_cascade,
    "datacompy": datacompy_compare,
    "sqlite": sqlite_rows,
}


def _memory_mib() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # what a process inherits from its parent does not count here
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _main(name: str, folder: str, limit: str = "0") -> None:
    try:
        import_module({"sqlite": "sqlite3"}.get(name, name))
    except ImportError:
        sys.stdout.write(json.dumps({"missing": name}))
        return
    start, spent = time.perf_counter(), time.process_time()
    found = PEERS[name](Path(folder), int(limit))
    sys.stdout.write(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "cpu_seconds": time.process_time() - spent,
                "memory_mib": _memory_mib(),
                "found": found,
            }
        )
    )


if __name__ == "__main__":
    _main(*sys.argv[1:])
