"""Compares inputs that a source has resolved itself with the outputs that they spend."""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class InputCrosscheck:
    """How a source's resolved inputs compare with its outputs.

    Attributes:
        compared: inputs that carry a value and spend an output of the same group of blocks.
        differing: those whose value or address is not the output's.
        example: the first of these, as text.
    """

    compared: int
    differing: int
    example: str

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"{self.differing} of {self.compared} inputs are resolved otherwise than the outputs that they spend; "
            f"the first is {self.example}"
        )


def compare_resolved_inputs(connection: duckdb.DuckDBPyConnection) -> InputCrosscheck:
    """Compare resolved inputs with the outputs in ``resolved_transactions``; the build never uses resolved inputs."""
    compared, differing, example = connection.execute("""
        WITH inputs AS (
            SELECT block_number, index AS transaction_index, hash, unnest(inputs) AS input FROM resolved_transactions
        ),
        outputs AS (SELECT hash, unnest(outputs) AS output FROM resolved_transactions),
        pairs AS (
            SELECT block_number, transaction_index, inputs.hash, input, output,
                input.value <> output.value
                OR (len(input.addresses) > 0 AND input.addresses IS DISTINCT FROM output.addresses) AS differs
            FROM inputs JOIN outputs
                ON input.spent_transaction_hash = outputs.hash AND input.spent_output_index = output.index
            WHERE input.value IS NOT NULL
        )
        SELECT count(*), count(*) FILTER (differs),
            coalesce(min_by(
                printf('input %d of transaction %s in block %d: %d satoshi of %s, where the output has %d of %s',
                    input.index, hash, block_number, input.value, array_to_string(input.addresses, ' '), output.value,
                    array_to_string(output.addresses, ' ')),
                (block_number, transaction_index, input.index)) FILTER (differs), '')
        FROM pairs
    """).fetchall()[0]
    return InputCrosscheck(compared, differing, example)
