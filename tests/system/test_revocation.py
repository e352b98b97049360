# SPDX-License-Identifier: Apache-2.0
"""Once a change is acknowledged, neither path treats a packet by the older policy."""
import time

from lab import Daemon, check, nicsim_config, sh, veth_config, wait_for

ROUNDS = 16
DENY = ['priority=0,actions=drop']


def stream(lab):
    from scapy.all import IP, UDP, Ether, Raw
    packets = [Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:02') /
               IP(src='10.0.0.1', dst='10.0.0.2') / UDP(sport=1000 + i, dport=53) / Raw(bytes(64))
               for i in range(16)]
    return lab.pcap('udp.pcap', packets)


def passing(d, kind):
    """Returns whether a flow that forwards counted packets recently in its place."""
    return any(f['packets'] > 20 and 'drop' not in f['actions']
               for f in d.json('megaflow', 'dump', f'type={kind}'))


def by_ofctl(*words):
    return lambda d, flow: sh('ovs-ofctl', '-O', 'OpenFlow14', *words, 'mod-flows',
                              f'unix:{d.rundir}/br0.mgmt', f'{flow},actions=drop')


# ovs-ofctl waits for the reply of a barrier, or of a bundle's commit.
WAYS = (lambda d, flow: d('flow', 'del', 'br0', flow),
        lambda d, flow: d('flow', 'mod', 'br0', f'priority=100,{flow},actions=drop'),
        by_ofctl(), by_ofctl('--bundle'))


def rounds(lab, d, kind, port_a, port_b, n=ROUNDS):
    allow = f'priority=100,udp,in_port={port_a},actions=output:{port_b}'
    sender = lab.replay('a', stream(lab), pps=20000, seconds=120)
    for i in range(n):
        d('flow', 'add', 'br0', allow)
        before = lab.received('b')
        wait_for('packets pass', lambda: lab.received('b') > before + 100)
        wait_for(f'a flow is in {kind}', lambda: passing(d, kind))
        WAYS[i % len(WAYS)](d, f'udp,in_port={port_a}')
        at_answer = lab.received('b')
        time.sleep(0.3)
        after = lab.received('b')
        check(after == at_answer, f'round {i}: {after - at_answer} packets passed after the answer')
        check(sender.poll() is None, 'the sender ended early')
    sender.terminate()
    lab.remark(f'{lab.finish(sender)["sent"]} packets, {n} removals')


def test_software(lab):
    a, b = lab.netns('a'), lab.netns('b')
    rounds(lab, Daemon(lab, veth_config(lab, ['a', 'b'], [a, b], flows=DENY)), 'sw', 1, 2)


def on_nicsim(lab, personality):
    wire, a, b = lab.netns('wire'), lab.netns('a'), lab.netns('b')
    return Daemon(lab, nicsim_config(lab, wire, [a, b], flows=DENY, options='insert_us=500,count_ms=50',
                                     personality=personality), pmd=True, connectx=2 * (personality == 'connectx'))


def test_hardware(lab):
    rounds(lab, on_nicsim(lab, 'plain'), 'hw', 2, 3)


def test_hardware_of_mlx5(lab):
    rounds(lab, on_nicsim(lab, 'mlx5'), 'hw', 2, 3, n=8)


def test_hardware_of_connectx(lab):
    rounds(lab, on_nicsim(lab, 'connectx'), 'hw', 2, 3, n=8)


def test_e810_has_none(lab):
    rounds(lab, on_nicsim(lab, 'e810'), 'sw', 2, 3, n=4)
