"""The boards that are ready."""

import json
import re

from dagster_project.settings import SEEDS
from serving.served_files import STATIC


def test_ready_boards_name_metrics_that_there_are() -> None:
    known = {line.split(",")[0] for line in (SEEDS / "metric_catalog.csv").read_text(encoding="utf-8").splitlines()}
    listed = json.loads((STATIC / "boards" / "index.json").read_text(encoding="utf-8"))
    assert {f"{one['id']}.json" for one in listed} == {
        path.name for path in (STATIC / "boards").iterdir() if path.name != "index.json"
    }
    for one in listed:
        board = json.loads((STATIC / "boards" / f"{one['id']}.json").read_text(encoding="utf-8"))
        assert board["title"] == one["title"]
        for chart in board["charts"]:
            named = {metric for text in chart["series"] for metric in re.findall(r"btc:([\w.]+)", text)}
            assert named and named <= known
