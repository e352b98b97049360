# SPDX-License-Identifier: Apache-2.0
"""Debian's ovs-ofctl against tandemd and against Open vSwitch: the same commands, the same output.

What cannot be the same is made so: durations, the LOCAL port that Open vSwitch adds, addresses and speeds
of its dummy devices, transaction numbers, who the manufacturer is."""
import contextlib
import os
import re
import socket
import struct
import subprocess
import threading
import time

from lab import IDLE, Daemon, Failed, check, sh, wait_for
from oracle import Ovs

PORTS = {'p1': 1, 'p2': 2, 'p3': 3, 'p4': 4}
PROTOCOLS = ('OpenFlow10', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15', 'NXM')

FLOWS = '''priority=100,tcp,in_port=1,tp_dst=80,actions=output:2
priority=90,cookie=0x1234,arp,actions=NORMAL
table=1,priority=7,ip,nw_dst=10.0.0.0/8,actions=dec_ttl,output:3
table=1,priority=8,ipv6,ipv6_dst=fd00::/16,idle_timeout=60,hard_timeout=600,actions=output:4
priority=80,dl_vlan=10,actions=strip_vlan,output:IN_PORT
priority=70,reg0=0x5/0xff,metadata=0x10,actions=resubmit(,1)
priority=60,udp,tp_src=0x400/0xfc00,send_flow_rem,actions=mod_dl_dst:02:00:00:00:00:01,output:2
priority=50,dl_src=02:00:00:00:00:00/ff:00:00:00:00:00,actions=load:7->NXM_NX_REG1[],resubmit(,1)
priority=40,icmp,icmp_type=8,actions=move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[],CONTROLLER:64
priority=0,actions=drop
'''


def options(protocol):
    return ['-O', 'OpenFlow10', '-F', 'NXM'] if protocol == 'NXM' else ['-O', protocol]


class Switch:
    """One of the two switches, as ovs-ofctl sees it."""

    def __init__(self, management, env):
        self.management, self.env = management, env

    def run(self, protocol, command, *words, ok=True, timeout=30):
        return sh('ovs-ofctl', *options(protocol), command, self.management, *words, ok=ok, timeout=timeout,
                  env=self.env)


def both(lab):
    ovs = Ovs(lab)
    ovs.bridge({name: (n, []) for name, n in PORTS.items()})
    ovs.vsctl('set', 'bridge', 'br0', 'protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15')
    theirs = Switch(f'unix:{ovs.path("br0.mgmt")}', ovs.env)
    theirs.ovs = ovs
    wait_for('Open vSwitch speaks 1.5',
             lambda: not theirs.run('OpenFlow15', 'dump-flows', ok=False).returncode)
    d = Daemon(lab, IDLE)
    d('bridge', 'add', 'br0')
    for name, n in PORTS.items():
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}')
    return theirs, Switch(f'unix:{d.rundir}/br0.mgmt', lab.env), d


def normalise(text):
    for pattern, to in ((r'duration=[\d.]+s', 'duration=Ts'), (r'\(xid=0x[0-9a-f]+\)', '(xid)'),
                        (r'(hard|idle)_age=\d+, ', ''),
                        (r'(drop|errs|frame|over|crc|coll)=[?\d]+', r'\1=N'), (r'xid=0x[0-9a-f]+', 'xid')):
        text = re.sub(pattern, to, text)
    return text


def lines(result, drop=None):
    found = normalise(result.stdout).splitlines()
    return [line for line in found if not (drop and re.search(drop, line))]


def same(ours, theirs, protocol, command, *words, drop=None, ordered=True):
    a, b = (lines(s.run(protocol, command, *words), drop) for s in (ours, theirs))
    if not ordered:
        a, b = sorted(a), sorted(b)
    check(a == b, f'{protocol} {command} {words}: tandem\n' + '\n'.join(a) + '\n--- Open vSwitch\n' +
          '\n'.join(b))


def on_both(ours, theirs, protocol, command, *words, ok=True):
    """Runs a command on both; the outcome must agree, too."""
    a, b = (s.run(protocol, command, *words, ok=False) for s in (ours, theirs))
    check(a.returncode == b.returncode, f'{protocol} {command} {words}: exit {a.returncode}, theirs '
          f'{b.returncode}\n{a.stderr}\n{b.stderr}')
    check(not (ok and a.returncode), f'{protocol} {command} {words}: both: {a.stderr}')


def flow_file(lab, name, text):
    path = os.path.join(lab.dir, name)
    with open(path, 'w') as f:
        f.write(text)
    return path


def test_flows_are_shown_alike(lab):
    theirs, ours, _ = both(lab)
    path = flow_file(lab, 'flows', FLOWS)
    for protocol in PROTOCOLS:
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flows', path)
        for words in ([], ['table=1'], ['tcp'], ['cookie=0x1234/-1'], ['out_port=2'], ['dl_vlan=10'],
                      ['table=1,ip'], ['table=9']):
            same(ours, theirs, protocol, 'dump-flows', *words, ordered=False)
            same(ours, theirs, protocol, 'dump-aggregate', *words)
        same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
        same(ours, theirs, protocol, 'dump-flows', '--names', ordered=False)


def test_flows_change_alike(lab):
    theirs, ours, _ = both(lab)
    path = flow_file(lab, 'flows', FLOWS)
    steps = (('mod-flows', 'tcp,actions=drop'), ('mod-flows', 'udp,tp_dst=9,actions=output:1'),
             ('--strict mod-flows', 'priority=100,tcp,in_port=1,tp_dst=80,actions=output:4'),
             ('--strict mod-flows', 'priority=99,tcp,in_port=1,tp_dst=80,actions=output:4'),
             ('mod-flows', 'cookie=0x77,arp,actions=output:1'),
             ('--strict del-flows', 'priority=1,arp'), ('--strict del-flows', 'priority=90,arp'),
             ('del-flows', 'out_port=4'), ('add-flow', 'priority=100,tcp,in_port=1,tp_dst=80,actions=2'),
             ('add-flow', 'check_overlap,priority=80,dl_vlan=11,actions=1'),
             ('del-flows', 'table=1'), ('del-flows', 'cookie=0x1/0x1'), ('del-flows', ''))
    for protocol in PROTOCOLS:
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flows', path)
        for command, words in steps:
            on_both_options(ours, theirs, protocol, command, words)
            same(ours, theirs, protocol, 'dump-flows', ordered=False)


def on_both_options(ours, theirs, protocol, command, words):
    *more, name = command.split()
    results = [sh('ovs-ofctl', *options(protocol), *more, name, s.management, *([words] if words else []),
                  ok=False, env=s.env) for s in (ours, theirs)]
    check(results[0].returncode == results[1].returncode,
          f'{protocol} {command} {words}: {results[0].stderr}\ntheirs: {results[1].stderr}')


def test_overlap_is_refused_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in PROTOCOLS:
        on_both(ours, theirs, protocol, 'add-flow', 'priority=5,ip,actions=1')
        for s in (ours, theirs):
            r = s.run(protocol, 'add-flow', 'check_overlap,priority=5,tcp,actions=2', ok=False)
            check(r.returncode and 'OFPFMFC_OVERLAP' in r.stderr, f'{protocol}: {r.stderr}')


def test_replace_and_diff(lab):
    theirs, ours, _ = both(lab)
    first = flow_file(lab, 'first', FLOWS)
    second = flow_file(lab, 'second', FLOWS.replace('output:2', 'output:3').replace('nw_dst=10', 'nw_dst=11'))
    # ovs-ofctl itself does not replace flows of several tables by plain OpenFlow 1.0.
    for protocol in PROTOCOLS[1:4]:
        for path in (first, second, first):
            on_both(ours, theirs, protocol, 'replace-flows', path)
            same(ours, theirs, protocol, 'dump-flows', ordered=False)
            for file in (first, second):
                a, b = (sorted(lines(s.run(protocol, 'diff-flows', file, ok=False))) for s in (ours, theirs))
                check(a == b, f'{protocol} diff-flows: {a}, theirs {b}')


def sh_bundle(s, protocol, path):
    return sh('ovs-ofctl', '-O', protocol, '--bundle', 'add-flows', s.management, path, ok=False, env=s.env)


def test_bundles_are_all_or_nothing(lab):
    theirs, ours, _ = both(lab)
    good = flow_file(lab, 'good', FLOWS)
    bad = flow_file(lab, 'bad', 'add priority=3,udp,actions=1\nadd check_overlap,priority=100,tcp,actions=1\n'
                                'delete arp\n')
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        on_both(ours, theirs, protocol, 'del-flows')
        for s in (ours, theirs):
            r = sh_bundle(s, protocol, good)
            check(r.returncode == 0, f'{protocol}: {r.stderr}')
        same(ours, theirs, protocol, 'dump-flows', ordered=False)
        for s in (ours, theirs):
            r = sh_bundle(s, protocol, bad)
            check(r.returncode and 'OFPFMFC_OVERLAP' in r.stderr, f'{protocol}: {r.stderr}')
        same(ours, theirs, protocol, 'dump-flows', ordered=False)


def test_ports_and_tables(lab):
    theirs, ours, _ = both(lab)
    foreign = r'LOCAL|br0|tx pkts=.*|dpid|config:|state:|speed:|current:|addr:'
    for protocol in PROTOCOLS:
        same(ours, theirs, protocol, 'dump-ports-desc', drop=foreign)
        same(ours, theirs, protocol, 'dump-ports', 'p1', drop=r'duration|CUSTOM|custom|_q0_')
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flow', 'table=3,actions=drop')
        a, b = (len(re.findall(r'^ +port +\S+:', s.run(protocol, 'dump-ports').stdout, re.M))
                for s in (ours, theirs))
        check((a, b) == (4, 5), f'{protocol} dump-ports: {a} ports, theirs {b}')
        a, b = (re.findall(r'active=(\d+)', s.run(protocol, 'dump-tables').stdout) for s in (ours, theirs))
        check(a == b, f'{protocol} dump-tables: {a}, theirs {b}')
        show = ours.run(protocol, 'show').stdout
        check('n_tables:254, n_buffers:0' in show, show)
        for name, n in PORTS.items():
            text = show + ours.run(protocol, 'dump-ports-desc').stdout
            check(re.search(rf'^ {n}\({name}\): addr:', text, re.M), text)
        same(ours, theirs, protocol, 'queue-stats', drop=r'queue 0|queues$')


def test_packet_out(lab):
    near = lab.netns('a')
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', f'dev=net_af_packet0,iface={near}', 'id=1')
    ours = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    frame = '02000000000102000000000288b5' + '00' * 46
    for i, protocol in enumerate(('OpenFlow10', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15')):
        before = lab.received('a')
        ours.run(protocol, 'packet-out', f'in_port=controller packet={frame} actions=output:1')
        wait_for(f'the packet by {protocol}', lambda n=before: lab.received('a') > n)
        ours.run(protocol, 'del-flows')
        ours.run(protocol, 'add-flow', f'priority=5,dl_type=0x88b5,cookie={i},actions=output:1')
        before = lab.received('a')
        ours.run(protocol, 'packet-out', f'in_port=controller packet={frame} actions=table')
        wait_for(f'the packet by {protocol} through the tables', lambda n=before: lab.received('a') > n)
        check('n_packets=1,' in ours.run(protocol, 'dump-flows').stdout, 'the rule has not counted it')


def sent(s):
    """Returns the packets sent, by port."""
    return dict(re.findall(r'port\s+(\S+): rx.*\n\s+tx pkts=(\d+)', s.run('OpenFlow13', 'dump-ports').stdout))


def test_packets_of_ports_that_are_not_there(lab):
    """Accepted as in Open vSwitch and sent to explicit outputs; NORMAL drops them."""
    theirs, ours, _ = both(lab)
    frame = '02000000000102000000000288b5' + '00' * 46
    for s in (theirs, ours):
        s.run('OpenFlow13', 'del-flows')
        s.run('OpenFlow13', 'add-flow', 'in_port=77,actions=output:2')
    for actions in ('output:1', 'output:1,output:3', 'table', 'flood', 'all', 'normal', 'in_port', 'output:77,output:4',
                    'resubmit(78,0),output:1', 'resubmit(,0)', 'set_field:1->in_port,flood'):
        for port in ('77', '65279', 'controller', *(['local'] if actions != 'normal' else [])):  # not a port here
            before = [sent(s) for s in (theirs, ours)]
            for s in (theirs, ours):
                s.run('OpenFlow13', 'packet-out', f'in_port={port} packet={frame} actions={actions}')
            after = []

            def alike():
                after[:] = [{p: int(n) - int(was.get(p, 0)) for p, n in sent(s).items() if p != 'LOCAL'}
                            for s, was in zip((theirs, ours), before)]
                return after[0] == after[1]
            try:
                wait_for('the same', alike, seconds=3)
            except Failed:
                check(False, f'in_port={port} actions={actions}: tandem sent {after[1]}, Open vSwitch {after[0]}')


def test_monitor(lab):
    """ovs-ofctl monitor gets packets, removed flows and changes of flows."""
    near = lab.netns('a')
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', f'dev=net_af_packet0,iface={near}', 'id=1')
    ours = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    ours.run('OpenFlow13', 'del-flows')
    ours.run('OpenFlow13', 'add-flow', 'priority=5,cookie=0xabc,dl_type=0x88b5,actions=CONTROLLER:65535')
    out = os.path.join(lab.dir, 'monitor')
    with open(out, 'w') as f:
        p = subprocess.Popen(['ovs-ofctl', '-O', 'OpenFlow13', 'monitor', ours.management, '65534',
                              '--unixctl', os.path.join(lab.dir, 'ofctl.ctl')],
                             stdout=f, stderr=f, env=lab.env)
    watch = os.path.join(lab.dir, 'watch')
    with open(watch, 'w') as f:
        w = subprocess.Popen(['ovs-ofctl', 'monitor', ours.management, 'watch:', '--unixctl',
                              os.path.join(lab.dir, 'ofctl2.ctl')], stdout=f, stderr=f, env=lab.env)
    lab.processes += [p, w]

    def seen(path, pattern):
        with open(path) as f:
            return re.search(pattern, f.read(), re.S)

    time.sleep(1)
    packet = 'from scapy.all import *; sendp(Ether(bytes.fromhex("%s")), iface="eth0", verbose=0)'
    lab.exec('a', '/usr/bin/python3', '-c', packet % ('02000000000102000000000288b5' + '00' * 46))
    wait_for('the packet-in', lambda: seen(out, r'PACKET_IN.*cookie=0xabc.*in_port=1.*via action'))
    ours.run('OpenFlow13', 'add-flow', 'send_flow_rem,hard_timeout=1,priority=9,udp,actions=1')
    wait_for('the flow removed message', lambda: seen(out, r'FLOW_REMOVED.*priority=9,udp reason=hard'))
    wait_for('the monitor\'s first rules', lambda: seen(watch, r'event=ADDED table=0 cookie=0xabc'))
    wait_for('the addition', lambda: seen(watch, r'event=ADDED[^\n]*udp'))
    wait_for('the removal', lambda: seen(watch, r'event=DELETED reason=(hard|timeout)[^\n]*udp'))
    d('port', 'add', 'br0', 'p2', 'dev=net_null2,no-rx=1', 'id=2')
    wait_for('the port status', lambda: seen(out, r'PORT_STATUS.*ADD.*2\(p2\)'))


WATCHED = (('add-flow', 'priority=7,tcp,tp_dst=80,cookie=0x5,idle_timeout=60,actions=output:2'),
           ('add-flow', 'table=1,ip,actions=group:1'),
           ('add-flow', 'table=2,arp,actions=mod_dl_dst:02:00:00:00:00:01,resubmit(,3)'),
           ('mod-flows', 'tcp,tp_dst=80,actions=output:3'), ('mod-flows', 'cookie=0x9/-1,ip,actions=drop'),
           ('add-flow', 'priority=7,tcp,tp_dst=80,actions=output:4'), ('del-flows', 'table=2'),
           ('del-groups', 'group_id=1'), ('del-flows', 'tcp'))
SPECS = ('watch:', 'watch:!initial,!actions', 'watch:table=1', 'watch:out_port=2', 'watch:!add,tcp',
         'watch:!delete,!modify', 'watch:ip')


def watch(lab, switch, protocol, spec, path):
    with open(path, 'w') as f:
        p = subprocess.Popen(['ovs-ofctl', *options(protocol), 'monitor', switch.management, spec, '--unixctl',
                              path + '.ctl'], stdout=f, stderr=f, env=switch.env)
    lab.processes.append(p)
    return p


def test_flow_monitors_are_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow10', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        specs = SPECS + (('watch:out_group=1',) if protocol > 'OpenFlow13' else ())
        watched = []
        for s in (ours, theirs):
            s.run('OpenFlow13', 'del-flows')
            s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
            s.run('OpenFlow13', 'add-flow', 'table=1,priority=3,ip,actions=output:2')
            paths = [os.path.join(lab.dir, f'{protocol}.{i}.{len(watched)}') for i in range(len(specs))]
            watched.append((paths, [watch(lab, s, protocol, spec, p) for spec, p in zip(specs, paths)]))
        for paths, _ in watched:
            for path in paths:
                wait_for('the monitor is there', lambda p=path: os.path.exists(p + '.ctl'))
        time.sleep(0.2)
        for command, text in WATCHED:
            for s in (ours, theirs):
                s.run('OpenFlow13', command, text)
        texts = []
        for (paths, processes), who in zip(watched, ('tandem', 'Open vSwitch')):
            wait_for(f'{who}: the last of {protocol}',
                     lambda p=paths[0]: re.search(r'reason=delete[^\n]*tcp', read(p)))
            time.sleep(0.1)
            texts.append([normalise(read(path)) for path in paths])
            for p in processes:
                p.terminate()
                p.wait()
        for spec, a, b in zip(specs, *texts):
            check(a == b, f'{protocol} {spec}: tandem\n{a}\n--- Open vSwitch\n{b}')


def read(path):
    with open(path) as f:
        return f.read()


def peer(d, protocol=4):
    """Opens a connection and exchanges HELLO."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    s.connect(f'{d.rundir}/br0.mgmt')
    s.sendall(struct.pack('!BBHI', protocol, 0, 8, 1))
    return s


def memory_kb(d):
    with open(f'/proc/{d.process.pid}/status') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def test_hostile_peers(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    ours = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    before = memory_kb(d)
    truncated = peer(d)
    truncated.sendall(struct.pack('!BBHI', 4, 14, 65535, 2) + b'x' * 1000)
    short = peer(d)
    short.sendall(struct.pack('!BBHI', 4, 14, 3, 2))
    other = peer(d, 2)
    zeros = socket.socket(socket.AF_UNIX)
    zeros.connect(f'{d.rundir}/br0.mgmt')
    with contextlib.suppress(ConnectionError):  # the first bytes suffice to be let go
        zeros.sendall(bytes(65536))
    for s in (short, other, zeros):
        s.settimeout(5)
        try:
            while s.recv(65536):
                pass
        except ConnectionError:
            pass
    check(ours.run('OpenFlow13', 'dump-flows').returncode == 0, 'no answer beside hostile peers')
    silent = [peer(d) for _ in range(900)]
    check(ours.run('OpenFlow13', 'dump-flows').returncode == 0, 'no answer beside 900 peers')
    more = [peer(d) for _ in range(200)]
    refused = 0
    for s in more:
        s.settimeout(2)
        try:
            data = s.recv(65536)
            refused += b'too many connections' in data
        except OSError:
            refused += 1
    check(refused >= 50, f'{refused} of 200 connections past the limit were refused')
    for s in [*silent, *more, truncated]:
        s.close()
    wait_for('an answer after the flood',
             lambda: not ours.run('OpenFlow13', 'dump-flows', ok=False).returncode)
    grown = memory_kb(d) - before
    check(grown < 64 << 10, f'tandemd grew by {grown} kB')
    lab.remark(f'tandemd grew by {grown} kB with 1,100 peers')


def counters(d):
    return {row['counter']: row['count'] for row in d.json('controller', 'counters', 'br0')}


def cpu_s(d):
    """Returns the processor time of the control thread."""
    with open(f'/proc/{d.process.pid}/task/{d.process.pid}/stat') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def test_slow_reader(lab):
    """A client that requests large dumps and does not read them is disconnected, holds little memory until
    then, and takes little time from others."""
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    flows = ''.join(f'priority={i % 1000 + 1},udp,tp_src={i},actions=1\n' for i in range(1, 10001))
    d('flow', 'load', 'br0', flow_file(lab, 'many', flows))
    ours = Switch(f'unix:{d.rundir}/br0.mgmt', lab.env)
    before = memory_kb(d)
    dump = struct.pack('!BBHIHHI', 4, 18, 56, 3, 1, 0, 0) + struct.pack('!B3xII4xQQHH4x', 0xff, 0xffffffff,
                                                                       0xffffffff, 0, 0, 1, 4)
    slow = [peer(d) for _ in range(50)]
    gone = []

    def flood(s):
        try:
            while True:
                s.sendall(dump)
        except ConnectionError:
            gone.append(s)

    threads = [threading.Thread(target=flood, args=(s,), daemon=True) for s in slow]
    for t in threads:
        t.start()
    time.sleep(2)
    began, worked = time.monotonic(), cpu_s(d)
    check(len(lines(ours.run('OpenFlow13', 'dump-flows', timeout=60))) > 10000, 'the dump is short')
    waited = time.monotonic() - began
    time.sleep(3)
    worked = cpu_s(d) - worked
    check(worked < 2, f'slow readers cost {worked:.1f} s of the control thread in 3 s')
    grown = memory_kb(d) - before
    check(grown < 64 << 10, f'tandemd grew by {grown} kB')
    check(any(row['held'] for row in d.json('controller', 'show', 'br0')), 'no peer is said to be held')
    wait_for('slow readers are let go', lambda: len(gone) == len(slow), 25)
    ended = counters(d)['ended-slow-reader']
    check(ended == len(slow), f'{ended} of {len(slow)} slow readers are counted')
    lab.remark(f'50 slow readers: tandemd grew by {grown} kB, worked {worked:.2f} s in 3 s; another peer '
               f'had 10,000 flows in {waited:.1f} s')
    for s in slow:
        s.close()


def test_groups_and_meters_alike(lab):
    theirs, ours, _ = both(lab)
    groups = ('group_id=1,type=all,bucket=output:1,bucket=output:2',
              'group_id=2,type=select,bucket=weight:3,output:1,bucket=weight:1,output:2',
              'group_id=3,type=indirect,bucket=output:4',
              'group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_port:2,output:2')
    meters = ('meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100',
              'meter=2,pktps,bands=type=drop,rate=500')
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        on_both(ours, theirs, protocol, 'del-flows')
        for text in groups:
            on_both(ours, theirs, protocol, 'add-group', text)
        on_both(ours, theirs, protocol, 'add-flow', 'priority=3,tcp,actions=group:2')
        for text in meters:
            on_both(ours, theirs, protocol, 'add-meter', text)
        on_both(ours, theirs, protocol, 'add-flow', 'priority=4,udp,actions=meter:1,output:1')
        for s in (ours, theirs):
            r = s.run(protocol, 'add-group', groups[0], ok=False)
            check(r.returncode and 'OFPGMFC_GROUP_EXISTS' in r.stderr, f'{protocol}: {r.stderr}')
            r = s.run(protocol, 'add-flow', 'udp,actions=meter:9,1', ok=False)
            check(r.returncode and 'OFPMMFC_INVALID_METER' in r.stderr, f'{protocol}: {r.stderr}')
        for command in ('dump-flows', 'dump-groups', 'dump-group-stats', 'dump-meters'):
            same(ours, theirs, protocol, command, ordered=False)
        on_both(ours, theirs, protocol, 'mod-group', 'group_id=1,type=all,bucket=output:3')
        on_both(ours, theirs, protocol, 'del-groups', 'group_id=2')
        on_both(ours, theirs, protocol, 'del-meter', 'meter=1')
        for command in ('dump-flows', 'dump-groups', 'dump-meters'):
            same(ours, theirs, protocol, command, ordered=False)
        on_both(ours, theirs, protocol, 'del-groups')
        on_both(ours, theirs, protocol, 'del-meters')
