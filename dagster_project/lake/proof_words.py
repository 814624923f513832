"""What is proven of raw days, in the words of manifests, `status`, Dagster and what is served."""

# Of headers.
HEADERS = ("block ids", "links")
MINED = ("proof of work", "targets", "header times")
# Of the contents of blocks.
TRANSACTION_IDS = "transaction ids"
MERKLE_ROOTS = "Merkle roots"
SIZES = "sizes"
WITNESSES = "witness commitments"
COINBASE_CONTENTS = "contents of coinbases"
# Of days that entered without any proof.
EVERYTHING = "everything"

# What sources tell enough to prove, on every chain; or all of it.
TOLD_BY_SOURCES = (*HEADERS, TRANSACTION_IDS, MERKLE_ROOTS, SIZES, COINBASE_CONTENTS, EVERYTHING)
