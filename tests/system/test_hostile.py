# SPDX-License-Identifier: Apache-2.0
"""Hostile controllers: the effects of each are bounded, counted under a name, and do not affect others."""
import contextlib
import os
import re
import socket
import struct
import threading
import time

from lab import Daemon, check, sh, wait_for
from test_controller import certificates, free_port, tls_config
from test_ofctl import Switch, counters, cpu_s, memory_kb, peer

ALONE = {'test_floods_leave_others_their_turn': 'it measures how long others wait'}

HELLO, ERROR, ECHO, PACKET_OUT, FLOW_MOD, MULTIPART = 0, 1, 2, 13, 14, 18


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


def refusals(data):
    """Returns the types and codes of the errors in the bytes a peer received. The last message may be
    incomplete."""
    kinds, at = set(), 0
    while at + 12 <= len(data):
        _, kind, n_bytes, _ = struct.unpack_from('!BBHI', data, at)
        check(n_bytes >= 8, f'no message at byte {at}')
        if kind == ERROR:
            kinds.add(struct.unpack_from('!HH', data, at + 8))
        at += n_bytes
    return kinds


def flood(s, data, stop, heard):
    """Sends and reads until 'stop' is set or the peer is disconnected. Appends the bytes read to 'heard'."""
    s.settimeout(0.2)

    def read():
        while not stop.is_set():
            try:
                more = s.recv(1 << 20)
                if not more:
                    return
                heard.extend(more)
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
    """Returns the seconds until an echo is answered."""
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
        heard = [bytearray() for _ in bad]
        threads = [threading.Thread(target=flood, args=(s, data, stop, h), daemon=True) for s, h in zip(bad, heard)]
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
        kinds_heard = set().union(*map(refusals, heard))
        check(not kinds_heard and not any(row['errors'] for row in rows), f'{name}: errors {kinds_heard}: {rows}')
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
IP_FRAME = '0200000000010200000000020800' + MPLS_FRAME[36:]


def test_groups_of_groups(lab):
    """A ring of groups is refused. 2^39 ways through 40 groups are not walked one by one: the packet's sender
    gets an error, as for a chain that is too deep."""
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    switch = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    out = f'in_port=1,packet={IP_FRAME},actions=group:1'
    later = f'in_port=1,packet={MPLS_FRAME},actions=pop_mpls:0x0800,group:1'
    for n, ways in ((80, 1), (40, 2)):
        path = os.path.join(d.rundir, 'groups')
        with open(path, 'w') as f:
            for i in range(n, 0, -1):
                bucket = 'bucket=actions=' + ('output:1' if i == n else f'group:{i + 1}')
                f.write(f'group_id={i},type=all,' + ','.join([bucket] * ways) + '\n')
        switch.run('OpenFlow13', 'add-groups', path)
        r = switch.run('OpenFlow13', 'mod-group', f'group_id={n},type=all,bucket=actions=group:1', ok=False)
        check(r.returncode and 'OFPGMFC_LOOP' in r.stderr, f'a ring of {n}: {r.stderr}')
        r = switch.run('OpenFlow13', 'packet-out', out, timeout=30, ok=False)
        check(r.returncode and 'OFPFMFC_UNKNOWN' in r.stderr, f'{n} groups, {ways} ways: {r.stderr}')
        # A single way is followed after the reply, when the packet is recirculated; many ways are given up at
        # once.
        r = switch.run('OpenFlow13', 'packet-out', later, timeout=30, ok=False)
        check(('OFPFMFC_UNKNOWN' in r.stderr) == (ways > 1), f'{n} groups, {ways} ways: {r.stderr}')
        check(len(switch.run('OpenFlow13', 'dump-groups').stdout.splitlines()) == n + 1, 'a group is missing')
        switch.run('OpenFlow13', 'del-groups')


def unix(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(path)
    return s


def fill(d, connections, connect):
    """Connects until a connection fails, or 'connections' times."""
    for _ in range(connections):
        try:
            s = connect()
            yield s
        except OSError:
            return


def test_file_descriptors(lab):
    """A flood of connections gets half of the file descriptors; the rest remain for ovs-ofctl and tandem. If
    none is left, sockets pause, and continue once there are some."""
    port, files = free_port(), 200
    d = Daemon(lab, 'bridges: [{name: br0, controllers: ["ptcp:%d:127.0.0.1"]}]\n' % port, files=files)
    check(d.json('daemon', 'show')['files_max'] == files, d('daemon', 'show'))
    mgmt = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    with contextlib.ExitStack() as stack:
        for s in fill(d, 400, lambda: socket.create_connection(('127.0.0.1', port), 5)):
            stack.enter_context(s).sendall(message(HELLO))
        check(mgmt.run('OpenFlow13', 'dump-flows').returncode == 0, 'a flood of controllers keeps ovs-ofctl out')
        wait_for('the rest is refused', lambda: counters(d)['refused-too-many'] >= 300 - 1)
        check(counters(d)['accept-failed'] == 0, d('controller', 'counters'))
    wait_for('they are gone', lambda: len(d.json('controller', 'show', 'br0')) < 10)
    # Trusted local clients may use all of them.
    with contextlib.ExitStack() as stack:
        for path in ('br0.mgmt', 'tandemd.ctl'):
            for s in fill(d, 250, lambda p=path: unix(f'{d.rundir}/{p}')):
                stack.enter_context(s)
        began, log = cpu_s(d), os.path.getsize(d.log_path)
        time.sleep(3)
        check(cpu_s(d) - began < 0.6, f'{cpu_s(d) - began} s of 3 without file descriptors')
        grown = os.path.getsize(d.log_path) - log
        check(grown < 3000, f'the log grew by {grown} bytes in 3 s')
    wait_for('tandem is answered', lambda: not d.run('version', ok=False, timeout=20).returncode, 20)
    wait_for('ovs-ofctl is answered', lambda: not mgmt.run('OpenFlow13', 'dump-flows').returncode, 20)
    check(counters(d)['accept-failed'] > 0, d('controller', 'counters'))
    check(d.json('daemon', 'show')['accept_failed'] > 0, d('daemon', 'show'))


def test_connect_floods_do_not_fill_the_log(lab):
    port = free_port()
    d = Daemon(lab, 'bridges: [{name: br0, controllers: ["ptcp:%d:127.0.0.1"]}]\n' % port)
    for _ in range(2000):
        with socket.create_connection(('127.0.0.1', port), 5) as s:
            s.sendall(message(HELLO))
            s.recv(1)
    with open(d.log_path) as f:
        lines = sum('br0<->tcp' in line for line in f)
    check(0 < lines < 300, f'{lines} lines for 2,000 connections')
    check(d.json('daemon', 'show')['log_lines_suppressed'] > 3000, d('daemon', 'show'))
    d.stop()
    with open(d.log_path) as f:
        said = sum(int(n) for n in re.findall(r'WARN.(\d+) lines like .*suppressed', f.read()))
    check(said > 3000, f'{said} lines are said to be suppressed')


def test_where_controllers_are_listened_for(lab):
    """Sockets are created only in the run directory and only under free names; if new ones are refused, the old
    ones stay in force."""
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    outside, inside = os.path.join(lab.dir, 'file'), f'{d.rundir}/file'
    for path in (outside, inside):
        with open(path, 'w') as f:
            f.write('mine')
    port, taken = free_port(), free_port()
    d('controller', 'set', 'br0', f'ptcp:{port}', f'punix:{d.rundir}/c0')

    def listened():
        with socket.create_connection(('127.0.0.1', port), 5) as s, unix(f'{d.rundir}/c0') as u:
            return all(one.recv(1) for one in (s, u))

    with socket.create_server(('127.0.0.1', taken)):
        for target, says in ((f'punix:{outside}', f'expected punix:{d.rundir}/NAME'), ('punix:/etc/passwd', 'expected punix'),
                             (f'punix:{d.rundir}/../x', 'expected punix'), (f'punix:{inside}', 'not a socket'),
                             (f'punix:{d.rundir}/br0.mgmt', 'in use'), (f'punix:{d.rundir}/tandemd.ctl', 'in use'),
                             (f'ptcp:{taken}:127.0.0.1', 'in use')):
            r = d.run('controller', 'set', 'br0', target, ok=False)
            check(r.returncode and says in r.stderr, f'{target}: {r.stderr}')
            check(listened(), f'{target} was refused, and the others are no longer listened for')
    for path in (outside, inside):
        with open(path) as f:
            check(f.read() == 'mine', f'{path} has changed')
    mode = os.stat(f'{d.rundir}/c0').st_mode & 0o777
    check(mode == 0o660, f'the mode of the socket is {mode:o}')
    # A new address can replace an old one that overlaps it, however it is written.
    d('controller', 'set', 'br0', f'ptcp:{port}:127.0.0.1', f'punix:{d.rundir}/c0')
    check(listened(), 'not listened at once the address is said')
    d('controller', 'set', 'br0', f'ptcp:{port}', f'punix:{d.rundir}/c0')
    check(listened(), 'not listened without the address')
    d('controller', 'del', 'br0')
    check(not os.path.exists(f'{d.rundir}/c0'), 'the socket is left behind')
    check(not d.run('version').returncode and os.path.exists(f'{d.rundir}/br0.mgmt'), 'other sockets are gone')
