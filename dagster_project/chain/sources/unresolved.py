"""What a raw day holds of a transaction, whatever the source: its own outputs, but no details of the outputs it spends.

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
# With the witnesses, for sources whose transaction ids may include witnesses.
UNRESOLVED_WITNESS_INPUTS = f"[{{{_UNRESOLVED_INPUT}, 'txinwitness': x.txinwitness}} FOR x IN coalesce(inputs, [])]"
# Null where a value is impossible; such a row is refused elsewhere, with its file and line.
SUM_OF_OUTPUTS = "TRY_CAST(list_sum([x.value FOR x IN outputs]) AS BIGINT)"
# As bitcoin-etl writes it where inputs are not resolved: their values count as 0.
UNRESOLVED_FEE = f"CASE WHEN is_coinbase THEN 0 ELSE -{SUM_OF_OUTPUTS} END"
