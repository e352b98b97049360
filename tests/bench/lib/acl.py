# SPDX-License-Identifier: Apache-2.0
"""An access list of five-tuple rules, and flows of which each matches one of them at least."""
import random

from flows import OUT, SOURCE_MAC, TCP, TP_DST, UDP, mac, udp_template
from traffic import Traffic, uniform

# Odd steps scatter addresses over their range, and no two numbers have the same.
SRC_STEP, DST_STEP, TP_SRC_STEP, TP_DST_STEP = 0x9e3779b1, 0x85ebca6b, 40503, 257
SRC, DST = 10 << 24, 192 << 24
PREFIXES = {'nw_src': (8, 12, 16, 24, 24, 32), 'nw_dst': (16, 20, 24, 24, 32, 32)}


def templates(n_bytes):
    steps = [SRC_STEP, DST_STEP, TP_SRC_STEP, TP_DST_STEP]
    return [udp_template(n_bytes, 4, mac(0), SRC, DST, steps, proto=proto) for proto in (UDP, TCP)]


def prefix(address, length):
    address &= 0xffffffff << (32 - length)
    return '.'.join(str(b) for b in (address & 0xffffffff).to_bytes(4, 'big')) + f'/{length}'


def rules(n_rules):
    """Rule i is made of flow i: with prefixes of its addresses, its protocol, and its destination port or any."""
    rng = random.Random(n_rules)
    lines = ['priority=0,actions=' + OUT]
    for i in range(n_rules):
        src, dst = (rng.choice(PREFIXES[f]) for f in ('nw_src', 'nw_dst'))
        port = f',tp_dst={(TP_DST + i * TP_DST_STEP) % 65536}' if rng.random() < 0.7 else ''
        lines.append(f'priority={rng.randint(1, 60000)},{("udp", "tcp")[i % 2]},'
                     f'nw_src={prefix((SRC + i * SRC_STEP) % (1 << 32), src)},'
                     f'nw_dst={prefix((DST + i * DST_STEP) % (1 << 32), dst)}{port},actions={OUT}')
    return lines


def traffic(n_flows, n_bytes):
    steps = [1, 1, 1, 1]
    fresh = udp_template(n_bytes, 4, mac(0), 0x40000000, 0x50000000, steps, dl_src=SOURCE_MAC)
    return Traffic([*templates(n_bytes), fresh], uniform([(i % 2, i) for i in range(n_flows)]))
