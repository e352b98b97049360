# SPDX-License-Identifier: Apache-2.0
"""Workers and their receive queues."""

from lab import Daemon, check, wait_for

ALONE = 'it measures load'

TWO_LOUD = '''workers: {n: 2, rebalance-interval-s: %d}
bridges:
  - name: br0
    ports:
      - {name: loud1, dev: net_null1, n-rxq: 1}
      - {name: quiet, dev: "net_null2,no-rx=1", n-rxq: 1}
      - {name: loud2, dev: net_null3, n-rxq: 1}
    flows: ["in_port=loud1,actions=drop", "in_port=loud2,actions=drop"]
'''


def worker_of(d):
    return {q['port']: w['worker'] for w in d.json('worker', 'show') for q in w['queues']}


def test_queues_move_to_the_idle_worker(lab):
    d = Daemon(lab, TWO_LOUD % 1)
    places = worker_of(d)
    check(set(places) == {'loud1', 'quiet', 'loud2'}, f'{places}')
    wait_for('a move', lambda: worker_of(d)['loud1'] != worker_of(d)['loud2'], 20)
    with open(d.log_path) as f:
        log = f.read()
    check('receive queues moved: packets took ' in log, log)
    check('from worker 0 to worker 1' in log, log)
    check(d('audit').endswith('balanced\n'), 'audit')


def test_queues_stay_if_told_so(lab):
    d = Daemon(lab, TWO_LOUD % 0)
    before = worker_of(d)
    check(before['loud1'] == before['loud2'] != before['quiet'], f'{before}')
    wait_for('load', lambda: d.json('worker', 'show')[0]['load_percent'] > 10, 20)
    for _ in range(3):
        d('top', '--once', '--interval', '1')
    check(worker_of(d) == before, f'{worker_of(d)}')
