"""The warehouse: a DuckDB file that dbt's models write."""
