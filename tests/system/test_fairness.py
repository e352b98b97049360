# SPDX-License-Identifier: Apache-2.0
"""A port that floods new flows gets its share and no more."""
import os
import random

from lab import LIB, Daemon, check, veth_config

ALONE = 'it measures latencies'

N = 400


def flood(lab, n=15000):
    """Returns frames that each are a flow (NORMAL matches the source address), far more than the flow limit."""
    rng = random.Random(3)
    path = os.path.join(lab.dir, 'flood.pcap')
    import struct
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for _ in range(n):
            frame = (b'\x52\x54\0\0\0\x99' + b'\x02' + rng.randbytes(5) + b'\x88\xb5' + bytes(46))
            f.write(struct.pack('<IIII', 0, 0, len(frame), len(frame)) + frame)
    return path


def measure(lab):
    """Sends N new flows from b to c. Returns (delivered, median and 95th percentile of their latency in us)."""
    receiver = lab.spawn('c', '/usr/bin/python3', f'{LIB}/probe.py', 'receive', 'eth0', '12')
    receiver.stdout.readline()
    lab.finish(lab.spawn('b', '/usr/bin/python3', f'{LIB}/probe.py', 'send', 'eth0', N))
    return lab.finish(receiver)


def test_flood_of_new_flows(lab):
    near = [lab.netns(x) for x in ('b', 'c')]
    d = Daemon(lab, veth_config(lab, ['b', 'c'], near, upcall='flow-limit: 1000'))
    quiet = measure(lab)
    # As fast as a worker can read; no sender process uses the machine.
    d('port', 'add', 'br0', 'storm', f'dev=net_pcap7,rx_pcap={flood(lab)},infinite_rx=1')
    loud = measure(lab)
    ports = {p['name']: p for p in d.json('port', 'stats')}
    d('port', 'del', 'storm')
    lost = sum(ports['storm']['rx_drops'].values())
    check(lost > 10000, f'the flood was no flood: {ports["storm"]}')
    check(quiet['received'] == N, f'without a flood: {quiet}')
    check(loud['received'] == N, f'under the flood: {loud}, b lost {ports["b"]["rx_drops"]}')
    check(not sum(ports['b']['rx_drops'].values()), f'b lost {ports["b"]["rx_drops"]}')
    lab.remark(f'latency of a new flow, median/95%: {quiet["median_us"]:.0f}/{quiet["p95_us"]:.0f} us alone, '
               f'{loud["median_us"]:.0f}/{loud["p95_us"]:.0f} us beside {ports["storm"]["received"]} packets '
               f'of new flows ({lost} of them lost)')
    # A turn of the flood is 50 packets, then b is served: b waits for a few batches, not for a queue of 60,000.
    check(loud['median_us'] < 20000, f'a new flow waits too long: {loud}')
