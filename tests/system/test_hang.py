# SPDX-License-Identifier: Apache-2.0
"""A device hangs while it removes a rule: only requests that depend on that rule wait."""
import os
import signal
import struct
import subprocess

from lab import Daemon, check, nicsim_config, wait_for
from openflow import Client

ALONE = 'it measures how long commands and barriers take'

BARRIER = 20


def frames(lab, n=20):
    from scapy.all import IP, UDP, Ether
    return lab.pcap('udp.pcap', [Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:02') /
                                 IP(src='10.0.0.1', dst=f'10.0.0.{i + 1}') / UDP(sport=7, dport=9) / bytes(64)
                                 for i in range(n)])


class Hanging:
    """A switch whose flows from port 2 are in hardware, which does not remove them until end()."""

    def __init__(self, lab):
        near = [lab.netns(x) for x in ('wire', 'a', 'b')]
        self.lab, self.control = lab, os.path.join(lab.dir, 'nicsim.ctl')
        flows = ['priority=0,actions=drop', 'priority=10,ip,in_port=2,nw_dst=10.0.0.0/24,actions=output:3']
        self.d = Daemon(lab, nicsim_config(lab, near[0], near[1:], flows=flows,
                                           options=f'control={self.control}'), pmd=True)
        self.sender = lab.replay('a', frames(lab), pps=1000, seconds=60)
        wait_for('flows in hardware', lambda: self.d.json('megaflow', 'dump', 'type=hw'))
        lab.fault(self.control, 'stall on')

    def connect(self):
        return Client(f'{self.d.rundir}/br0.mgmt', version='1.3', length=None)

    def start(self, *words):
        return subprocess.Popen([f'{self.lab.build}/cli/tandem', '--rundir', self.d.rundir, *words],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def served_while_hanging(self, serve):
        """Returns how often 'serve' succeeds before a wait for hardware ends, which takes two seconds. If the
        control thread waited, it would serve once at most."""
        n = 0
        while not self.d.json('upcall', 'show')['counters']['timed_out']:
            serve()
            n += 1
        return n

    def end(self):
        self.lab.fault(self.control, 'stall off')

    def close(self):
        self.sender.terminate()
        self.lab.finish(self.sender)


def answered(client, seconds=0.5):
    return [kind for kind, _ in client.messages(seconds)]


def delete_all(client):
    any_ = 0xffffffff
    body = struct.pack('!QQBBHHHIIIH2x', 0, 0, 0xff, 3, 0, 0, 0, any_, any_, any_, 0)
    client.send(14, body + struct.pack('!HH4x', 1, 4))


def test_barriers_asan(lab):
    h = Hanging(lab)
    one, other = h.connect(), h.connect()
    delete_all(one)
    one.send(BARRIER)
    n = h.served_while_hanging(other.barrier)
    check(n >= 4, f'{n} echoes are answered while a barrier waits')
    check(not answered(one), 'the barrier is answered')
    other.send(BARRIER)
    third = h.connect()
    h.end()
    for client in (one, other):
        client.wait_for(BARRIER + 1)
    for client in (one, other, third):
        client.barrier()
        client.close()
    h.close()


def test_commands_asan(lab):
    """Commands that wait for the device, and added and removed ports, delay no other command and no controller."""
    h = Hanging(lab)
    client = h.connect()
    packet = 'in_port=2,udp,nw_src=10.0.0.1,nw_dst=10.0.0.1,nw_ttl=64'
    change = h.start('flow', 'del', 'br0')
    waiting = [h.start(*words) for words in (('port', 'del', 'vf1'), ('audit',))]
    n = h.served_while_hanging(client.barrier)
    check(n >= 4, f'{n} echoes are answered while commands wait')
    out, err = change.communicate(timeout=20)
    check(change.returncode and 'hardware keeps an older rule' in err, f'flow del: {out}{err}')
    trace, n = h.start('trace', 'br0', packet), 0
    while trace.poll() is None:
        client.barrier()
        h.d('bridge', 'list')
        n += 1
    check(n >= 4, f'{n} commands are answered while a trace waits')
    out, err = trace.communicate()
    check('the offload thread gave no answer' in out, f'trace: {out}{err}')
    check([p['name'] for p in h.d.json('port', 'list')] == ['wire', 'vf0'], 'the port has left its bridge')
    h.end()
    for process in waiting:
        out, err = process.communicate(timeout=60)
        check(not process.returncode, f'{process.args}: {out}{err}')
    h.d('port', 'add', 'br0', 'vf1', 'dev=net_nicsim0_vf1', 'id=3')
    check(sorted(p['name'] for p in h.d.json('port', 'list')) == ['vf0', 'vf1', 'wire'], 'the port is back')
    client.close()
    h.close()


def test_stop_asan(lab):
    """The daemon stops while commands and a barrier wait for a device that hangs."""
    h = Hanging(lab)
    client = h.connect()
    delete_all(client)
    client.send(BARRIER)
    waiting = [h.start(*words) for words in (('port', 'del', 'vf1'), ('audit',), ('revalidator', 'purge'))]
    h.served_while_hanging(client.close)
    h.d.process.send_signal(signal.SIGTERM)
    h.end()
    for process in waiting:
        process.communicate(timeout=30)
    h.close()
