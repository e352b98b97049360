# SPDX-License-Identifier: Apache-2.0
"""A change takes effect at once, whatever its source and with or without a barrier. Sweeps that gather
statistics would also find a change, so they run only once a minute here."""
import itertools
import struct
import time

from lab import Daemon, check, veth_config, wait_for
from openflow import Client

PACKET_OUT, FLOW_MOD, MULTIPART, FLOW_STATS = 13, 14, 18, 1
ANY, TABLE = 0xffffffff, 0xfffffff9
LEARN = ('table=0,actions=learn(table=10,hard_timeout=300,priority=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],'
         'output:NXM_OF_IN_PORT[]),resubmit(,10)')
serial = itertools.count()


def mac(last):
    return bytes([2, 0, 0, 0, 0, last])


def frame(source, target):
    return mac(target) + mac(source) + b'\x88\xb5' + bytes(46)


def send(lab, name, source, target, **options):
    from scapy.all import Ether
    path = lab.pcap(f'{next(serial)}.pcap', [Ether(frame(source, target))])
    return lab.replay(name, path, **options)


def hosts(lab, *flows):
    """Ports 1, 2 and 3 lead to a, b and c."""
    nears = [lab.netns(name) for name in 'abc']
    return Daemon(lab, veth_config(lab, ['p1', 'p2', 'p3'], nears, flows=flows, upcall='sweep-ms: 60000'))


def receivers(lab):
    """Returns those of b and c that receive packets now."""
    before = {name: lab.received(name) for name in 'bc'}
    time.sleep(0.1)
    return ''.join(name for name in 'bc' if lab.received(name) > before[name])


def wait_for_receivers(lab, names, why):
    wait_for(f'"{names}" receives: {why}', lambda: receivers(lab) == names)


def stop(lab, sender):
    sender.terminate()
    lab.finish(sender)


def add_flow(client, port):
    """Adds a flow without a barrier."""
    actions = struct.pack('!HHIH6x', 0, 16, port, 0)
    apply = struct.pack('!HH4x', 4, 8 + len(actions)) + actions
    match = struct.pack('!HH4x', 1, 4)
    client.send(FLOW_MOD, struct.pack('!QQBBHHHIIIH2x', 0, 0, 0, 0, 0, 0, 9, ANY, ANY, ANY, 0) + match + apply)


def test_flow_mods(lab):
    d = hosts(lab, 'priority=0,actions=drop')
    client = Client(f'{d.rundir}/br0.mgmt', version='1.3', length=None)
    sender = send(lab, 'a', 10, 11, pps=1000, seconds=60)
    for port in (2, 3, 2, 3):
        add_flow(client, port)
        wait_for_receivers(lab, ' bc'[port - 1], f'the flow sends to port {port}')
    stop(lab, sender)
    client.close()


def test_macs(lab):
    hosts(lab, 'actions=NORMAL')
    sender = send(lab, 'a', 10, 11, pps=1000, seconds=60)
    wait_for_receivers(lab, 'bc', 'nobody knows where the address is')
    for name in 'bc':
        lab.finish(send(lab, name, 11, 10, count=1))
        wait_for_receivers(lab, name, f'the address was seen at {name}')
    stop(lab, sender)


def test_learned_rules(lab):
    hosts(lab, LEARN, 'table=10,priority=0,actions=flood')
    sender = send(lab, 'a', 10, 11, pps=1000, seconds=60)
    wait_for_receivers(lab, 'bc', 'nothing is learned')
    for name in 'bc':
        lab.finish(send(lab, name, 11, 10, count=1))
        wait_for_receivers(lab, name, f'the address was learned from {name}')
    stop(lab, sender)


def test_packet_out_teaches(lab):
    """A message that follows a packet-out on its connection finds the rule that the packet taught."""
    d = hosts(lab, LEARN)
    client = Client(f'{d.rundir}/br0.mgmt', version='1.3', length=None)
    for source in range(20, 30):
        actions = struct.pack('!HHIH6x', 0, 16, TABLE, 0)
        client.send(PACKET_OUT, struct.pack('!IIH6x', ANY, 1, len(actions)) + actions + frame(source, 11))
        client.send(MULTIPART, struct.pack('!HH4xB3xII4xQQHH4x', FLOW_STATS, 0, 10, ANY, ANY, 0, 0, 1, 4))
        reply = next(m for kind, m in client.messages(10) if kind == MULTIPART + 1)
        check(mac(source) in reply, f'no rule for {mac(source).hex()} in {reply.hex()}')
    client.close()
