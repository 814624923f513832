"""What was taken of the user's files is told at the end of a build and in the status."""

from pathlib import Path

from tests.cli.command import LAST_DAY, satledger


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
