# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch as an oracle: the same tables and packets in both, treated alike.

On failure the seed, the tables and both traces are printed. TANDEM_OVS_SEED and TANDEM_OVS_SETS in
the environment choose others."""
import collections
import os
import random

from lab import Daemon, Failed, check
from oracle import Ovs, compare
from tables import N_PORTS, Packet, Rules

N_SETS = 30
N_PACKETS = 20
# name: OpenFlow number, settings in Open vSwitch and in tandemd
PORTS = {'p1': (1, [], ''), 'p2': (2, [], ''), 'p3': (3, ['tag=10'], 'tag=10'),
         'p4': (4, ['trunks=10,20'], 'trunks=10,20')}


def both(lab):
    ovs = Ovs(lab)
    ovs.bridge({name: (n, theirs) for name, (n, theirs, _) in PORTS.items()})
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    for name, (n, _, ours) in PORTS.items():
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}', *ours.split())
    check(len(PORTS) == N_PORTS, 'the packets have other ports')
    return ovs, d


def load(lab, ovs, d, protocol, text):
    path = os.path.join(lab.dir, 'rules.txt')
    with open(path, 'w') as f:
        f.write(text)
    theirs = ovs.load(protocol, path)
    check(theirs.returncode == 0, f'Open vSwitch refuses the tables: {theirs.stderr}\n{text}')
    d('flow', 'load', 'br0', '--replace', path)


def test_random_tables_are_treated_alike(lab):
    ovs, d = both(lab)
    first = int(os.environ.get('TANDEM_OVS_SEED', '20000'))
    widths, bits = collections.Counter(), [0, 0]
    n_sets = int(os.environ.get('TANDEM_OVS_SETS', N_SETS))
    for seed in range(first, first + n_sets):
        rng = random.Random(seed)
        protocol = ('OpenFlow10', 'OpenFlow13')[seed % 2]
        rules = Rules(rng, protocol)
        load(lab, ovs, d, protocol, rules.text)
        for _ in range(N_PACKETS):
            packet = Packet(rng)
            ours, theirs = d('trace', 'br0', packet.text), ovs.trace(packet.text)
            if 'more than 2 VLAN tags' in ours:
                # Open vSwitch forgets the innermost tag to make room for a third one; Tandem
                # does not send what it cannot send whole.
                continue
            try:
                width, n_bits = compare(ours, theirs, packet)
            except Failed as e:
                raise Failed(f'{e}: seed {seed}, {protocol}, packet {packet.text}\n{rules.text}'
                             f'--- tandem\n{ours}--- Open vSwitch\n{theirs}') from None
            widths[width] += 1
            bits = [a + b for a, b in zip(bits, n_bits)]
    n = sum(widths.values())
    check(n > 10 * n_sets, f'only {n} packets were compared')
    lab.remark(f'{n} packets alike; megaflows beside Open vSwitch\'s: ' + ', '.join(
        f'{100 * widths[k] / n:.0f}% {k}' for k in ('equal', 'wider', 'crossed', 'narrower'))
        + f'; {bits[0] / n:.0f} bits matched to {bits[1] / n:.0f}')
