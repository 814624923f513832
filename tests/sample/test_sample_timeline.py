"""Times, days and difficulty of the sample chain."""

import numpy as np

from dagster_project.sample.generate import LAST_DAY_BLOCKS, SampleChain
from dagster_project.sample.timeline import DAY, compact, expand


def test_median_times_follow_their_definition(chain: SampleChain) -> None:
    line = chain.timeline
    for height in range(len(line.time)):
        recent = sorted(line.time[max(0, height - 10) : height + 1].tolist())
        assert line.median_time[height] == recent[len(recent) // 2]


def test_header_times_jitter_but_median_times_do_not(chain: SampleChain) -> None:
    line = chain.timeline
    assert 0.02 < (np.diff(line.time) < 0).mean() < 0.3
    assert (np.diff(line.median_time) >= 0).all()
    assert (line.time[1:] > line.median_time[:-1]).all()


def test_days(chain: SampleChain) -> None:
    blocks = np.bincount(chain.timeline.day)
    assert len(blocks) == chain.plan.days + 1
    assert np.flatnonzero(blocks == 0).tolist() == [150, 151, 300]
    assert blocks[-1] >= LAST_DAY_BLOCKS
    assert chain.timeline.median_time[-1] % DAY < 0.95 * DAY
    assert chain.timeline.time[0] == chain.parameters.genesis_time


def test_some_blocks_are_of_another_day_by_header_time(chain: SampleChain) -> None:
    header_day = chain.timeline.time // DAY - chain.timeline.first_day
    assert 0.02 < (header_day != chain.timeline.day).mean() < 0.5


def test_difficulty_moves_at_retargets_only(chain: SampleChain) -> None:
    bits = [chain.timeline.bits(height) for height in range(len(chain.timeline.time))]
    interval = chain.parameters.retarget_interval
    changes = [height for height in range(1, len(bits)) if bits[height] != bits[height - 1]]
    assert len(changes) >= 20
    assert all(height % interval == 0 for height in changes)
    for height in changes:
        before, after = (expand(int(bits[at], 16)) for at in (height - 1, height))
        assert 0.24 < after / before < 4
        timespan = int(chain.timeline.time[height - 1] - chain.timeline.time[height - interval])
        planned = DAY * interval // chain.plan.blocks_per_day
        assert after == expand(compact(before * timespan // planned))


def test_halvings_lie_inside(chain: SampleChain) -> None:
    assert len(chain.timeline.time) // chain.parameters.halving_interval == 2
