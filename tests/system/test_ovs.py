# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch as an oracle: the same tables and packets in both, treated alike.

On failure the seed, the tables and both traces are printed. More of them: oracle_run."""
from cases import Oracle
from lab import check

N_SETS = 510
N_PACKETS = 42
FIRST_SEED = 20000


def test_random_tables_are_treated_alike(lab):
    oracle = Oracle(lab)
    for seed in range(FIRST_SEED, FIRST_SEED + N_SETS):
        oracle.table_set(seed, N_PACKETS)
    tally = oracle.tally
    for line in tally.lines():
        lab.remark(line)
    check(tally.n >= 20000, f'only {tally.n} packets were compared')
    check(tally.n_wide >= 0.95 * tally.n, 'narrower megaflows than Open vSwitch has')
