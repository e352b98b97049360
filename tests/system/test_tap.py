# SPDX-License-Identifier: Apache-2.0
"""TAPs (net_netdev with tap=NAME): interfaces that the daemon makes, wherever they are moved, until they are deleted."""
import os
import signal
import time

from lab import Daemon, check, sh, wait_for
from wire import check_echo

CONFIG = 'workers: {n: 2, idle-sleep-us: 100}\nbridges: [{name: br0}]\n'
MACS = ('02:00:00:00:00:0a', '02:00:00:00:00:0b')


def name_of(port):
    return f'tdt{os.getpid()}{port}'


def add(d, port, more='', *words):
    d('port', 'add', 'br0', port, f'dev=net_netdev_{port},tap={name_of(port)}{more}', *words)


def link_of(name):
    """Returns the words of the kernel about an interface; None if there is none."""
    result = sh('ip', '-o', 'link', 'show', name, ok=False)
    return None if result.returncode else result.stdout


def shown(d, port):
    return d.json('port', 'show', port)


def received(lab, size=56):
    out = lab.exec('a', 'ping', '-M', 'do', '-c', 3, '-i', 0.2, '-W', 2, '-s', size, '10.0.0.2', ok=False).stdout
    return ' 3 received' in out


def pair(lab, *words, more=''):
    d = Daemon(lab, CONFIG)
    for i, (port, mac) in enumerate(zip('ab', MACS), 1):
        add(d, port, f',mac={mac}{more}', *words)
        check(mac in link_of(name_of(port)) and ',UP' in link_of(name_of(port)), link_of(name_of(port)))
        lab.netns_of(port, name_of(port), f'10.0.0.{i}/24')
    return d


def test_taps_are_served_in_their_namespaces(lab):
    """Link, MTU and counters as before, where the daemon is not; then back."""
    d = pair(lab)
    check(received(lab), 'pings between the namespaces')
    rows = {row['name']: row for row in d.json('port', 'list')}
    check(all(rows[p]['driver'] == 'net_netdev' and rows[p]['link_from'] == 'poll' for p in 'ab'), str(rows))
    # Settings by the daemon, and reports of what others set.
    d('port', 'set', 'a', 'down')
    check(',UP' not in lab.exec('a', 'ip', '-o', 'link', 'show', 'eth0').stdout, 'a is up')
    wait_for('a is reported down', lambda: shown(d, 'a')['link'] == 'down')
    d('port', 'set', 'a', 'up')
    wait_for('a is reported up', lambda: shown(d, 'a')['link'] == 'up')
    lab.exec('b', 'ip', 'link', 'set', 'eth0', 'down')
    wait_for('b is reported down', lambda: shown(d, 'b')['link'] == 'down')
    lab.exec('b', 'ip', 'link', 'set', 'eth0', 'up')
    wait_for('b is reported up', lambda: shown(d, 'b')['link'] == 'up')
    for port in 'ab':
        d('port', 'set', port, 'mtu=9000')
        check('mtu 9000' in lab.exec(port, 'ip', '-o', 'link', 'show', 'eth0').stdout, f'MTU of {port}')
    wait_for('links after the restart', lambda: {shown(d, p)['link'] for p in 'ab'} == {'up'})
    check(received(lab, 8972), 'pings of 9,000 bytes')
    # Another name and the daemon's namespace again.
    lab.exec('a', 'ip', 'link', 'set', 'eth0', 'netns', '1', 'name', name_of('z'), ok=False)
    check(link_of(name_of('z')) is not None, 'a has not moved back')
    sh('ip', 'addr', 'add', '10.0.0.1/24', 'dev', name_of('z'))
    sh('ip', 'link', 'set', name_of('z'), 'up')
    wait_for('an answer', lambda: not sh('ping', '-c1', '-W1', '10.0.0.2', ok=False).returncode)
    s = d.json('port', 'stats', 'b')[0]
    check(s['rx_packets'] >= 6 and s['tx_packets'] >= 6, str(s))
    d('audit')
    d('port', 'del', 'a')
    check(link_of(name_of('z')) is None, 'the interface outlives its port')


def test_flows_use_all_queues(lab):
    """A queue for each worker, and as many as n-rxq has."""
    d = pair(lab, 'n-rxq=3')
    check(received(lab), 'pings')
    check([shown(d, port)['rx_queues'] for port in 'ab'] == [3, 3], str(shown(d, 'a')))
    code = 'import socket\nfor i in range(64): socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.2", 4000 + i))'
    lab.exec('a', '/usr/bin/python3', '-c', code)
    wait_for('all packets', lambda: d.json('port', 'stats', 'b')[0]['tx_packets'] >= 64)
    queues = {(q['port'], q['queue']) for row in d.json('worker', 'show') for q in row['queues'] if q['packets']}
    check(len([1 for port, _ in queues if port == 'a']) == 3, str(queues))
    d('audit')


def test_tags_arrive_as_they_were(lab):
    d = Daemon(lab, CONFIG)
    add(d, 'a')
    lab.netns_of('a', name_of('a'), '')
    d('flow', 'add', 'br0', 'actions=in_port')
    macs = bytes.fromhex('0200000000020200000000ee')
    tags = (b'', b'\x81\x00\x20\x05', b'\x88\xa8\x40\x07', b'\x88\xa8\x00\x07\x81\x00\x60\x05', b'\x81\x00\x00\x07\x81\x00\x00\x05')
    frames = [macs + tag + b'\x88\xb5' + bytes([i]) * 80 for i, tag in enumerate(tags)]
    lab.exec('a', 'sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=1')
    check_echo(lab, 'a', frames)
    d('audit')


def test_a_tap_is_deleted(lab):
    """By others, here and in a namespace: the port reports it, and works when it is added again."""
    d = Daemon(lab, CONFIG)
    add(d, 'a')
    add(d, 'b')
    lab.netns_of('b', name_of('b'), '10.0.0.2/24')
    wait_for('both links', lambda: {shown(d, p)['link'] for p in 'ab'} == {'up'})
    sh('ip', 'link', 'del', name_of('a'))
    sh('ip', 'netns', 'del', lab.namespaces.pop())
    for port in 'ab':
        wait_for(f'the fault of {port}', lambda port=port: 'was removed' in shown(d, port)['fault'])
        check(shown(d, port)['link'] == 'down', str(shown(d, port)))
        check(d.json('port', 'stats', port)[0]['dev_removals'] == 1, str(d.json('port', 'stats', port)))
    for port in 'ab':
        d('port', 'del', port)
    for i, port in enumerate('ab', 1):
        add(d, port)
        lab.netns_of(port, name_of(port), f'10.0.0.{i}/24')
    check(received(lab), 'pings between the new ones')
    d('audit')


def test_frames_without_room_are_counted(lab):
    """The kernel drops what a TAP's queues cannot hold while nobody reads."""
    d = pair(lab)
    check(received(lab), 'pings')
    before = d.json('port', 'stats', 'a')[0]
    d.process.send_signal(signal.SIGSTOP)
    code = 'import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\nfor i in range(3000): s.sendto(b"x", ("10.0.0.2", 4000))'
    lab.exec('a', '/usr/bin/python3', '-c', code)
    d.process.send_signal(signal.SIGCONT)
    wait_for('the frames that had room', lambda: d.json('port', 'stats', 'a')[0]['rx_packets'] >= before['rx_packets'] + 100)
    time.sleep(0.2)
    after = d.json('port', 'stats', 'a')[0]
    got, missed = (after[name] - before[name] for name in ('rx_packets', 'dev_missed'))
    check(missed > 100 and got + missed >= 3000, f'{got} received, {missed} missed')
    lab.remark(f'{got} received, {missed} missed')


def test_refusals(lab):
    d = Daemon(lab, CONFIG)
    sh('ip', 'link', 'add', name_of('x'), 'type', 'veth', 'peer', 'name', name_of('y'))
    try:
        for options in ('tap=', f'tap={"x" * 16}', 'tap=a%d', f'tap={name_of("x")}', 'tap=t,iface=lo', 'tap=t,mac=1',
                        'tap=t,mac=ff:ff:ff:ff:ff:ff', 'iface=lo,mac=02:00:00:00:00:01'):
            r = d.run('port', 'add', 'br0', 'no', f'dev=net_netdev7,{options}', ok=False)
            check(r.returncode and 'driver refused' in r.stderr, f'{options}: {r.stderr}')
            check(link_of('t') is None, options)
    finally:
        sh('ip', 'link', 'del', name_of('x'))
