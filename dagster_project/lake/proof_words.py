"""What is proven of raw days, in the words of manifests, `status`, Dagster and what is served."""

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
COINBASE_CONTENTS = "contents of coinbases"
# Of days that entered without any proof.
EVERYTHING = "everything"

# Why not.
NOBODY_MINED = "nobody mined this chain"
NOT_HELD_BEFORE = "the lake did not hold the blocks before"

# What no day has to lack: not all sources tell witnesses, and no chain that nobody mined has work.
USUAL = (*HEADERS, *MINED, TRANSACTION_IDS, MERKLE_ROOTS, SIZES, COINBASE_CONTENTS, EVERYTHING)
