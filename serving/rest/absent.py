"""Error messages for endpoints that do not exist here, with the nearest alternative."""

import re

_SERIES = "/v4/timeseries/asset-metrics"
_CATALOGUE = "/v4/catalog-v2/asset-metrics"
_TABLE = "of the published copy (`satledger sql`)"

# The vendor's other endpoints, by path below /v4; the first match counts.
_INSTEAD = tuple(
    (re.compile(path), instead)
    for path, instead in (
        (
            r"timeseries-stream/",
            f"nothing is streamed here, the same values are at {_SERIES} once their day is published",
        ),
        (
            r"timeseries/(exchange-(asset-)?metrics)",
            f"what exchanges receive, send and hold are metrics such as FlowInExNtv and SplyExNtv at {_SERIES}",
        ),
        (
            r"timeseries/(market|pair|index|exchange-pair)-",
            f"there is no market data here, daily prices are the metric PriceUSD at {_SERIES}",
        ),
        (
            r"timeseries/(mempool-feerates|mining-pool-tips-summary)",
            f"a day's fees and blocks are metrics such as FeeTotNtv and BlkCnt at {_SERIES}",
        ),
        (r"timeseries(/|$)", f"the only time series are the asset metrics at {_SERIES}"),
        (
            r"blockchain-v2/[^/]+/sub-accounts",
            "accounts are at /v4/blockchain-v2/btc/accounts, and which output an input spends is in the table "
            f"spent_outputs {_TABLE}",
        ),
        (
            r"blockchain(-v2)?(/|$)",
            "the ledger is at /v4/blockchain-v2/btc/blocks, /v4/blockchain-v2/btc/transactions, "
            "/v4/blockchain-v2/btc/accounts and /v4/blockchain-v2/btc/balance-updates",
        ),
        (
            r"ledger(/|$)",
            "what the ledger's explorer asks is at /v4/ledger/btc/blocks, transactions, entries, account-days, labels, "
            "exchanges, members, flow-transactions and flow-transfers",
        ),
        (
            r"blockchain-metadata(/|$)",
            f"labelled addresses are at /v4/ledger/btc/labels, and the table exchange_addresses {_TABLE}",
        ),
        (
            r"(catalog|catalog-all|catalog-v2|catalog-all-v2)(/|$)",
            f"what there is of which asset, and from when to when, is listed at {_CATALOGUE}",
        ),
        (
            r"reference-data(/|$)",
            "metrics are described at /v4/reference-data/asset-metrics, assets at /v4/reference-data/assets",
        ),
        (
            r"(profile|security-master|taxonomy|taxonomy-metadata)(/|$)",
            "what is known of assets is their names, at /v4/reference-data/assets",
        ),
        (r"", f"values are at {_SERIES}, what there is is listed at {_CATALOGUE}, and all endpoints are at /docs"),
    )
)
_OTHERWISE = "the page is at /, the REST interface below /v4 (described at /docs), GraphQL at /graphql"


def nothing_at(path: str) -> str:
    """The error message for a path without an endpoint."""
    _, prefix, below = path.partition("/v4/")
    instead = _OTHERWISE
    if prefix and path.startswith("/v4/"):
        instead = next(sentence for pattern, sentence in _INSTEAD if pattern.match(below))
    return f"There is nothing at {path[:200]}: {instead}."
