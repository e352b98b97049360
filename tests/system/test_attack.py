# SPDX-License-Identifier: Apache-2.0
"""Attackers at one port, a victim at another: what the attack may use is bounded and counted, and the victim keeps its own.
No test has a clock."""
import ipaddress
import os
import struct

from lab import LIB, Daemon, check, veth_config, wait_for

ALONE = 'it counts turns of an attacker and a victim'

N = 400
MACS_MAX, MASKS_MAX = 8192, 256
DENIED = int(ipaddress.ip_address('172.16.0.1'))
DENIED_PORT = 4321


def pcap(lab, name, frames):
    path = os.path.join(lab.dir, f'{name}.pcap')
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            f.write(struct.pack('<IIII', 0, 0, len(frame), len(frame)) + frame)
    return path


def udp(src, tp_dst, number):
    ip = struct.pack('!BBHHHBBHII', 0x45, 0, 46, 0, 0, 64, 17, 0, src, 0x14000001)
    return (b'\x06\0\0\0\0\x01\x06\0' + number.to_bytes(4, 'big') + b'\x08\0' + ip
            + struct.pack('!HHHH', 2000, tp_dst, 26, 0) + bytes(18))


def attack(d, path):
    """Adds a port that receives the frames without end."""
    d('port', 'add', 'br0', 'storm', f'dev=net_pcap7,rx_pcap={path},infinite_rx=1')


def probe(lab):
    """Sends N new flows from b to c. Returns how many came."""
    receiver = lab.spawn('c', '/usr/bin/python3', f'{LIB}/probe.py', 'receive', 'eth0', '12')
    receiver.stdout.readline()
    lab.finish(lab.spawn('b', '/usr/bin/python3', f'{LIB}/probe.py', 'send', 'eth0', N))
    return lab.finish(receiver)['received']


def stats(d, port):
    return next(p for p in d.json('port', 'stats') if p['name'] == port)


def victim_check(d, received):
    b = stats(d, 'b')
    check(received == N and not sum(b['rx_drops'].values()) + sum(b['upcall_drops'].values()),
          f'of {N} packets of the victim came {received}: {b}')


def waited(d, port='storm'):
    return stats(d, port)['turns_waited']


def test_masks_are_bounded(lab):
    """Packets that need 512 masks, and then miss all that there may be."""
    near = [lab.netns(x) for x in ('b', 'c')]
    d = Daemon(lab, veth_config(lab, ['b', 'c'], near, upcall='flow-limit: 20000'))
    frames = [udp(DENIED ^ 1 << 31 - i, DENIED_PORT ^ 1 << 15 - j, 0) for i in range(32) for j in range(16)]
    frames += [udp(DENIED ^ 1 << 31 - n % 32, DENIED_PORT ^ 1 << 15 - n // 32 % 16, n) for n in range(1, 15000)]
    see = 'actions=move:NXM_OF_ETH_SRC[0..31]->NXM_NX_REG0[0..31]'
    for rule in ('priority=13,udp,nw_src=172.16.0.1', f'priority=12,udp,tp_dst={DENIED_PORT}',
                 'priority=11,udp,nw_dst=20.0.0.1'):
        d('flow', 'add', 'br0', f'{rule},{see}')
    attack(d, pcap(lab, 'masks', frames))
    wait_for('masks are refused', lambda: stats(d, 'storm')['flow_refusals'] > 100, 60)
    before = d.json('worker', 'show')
    received = probe(lab)
    after = d.json('worker', 'show')
    searched, packets = (sum(w[k] for w in after) - sum(w[k] for w in before) for k in ('subtables_searched', 'packets'))
    masks = next(p['masks'] for p in d.json('top', '--once', '--interval', '0.3') if p['port'] == 'storm')
    check(masks == MASKS_MAX, f'{masks} masks')
    check(searched <= packets * MASKS_MAX, f'{searched} subtables for {packets} packets')
    check(waited(d), f'the attacker did not wait: {stats(d, "storm")}')
    lab.remark(f'{masks} masks, {searched / packets:.0f} of them searched for a packet; the attacker waited {waited(d)} turns, '
               f'the victim {waited(d, "b")}')
    d('port', 'del', 'storm')
    victim_check(d, received)


def test_macs_of_others_stay(lab):
    """A port learns far more MACs than fit: it loses its own."""
    near = [lab.netns(x) for x in ('b', 'c')]
    d = Daemon(lab, veth_config(lab, ['b', 'c'], near))
    check(probe(lab) == N, 'without an attack')
    known = {(m['mac'], m['port']) for m in d.json('fdb', 'show', 'br0')}
    check(known, 'the victim has no MACs')
    frames = [b'\xff' * 6 + b'\x06\0' + n.to_bytes(4, 'big') + b'\x88\xb5' + bytes(46) for n in range(15000)]
    attack(d, pcap(lab, 'macs', frames))
    wait_for('the table is full', lambda: len(d.json('fdb', 'show', 'br0')) >= MACS_MAX, 60)
    received = probe(lab)
    rows = d.json('fdb', 'show', 'br0')
    d('port', 'del', 'storm')
    check(len(rows) <= MACS_MAX, f'{len(rows)} MACs')
    left = {(m['mac'], m['port']) for m in rows}
    check(known <= left, f'the victim lost {known - left}')
    victim_check(d, received)
