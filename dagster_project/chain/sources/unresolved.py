"""What a raw day holds of a transaction, whatever its source knows: its own outputs, not those that it spends.

The ledger finds the outputs that inputs spend by itself. So a source that has resolved them (the public data set,
``enrich_transactions``) gives the same raw days, byte for byte, as one that has not.
"""

_UNRESOLVED_INPUT = """
    'index': x.index, 'spent_transaction_hash': x.spent_transaction_hash,
    'spent_output_index': x.spent_output_index, 'script_asm': x.script_asm, 'script_hex': x.script_hex,
    'sequence': x.sequence, 'required_signatures': NULL::BIGINT, 'type': NULL::VARCHAR,
    'addresses': []::VARCHAR[], 'value': NULL::BIGINT
"""
UNRESOLVED_INPUTS = f"[{{{_UNRESOLVED_INPUT}}} FOR x IN coalesce(inputs, [])]"
# With the witnesses, for sources that name transactions by their ids with witnesses.
UNRESOLVED_WITNESS_INPUTS = f"[{{{_UNRESOLVED_INPUT}, 'txinwitness': x.txinwitness}} FOR x IN coalesce(inputs, [])]"
# Null where a value is impossible, which is refused with its place.
SUM_OF_OUTPUTS = "TRY_CAST(list_sum([x.value FOR x IN outputs]) AS BIGINT)"
# As bitcoin-etl writes it where inputs are not resolved: their values count as 0.
UNRESOLVED_FEE = f"CASE WHEN is_coinbase THEN 0 ELSE -{SUM_OF_OUTPUTS} END"
