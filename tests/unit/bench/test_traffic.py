#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The flows of the benchmark's cases: distinct, with as many masks and megaflows as a case claims, and composed in C
as in Python."""
import ctypes
import errno
import itertools
import os
import random
import re
import struct
import tempfile
import unittest

import parts

import acl
import cases
import flows
from traffic import N_FRESH, NUMBER_BITS, Traffic, checksum, zipf

# Field of a move in a rule: offset in a frame without tags, and bytes; for IPv4, then IPv6.
PLACES = {'NXM_OF_IP_SRC': (26, 4), 'NXM_OF_IP_DST': (30, 4), 'NXM_NX_IPV6_SRC': (22, 16), 'NXM_NX_IPV6_DST': (38, 16)}
PORTS = {4: {'NXM_OF_UDP_SRC': (34, 2), 'NXM_OF_UDP_DST': (36, 2)},
         6: {'NXM_OF_UDP_SRC': (54, 2), 'NXM_OF_UDP_DST': (56, 2)}}
MOVE = re.compile(r'move:(\w+)\[(\d+)\.\.(\d+)\]->')
# The flows of these are checked one by one; the others differ from them in numbers only.
MASKED = {'1-m1': 1, '1-m8': 8, '1k-m1': 1, '1k-m8': 8, '10k-m8': 8, '60k-m20': 20, '60k-m60': 60, '60k-m60-zipf': 60,
          'rewrite': 8, 'ipv6': 8, '512-bytes': 8, 'imix': 8}


def consulted(rules):
    """Returns the bits that each table reads, {table: [(field, first bit, last bit)]}, and {MAC: table}."""
    tables, macs = {}, {}
    for rule in rules:
        if m := re.match(r'table=0,.*dl_dst=([0-9a-f:]+),actions=resubmit\(,(\d+)\)', rule):
            macs[bytes.fromhex(m[1].replace(':', ''))] = int(m[2])
        else:
            tables[int(re.match(r'table=(\d+)', rule)[1])] = [(f, int(a), int(b)) for f, a, b in MOVE.findall(rule)]
    return tables, macs


def megaflow(tables, macs, frame):
    """Returns what a switch must match of a frame: the table, and the bits that its rule reads."""
    table = macs[frame[:6]]
    places = PLACES | PORTS[4 if frame[12:14] == b'\x08\x00' else 6]
    bits = []
    for field, first, last in tables[table]:
        at, n = places[field]
        value = int.from_bytes(frame[at:at + n], 'big')
        bits.append(value >> first & ((1 << (last - first + 1)) - 1))
    return table, *bits


def tuple_of(frame):
    """Returns what an exact-match cache sees; all but the length."""
    return frame[:12], frame[26:38] if frame[12:14] == b'\x08\x00' else frame[22:58]


class Flows(unittest.TestCase):
    def test_megaflows_and_masks(self):
        every = cases.cases()
        for name, n_masks in MASKED.items():
            with self.subTest(name):
                inp = every[name].build()
                tables, macs = consulted(inp.rules)
                traffic = inp.traffic[1]
                frames = [traffic.frame(*flow) for flow in set(traffic.order)]
                self.assertEqual(len({tuple(t) for t in tables.values()}), n_masks)
                self.assertEqual(len({megaflow(tables, macs, f) for f in frames}), inp.n_megaflows)
                self.assertEqual({macs[f[:6]] for f in frames}, set(tables))
                self.assertEqual(len({tuple_of(f) for f in frames}), inp.n_megaflows)

    def test_many_flows(self):
        for n, n_masks in ((1000000, 1), (1000000, 8)):
            some = flows.spread(n, n_masks)
            self.assertEqual(len(set(some)), n)
            self.assertLess(max(i for _, i in some) << max(flows.MASKS[0].values()), 1 << 20)

    def test_masks_differ(self):
        self.assertEqual(len({tuple(sorted(m.items())) for m in flows.MASKS}), len(flows.MASKS))
        self.assertEqual(len(flows.MASKS), 60)

    def test_normal(self):
        inp = cases.normal()
        frames = [t.frame(*flow) for t in inp.traffic.values() for flow in set(t.order)]
        pairs = {(f[:6], f[6:12]) for f in frames}
        self.assertEqual(len(pairs), 1000)
        self.assertEqual(len({source for _, source in pairs}), 1000)
        self.assertEqual({(b, a) for a, b in pairs}, pairs)

    def test_sizes(self):
        inp = cases.masked(1000, 8, cases.IMIX)
        t = inp.traffic[1]
        sizes = [t.templates[k].n_bytes + 4 for k, _ in t.order]
        for size, parts_of_12 in ((64, 7), (594, 4), (1518, 1)):
            self.assertAlmostEqual(sizes.count(size) / len(sizes), parts_of_12 / 12, delta=0.02)

    def test_zipf(self):
        order = zipf(flows.spread(6000, 20), 1 << 17)
        counts = {}
        for flow in order:
            counts[flow] = counts.get(flow, 0) + 1
        ranked = sorted(counts.values(), reverse=True)
        self.assertEqual(len(ranked), 6000)
        self.assertAlmostEqual(ranked[0] / ranked[9], 10, delta=0.1)
        self.assertAlmostEqual(ranked[0] / ranked[99], 100, delta=2)
        self.assertEqual(len(set(zipf(flows.spread(6000, 20), 8192))), 6000)

    def test_fresh_flows(self):
        inp = cases.masked(1000, 8)
        tables, macs = consulted(inp.rules)
        traffic, last = inp.traffic[1], len(inp.traffic[1].templates) - 1
        old = {tuple_of(traffic.frame(*flow)) for flow in set(traffic.order)}
        numbers = [*range(70000), *range(N_FRESH - 1000, N_FRESH)]
        new = [traffic.frame(last, n) for n in numbers]
        self.assertEqual(len({tuple_of(f) for f in new} | old), len(numbers) + 1000)
        self.assertEqual(len({megaflow(tables, macs, f) for f in new}), len(numbers))

    def test_checksums(self):
        for t, number in ((flows.mask_template(59, 64), 999), (flows.fresh_template(64), N_FRESH - 1)):
            frame = t.frame(number)
            self.assertEqual(checksum(frame[14:34]), 0)
            self.assertEqual(struct.unpack('!H', frame[16:18])[0] + 14, len(frame))


class AccessList(unittest.TestCase):
    @staticmethod
    def matches(rule, frame):
        fields = dict(w.split('=') for w in rule.split(',actions')[0].split(',') if '=' in w)
        if {'udp': 17, 'tcp': 6}[rule.split(',')[1]] != frame[23]:
            return False
        for name, at in (('nw_src', 26), ('nw_dst', 30)):
            address, length = fields[name].split('/')
            want = int.from_bytes(bytes(map(int, address.split('.'))), 'big')
            if (want ^ int.from_bytes(frame[at:at + 4], 'big')) >> (32 - int(length)):
                return False
        return 'tp_dst' not in fields or int(fields['tp_dst']) == int.from_bytes(frame[36:38], 'big')

    def test_each_rule_has_its_flow(self):
        rules, traffic = acl.rules(10000), acl.traffic(20000, 64)
        self.assertEqual(len(set(rules)), 10001)
        for i in range(0, 10000, 7):
            self.assertTrue(self.matches(rules[i + 1], traffic.frame(i % 2, i)), rules[i + 1])
        self.assertFalse(self.matches(rules[1], traffic.frame(0, 2)))

    def test_distinct(self):
        traffic = acl.traffic(20000, 64)
        self.assertEqual(len({tuple_of(traffic.frame(*flow)) for flow in set(traffic.order)}), 20000)


class InC(unittest.TestCase):
    def setUp(self):
        self.lib = parts.load()
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, 'traffic').encode()

    def tearDown(self):
        self.dir.cleanup()

    def opened(self, traffic):
        traffic.write(self.path)
        t = parts.Traffic()
        self.assertEqual(self.lib.traffic_open(ctypes.byref(t), self.path), 0)
        return t

    def frame(self, t, flow, length):
        buffer = ctypes.create_string_buffer(2048)
        self.assertEqual(self.lib.traffic_compose(ctypes.byref(t), flow, buffer), length)
        return buffer.raw[:length]

    def test_same_frames(self):
        rng = random.Random(1)
        for name in ('1-m8', '1k-m8', '60k-m60', 'acl', 'normal', 'ipv6', 'imix', 'broadcast', '1500-bytes',
                     'flood-tuples', 'flood-misses', 'flood-malformed', 'flood-macs'):
            for traffic in cases.cases()[name].build().traffic.values():
                t, last = self.opened(traffic), len(traffic.templates) - 1
                for template, number in traffic.order[:200]:
                    flow = self.lib.traffic_next(ctypes.byref(t))
                    self.assertEqual(flow, template << NUMBER_BITS | number)
                    want = traffic.frame(template, number)
                    self.assertEqual(self.frame(t, flow, len(want)), want)
                for number in [rng.randrange(N_FRESH) for _ in range(200)]:
                    want = traffic.frame(last, number)
                    self.assertEqual(self.frame(t, last << NUMBER_BITS | number, len(want)), want)
                self.lib.traffic_close(ctypes.byref(t))

    def test_order_repeats_and_fresh_flows_do_not(self):
        traffic = Traffic([flows.mask_template(0, 64), flows.fresh_template(64)], [(0, 5), (0, 6), (0, 7)])
        t = self.opened(traffic)
        got = [self.lib.traffic_next(ctypes.byref(t)) for _ in range(7)]
        self.assertEqual(got, list(itertools.islice(itertools.cycle([5, 6, 7]), 7)))
        fresh = [self.lib.traffic_fresh(ctypes.byref(t), n) for n in (0, 1, 1, 2, 2, 2, 2)]
        self.assertEqual(fresh, [1 << NUMBER_BITS | n for n in (0, 1, 2, 3, 3, 4, 4)])
        self.lib.traffic_close(ctypes.byref(t))

    def test_refuses_other_files(self):
        Traffic([flows.mask_template(0, 64)], [(0, 1)]).write(self.path)
        with open(self.path, 'rb') as f:
            good = f.read()
        wrong_template = good[:-4] + struct.pack('<I', 1 << NUMBER_BITS)
        long_frame = good[:24] + struct.pack('<H', 9000) + good[26:]
        odd_field = good[:32] + struct.pack('<H', 27) + good[34:]
        for data in (good[:-1], good + b'\0', b'x' + good[1:], wrong_template, long_frame, odd_field, good[:10]):
            with open(self.path, 'wb') as f:
                f.write(data)
            t = parts.Traffic()
            self.assertEqual(self.lib.traffic_open(ctypes.byref(t), self.path), -errno.EINVAL)
        self.assertEqual(self.lib.traffic_open(ctypes.byref(t), b'/nowhere'), -errno.ENOENT)


if __name__ == '__main__':
    unittest.main()
