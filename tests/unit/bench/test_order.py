#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Packets that leave after a later one of their flow are counted, as a list of all packets shows it."""
import ctypes
import random
import unittest

import parts

FLOWS, FLOW_BYTES = 65536, 16


class Order(parts.OnBoard):
    def setUp(self):
        super().setUp()
        self.order = ctypes.create_string_buffer(FLOWS * FLOW_BYTES)

    def counted(self, packets):
        for flow, due in packets:
            self.lib.order_see(self.order, flow, due, self.mapped)
        c = self.board.counters()
        return c['followed'], c['overtaken'], c['overtaken_by']

    def test_random_packets(self):
        rng, sent = random.Random(1), {}
        packets = [(rng.randrange(200), rng.randrange(1, 10 ** 6)) for _ in range(5000)]
        followed = overtaken = by = 0
        for flow, due in packets:
            before = sent.setdefault(flow, [])
            followed += bool(before)
            overtaken += bool(before) and max(before) > due
            by = max(by, max(before, default=0) - due)
            before.append(due)
        self.assertEqual(self.counted(packets), (followed, overtaken, by))

    def test_displaced_flow_begins_anew(self):
        self.assertEqual(self.counted([(7, 20), (7 + FLOWS, 30), (7, 10), (7, 11)]), (1, 0, 0))


if __name__ == '__main__':
    unittest.main()
