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
# Of single transactions; together they fit the size that the source gives of their block.
WITNESS_SIZES = "sizes of witnesses"
COINBASE_CONTENTS = "contents of coinbases"
# Of days that entered without any proof.
EVERYTHING = "everything"

# Reasons why something is not proven.
NOBODY_MINED = "nobody mined this chain"
NOT_HELD_BEFORE = "the lake did not hold the blocks before"

# What can be proven with every source. Witnesses are not listed, because not all sources give them.
USUAL = (*HEADERS, *MINED, TRANSACTION_IDS, MERKLE_ROOTS, SIZES, COINBASE_CONTENTS, EVERYTHING)
