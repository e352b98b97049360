# SPDX-License-Identifier: Apache-2.0
"""Mirrors: random ones translate as in Open vSwitch; by command and by file; packets are counted exactly."""
import random
import re

from cases import without_priority_tags
from lab import IDLE, Daemon, Failed, check, sh, veth_config, wait_for
from mutation import mutated
from oracle import Ovs
from packets import Packet
from traces import copies, line_of, megaflow

# {name: (OpenFlow number, Open vSwitch's settings, Tandem's)}
PORTS = {'p1': (1, [], ''), 'p2': (2, [], ''), 'p3': (3, ['tag=10'], 'tag=10'), 'p4': (4, [], '')}
ACTIONS = ('NORMAL', 'NORMAL', 'output:1', 'output:2,output:3', 'ALL', 'mod_vlan_vid:20,output:2,NORMAL',
           'strip_vlan,output:1,output:4', 'mod_dl_dst:52:54:00:00:00:02,IN_PORT,output:3', 'drop')
NUMBERS = {name: number for name, (number, _, _) in PORTS.items()}
N_SETS, N_PACKETS, FIRST_SEED = 40, 12, 7000


class Mirror:
    def __init__(self, rng, name):
        self.name, self.all = name, rng.random() < 0.3
        self.src = rng.sample(sorted(PORTS), rng.randint(0, 2))
        self.dst = rng.sample(sorted(PORTS), rng.randint(0 if self.src or self.all else 1, 2))
        self.vlans = rng.sample([0, 1, 10, 20], rng.choice([0, 0, 1, 2]))
        self.port = rng.choice(['p3', 'p4', 'p4', None])
        self.vlan = None if self.port else rng.choice([10, 20, 99])
        self.snaplen = rng.choice([0, 0, 14, 64])

    def meets(self, other):
        """Returns whether one mirror copies the other's output, or both send to one port. Then their order
        matters, which is a hash table's in Open vSwitch."""
        to = {self.port} if self.port else set(PORTS)
        return self.port == other.port or bool(to & (set(PORTS) if other.all else set(other.dst)))

    def ours(self):
        words = ['select-all'] if self.all else []
        for key, value in (('select-src', self.src), ('select-dst', self.dst), ('select-vlan', self.vlans)):
            if value:
                words.append(f'{key}={",".join(map(str, value))}')
        words.append(f'output-port={self.port}' if self.port else f'output-vlan={self.vlan}')
        return words + ([f'snaplen={self.snaplen}'] if self.snaplen else [])

    def theirs(self):
        words = ['--', f'--id=@{self.name}', 'create', 'Mirror', f'name={self.name}', f'select_all={self.all}'.lower()]
        for key, value in (('select_src_port', self.src), ('select_dst_port', self.dst)):
            words += [f'{key}=' + ','.join(f'@{p}' for p in value)] if value else []
        words += ['select_vlan=' + ','.join(map(str, self.vlans))] if self.vlans else []
        words.append(f'output_port=@{self.port}' if self.port else f'output_vlan={self.vlan}')
        return words + ([f'snaplen={self.snaplen}'] if self.snaplen else [])


def configure(ovs, d, mirrors):
    for row in d.json('mirror', 'show', 'br0'):
        d('mirror', 'del', 'br0', row['name'])
    words = ['clear', 'bridge', 'br0', 'mirrors']
    for name in sorted(PORTS):
        words += ['--', f'--id=@{name}', 'get', 'Port', name]
    for m in mirrors:
        d('mirror', 'add', 'br0', m.name, *m.ours())
        words += m.theirs()
    words += ['--', 'set', 'bridge', 'br0', 'mirrors=' + ','.join(f'@{m.name}' for m in mirrors)]
    ovs.vsctl(*words, wait=True)


def sent_by(trace, packet):
    """Returns the copies without order: Open vSwitch floods in the order of a hash table, so the mirror's copy
    may be sent earlier or later."""
    sent = copies(line_of(trace, 'Datapath actions'), packet.headers, packet.vlans, packet.mpls, packet.eth_type)
    without_priority_tags(sent)  # as in cases.py
    return {port: sorted(map(repr, states)) for port, states in sent.items()}


def test_random_mirrors_are_those_of_open_vswitch(lab):
    ovs, d = Ovs(lab), Daemon(lab, IDLE)
    ovs.bridge({name: (n, theirs) for name, (n, theirs, _) in PORTS.items()})
    d('bridge', 'add', 'br0')
    for name, (n, _, ours) in PORTS.items():
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}', *ours.split())
    n_mirrored = n = 0
    for seed in range(FIRST_SEED, FIRST_SEED + N_SETS):
        rng = random.Random(seed)
        mirrors = []
        for i in range(rng.choice([1, 1, 2, 3])):
            m = Mirror(rng, f'm{i}')
            if not any(m.meets(o) or o.meets(m) for o in mirrors):
                mirrors.append(m)
        actions = rng.choice(ACTIONS)
        configure(ovs, d, mirrors)
        management = f'unix:{ovs.path("br0.mgmt")}'
        sh('ovs-ofctl', 'del-flows', management, env=ovs.env)
        sh('ovs-ofctl', 'add-flow', management, f'actions={actions}', env=ovs.env)
        d('flow', 'del', 'br0')
        d('flow', 'add', 'br0', f'actions={actions}')
        for _ in range(N_PACKETS):
            packet = Packet(rng)
            a, b = d('trace', 'br0', packet.text), ovs.trace(packet.text)
            try:
                check(sent_by(a, packet) == sent_by(b, packet), 'other copies')
                flow = mutated(packet.text, megaflow(a, NUMBERS), rng)
                other = d('trace', 'br0', flow)
                check(line_of(other, 'Datapath actions') == line_of(a, 'Datapath actions'),
                      f'the megaflow is not sound, it matches {flow}, too: {other}')
            except Failed as e:
                said = '\n'.join(' '.join(m.ours()) for m in mirrors)
                raise Failed(f'{e}: seed {seed}, {actions}, {packet.text}\n{said}\n{a}\n{b}') from None
            n += 1
            n_mirrored += 'mirror m' in a
    lab.remark(f'{n} traces alike, {n_mirrored} with copies')
    check(n_mirrored > n / 4, 'hardly any was mirrored')


def test_commands_and_file(lab):
    d = Daemon(lab, 'bridges:\n  - name: br0\n    ports:\n'
                    '      - {name: p1, dev: "net_null1,no-rx=1", id: 1}\n'
                    '      - {name: p2, dev: "net_null2,no-rx=1", id: 2}\n'
                    '    mirrors:\n'
                    '      - {name: m0, select-src: [p1], select-vlan: [5, 7], output-port: p2, snaplen: 128}\n'
                    '    flows: ["actions=IN_PORT"]\n')
    expected = {'bridge': 'br0', 'name': 'm0', 'select_all': False, 'select_src': ['p1'], 'select_dst': [],
                'select_vlan': [5, 7], 'snaplen': 128, 'packets': 0, 'bytes': 0, 'output_port': 'p2'}
    check(d.json('mirror', 'show') == [expected], str(d.json('mirror', 'show')))
    trace = d('trace', 'br0', 'in_port=1,dl_vlan=5')
    check('trunc(128),p2,p1' in trace, trace)
    shown = d('mirror', 'show', 'br0')
    check(re.search(r'^br0 +m0 +p1 +- +5,7 +p2 .*128 +0 +0$', shown, re.M), shown)
    d('mirror', 'del', 'br0', 'm0')
    d('mirror', 'add', 'br0', 'm1', 'select-all', 'output-vlan=9')
    check(d.json('mirror', 'show', 'br0')[0]['output_vlan'] == 9, 'other VLAN')
    for words, why in (('m1 select-all output-vlan=9', 'exists'), ('m2 output-port=p1', 'selects no port'),
                       ('m2 select-src=p9 output-port=p1', "no port 'p9'"),
                       ('m2 select-all output-vlan=4096', 'not a number 1..4095'),
                       ('m2 select-all snaplen=13 output-port=p1', 'not a number 14..65535'),
                       ('m2 select-any output-port=p1', 'is unknown; expected select-all')):
        r = d.run('mirror', 'add', 'br0', *words.split(), ok=False)
        check(r.returncode and why in r.stderr, f'{words}: {r.stderr}')


def test_packets_are_copied_and_counted(lab):
    """By handlers and by megaflows, each once, and not after the removal is answered."""
    near = [lab.netns(name) for name in ('a', 'b', 'c')]
    d = Daemon(lab, veth_config(lab, ['p1', 'p2', 'p3'], near, flows=['actions=output:2']))
    d('mirror', 'add', 'br0', 'm', 'select-all', 'output-port=p3', 'snaplen=64')
    packet = 'from scapy.all import *; sendp([Ether(bytes.fromhex("02000000000102000000000288b5" + "00" * 86))] * 50, ' \
             'iface="eth0", verbose=0)'

    def send(n_copies, n_sent):
        lab.exec('a', '/usr/bin/python3', '-c', packet)
        wait_for('copies', lambda: (lab.received('b'), lab.received('c')) == (n_sent, n_copies))

    def counted():
        row = d.json('mirror', 'show', 'br0')[0]
        return row['packets'], row['bytes']

    send(50, 50)
    send(100, 100)
    wait_for('counts', lambda: counted() == (100, 100 * 100))
    d('mirror', 'add', 'br0', 'again', 'select-src=p1', 'output-port=p3')
    send(150, 150)
    wait_for('counts', lambda: counted() == (150, 150 * 100))
    check(d.json('mirror', 'show', 'br0')[1]['packets'] == 0, 'one of two to the same port counts')
    d('mirror', 'del', 'br0', 'again')
    d('mirror', 'del', 'br0', 'm')
    send(150, 200)
    d('audit')
