"""The columns of users' export files: how they are read, what may be wrong with them, and how they are converted."""

from collections.abc import Mapping

from dagster_project.chain.sources.export import EXPORTED_BLOCK_COLUMNS
from dagster_project.chain.sources.row_problems import (
    BLOCK_VALUES,
    NO_INPUTS,
    TRANSACTION_VALUES,
    missing_values,
    problems_of_parts,
)
from dagster_project.chain.sources.unresolved import SUM_OF_OUTPUTS, UNRESOLVED_FEE, UNRESOLVED_INPUTS
from dagster_project.lake.raw_day import TRANSACTION_COLUMNS

COIN = 100_000_000

# Types that lose nothing: DuckDB would round a fraction of a satoshi, and turn a number in ``bits`` into text.
BLOCKS_AS_WRITTEN: Mapping[str, str] = EXPORTED_BLOCK_COLUMNS | {
    "timestamp": "VARCHAR",
    "nonce": "JSON",
    "bits": "JSON",
    "type": "VARCHAR",
}
TRANSACTIONS_AS_WRITTEN: Mapping[str, str] = {
    **TRANSACTION_COLUMNS,
    "block_timestamp": "VARCHAR",
    "inputs": "STRUCT(index BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR, "
    "script_hex VARCHAR, sequence BIGINT)[]",
    "outputs": "STRUCT(index BIGINT, script_asm VARCHAR, script_hex VARCHAR, type VARCHAR, addresses VARCHAR[], "
    "value DOUBLE)[]",
    "output_value": "DOUBLE",
    "input_value": "VARCHAR",
    "fee": "VARCHAR",
    "type": "VARCHAR",
}

MACROS = r"""
    -- Seconds since 1970, or a time in UTC or with an offset; null where it is neither.
    CREATE OR REPLACE TEMP MACRO header_time(text) AS CASE
        WHEN regexp_full_match(text, '[0-9]{1,10}(\.0+)?')
            THEN nullif(TRY_CAST(text AS BIGINT), 0)
        -- A timestamp without a zone is taken as UTC; DuckDB heeds an offset only with one.
        WHEN regexp_full_match(text, '[0-9]{4}(-[0-9]{2}){2}[T ]([0-9]{2}:){2}[0-9]{2}(\.0+)?( ?UTC|Z)?')
            THEN epoch(TRY_CAST(text AS TIMESTAMP))::BIGINT
        WHEN regexp_full_match(text, '[0-9]{4}(-[0-9]{2}){2}[T ]([0-9]{2}:){2}[0-9]{2}(\.0+)?[+-][0-9]{2}(:?[0-9]{2})?')
            -- DuckDB reads hours and minutes of an offset with a colon between them.
            THEN epoch(TRY_CAST(regexp_replace(text, '([+-][0-9]{2})([0-9]{2})$', '\1:\2') AS TIMESTAMPTZ))::BIGINT
    END;
    -- Eight hexadecimal digits, whether they are written so, after 0x, or as a number. Eight decimal digits are
    -- hexadecimal ones: as a number they would be a target that no chain has had.
    CREATE OR REPLACE TEMP MACRO compact_target(json) AS CASE
        WHEN regexp_full_match(json, '"?(0[xX])?[0-9a-fA-F]{8}"?') THEN lower(right(rtrim(json, '"'), 8))
        WHEN regexp_full_match(json, '"?[0-9]{9}"?') THEN printf('%08x', TRY_CAST(trim(json, '"') AS BIGINT))
    END;
    CREATE OR REPLACE TEMP MACRO header_nonce(json) AS CASE
        WHEN regexp_full_match(json, '"(0[xX])?[0-9a-fA-F]{1,8}"')
            THEN lower(regexp_extract(json, '([0-9a-fA-F]+)"$', 1))
        WHEN regexp_full_match(json, '[0-9]{1,10}|"[0-9]{9,10}"') AND TRY_CAST(trim(json, '"') AS BIGINT) < 4294967296
            THEN printf('%x', TRY_CAST(trim(json, '"') AS BIGINT))
    END;
    CREATE OR REPLACE TEMP MACRO plain(number) AS
        CASE WHEN abs(number) < 1e15 AND number = floor(number) THEN number::BIGINT::VARCHAR ELSE number::VARCHAR END
"""

BLOCK_PROBLEMS = [
    *missing_values(*BLOCK_VALUES),
    ("number < 0", "'number is ' || number || ', which is no height'"),
    (
        "coalesce(header_time(timestamp) NOT BETWEEN 1 AND 4294967295, true)",
        "'timestamp is ' || timestamp || ', which is neither seconds since 1970 nor a time in UTC'",
    ),
    ("compact_target(bits) IS NULL", "'bits is ' || bits || ', not eight hexadecimal digits'"),
    ("nonce IS NOT NULL AND header_nonce(nonce) IS NULL", "'nonce is ' || nonce || ', not eight hexadecimal digits'"),
]
FRACTIONS = "[x FOR x IN outputs IF x.value <> floor(x.value)]"
IMPOSSIBLE = "[x FOR x IN outputs IF NOT x.value BETWEEN 0 AND 2100000000000000]"
TRANSACTION_PROBLEMS = [
    *missing_values(*TRANSACTION_VALUES),
    NO_INPUTS,
    (
        "block_timestamp IS NOT NULL AND header_time(block_timestamp) IS NULL",
        "'block_timestamp is ' || block_timestamp || ', which is neither seconds since 1970 nor a time in UTC'",
    ),
    *problems_of_parts("inputs", "input", "spent_transaction_hash", "spent_output_index"),
    *problems_of_parts("outputs", "output", "index", "script_hex", "value"),
    (
        f"len({FRACTIONS}) > 0",
        f"'output ' || {FRACTIONS}[1].index || ' has the value ' || {FRACTIONS}[1].value || ', not a whole number of "
        f"satoshi (amounts in BTC have to be multiplied by {COIN})'",
    ),
    (
        f"len({IMPOSSIBLE}) > 0",
        f"'output ' || {IMPOSSIBLE}[1].index || ' has the value ' || plain({IMPOSSIBLE}[1].value) || ', which no "
        "output can have'",
    ),
    (
        "output_value IS NOT NULL AND output_value <> list_sum([x.value FOR x IN outputs])",
        "'output_value is ' || plain(output_value) || ', but the outputs add up to ' || "
        "plain(list_sum([x.value FOR x IN outputs]))",
    ),
]

BLOCK = ", ".join(
    {
        "timestamp": "header_time(timestamp) AS timestamp",
        "nonce": "header_nonce(nonce) AS nonce",
        "bits": "compact_target(bits) AS bits",
    }.get(name, name)
    for name in EXPORTED_BLOCK_COLUMNS
)
OUTPUTS = """
    [{'index': x.index, 'script_asm': x.script_asm, 'script_hex': x.script_hex, 'required_signatures': NULL::BIGINT,
        'type': x.type, 'addresses': x.addresses, 'value': TRY_CAST(x.value AS BIGINT)} FOR x IN outputs]
"""
TRANSACTION = ", ".join(
    {
        "block_timestamp": "header_time(block_timestamp) AS block_timestamp",
        "inputs": f"{UNRESOLVED_INPUTS} AS inputs",
        "outputs": f"{OUTPUTS} AS outputs",
        "input_value": "0::BIGINT AS input_value",
        "output_value": f"{SUM_OF_OUTPUTS} AS output_value",
        "fee": f"{UNRESOLVED_FEE} AS fee",
    }.get(name, name)
    for name in TRANSACTION_COLUMNS
)
