# SPDX-License-Identifier: Apache-2.0
"""Hostile controllers: what each of them can do is bounded, counted under a name, and no matter to others."""
import os
import re
import socket
import struct
import threading
import time

from lab import Daemon, check, sh, wait_for
from test_controller import certificates, free_port, tls_config
from test_ofctl import Switch, counters, memory_kb, peer

HELLO, ECHO, PACKET_OUT, FLOW_MOD, MULTIPART = 0, 2, 13, 14, 18


def message(kind, body=b'', protocol=4):
    return struct.pack('!BBHI', protocol, kind, 8 + len(body), 7) + body


def flow_mod(port):
    match = struct.pack('!HH', 1, 4 + 6 + 5 + 6) + bytes.fromhex('80000a020800') + bytes.fromhex('8000140111')
    match += bytes.fromhex('80002002') + struct.pack('!H', port)
    match += bytes(-len(match) % 8)
    return message(FLOW_MOD, struct.pack('!QQBBHHHIIIHHI', 0, 0, 0, 0, 0, 0, 5, 0xffffffff, 0xffffffff,
                                         0xffffffff, 0, 0, 0)[:40] + match)


def packet_out():
    action = struct.pack('!HHIH6x', 0, 16, 1, 0)
    frame = bytes.fromhex('02000000000102000000000288b5') + bytes(46)
    return message(PACKET_OUT, struct.pack('!IIH6x', 0xffffffff, 0xfffffffd, len(action)) + action + frame)


def flood(s, data, stop):
    """Sends and reads until told to stop; who is let go ends too."""
    s.settimeout(0.2)

    def read():
        while not stop.is_set():
            try:
                if not s.recv(1 << 20):
                    return
            except TimeoutError:
                pass
            except OSError:
                return

    threading.Thread(target=read, daemon=True).start()
    sent = 0
    while not stop.is_set():
        try:
            sent = (sent + s.send(data[sent:])) % len(data)
        except TimeoutError:
            pass
        except OSError:
            return


def echo_s(s):
    """Seconds until an echo is answered."""
    began = time.monotonic()
    s.sendall(message(ECHO, b'ping'))
    data = b''
    while b'ping' not in data:
        more = s.recv(65536)
        check(more, 'the connection of the good peer ended')
        data += more
    return time.monotonic() - began


def test_floods_leave_others_their_turn(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    good = peer(d)
    kinds = {'echoes': message(ECHO, bytes(16)) * 200, 'packet-outs': packet_out() * 200,
             'flow-mods': b''.join(flow_mod(port) for port in range(1, 201))}
    echo_s(good)
    before = memory_kb(d)
    for name, data in kinds.items():
        stop = threading.Event()
        bad = [peer(d) for _ in range(2)]
        threads = [threading.Thread(target=flood, args=(s, data, stop), daemon=True) for s in bad]
        for t in threads:
            t.start()
        time.sleep(0.5)
        waits = sorted(echo_s(good) for _ in range(20))
        rows = d.json('controller', 'show', 'br0')
        stop.set()
        for t in threads:
            t.join(10)
        for s in bad:
            s.close()
        seen = [row['received'] + 64 * row['full_turns'] for row in rows]
        check(sum(n > 1000 for n in seen) == 2, f'{name}: the flood is not seen: {rows}')
        check(not any(row['errors'] for row in rows), f'{name}: errors: {rows}')
        check(waits[10] < 0.5 and waits[-1] < 3, f'{name}: another peer waited {waits}')
        lab.remark(f'{name}: another peer waits {waits[10] * 1e3:.0f} ms')
    grown = memory_kb(d) - before
    check(grown < 32 << 10, f'tandemd grew by {grown} kB')
    check(len(re.findall('tp_dst=', d('flow', 'dump', 'br0'))) == 200, 'a flow-mod is missing')


def test_fragments_of_requests_are_not_kept(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    before = memory_kb(d)
    peers = [peer(d) for _ in range(20)]
    part = message(MULTIPART, struct.pack('!HHI', 1, 1, 0) + bytes(60000))
    for s in peers:
        for _ in range(10):
            s.sendall(part)
            data = b''
            while b'\x04\x01' not in data:
                more = s.recv(65536)
                check(more, 'a peer that sends a fragment is let go')
                data += more
    wait_for('each fragment is counted', lambda: counters(d)['multipart-overflow'] == 200, 5)
    grown = memory_kb(d) - before
    check(grown < 16 << 10, f'tandemd grew by {grown} kB')


def test_who_never_says_hello_is_let_go(lab):
    """TLS that does not begin or stops half-way, a byte a second, silence."""
    path, port = certificates(lab), free_port()
    d = Daemon(lab, tls_config(path))
    d('bridge', 'add', 'br0')
    d('controller', 'set', 'br0', f'pssl:{port}:127.0.0.1')
    client_hello = bytes.fromhex('16030100c8010000c40303') + bytes(20)
    tls = [socket.create_connection(('127.0.0.1', port)) for _ in range(30)]
    for s in tls[10:20]:
        s.sendall(client_hello)
    slow, silent = [], []
    for kind in (slow, silent):
        for _ in range(10):
            s = socket.socket(socket.AF_UNIX)
            s.connect(f'{d.rundir}/br0.mgmt')
            kind.append(s)
    everybody = tls + slow + silent
    whole = message(HELLO, bytes(40))
    began, gone = time.monotonic(), 0
    for i in range(16):
        for s in slow + tls[20:]:
            try:
                s.sendall((client_hello if s in tls else whole)[i:i + 1])
            except OSError:
                pass
        time.sleep(1)
        if i == 3:
            r = sh('ovs-ofctl', '-O', 'OpenFlow13', '-p', path('switch.key'), '-c', path('switch.pem'), '-C',
                   path('ca.pem'), 'dump-flows', f'ssl:127.0.0.1:{port}', timeout=20, ok=False)
            check(r.returncode == 0, f'no answer beside them: {r.stderr}')
            check(Switch(f'unix:{d.rundir}/br0.mgmt', lab.env).run('OpenFlow13', 'dump-flows').returncode == 0,
                  'no answer beside them')
        gone = counters(d)['ended-no-hello']
        if gone == len(everybody):
            break
    check(gone == len(everybody), f'{gone} of {len(everybody)} are counted: {counters(d)}')
    took = time.monotonic() - began
    check(9 < took < 16, f'they are gone after {took:.1f} s')
    for s in everybody:
        s.close()


def test_wrong_messages_are_counted(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    one = peer(d)
    echo_s(one)
    one.sendall(message(99))
    wait_for('the unknown type is counted', lambda: counters(d)['errors-sent'] == 1, 5)
    one.sendall(message(ECHO, b'x', protocol=9))
    short = peer(d)
    short.sendall(struct.pack('!BBHI', 4, FLOW_MOD, 3, 2))
    other = peer(d, 2)
    zeros = socket.socket(socket.AF_UNIX)
    zeros.connect(f'{d.rundir}/br0.mgmt')
    zeros.sendall(bytes(4096))
    wait_for('a short length and zeros are counted', lambda: counters(d)['ended-protocol'] == 2, 5)
    wait_for('the version is counted', lambda: counters(d)['ended-version'] == 1, 5)
    check(echo_s(one) < 5, 'no answer beside them')
    other.close()


MPLS_FRAME = '020000000001020000000002884700001140450000140000000040117cd70a0000010a000002'


def test_groups_of_groups(lab):
    """A ring of groups is refused, and 2^39 ways through 40 groups are not walked one by one."""
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    switch = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    out = f'in_port=1,packet={MPLS_FRAME},actions=pop_mpls:0x0800,group:1'
    for n, ways in ((80, 1), (40, 2)):
        path = os.path.join(d.rundir, 'groups')
        with open(path, 'w') as f:
            for i in range(n, 0, -1):
                bucket = 'bucket=actions=' + ('output:1' if i == n else f'group:{i + 1}')
                f.write(f'group_id={i},type=all,' + ','.join([bucket] * ways) + '\n')
        switch.run('OpenFlow13', 'add-groups', path)
        r = switch.run('OpenFlow13', 'mod-group', f'group_id={n},type=all,bucket=actions=group:1', ok=False)
        check(r.returncode and 'OFPGMFC_LOOP' in r.stderr, f'a ring of {n}: {r.stderr}')
        switch.run('OpenFlow13', 'packet-out', out, timeout=30)
        check(len(switch.run('OpenFlow13', 'dump-groups').stdout.splitlines()) == n + 1, 'a group is missing')
        switch.run('OpenFlow13', 'del-groups')
