"""What was taken of the user's files is told at the end of a build and in the status."""

import json
import re
from pathlib import Path

from tests.cli.command import LAST_DAY, satledger
from tests.reference.chains import ChainOptions, build_chain


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_a_build_and_the_status_tell_what_was_taken_by_file(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "[my] prices"
    folder.mkdir()
    (folder / "BTC-USD.csv").write_text(
        "Date,Open,High,Low,Close,Adj Close,Volume\n2022-01-05,1,2,1,43569.25,43569.25,9\n2022-01-06,,,,null,,\n",
        encoding="utf-8",
    )
    (folder / "usdk.csv").write_text("time,AdrActCnt\n2022-01-05,5\n", encoding="utf-8")
    (folder / "README.md").write_text("mine\n", encoding="utf-8")
    built = satledger(home, "build", "--to", LAST_DAY, SATLEDGER_PRICES=str(folder))
    assert built.returncode == 0, built.stderr
    details = [
        "BTC-USD.csv: 1 row taken; left aside: 1 row (no price)",
        "README.md: left aside: no .csv file",
        "usdk.csv: left aside: no asset of satledger: usdk",
    ]
    summary = f"1 row taken, 1 row and 2 files left aside; from {folder}"
    told = lines_of(built.stderr)
    start = told.index(f"prices: {summary}")
    assert told[start + 1 : start + 4] == details
    assert any(
        line.startswith("exchange labels: ") and line.endswith("rows taken, nothing left aside") for line in told
    )
    price = satledger(
        home,
        "sql",
        "--csv",
        "select value_text from metrics_daily where asset = 'btc' and metric = 'PriceUSD' and time = '2022-01-05'",
    )
    assert price.stdout.split() == ["value_text", "43569.25"]

    (folder / "BTC-USD.csv").rename(folder / "doge-usd.csv")
    refused = satledger(home, "build", "--to", LAST_DAY, SATLEDGER_PRICES=str(folder))
    assert refused.returncode == 1
    assert f"Nothing was taken of the prices at {folder}" in refused.stderr
    assert "doge-usd.csv: no asset of satledger: doge-usd" in lines_of(refused.stderr)

    # What the home holds is what was taken before.
    status = lines_of(satledger(home, "status").stdout)
    assert f"prices                  {summary}" in status
    assert set(details) <= set(status)


def test_a_build_and_the_status_tell_what_was_taken_of_exports(tmp_path: Path) -> None:
    chain = build_chain(ChainOptions(seed=3, blocks=12, days=4))
    folder, home = tmp_path / "export", tmp_path / "home"
    folder.mkdir()
    for file, rows in (("blocks", chain.blocks), ("transactions", chain.transactions)):
        (folder / f"{file}.json").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "blocks.csv").write_text("hash,number\n", encoding="utf-8")
    settings = {
        "SATLEDGER_CHAIN": "regtest",
        "SATLEDGER_SOURCE": "files",
        "SATLEDGER_FILES": str(folder),
        "SATLEDGER_MIN_CONFIRMATIONS": "1",
    }
    built = satledger(home, "build", **settings)
    assert built.returncode == 0, built.stderr
    told = lines_of(built.stderr)
    start = next(number for number, line in enumerate(told) if line.startswith("blocks: "))
    assert told[start].endswith(f" rows and 1 file left aside; from {folder}")
    taken = int(told[start].split()[1])
    (later,) = re.findall(
        r"blocks.json: (\d+) rows? taken; left aside: (\d+) rows? \(of days that are not c", "".join(told)
    )
    assert int(later[0]) + int(later[1]) == len(chain.blocks) and 0 < int(later[0]) < taken
    reason = "CSV, which cannot hold inputs and outputs as they are: export it as JSON lines"
    assert any(line.startswith(f"blocks.csv: left aside: {reason}") for line in told)

    (folder / "blocks.csv").rename(folder / "blocks (old).csv")
    again = satledger(home, "build", **settings)
    assert again.returncode == 0, again.stderr
    assert any(line.startswith(f"blocks (old).csv: left aside: {reason}") for line in lines_of(again.stderr))
    status = lines_of(satledger(home, "status", **settings).stdout)
    assert f"blocks                  {told[start].removeprefix('blocks: ')}" in status
    assert any(line.startswith("blocks (old).csv: left aside: CSV") for line in status)
