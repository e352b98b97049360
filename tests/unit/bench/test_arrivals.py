#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Scheduled packets of the benchmark's ports, their latencies, and what is read from the board."""
import ctypes
import os
import random
import tempfile
import unittest

import parts

import board
from board import Board, bucket_end, quantile

ORDER, FRESH = 0, 1


class Schedule(parts.OnBoard):
    def setUp(self):
        super().setUp()
        self.arrivals = parts.Arrivals()

    def advance(self, now, order, fresh=0):
        periods = (parts.U64 * 2)(order, fresh)
        return self.lib.arrivals_advance(ctypes.byref(self.arrivals), now, periods, self.mapped)

    def take(self, n):
        return [(a.due, a.stream) for a in (self.lib.arrivals_take(ctypes.byref(self.arrivals)) for _ in range(n))]

    def test_due_times(self):
        self.assertEqual(self.advance(1000, 10), 0)
        self.assertEqual(self.advance(1009, 10), 0)
        self.assertEqual(self.advance(1035, 10), 3)
        self.assertEqual(self.take(3), [(1010, ORDER), (1020, ORDER), (1030, ORDER)])
        self.assertEqual(self.advance(1040, 10), 1)
        self.assertEqual(self.board.counters()['due_order'], 4)

    def test_streams_merge_by_time(self):
        self.advance(1000, 10, 25)
        self.assertEqual(self.advance(1060, 10, 25), 8)
        self.assertEqual(self.take(8), sorted([(1000 + 10 * i, ORDER) for i in range(1, 7)] + [(1025, FRESH), (1050, FRESH)]))

    def test_full_ring_loses_the_newest(self):
        self.advance(1000, 10, 100)
        n = self.advance(1000 + 10 * 5000, 10, 100)
        self.assertEqual(n, parts.ARRIVALS_MAX)
        c = self.board.counters()
        self.assertEqual((c['due_order'], c['due_fresh']), (5000, 500))
        self.assertEqual(c['due_order'] - c['lost_order'] + c['due_fresh'] - c['lost_fresh'], n)
        taken = self.take(n)
        self.assertEqual(taken, sorted(taken))
        self.assertEqual(taken[0], (1010, ORDER))
        self.assertEqual(self.advance(1000 + 10 * 5001, 10, 100), 1)
        self.assertEqual(self.take(1), [(1000 + 10 * 5001, ORDER)])

    def test_silent_and_begun_again(self):
        self.advance(1000, 10)
        self.assertEqual(self.advance(5000, board.SILENT), 0)
        self.assertEqual(self.advance(9000, 10), 0)
        self.assertEqual(self.advance(9010, 10), 1)
        self.assertEqual(self.board.counters()['due_order'], 1)


class Latency(unittest.TestCase):
    def test_buckets(self):
        lib = parts.load()
        rng = random.Random(2)
        values = [*range(200), *(rng.randrange(1 << rng.randrange(1, 64)) for _ in range(2000)), (1 << 64) - 1]
        for v in values:
            b = lib.board_bucket(v)
            self.assertLess(b, board.N_BUCKETS)
            self.assertLess(v, bucket_end(b))
            begin = bucket_end(b - 1) if b else 0
            self.assertGreaterEqual(v, begin)
            self.assertLessEqual(bucket_end(b) - begin, max(1, begin / 16))

    def test_quantiles(self):
        lib = parts.load()
        rng = random.Random(3)
        values = sorted(int(rng.lognormvariate(8, 2)) for _ in range(5000))
        buckets = [0] * board.N_BUCKETS
        for v in values:
            buckets[lib.board_bucket(v)] += 1
        for share in (0.5, 0.99, 0.999, 1):
            exact = values[max(0, int(share * len(values)) - 1)]
            self.assertTrue(exact < quantile(buckets, share) <= exact * 17 / 16 + 1, share)
        self.assertIsNone(quantile([0] * board.N_BUCKETS, 0.5))


class Control(unittest.TestCase):
    def test_rates(self):
        with tempfile.TemporaryDirectory() as d:
            b = Board(os.path.join(d, 'board'))
            b.put(board.HZ, 2_000_000_000)
            self.assertEqual(b.word(board.PERIOD), board.SILENT)
            b.pace(200000)
            b.fresh(10000)
            self.assertEqual((b.word(board.PERIOD), b.word(board.FRESH_PERIOD)), (10000, 200000))
            b.flood()
            b.fresh(None)
            self.assertEqual((b.word(board.PERIOD), b.word(board.FRESH_PERIOD)), (0, 1))
            b.pace(0)
            b.fresh(0)
            self.assertEqual((b.word(board.PERIOD), b.word(board.FRESH_PERIOD)), (board.SILENT, 0))


if __name__ == '__main__':
    unittest.main()
