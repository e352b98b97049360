# SPDX-License-Identifier: Apache-2.0
"""Bundles by Debian's ovs-ofctl: results, output and state are the same as in Open vSwitch. Also raw bundles
that ovs-ofctl cannot send: too many, expired, closed, nested."""
import re
import socket
import struct
import time

from lab import Daemon, check, sh
from test_ofctl import both, flow_file, same

PROTOCOLS = ('OpenFlow13', 'OpenFlow14', 'OpenFlow15')
PACKET = '505400000001505400000002080045000014000000004001f97ac0a80001c0a80002'

BUNDLES = (
    # A flow that names a group added by the bundle; a packet; a final deletion.
    ('bundle', f"""group add group_id=1,type=all,bucket=actions=output:2
flow add priority=10,ip,actions=group:1
flow add table=1,priority=11,arp,actions=output:1
packet-out in_port=1,packet={PACKET},actions=group:1
flow delete table=1
"""),
    # The third message names a group that does not exist.
    ('bundle', """group add group_id=2,type=all,bucket=actions=output:2
flow add priority=11,ip,actions=group:2
flow add priority=12,ip,actions=group:3
"""),
    ('bundle', """flow add priority=12,ip,actions=1
flow add check_overlap,priority=12,tcp,actions=1
"""),
    # Deleting the group deletes the flow that the bundle added; the new group is another one.
    ('bundle', """flow add priority=13,udp,actions=group:1
group delete group_id=1
group add group_id=1,type=indirect,bucket=actions=output:3
flow add priority=14,udp,actions=group:1
"""),
    ('bundle', """group add group_id=4,type=all,bucket=actions=output:2
group add group_id=4,type=all,bucket=actions=output:2
"""),
    ('bundle', f"""flow add priority=15,udp,actions=1
packet-out in_port=1,packet={PACKET},actions=group:77
"""),
    ('bundle', """flow modify ip,actions=output:4
flow delete_strict priority=14,udp
"""),
    ('--bundle add-groups', """add group_id=5,type=all
modify group_id=5,type=select,bucket=output:1
delete group_id=1
"""),
    ('--bundle add-groups', """add group_id=6,type=all
modify group_id=7,type=select,bucket=output:1
"""),
    ('--bundle add-flows', """add table=1,actions=drop
modify table=1,actions=2
delete table=0
"""),
    ('--bundle replace-flows', """table=1,actions=drop
table=2,priority=3,tcp,actions=2
"""),
)


def said(switch, result):
    """Returns ovs-ofctl's exit code and errors without transaction IDs and socket."""
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', result.stderr).replace(switch.management, 'BRIDGE')
    return result.returncode, text


def test_ovs_ofctl_commits_alike(lab):
    theirs, ours, _ = both(lab)
    n_refused = 0
    for protocol in PROTOCOLS:
        for s in (ours, theirs):
            s.run(protocol, 'del-flows')
            s.run(protocol, 'del-groups')
        for i, (command, text) in enumerate(BUNDLES):
            path = flow_file(lab, f'bundle{i}', text)
            a, b = (said(s, sh('ovs-ofctl', '-O', protocol, *command.split(), s.management, path, ok=False,
                               env=s.env)) for s in (ours, theirs))
            check(a == b, f'{protocol} bundle {i}: {a}\n--- Open vSwitch: {b}')
            n_refused += a[0] != 0
            same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
            same(ours, theirs, protocol, 'dump-groups', ordered=False)
    check(n_refused == 5 * len(PROTOCOLS), f'{n_refused} were refused')


class Raw:
    """An OpenFlow 1.4 connection without a library."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.xid = 0
        self.send(0, b'')
        check(self.receive()[0] == 0, 'no hello')

    def message(self, kind, body):
        return struct.pack('!BBHI', 5, kind, 8 + len(body), self.xid) + body

    def send(self, kind, body):
        self.xid += 1
        self.socket.sendall(self.message(kind, body))

    def exactly(self, n):
        data = b''
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            check(more, 'hung up')
            data += more
        return data

    def receive(self):
        _, kind, n, _ = struct.unpack('!BBHI', self.exactly(8))
        return kind, self.exactly(n - 8)

    def control(self, bundle, kind, flags=3):
        self.send(33, struct.pack('!IHH', bundle, kind, flags))
        return self.answer()

    def add(self, bundle, kind, body, flags=3):
        """Adds a message. Only errors are answered; an echo shows that there was none."""
        self.xid += 1
        self.socket.sendall(self.message(34, struct.pack('!IHH', bundle, 0, flags) + self.message(kind, body)))
        self.send(2, b'')
        answer = self.answer()
        return answer if answer is None else (self.receive(), answer)[1]

    def answer(self):
        """Returns None, or (type, code) of an error."""
        kind, body = self.receive()
        return struct.unpack('!HH', body[:4]) if kind == 1 else None


OPEN, CLOSE, COMMIT, DISCARD = 0, 2, 4, 6
BAD_ID, CLOSED, OUT_OF, BAD_TYPE, BAD_FLAGS = (17, 2), (17, 4), (17, 5), (17, 6), (17, 7)
UNSUPPORTED, FAILED, TIMEOUT = (17, 10), (17, 13), (17, 14)
NO_FORWARD = 1 << 5


def port_mod(mac, number=1):
    """Returns a port mod that sets no-forward."""
    return struct.pack('!I4x6s2xII', number, mac, NO_FORWARD, NO_FORWARD)


# Names a wrong address for port 1: refused, if it is checked at all.
PORT_MOD = port_mod(b'\x02\0\0\0\0\x77')


def test_raw_bundles(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    r = Raw(f'{d.rundir}/br0.mgmt')
    for what, got, want in (
            ('commit of none', r.control(1, COMMIT), BAD_ID),
            ('open', r.control(1, OPEN), None),
            ('open again', r.control(1, OPEN), BAD_ID),
            ('that discarded it', r.control(1, COMMIT), BAD_ID),
            ('open', r.control(1, OPEN), None),
            ('other flags', r.control(1, COMMIT, flags=1), BAD_FLAGS),
            ('that discarded it', r.control(1, COMMIT), BAD_ID),
            ('a reply', r.control(1, OPEN + 1), BAD_TYPE),
            ('a hello in it', r.add(1, 0, b''), UNSUPPORTED),
            ('a meter mod in it', r.add(1, 29, struct.pack('!HHI', 0, 1, 1)), UNSUPPORTED),
            ('nested', r.add(1, 33, struct.pack('!IHH', 2, 0, 3)), UNSUPPORTED),
            ('opened by an addition', r.add(2, 16, PORT_MOD), None),
            ('close', r.control(2, CLOSE), None),
            ('closed', r.add(2, 16, PORT_MOD), CLOSED),
            ('that discarded it', r.control(2, DISCARD), BAD_ID),
            ('port mod in an atomic one', r.add(3, 16, PORT_MOD), None),
            ('its own error', r.control(3, COMMIT), FAILED),
            ('the bundle\'s error', r.answer(), FAILED),
            ('port mod in another', r.add(4, 16, PORT_MOD, flags=2), None),
            ('its own error', r.control(4, COMMIT, flags=2), (7, 1)),
            ('the bundle\'s error', r.answer(), FAILED)):
        check(got == want, f'{what}: {got}, not {want}')
    r.send(18, struct.pack('!HH4x', 13, 0))
    mac = r.receive()[1][16:22]
    for what, members, want, config in (
            ('a bad one takes the good one along', (mac, b'\x02\0\0\0\0\x77'), ((7, 1), FAILED), '-'),
            ('a good one', (mac,), (None,), 'no-forward')):
        for member in members:
            check(r.add(5, 16, port_mod(member), flags=2) is None, what)
        got = (r.control(5, COMMIT, flags=2), *(r.answer() for _ in want[1:]))
        check(got == want, f'{what}: {got}')
        is_now = d.json('port', 'list', 'br0')[0]['config']
        check(is_now == config, f'{what}: {is_now}')
    for bundle in range(64):
        check(r.control(100 + bundle, OPEN) is None, f'open {bundle}')
    start = time.monotonic()
    check(r.control(200, OPEN) == OUT_OF, 'a 65th is open')
    check([r.answer() for _ in range(64)] == [TIMEOUT] * 64, 'idle bundles are not told of')
    check(8 < time.monotonic() - start < 15, 'idle bundles were let go after 10 s')
    check(r.control(200, OPEN) is None, 'there is room again')
