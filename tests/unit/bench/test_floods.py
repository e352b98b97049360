#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The frames of the benchmark's attackers are what their cases promise."""
import unittest

import parts  # noqa: F401

import floods
from floods import ATTACKER, DENIED_PORT, DENIED_SRC, FLOODS, N_PORTS, VICTIM, VICTIM_FLOWS
from traffic import HEADER_BYTES, N_FRESH

NUMBERS = [*range(5000), *range(N_FRESH - 100, N_FRESH)]


def made(name):
    """Returns the rules and the traffic of the attacker."""
    rules, traffic, n_megaflows, n_ports = FLOODS[name][1]()
    assert (n_megaflows, n_ports) == (VICTIM_FLOWS, N_PORTS)
    return rules, traffic[ATTACKER]


def fresh(traffic):
    return [traffic.frame(len(traffic.templates) - 1, n) for n in NUMBERS]


def first_bit(a, b, n_bits):
    """Returns the first bit that differs."""
    return n_bits - (a ^ b).bit_length()


class Floods(unittest.TestCase):
    def test_every_attacker_has_a_victim(self):
        for name in FLOODS:
            traffic = FLOODS[name][1]()[1]
            victim = {traffic[VICTIM].frame(*flow) for flow in set(traffic[VICTIM].order)}
            attack = {traffic[ATTACKER].frame(*flow) for flow in set(traffic[ATTACKER].order)}
            self.assertGreaterEqual(len(victim), VICTIM_FLOWS // 2, name)
            self.assertFalse(victim & attack, name)
            self.assertEqual({len(f) for f in victim}, {60}, name)

    def test_tuples(self):
        traffic = made('tuples')[1]
        order = [traffic.frame(*flow) for flow in set(traffic.order)] + fresh(traffic)[:1]
        pairs = {(first_bit(int.from_bytes(f[26:30], 'big'), DENIED_SRC, 32),
                  first_bit(int.from_bytes(f[36:38], 'big'), DENIED_PORT, 16)) for f in order}
        self.assertEqual(len(pairs), len(floods.TUPLES))
        self.assertEqual(len({f[6:12] for f in fresh(traffic)}), len(NUMBERS))

    def test_misses(self):
        traffic = made('misses')[1]
        self.assertEqual(len({f[26:38] for f in fresh(traffic)}), len(NUMBERS))

    def test_macs(self):
        traffic = made('macs')[1]
        macs = {f[6:12] for f in fresh(traffic)}
        self.assertEqual(len(macs), len(NUMBERS))
        self.assertFalse([m for m in macs if m[0] & 1])

    def test_malformed(self):
        traffic = made('malformed')[1]
        frames = {traffic.frame(*flow) for flow in set(traffic.order)}
        self.assertFalse(traffic.ends_fresh)
        self.assertEqual(len(frames), len(traffic.templates))
        self.assertEqual({len(f) for f in frames if len(f) < 14}, {1, 6, 13})
        self.assertLessEqual(max(map(len, frames)), HEADER_BYTES)
        self.assertGreaterEqual({f[12:14] for f in frames if len(f) >= 14},
                                {bytes.fromhex(t) for t in ('0800', '86dd', '8100', '88a8', '8847', '8848', '0806', '894f')})


if __name__ == '__main__':
    unittest.main()
