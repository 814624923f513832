"""How dbt's models appear in Dagster: grouped by their folder."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

OWNER = "team:satledger"


class ModelTranslator(DagsterDbtTranslator):
    """Gives every model its group and owner; keys, descriptions, kinds and checks are dagster-dbt's."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The folder of a model below ``models/``, or ``seeds``."""
        return "seeds" if dbt_resource_props["resource_type"] == "seed" else dbt_resource_props["fqn"][1]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """One team owns all models."""
        return super().get_owners(dbt_resource_props) or [OWNER]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description in dbt, without the SQL that dagster-dbt would add; dbt's docs show the SQL better."""
        return dbt_resource_props["description"] or super().get_description(dbt_resource_props)

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Return a test as a check, described by the comment that its SQL begins with."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec._replace(description=opening_comment(manifest["nodes"][unique_id]["raw_code"])) if spec else None


def opening_comment(sql: str) -> str | None:
    """Return the comment lines at the start of SQL as one text; None if there are none."""
    lines = (line.strip() for line in sql.splitlines())
    comment = itertools.takewhile(lambda line: line.startswith("--"), lines)
    return " ".join(line.removeprefix("--").strip() for line in comment) or None
