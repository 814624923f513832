"""Names of what is proven of raw days, as used in manifests, `status`, Dagster and the served pages."""

# Of headers.
HEADERS = ("block ids", "links")
TARGETS = "targets"
HEADER_TIMES = "header times"
MINED = ("proof of work", TARGETS, HEADER_TIMES)
# Of the contents of blocks.
TRANSACTION_IDS = "transaction ids"
MERKLE_ROOTS = "Merkle roots"
SIZES = "sizes"
WITNESSES = "witness commitments"
# What a commitment proves; without it sizes only fit each other, and the size that the source gives of the block.
WITNESS_SIZES = "sizes of witnesses"
COINBASE_CONTENTS = "contents of coinbases"
# Of days that entered without any proof.
EVERYTHING = "everything"

# Reasons why something is not proven.
NOBODY_MINED = "nobody mined this chain"
NOT_HELD_BEFORE = "the lake did not hold the blocks before"

# What can be proven with every source. What concerns witnesses is not listed, because export files do not have them.
USUAL = (*HEADERS, *MINED, TRANSACTION_IDS, MERKLE_ROOTS, SIZES, COINBASE_CONTENTS, EVERYTHING)
