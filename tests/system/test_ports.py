# SPDX-License-Identifier: Apache-2.0
"""Configuration of ports: by ovs-ofctl mod-port as in Open vSwitch, by tandem port set, and its effect on
packets."""
import itertools
import os
import re
import subprocess
import time

from lab import Daemon, check, sh, veth_config, wait_for
from traces import copies, line_of
from test_ofctl import both

WORDS = ('receive', 'receive-stp', 'flood', 'forward', 'packet-in', 'stp')
PACKETS = ('in_port={},dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,dl_type=0x88b5',
           'in_port={},dl_src=02:00:00:00:00:01,dl_dst=01:80:c2:00:00:00,dl_type=0x05ff')
ACTIONS = ('NORMAL', 'FLOOD', 'ALL', 'IN_PORT', 'LOCAL', 'output:1', 'output:2', 'mod_vlan_vid:5,ALL,FLOOD')


def config_of(s, protocol, number):
    show = s.run(protocol, 'show' if protocol == 'OpenFlow10' else 'dump-ports-desc').stdout
    return re.search(rf'^ {number}\(\w+\): addr:.*\n +config: +(.*)', show, re.M).group(1)


def test_mod_port_does_what_open_vswitch_does(lab):
    theirs, ours, d = both(lab)
    ovs = theirs.ovs
    n = 0
    for word, number in itertools.product(WORDS, (1, 2)):
        for prefix in ('no-', ''):
            for s in (ours, theirs):
                s.run('OpenFlow10', 'mod-port', number, prefix + word)
            check(config_of(ours, 'OpenFlow10', number) == config_of(theirs, 'OpenFlow10', number),
                  f'{prefix}{word}: {config_of(ours, "OpenFlow10", number)}')
            if not prefix:
                continue
            for actions, packet in itertools.product(ACTIONS, PACKETS):
                for s in (ours, theirs):
                    s.run('OpenFlow10', 'del-flows')
                    s.run('OpenFlow10', 'add-flow', f'actions={actions}')
                flow = packet.format(1)
                a, b = d('trace', 'br0', flow), ovs.trace(flow)
                sent = [copies(line_of(t, 'Datapath actions'), {}, []) for t in (a, b)]
                check(sent[0] == sent[1], f'{prefix}{word} of {number}, {actions}, {flow}\n{a}\n{b}')
                n += 1
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        for word in ('no-receive', 'no-forward', 'no-packet-in', 'down'):
            ours.run(protocol, 'mod-port', 1, word)
        check(config_of(ours, protocol, 1) == 'PORT_DOWN NO_RECV NO_FWD NO_PACKET_IN',
              config_of(ours, protocol, 1))
        for word in ('receive', 'forward', 'packet-in', 'up'):
            ours.run(protocol, 'mod-port', 'p1', word)
        check(config_of(ours, protocol, 1) == '0', config_of(ours, protocol, 1))
    for s in (ours, theirs):
        r = s.run('OpenFlow13', 'mod-port', 77, 'up', ok=False)
        check(r.returncode and 'port' in r.stderr, r.stderr)
    r = ours.run('OpenFlow13', 'mod-port', 'LOCAL', 'up', ok=False)
    check(r.returncode and 'LOCAL' in r.stderr, f'{r.stdout}{r.stderr}')
    lab.remark(f'{n} traces alike')


def test_commands_and_port_status(lab):
    d = Daemon(lab, 'bridges:\n  - name: br0\n    ports:\n'
                    '      - {name: p1, dev: "net_null1,no-rx=1", id: 1, config: [no-flood, down]}\n')
    d('port', 'add', 'br0', 'p2', 'dev=net_tap2,iface=tdmtap', 'id=2', 'config=no-packet-in')
    rows = {row['name']: row for row in d.json('port', 'list')}
    check(rows['p1']['config'] == 'down,no-flood' and rows['p2']['config'] == 'no-packet-in', str(rows))
    management = f'unix:{d.rundir}/br0.mgmt'
    outs = [os.path.join(lab.dir, f'monitor{i}') for i in range(2)]
    for i, path in enumerate(outs):
        with open(path, 'w') as f:
            lab.processes.append(subprocess.Popen(
                ['ovs-ofctl', '-O', ('OpenFlow10', 'OpenFlow14')[i], 'monitor', management, '64',
                 '--unixctl', os.path.join(lab.dir, f'ofctl{i}.ctl')], stdout=f, stderr=f, env=lab.env))

    def told(pattern):
        text = []
        for path in outs:
            with open(path) as f:
                text.append(f.read())
        return all(re.search(pattern, t, re.S) for t in text)

    wait_for('monitors are served', lambda: d.json('controller', 'show') and
             sum(row['state'] == 'connected' for row in d.json('controller', 'show')) == 2)
    wait_for('a port status', lambda: d('port', 'set', 'p1', 'up', 'no-receive') == '' and
             d('port', 'set', 'p1', 'receive') == '' and told(r'PORT_STATUS.*MOD.*1\(p1\)'))
    # The device's link goes down and up with the port.
    flags = '/sys/class/net/tdmtap/flags'

    def is_up():
        with open(flags) as f:
            return int(f.read(), 16) & 1

    d('port', 'set', 'p2', 'down')
    check(not is_up(), 'the link is up')
    wait_for('state of the link', lambda: told(r'2\(p2\).*config: +PORT_DOWN.*state: +LINK_DOWN'))
    check(d.json('port', 'show', 'p2')['config'] == 'down,no-packet-in', d('port', 'show', 'p2'))
    d('port', 'set', 'p2', 'up', 'packet-in')
    check(is_up(), 'the link is down')
    shown = d('port', 'show', 'p2')
    check(re.search('^config: -$', shown, re.M) and 'rx_packets: ' in shown, shown)
    for words, why in ((('p1', 'sideways'), 'sideways'), (('p9', 'up'), 'does not exist'), (('p1',), 'missing')):
        r = d.run('port', 'set', *words, ok=False)
        check(r.returncode and why in r.stderr, f'{words}: {r.stderr}')


def test_packets_of_a_port_that_does_not_receive(lab):
    """Packets are dropped and counted until the change back is answered. The interface of a port that is down
    is down itself: nothing arrives."""
    near = [lab.netns('a'), lab.netns('b')]
    d = Daemon(lab, veth_config(lab, ['p1', 'p2'], near, flows=['actions=output:2']))
    packet = 'from scapy.all import *; sendp([Ether(bytes.fromhex("02000000000102000000000288b5" + "00" * 46))] * 50, ' \
             'iface="eth0", verbose=0)'

    def send():
        lab.exec('a', '/usr/bin/python3', '-c', packet)

    def dropped(upcalls):
        # Packets that missed (perhaps all of the first ones) are treated by a handler and counted as upcalls.
        p = d.json('port', 'stats', 'p1')[0]
        n = p['action_drops'].get('no-receive', 0)
        return n >= 50 and n + p['upcalls'] - upcalls == 100

    def carrier():
        return lab.exec('a', 'cat', '/sys/class/net/eth0/carrier').stdout.strip()

    send()
    wait_for('packets', lambda: lab.received('b') == 50)
    for word, opposite in (('no-receive', 'receive'), ('down', 'up')):
        before, upcalls = lab.received('b'), d.json('port', 'stats', 'p1')[0]['upcalls']
        d('port', 'set', 'p1', word)
        if word == 'down':
            wait_for('the sender has no carrier', lambda: carrier() == '0')
        send()
        send()
        if word == 'no-receive':
            wait_for('drops', lambda n=upcalls: dropped(n))
        d('port', 'set', 'p1', opposite)
        wait_for('the sender has a carrier', lambda: carrier() == '1')
        check(lab.received('b') == before, f'{word}: packets have passed')
        send()
        wait_for('packets again', lambda n=before: lab.received('b') == n + 50)
    d('audit')


def test_links_are_followed(lab):
    """A link change is reported within a second, with any driver: in port status, in port show, and to groups
    that fail over. Other changes of the port's interface are no link changes."""
    near = [lab.netns(name) for name in 'abc']
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near[:2]))
    d('port', 'add', 'br0', 'c', 'dev=net_null3,no-rx=1', 'id=3')
    lab.exec('c', 'ip', 'link', 'set', 'eth0', 'down')
    d('port', 'add', 'br0', 'd', f'dev=net_pcap4,iface={near[2]}', 'id=4')
    d('port', 'add', 'br0', 'e', 'dev=net_tap5,iface=tdmlink', 'id=5')
    management = f'unix:{d.rundir}/br0.mgmt'
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'add-group', management,
       'group_id=1,type=ff,bucket=watch_port:2,output:2,bucket=watch_port:3,output:3')
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', management, 'in_port=1,actions=group:1')
    rows = {row['name']: row for row in d.json('port', 'list')}
    check({n: r['link_from'] for n, r in rows.items()} ==
          {'a': 'netdev', 'b': 'netdev', 'c': 'poll', 'd': 'netdev', 'e': 'netdev'}, str(rows))
    check({n for n, r in rows.items() if r['link'] == 'down'} == {'d'}, str(rows))

    def speed(number):
        shown = sh('ovs-ofctl', '-O', 'OpenFlow13', 'show', management).stdout
        port = re.split(r'^ (?=\d+\()', shown, flags=re.M)[number]
        return re.findall(r'(?:current|speed): +(.*)', port)

    # A veth reports 10 Gbit/s to the kernel; a link that is down has no speed.
    check(speed(1) == ['10GB-FD', '10000 Mbps now, 10000 Mbps max'], str(speed(1)))
    check(speed(4)[-1].startswith('0 Mbps now'), str(speed(4)))
    path = os.path.join(lab.dir, 'monitor')
    with open(path, 'w') as f:
        lab.processes.append(subprocess.Popen(
            ['ovs-ofctl', '-O', 'OpenFlow14', 'monitor', management, '64', '--unixctl', os.path.join(lab.dir, 'ofctl.ctl')],
            stdout=f, stderr=f, env=lab.env))
    wait_for('the monitor is served', lambda: any(row['state'] == 'connected' for row in d.json('controller', 'show')))
    slowest = 0

    def statuses():
        with open(path) as f:
            return re.findall(r'PORT_STATUS.*?MOD: (\d+)\(.*?state: +(\w+)', f.read(), re.S)

    def change(port, number, state, act):
        nonlocal slowest
        n, start = len(statuses()), time.monotonic()
        act()
        wait_for(f'{port} {state}', lambda: d.json('port', 'show', port)['link'] == state, 1, 0.01)
        wait_for('a port status', lambda: (str(number), 'LIVE' if state == 'up' else 'LINK_DOWN') in statuses()[n:], 1, 0.01)
        slowest = max(slowest, time.monotonic() - start)

    def far(name, state):
        return lambda: lab.exec(name, 'ip', 'link', 'set', 'eth0', state)

    def sends_to():
        return d('trace', 'br0', 'in_port=1,dl_type=0x88b5').split('Datapath actions: ')[1].split()[0]

    change('d', 4, 'up', far('c', 'up'))
    check(sends_to() == 'b', sends_to())
    for state, to in (('down', 'c'), ('up', 'b'), ('down', 'c')):
        change('b', 2, state, far('b', state))
        check(sends_to() == to, f'b is {state}, the group sends to {sends_to()}')
    for state in ('down', 'up'):
        change('a', 1, state, far('a', state))
        change('d', 4, state, far('c', state))
        change('e', 5, state, lambda state=state: sh('ip', 'link', 'set', 'tdmlink', state))
    # Netlink messages about a bridge that the interface joins and leaves do not concern the interface.
    n = len(statuses())
    bridge = f'tdm{os.getpid()}br'
    sh('ip', 'link', 'add', bridge, 'type', 'bridge')
    try:
        sh('ip', 'link', 'set', near[0], 'master', bridge)
        sh('ip', 'link', 'set', near[0], 'nomaster')
    finally:
        sh('ip', 'link', 'del', bridge)
    change('b', 2, 'up', far('b', 'up'))
    check(d.json('port', 'show', 'a')['link'] == 'up', d('port', 'show', 'a'))
    check({p for p, _ in statuses()[n:]} == {'2'}, str(statuses()[n:]))
    # The interface of a port is deleted.
    change('b', 2, 'down', lambda: sh('ip', 'link', 'del', near[1]))
    d('audit')
    lab.remark(f'slowest {slowest * 1000:.0f} ms')
