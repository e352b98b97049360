# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: interfaces that no bridge has, and interfaces that are renamed, removed and made again."""
import os
import re
import signal
import time

from kernel import agree, bridge, daemon, neighbours, ping, refused
from lab import Failed, check, sh, wait_for

N_FRAMES = 500
N_MISSING = 500

# Sends frames whose addresses differ.
FRAMES = """
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
for i in range(int(sys.argv[1])):
    s.send(struct.pack('!6sHI', bytes((2, 0, 0, 0, 0, 99)), 0x0200, i) + bytes((0x12, 0x34)) + bytes(46))
"""


def counters(d):
    return d.json('upcall', 'show')['counters']


def dpctl_flows():
    return sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout


def unowned(lab):
    """The kernel drops what a port sends that no bridge has, without a handler for each packet, until a bridge has it."""
    d = bridge(lab)
    ping(lab, 'a', '10.0.0.2')
    c = lab.netns('c', offloads=True)
    sh('ovs-dpctl', 'add-if', 'tandem0', c)
    # Nothing else is a new flow meanwhile.
    neighbours(lab, 'a', 'b', '10.0.0.2')
    neighbours(lab, 'b', 'a', '10.0.0.1')
    before = counters(d)
    lab.exec('c', 'python3', '-c', FRAMES, 1)
    dropped = wait_for('the kernel drops them',
                       lambda: re.search(r'in_port\(3\).*packets:(\d+),.*actions:drop', dpctl_flows()))
    lab.exec('c', 'python3', '-c', FRAMES, N_FRAMES - 1)
    d.appctl('revalidator/wait')
    now = counters(d)
    upcalls = now['upcalls'] - before['upcalls']
    counted = [int(n) for n in re.findall(r'in_port\(3\).*packets:(\d+),.*actions:drop', dpctl_flows())]
    check(dropped and upcalls < N_FRAMES / 50 and sum(counted) + upcalls >= N_FRAMES, f'{upcalls} upcalls\n{dpctl_flows()}')
    check(now['no_bridge'] - before['no_bridge'] == upcalls, f'{before}\n{now}')
    d('port', 'add', 'br0', 'c', f'dev={c}')
    check('in_port(3)' not in dpctl_flows(), dpctl_flows())
    lab.exec('c', 'ip', 'addr', 'add', '10.0.0.3/24', 'dev', 'eth0')
    ping(lab, 'c', '10.0.0.1')
    agree(d, since_the_start=False)


def show(d, name='a'):
    return d.json('port', 'show', name)


def shows(d, what, **wanted):
    """Port a has these values."""
    try:
        wait_for(what, lambda: all(show(d)[k] == v for k, v in wanted.items()), 10)
    except Failed as e:
        raise Failed(f'{e}: {show(d)}') from None


def lost(d, why, n):
    wait_for(f'a fault: {why}', lambda: why in show(d)['fault'], 10)
    shows(d, 'it is lost', link='down', interface_lost=n)


def peer_up(lab):
    """The host's end of a pair that was made again."""
    lab.exec('a', 'ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'eth0')
    lab.exec('a', 'ip', 'link', 'set', 'eth0', 'up')


def follows(lab):
    """A port stays with its interface when that is renamed, is lost with it, and returns by itself with its number when
    an interface has the name that it was added with."""
    d = bridge(lab)
    near = show(d)['dev']
    ping(lab, 'a', '10.0.0.2')
    number = re.search(rf'port (\d+): {near}', sh('ovs-dpctl', 'show', 'tandem0').stdout)[1]
    sh('ip', 'link', 'set', near, 'mtu', 1400)
    shows(d, 'MTU', mtu=1400)
    sh('ip', 'link', 'set', near, 'address', '02:00:00:00:00:77')
    wait_for('address', lambda: '02:00:00:00:00:77' in sh('ovs-ofctl', 'show', f'{d.rundir}/br0.mgmt').stdout)
    sh('ip', 'link', 'set', near, 'down')
    shows(d, 'down', link='down')
    sh('ip', 'link', 'set', near, 'name', 'other')
    sh('ip', 'link', 'set', 'other', 'up')
    shows(d, 'renamed', dev='other', link='up', fault='-', interface_renamed=1)
    ping(lab, 'a', '10.0.0.2')
    agree(d)
    received = show(d)['received']

    sh('ip', 'link', 'del', 'other')
    lost(d, 'other was removed', 1)
    ns = f'tdm{os.getpid()}a'
    sh('ip', 'link', 'add', 'stranger', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns)
    sh('ip', 'link', 'set', 'stranger', 'up')
    peer_up(lab)
    time.sleep(0.7)
    lost(d, 'was removed', 1)
    sh('ip', 'link', 'set', 'stranger', 'down')
    sh('ip', 'link', 'set', 'stranger', 'name', near)
    sh('ip', 'link', 'set', near, 'up')
    shows(d, 'it is back', dev=near, link='up', fault='-')
    ping(lab, 'a', '10.0.0.2')
    check(f'port {number}: {near}' in sh('ovs-dpctl', 'show', 'tandem0').stdout, 'it has another number')
    check(show(d)['received'] > received, 'its counts began again')

    sh('ip', 'link', 'set', near, 'netns', ns)
    lost(d, 'was removed', 2)  # from the datapath first, then from the namespace
    lab.exec('a', 'ip', 'link', 'set', near, 'netns', '1')
    sh('ip', 'link', 'set', near, 'up')
    shows(d, 'it is back from the namespace', link='up', fault='-')
    ping(lab, 'a', '10.0.0.2')

    received = show(d)['received']
    sh('ovs-dpctl', 'del-if', 'tandem0', near)
    shows(d, 'it is back from another program', fault='-', link='up', interface_lost=3)
    check(received <= show(d)['received'] < 2 * received, f'{received} packets, then {show(d)}')
    ping(lab, 'a', '10.0.0.2')
    sh('ovs-dpctl', 'del-flows', 'tandem0')
    d('port', 'add', 'br0', 'i', 'type=internal')
    sh('ovs-dpctl', 'del-if', 'tandem0', 'i')
    wait_for('an internal port is made again', lambda: ' i:' in sh('ip', 'link').stdout and show(d, 'i')['fault'] == '-')
    agree(d, since_the_start=False)
    check(d.json('daemon', 'show')['link_resyncs'] == 0, d('daemon', 'show'))


def waits_for_interfaces(lab):
    """The daemon starts without the interfaces of ports of its file; such a port works when there is one."""
    near = lab.netns('b', offloads=True)
    missing = ''.join(f"""
      - name: m{i}
        dev: missing{i}""" for i in range(N_MISSING))
    d = daemon(lab, f"""
bridges:
  - name: br0
    ports:
      - name: a
        dev: later
      - name: b
        dev: {near}{missing}
""")
    time.sleep(0.7)  # it was tried once
    shows(d, 'it waits', fault='later does not exist yet', link='down', interface_lost=0)
    check(len(d.json('port', 'list')) == 2 + N_MISSING, 'ports are missing')
    refused(d, 'port add br0 c dev=never', 'never', 'no such network device')
    hosts = f'tdm{os.getpid()}a'
    sh('ip', 'netns', 'add', hosts)
    lab.namespaces.append(hosts)
    sh('ip', 'link', 'add', 'later', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', hosts)
    sh('ip', 'link', 'set', 'later', 'up')
    shows(d, 'it has its interface', fault='-')  # which counts what it receives, before that too
    peer_up(lab)
    lab.exec('b', 'ip', 'addr', 'add', '10.0.0.2/24', 'dev', 'eth0')
    shows(d, 'it works', fault='-', link='up')
    ping(lab, 'a', '10.0.0.2')
    agree(d)
    sh('ip', 'link', 'del', 'later')
    lost(d, 'later was removed', 1)
    check(d.stop() == 0, 'exit')


def overrun(lab):
    """Reports of 2,000 changes that the daemon does not read in time: it lists all interfaces, and knows the last state of
    each."""
    sh('sysctl', '-qw', 'net.core.rmem_max=2304')
    d = bridge(lab)
    near = show(d)['dev']
    b = show(d, 'b')['dev']
    ping(lab, 'a', '10.0.0.2')
    os.kill(d.process.pid, signal.SIGSTOP)
    try:
        sh('ip', '-batch', '-', input=f'link set {b} mtu 1300\nlink set {b} mtu 1301\n' * 1000)
        sh('ip', 'link', 'set', b, 'mtu', 1302)
        sh('ip', 'link', 'set', near, 'down')
        sh('ip', 'link', 'set', near, 'name', 'other')
        sh('ip', 'link', 'del', b)
    finally:
        os.kill(d.process.pid, signal.SIGCONT)
    shows(d, 'renamed and down', dev='other', link='down', interface_renamed=1)
    wait_for('b is lost', lambda: 'was removed' in show(d, 'b')['fault'])
    resyncs = d.json('daemon', 'show')['link_resyncs']
    check(resyncs >= 1, d('daemon', 'show'))
    # The other way about: an interface appears, and one comes up.
    os.kill(d.process.pid, signal.SIGSTOP)
    try:
        sh('ip', 'link', 'add', b, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', f'tdm{os.getpid()}b')
        sh('ip', '-batch', '-', input='link set lo mtu 60000\nlink set lo mtu 60001\n' * 1000)
        sh('ip', 'link', 'set', 'other', 'up')
        sh('ip', 'link', 'set', b, 'up')
    finally:
        os.kill(d.process.pid, signal.SIGCONT)
    shows(d, 'up', link='up')
    wait_for('b is back', lambda: show(d, 'b')['fault'] == '-')
    check(d.json('daemon', 'show')['link_resyncs'] > resyncs, d('daemon', 'show'))
    lab.exec('b', 'ip', 'addr', 'add', '10.0.0.2/24', 'dev', 'eth0')
    lab.exec('b', 'ip', 'link', 'set', 'eth0', 'up')
    ping(lab, 'a', '10.0.0.2')


CASES = (unowned, follows, waits_for_interfaces, overrun)
