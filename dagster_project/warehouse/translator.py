"""How dbt's models appear in Dagster: grouped by the folder they lie in."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_dbt import DagsterDbtTranslator

OWNER = "team:satledger"


class ModelTranslator(DagsterDbtTranslator):
    """Gives every model its group and owner; keys, descriptions, kinds and checks are dagster-dbt's."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The folder below ``models/`` that a model lies in, or ``seeds``."""
        return "seeds" if dbt_resource_props["resource_type"] == "seed" else dbt_resource_props["fqn"][1]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """One team owns all models."""
        return super().get_owners(dbt_resource_props) or [OWNER]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What dbt documents, without the SQL that dagster-dbt would add: the docs show it better."""
        return dbt_resource_props["description"] or super().get_description(dbt_resource_props)
