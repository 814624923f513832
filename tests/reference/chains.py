"""Random small chains that are hard on every definition, in bitcoin-etl's schema.

``build_chain`` is a function of its options alone; ``chains`` is the hypothesis strategy over them.
"""

from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from .chain_builder import ChainBuilder
from .consensus_time import block_days
from .random_chain import ChainOptions, RandomChain, header_times


def build_chain(options: ChainOptions) -> RandomChain:
    """Build the chain that the options describe: the same options, the same chain."""
    builder = ChainBuilder(options)
    times = header_times(options, builder.result.chain)
    first_drawn = 1 + options.leading_blocks
    for height, time in enumerate(times):
        builder.add_block(height, time, quiet=not first_drawn <= height < first_drawn + options.blocks)
    chain = builder.result
    random = Random(f"{options.seed}/prices")
    days = block_days(times)
    for offset in range((days[-1] - days[0]).days + 1):
        if options.priced and random.random() < 0.8:
            digits = random.randrange(1, 10 ** random.randint(1, 15))
            chain.prices[days[0] + timedelta(days=offset)] = Decimal(digits).scaleb(-random.randint(0, 10))
    return chain


@st.composite
def chains(draw: st.DrawFn, long_gap: bool = False, halvings: bool = False, old_node: bool = False) -> RandomChain:
    """Draw a random chain of 3 to 40 blocks over 1 to 12 days, and what is needed to complete its last day.

    Args:
        draw: hypothesis's own.
        long_gap: put 366 to 420 days without blocks somewhere in between, so that accounts cease to be active.
        halvings: let the chain begin with so many coinbase-only blocks that the subsidy halves among the drawn ones.
        old_node: write rows as a node older than version 22 does.

    """
    return build_chain(
        ChainOptions(
            seed=draw(st.integers(0, 2**32)),
            blocks=draw(st.integers(3, 40)),
            days=draw(st.integers(1, 12)),
            keys=draw(st.integers(1, 6)),
            payments=draw(st.integers(0, 5)),
            labels=draw(st.integers(0, 6)),
            leading_blocks=draw(st.integers(135, 149)) if halvings else 0,
            genesis_gap=draw(st.booleans()),
            long_gap_days=draw(st.integers(366, 420)) if long_gap else 0,
            duplicates=draw(st.booleans()),
            old_node=old_node,
            hard_bits=draw(st.booleans()),
            priced=draw(st.booleans()),
            min_confirmations=draw(st.integers(0, 6)),
        )
    )


__all__ = ["ChainOptions", "RandomChain", "build_chain", "chains"]
