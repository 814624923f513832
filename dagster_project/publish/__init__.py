"""What is published: Parquet files that never change, and a small DuckDB file, replaced in whole, that names them."""
