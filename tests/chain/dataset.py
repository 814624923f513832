"""A data set in the layout of the public one, made from a bitcoin-etl export; and a server that offers it as S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import duckdb

from dagster_project.lake.raw_day import BLOCK_COLUMNS, TRANSACTION_COLUMNS
from dagster_project.lake.staging import columns_literal
from tests.http_server import serving

# What the public data set says of an output's address: one, not a list.
OUTPUTS = """
    [{'index': x.index::BIGINT, 'script_asm': x.script_asm, 'script_hex': x.script_hex,
      'required_signatures': x.required_signatures, 'type': x.type, 'address': x.addresses[1],
      'value': x.value / 1e8} FOR x IN outputs]
"""


def write_dataset(folder: Path, export: Path) -> Path:
    """Write folders of Parquet by header date from an export, with the data set's types; inputs are resolved."""
    block_columns = {k: v for k, v in BLOCK_COLUMNS.items() if k not in ("median_time", "previous_hash")}
    with duckdb.connect() as connection:
        for name, columns in (("blocks", block_columns), ("transactions", TRANSACTION_COLUMNS)):
            connection.execute(
                f"CREATE TABLE {name} AS FROM read_json('{export}/{name}.json*', format = 'newline_delimited', "
                f"columns = {columns_literal(columns)})"
            )
        connection.execute(f"""
            COPY (
                SELECT hash, size, stripped_size, weight, number, version::INT AS version, merkle_root,
                    to_timestamp(timestamp)::TIMESTAMP AS timestamp, ('0x' || nonce)::BIGINT AS nonce, bits,
                    coinbase_param, transaction_count,
                    to_timestamp(list_sort(list(timestamp) OVER (ORDER BY number ROWS 10 PRECEDING))[
                        least(number + 1, 11) // 2 + 1])::TIMESTAMP AS mediantime,
                    1.0::DOUBLE AS difficulty, '02' AS chainwork,
                    lag(hash) OVER (ORDER BY number) AS previousblockhash,
                    to_timestamp(timestamp)::TIMESTAMP::DATE AS date
                FROM blocks
            ) TO '{folder}/blocks' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY date)
        """)
        connection.execute(f"""
            CREATE TABLE spent AS
            SELECT hash, unnest(outputs, recursive := true) FROM transactions;
            CREATE TABLE resolved AS
            SELECT i.hash, list({{
                'index': i.index, 'spent_transaction_hash': i.spent_transaction_hash,
                'spent_output_index': i.spent_output_index, 'script_asm': i.script_asm, 'script_hex': i.script_hex,
                'sequence': i.sequence, 'required_signatures': i.required_signatures, 'type': spent.type,
                'address': spent.addresses[1], 'value': spent.value / 1e8}} ORDER BY i.index) AS inputs,
                sum(spent.value) AS input_value
            FROM (SELECT hash, unnest(inputs, recursive := true) FROM transactions) AS i (hash, index,
                spent_transaction_hash, spent_output_index, script_asm, script_hex, sequence, required_signatures)
            JOIN spent ON i.spent_transaction_hash = spent.hash AND i.spent_output_index = spent.index
            GROUP BY i.hash;
            COPY (
                SELECT hash, size, virtual_size, version, lock_time, block_hash, block_number,
                    to_timestamp(block_timestamp)::TIMESTAMP AS block_timestamp, index, input_count, output_count,
                    coalesce(resolved.input_value, 0) / 1e8 AS input_value, output_value / 1e8 AS output_value,
                    CASE WHEN is_coinbase THEN 0 ELSE (resolved.input_value - output_value) / 1e8 END AS fee,
                    is_coinbase, resolved.inputs, {OUTPUTS} AS outputs,
                    to_timestamp(block_timestamp)::TIMESTAMP::DATE AS date
                FROM transactions LEFT JOIN resolved USING (hash)
            ) TO '{folder}/transactions' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY date)
        """)
    return folder


@contextmanager
def s3_server(bucket: Path) -> Iterator[str]:
    """Host and port of a server that offers a folder as the S3 bucket of the same name, to read and to list."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            url = urlsplit(self.path)
            path = bucket.parent / unquote(url.path).lstrip("/")
            if "authorization" in {name.lower() for name in self.headers}:
                self.send(403, b"", body)
            elif path == bucket:
                self.send(200, listing(bucket, parse_qs(url.query).get("prefix", [""])[0]), body)
            elif path.is_file():
                self.send_part(path.read_bytes(), body)
            else:
                self.send(404, b"", body)

        def send_part(self, data: bytes, body: bool) -> None:
            wanted = self.headers.get("Range")
            if not wanted:
                self.send(200, data, body)
                return
            first, last = wanted.removeprefix("bytes=").split("-")
            start, end = (int(first), int(last)) if first else (len(data) - int(last), len(data) - 1)
            self.send(206, data[start : end + 1], body, f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}")

        def send(self, status: int, data: bytes, body: bool, content_range: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
            self.send_header("ETag", '"1"')
            if content_range:
                self.send_header("Content-Range", content_range)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Handler) as port:
        yield f"127.0.0.1:{port}"


def listing(bucket: Path, prefix: str) -> bytes:
    """What S3 answers to ListObjectsV2."""
    files = sorted(path for path in bucket.rglob("*") if path.is_file())
    contents = "".join(
        f"<Contents><Key>{escape(quote(key))}</Key><Size>{path.stat().st_size}</Size>"
        '<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"1"</ETag></Contents>'
        for path in files
        if (key := str(path.relative_to(bucket))).startswith(prefix)
    )
    return (
        f"<?xml version='1.0'?><ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
    )
