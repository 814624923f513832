"""What is documented is what is built."""

import json

from tests.warehouse.harness import Home


def test_documented_columns_are_built_columns(regtest_home: Home) -> None:
    manifest = json.loads((regtest_home.settings.home / "target" / "manifest.json").read_text())
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    with regtest_home.reading() as connection:
        rows = connection.execute("select table_name, column_name from duckdb_columns() where schema_name = 'main'")
        built: dict[str, set[str]] = {}
        for table, column in rows.fetchall():
            built.setdefault(table, set()).add(column)
    wrong = {}
    for model in models:
        if model["config"]["materialized"] == "ephemeral":
            continue
        documented = {name for name, column in model["columns"].items() if column["description"].strip()}
        if documented != built[model["name"]] or not model["description"].strip():
            wrong[model["name"]] = documented ^ built[model["name"]]
    assert wrong == {}
