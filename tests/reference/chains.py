"""Random small chains that are hard on every definition, in bitcoin-etl's schema."""

from datetime import timedelta
from decimal import Decimal
from random import Random

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
        if random.random() < options.priced:
            digits = random.randrange(1, 10 ** random.randint(1, 15))
            chain.prices[days[0] + timedelta(days=offset)] = Decimal(digits).scaleb(-random.randint(0, 10))
    return chain


__all__ = ["ChainOptions", "RandomChain", "build_chain"]
