"""The published copy: Parquet files that never change, and a small DuckDB file that lists them and is replaced."""
