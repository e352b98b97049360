# SPDX-License-Identifier: Apache-2.0
"""Packet-ins, byte for byte as Open vSwitch sends them, for the same flows, controllers and packets."""
import os
import re
import struct
import time

from lab import Daemon, check, sh
from openflow import NXT, NXT2, PACKET_IN, Client, show
from oracle import Ovs
from packets import checksum
from wire import packet_socket

ALONE = {'test_controller_meter': 'a meter lets more packets pass in more time'}
TTL_FLAG = 4  # a flag of set_config
NO_MATCH, ACTION, INVALID_TTL = 1, 2, 4
ETHERNET = bytes.fromhex('525400000001525400000002')
WATCHER, LAST = 0xfff0, bytes.fromhex('52540000000152540000000288b6') + bytes(46)


def udp(n):
    return struct.pack('!4H', 1000, 2000, 8 + n, 0) + bytes(n)


def ip(ttl, n=20):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28 + n, 1, 0, ttl, 17, 0, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
    return ETHERNET + b'\x08\0' + head[:10] + struct.pack('!H', checksum(head)) + head[12:] + udp(n)


def ip6(ttl):
    return ETHERNET + b'\x86\xdd' + struct.pack('!IHBB', 6 << 28, 28, 17, ttl) + bytes(15) + b'\1' + bytes(15) + b'\2' + udp(20)


def mpls(ttl):
    return ETHERNET + b'\x88\x47' + struct.pack('!I', 5 << 12 | 1 << 8 | ttl) + ip(64)[14:]


class Pair:
    """Both switches, with ports 1 and 2."""

    def __init__(self, lab):
        self.lab, self.ovs = lab, Ovs(lab)
        ports = {f'p{n}': (n, []) for n in (1, 2)}
        self.ovs.bridge(ports)
        self.daemon = d = Daemon(lab)
        d('bridge', 'add', 'br0')
        for name, (n, _) in ports.items():
            interface = f'tdm{os.getpid()}{name}'
            d('port', 'add', 'br0', name, f'dev=net_tap{n},iface={interface}', f'id={n}')
            sh('sysctl', '-qw', f'net.ipv6.conf.{interface}.disable_ipv6=1')
        self.socket = packet_socket(f'tdm{os.getpid()}p1')
        self.paths = {'tandemd': os.path.join(d.rundir, 'br0.mgmt'), 'Open vSwitch': self.ovs.path('br0.mgmt')}

    def ofctl(self, protocol, command, *words):
        for path in self.paths.values():
            sh('ovs-ofctl', '-O', protocol, command, f'unix:{path}', *words)

    def load(self, *flows, protocol='OpenFlow13'):
        path = os.path.join(self.lab.dir, 'flows')
        with open(path, 'w') as f:
            for line in ('delete', *flows, f'priority=65535,dl_type=0x88b6,actions=controller(id={WATCHER})'):
                f.write(line + '\n')
        self.ofctl(protocol, 'add-flows', path)

    def purge(self):
        """Removes megaflows: Open vSwitch keeps those that send misses, or do not, when controllers connect or
        disconnect."""
        self.ovs.appctl('revalidator/purge')
        self.daemon.appctl('revalidator/purge')

    def told(self, frames, peers, send=None):
        """Returns the packet-ins that each of the peers gets from either switch: {switch: [packet-ins of
        each]}."""
        found = {}
        clients = {name: [Client(path, **p) for p in (*peers, {'version': '1.3', 'controller_id': WATCHER})]
                   for name, path in self.paths.items()}
        self.purge()
        for frame in frames:
            self.ovs.appctl('netdev-dummy/receive', 'p1', frame.hex())
            self.socket.send(frame)
        if send:
            self.ofctl(*send)
        time.sleep(0.02)
        self.ovs.appctl('netdev-dummy/receive', 'p1', LAST.hex())
        self.socket.send(LAST)
        for each in clients.values():
            each[-1].wait_for(PACKET_IN)
        time.sleep(0.03)
        for name, each in clients.items():
            found[name] = [client.packet_ins(0) for client in each[:-1]]
            for client in each:
                client.close()
        return found

    def same(self, what, frames, *peers, counts=None, send=None):
        """Compares packet-ins. counts: expected number for each peer."""
        found = self.told(frames, peers, send)
        for i, peer in enumerate(peers):
            ours, theirs = (each[i] for each in found.values())
            check(ours == theirs, f'{what}: {peer} hears\n{show(ours, self.lab.dir)}--- of Open vSwitch\n'
                  f'{show(theirs, self.lab.dir)}' + '\n'.join(m.hex() for m in (*ours, *theirs)))
        n = [len(each) for each in found['tandemd']]
        check(counts is None or n == counts, f'{what}: packet-ins {n}, expected {counts}')


def wide(version, **more):
    return [dict(version=version, **more), dict(version=version, form=NXT2, **more)]


def test_time_is_over(lab):
    pair = Pair(lab)
    frames = [ip(1), ip(2), ip(0, 300), ip6(1), mpls(1), mpls(0)]
    peers = [dict(version='1.0'), dict(version='1.0', flags=TTL_FLAG),
             dict(version='1.0', flags=TTL_FLAG, length=64, form=NXT),
             # Up to 1.3 a set_config without the flag undoes an earlier request.
             dict(version='1.0', wanted=INVALID_TTL), dict(version='1.0', wanted=INVALID_TTL, length=None),
             dict(version='1.3'), dict(version='1.3', wanted=NO_MATCH | ACTION), dict(version='1.3', wanted=7),
             *wide('1.4', wanted=INVALID_TTL), *wide('1.5', wanted=INVALID_TTL)]
    for flow, counts in (('dec_ttl,output:2', (2, 1, 2)), ('resubmit(,1),output:2', (2, 1, 2)),
                         ('load:7->NXM_NX_REG0[],load:9->OXM_OF_METADATA[],dec_ttl(0)', (2, 1, 0)),
                         ('dec_ttl(3,4)', (0, 0, 0))):
        flows = [f'cookie=0x5,{kind},actions={flow}' for kind in ('ip', 'ipv6')]
        flows += [f'table=1,{kind},actions=dec_ttl' for kind in ('ip', 'ipv6')]
        flows += ['cookie=0x6,mpls,actions=' + ('dec_mpls_ttl,output:2' if counts[2] else 'drop')]
        pair.load(*flows)
        n = sum(counts)
        pair.same(flow, frames, *peers, counts=[0, n, n, 0, n, 0, 0, n, n, n, n, n])
    pair.same('IDs', frames, dict(version='1.0', flags=TTL_FLAG), dict(version='1.3', wanted=7, controller_id=3),
              dict(version='1.3', wanted=7, controller_id=4), dict(version='1.3', wanted=3, controller_id=4),
              dict(version='1.3', wanted=7, controller_id=5), counts=[0, 3, 3, 0, 0])


def test_misses(lab):
    pair = Pair(lab)
    frames = [ip(5), ip(5, 300), mpls(5)]
    old = [dict(version='1.0'), dict(version='1.0', form=NXT), dict(version='1.0', form=NXT2),
           dict(version='1.0', length=64), dict(version='1.0', wanted=NO_MATCH)]
    deaf = [dict(version='1.0', wanted=ACTION), dict(version='1.0', controller_id=4), dict(version='1.0', length=None),
            dict(version='1.3'), dict(version='1.3', wanted=7), *wide('1.4'), dict(version='1.5', wanted=0x3f)]
    pair.load()
    pair.same('nobody of 1.0', frames, *deaf[1:], counts=[0] * (len(deaf) - 1))
    pair.same('table 0', frames, *old, *deaf, counts=[3] * len(old) + [0] * len(deaf))
    for flow, counts in (('cookie=0x7,actions=load:7->NXM_NX_REG3[],goto_table:3', 3),
                         ('actions=output:2,resubmit(,3),output:2', 0),
                         ('actions=write_actions(output:2),goto_table:3', 3),
                         ('table=1,actions=drop', 3)):
        pair.load(flow)
        pair.same(flow, frames, *old, *deaf, counts=[counts] * len(old) + [0] * len(deaf))
    pair.load('actions=resubmit(,4)', 'table=4,actions=goto_table:7')
    pair.same('goto after resubmit', frames, *old, *deaf, counts=[3] * len(old) + [0] * len(deaf))
    # A rule of last resort: before 1.3 its packets are sent by an action, since then as a miss.
    for rule in ('controller', 'controller:50', 'write_actions(controller:50)', 'group:1', 'controller(id=4)',
                 'controller(reason=no_match,id=4)'):
        pair.ofctl('OpenFlow13', 'mod-group', '--may-create',
                   'group_id=1,type=all,bucket=actions=controller:60')
        pair.load(f'priority=0,cookie=0x8,actions={rule}')
        pair.same(rule, frames, *old, *deaf)
    pair.load('priority=1,actions=controller:50')
    pair.same('another rule', frames, *old, *deaf)


def test_misses_of_packet_outs(lab):
    pair = Pair(lab)
    peers = [dict(version='1.0'), dict(version='1.0', form=NXT), dict(version='1.0', form=NXT2), *wide('1.3'),
             *wide('1.4'), *wide('1.5')]
    pair.load('table=9,actions=controller:30')
    for protocol, actions in (('OpenFlow10', 'table'), ('OpenFlow13', 'table'), ('OpenFlow13', 'resubmit(,0)'),
                              ('OpenFlow13', 'controller:20'), ('OpenFlow13', 'controller(id=0,reason=no_match)'),
                              ('OpenFlow10', 'resubmit(,9)')):
        for in_port in ('1', 'none', 'controller') if 'table' in actions else ('1',):
            send = protocol, 'packet-out', f'in_port={in_port} packet={ip(5).hex()} actions={actions}'
            pair.same(' '.join(send), [], *peers, send=send)


def test_ports_without_packet_ins(lab):
    """Open vSwitch 3.1 checks the port only in tables configured to send misses ("controller", of 1.1 and 1.2),
    though ovs-ofctl(8) and OpenFlow specify every packet that no flow matches."""
    pair = Pair(lab)
    hears = dict(version='1.0')
    pair.ofctl('OpenFlow10', 'mod-port', '1', 'no-packet-in')
    for flow, n in (('table=1,actions=drop', 0), ('actions=goto_table:3', 0), ('priority=0,actions=controller', 1)):
        pair.load(flow)
        ours = pair.told([ip(5)], [hears])['tandemd'][0]
        check(len(ours) == n, f'{flow}: {len(ours)} packet-ins of a port that has none')
    pair.ofctl('OpenFlow10', 'mod-port', '1', 'packet-in')
    pair.load()
    pair.same('after packet-in', [ip(5)], hears, counts=[1])


def test_controller_meter(lab):
    """OFPM_CONTROLLER limits packets sent to controllers, by actions and by misses, and no others. It applies
    from its addition until its removal."""
    pair = Pair(lab)
    frame, n = ip(5), 20

    def sent(path):
        return int(re.search(r'tx pkts=(\d+)', sh('ovs-ofctl', '-O', 'OpenFlow13', 'dump-ports', f'unix:{path}',
                                                  '2').stdout).group(1))

    def counts(path):
        return re.sub(r'duration:\S+', '', sh('ovs-ofctl', '-O', 'OpenFlow13', 'meter-stats', f'unix:{path}').stdout)

    def burst(version):
        """Sends n packets. Returns {switch: (packet-ins, packets sent to port 2, counters of meters)}."""
        clients = {name: Client(path, version=version) for name, path in pair.paths.items()}
        before = {name: sent(path) for name, path in pair.paths.items()}
        pair.ovs.appctl('revalidator/purge')
        pair.ovs.appctl('netdev-dummy/receive', 'p1', *[frame.hex()] * n)
        for _ in range(n):
            pair.socket.send(frame)
        time.sleep(0.1)
        found = {}
        for name, path in pair.paths.items():
            heard = len(clients[name].packet_ins(0))
            found[name] = heard, sent(path) - before[name], re.findall(r'\w+_count:\d+', counts(path))
            clients[name].close()
        return found

    for version, flow, outputs in (('1.3', 'cookie=0x9,actions=controller,output:2', n), ('1.0', '', 0)):
        pair.load(*[flow] if flow else [])
        for rate in (2, None, 3):
            what = f'{version} {flow or "miss"} rate {rate}'
            pair.ofctl('OpenFlow13', 'del-meters')
            if rate:
                pair.ofctl('OpenFlow13', 'add-meter', f'meter=controller,pktps,stats,bands=type=drop,rate={rate}')
            found = burst(version)
            check(found['tandemd'] == found['Open vSwitch'], f'{what}: {found}')
            check(found['tandemd'][:2] == (rate or n, outputs), f'{what}: {found}')


def test_a_port_that_floods(lab):
    """Other ports lose no packet-in; each of the flooding port is sent, or counted with the reason."""
    d = Daemon(lab, 'openflow: {packet-in-rate: 100}\n')
    d('bridge', 'add', 'br0')
    sockets = []
    for n in (1, 2):
        interface = f'tdm{os.getpid()}p{n}'
        d('port', 'add', 'br0', f'p{n}', f'dev=net_tap{n},iface={interface}', f'id={n}')
        sh('sysctl', '-qw', f'net.ipv6.conf.{interface}.disable_ipv6=1')
        sockets.append(packet_socket(interface))
    d('flow', 'del', 'br0')
    d('flow', 'add', 'br0', 'actions=controller')
    client = Client(os.path.join(d.rundir, 'br0.mgmt'), version='1.3')
    n_quiet, heard = 20, []
    for _ in range(n_quiet):
        for _ in range(500):
            sockets[0].send(ip(5))
        sockets[1].send(ip(6))
        heard += client.packet_ins(0)

    def dropped():
        return {row['counter']: row['count'] for row in d.json('controller', 'counters', 'br0')
                if row['counter'].startswith('packet-ins-dropped')}

    def upcalls():
        return d.json('upcall', 'show')['counters']['controller']

    deadline = time.monotonic() + 10
    while len(heard) + sum(dropped().values()) < upcalls() and time.monotonic() < deadline:
        heard += client.packet_ins(0.1)
    by_port = [sum(m[31] == n for m in heard) for n in (1, 2)]
    check(by_port[1] == n_quiet, f'packet-ins by port: {by_port}, {dropped()}')
    check(len(heard) + sum(dropped().values()) == upcalls(), f'{by_port}, {dropped()}, of {upcalls()}')
    check(sum(dropped().values()), 'it was no flood')
