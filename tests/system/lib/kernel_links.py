# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: interfaces that no bridge has, and interfaces that are renamed, removed and made again."""
import re

from kernel import agree, bridge, kernel_flows, pair, ping
from lab import check, sh, wait_for

N_FRAMES = 500

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
    before = counters(d)
    lab.exec('c', 'python3', '-c', FRAMES, N_FRAMES)
    dropped = wait_for('the kernel drops them',
                       lambda: re.search(r'in_port\(3\).*packets:(\d+),.*actions:drop', dpctl_flows()))
    d.appctl('revalidator/wait')
    now = counters(d)
    upcalls = now['upcalls'] - before['upcalls']
    counted = [int(n) for n in re.findall(r'in_port\(3\).*packets:(\d+),.*actions:drop', dpctl_flows())]
    check(dropped and upcalls < N_FRAMES / 5 and sum(counted) + upcalls >= N_FRAMES, f'{upcalls} upcalls\n{dpctl_flows()}')
    check(now['no_bridge'] - before['no_bridge'] == upcalls, f'{before}\n{now}')
    d('port', 'add', 'br0', 'c', f'dev={c}')
    check('in_port(3)' not in dpctl_flows(), dpctl_flows())
    lab.exec('c', 'ip', 'addr', 'add', '10.0.0.3/24', 'dev', 'eth0')
    ping(lab, 'c', '10.0.0.1')
    agree(d, since_the_start=False)


CASES = (unowned,)
