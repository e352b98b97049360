#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's arithmetic: the best variant, cycles above the limit, ratios within a round, fairness."""
import unittest

import parts  # noqa: F401

from summary import best_variant, spread, summary


def row(mpps, cycles, megaflows=10, settled=True):
    return {'mpps': mpps, 'cycles': cycles, 'forwarded': 1.0, 'megaflows': megaflows, 'settled': settled}


def limit(cycles):
    return {'': {'mpps': 40, 'cycles': cycles, 'forwarded': 1.0, 'megaflows': None, 'settled': True}}


def result(rounds, measures='rate', wanted=10):
    return {'name': 'c', 'what': 'w', 'measures': measures, 'wanted': wanted, 'rounds': rounds}


ROUNDS = [{'testpmd': limit(50), 'tandemd': {'': row(20, 150)}, 'ovs': {'EMC': row(10, 350), 'SMC': row(12, 250)}},
          {'testpmd': limit(60), 'tandemd': {'': row(24, 120)}, 'ovs': {'EMC': row(30, 90), 'SMC': row(16, 300)}},
          {'testpmd': limit(40), 'tandemd': {'': row(22, 140)}, 'ovs': {'EMC': row(9, 440), 'SMC': row(11, 240)}}]


class Summary(unittest.TestCase):
    def test_spread(self):
        self.assertEqual(spread([3, None, 1, 2]), {'min': 1, 'median': 2, 'max': 3})
        self.assertIsNone(spread([None]))

    def test_one_variant_for_all_rounds(self):
        self.assertEqual(best_variant(ROUNDS, 'ovs', 'mpps', True), 'SMC')
        self.assertEqual(best_variant(ROUNDS, 'ovs', 'cycles', False), 'SMC')
        self.assertEqual(best_variant(ROUNDS, 'ovs', 'cycles', True), 'EMC')

    def test_above_is_of_the_same_round(self):
        s = summary(result(ROUNDS))
        self.assertEqual(s['systems']['tandemd']['above'], {'min': 60, 'median': 100, 'max': 100})
        self.assertEqual(s['systems']['ovs']['above'], {'min': 200, 'median': 200, 'max': 240})
        self.assertEqual(s['systems']['ovs']['variant'], 'SMC')

    def test_ratios_are_of_the_same_round(self):
        s = summary(result(ROUNDS))
        self.assertEqual(s['ratios']['above'], {'min': 60 / 240, 'median': 0.5, 'max': 0.5})
        self.assertEqual(s['ratios']['mpps'], {'min': 1.5, 'median': 20 / 12, 'max': 2})

    def test_without_a_peer_or_the_limit(self):
        s = summary(result([{'tandemd': {'': row(20, 150)}}]))
        self.assertEqual(s['ratios'], {})
        self.assertNotIn('above', s['systems']['tandemd'])

    def test_fair_only_if_both_hold_all(self):
        self.assertTrue(summary(result(ROUNDS))['fair'])
        self.assertFalse(summary(result(ROUNDS, wanted=11))['fair'])
        few = [{**ROUNDS[0], 'ovs': {'EMC': row(10, 350, settled=False)}}]
        self.assertFalse(summary(result(few))['fair'])
        self.assertTrue(summary(result(ROUNDS, wanted=None))['fair'])

    def test_other_measures(self):
        storm = [{'tandemd': {'': {'p99_us': 10.0, 'loss': 0.0, 'settled': True}},
                  'ovs': {'': {'p99_us': 50.0, 'loss': 0.5, 'settled': True}}}]
        self.assertEqual(summary(result(storm, 'storm'))['ratios']['p99_us']['median'], 0.2)
        idle = [{'tandemd': {'': {'cpu_percent': 1.0}}, 'ovs': {'polling': {'cpu_percent': 100.0},
                                                               'sleeping': {'cpu_percent': 4.0}}}]
        s = summary(result(idle, 'idle'))
        self.assertEqual((s['systems']['ovs']['variant'], s['ratios']['cpu_percent']['median']), ('sleeping', 0.25))
        self.assertIsNone(s['fair'])


if __name__ == '__main__':
    unittest.main()
