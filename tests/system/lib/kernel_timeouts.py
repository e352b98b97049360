# SPDX-License-Identifier: Apache-2.0
"""Case of kernel_run: timeouts of connections by zone."""
import glob
import re
import socket
import struct

from kernel import agree, hosts_up, neighbours, pair, ping, refused
from kernel_restart import kill, settle, start
from kernel_tracking import ARP, FROM_A, FROM_B, connections, send
from lab import check, sh, wait_for

RULES = (ARP, f'priority=5,{FROM_A},ip,actions=ct(commit),2', f'priority=5,{FROM_B},ip,actions=ct(commit),1')
NFNL_TIMEOUT_GET, NLM_F_REQUEST, NLM_F_DUMP = 8 << 8 | 1, 1, 0x300


def objects():
    """Names of the datapath's objects in the kernel."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:
        s.send(struct.pack('=IHHIIBBH', 20, NFNL_TIMEOUT_GET, NLM_F_REQUEST | NLM_F_DUMP, 1, 0, 0, 0, 0))
        return sorted(n.decode() for n in re.findall(rb'tandem0\.tp\.[0-9a-z.]+', s.recv(65536)))


def times(lab, proto):
    """Seconds after which connections are forgotten, by source port; of ICMP by 0."""
    found = {}
    for line in connections(lab):
        m = re.match(r'ipv4 +2 +(\w+) +\d+ (\d+) .*?src=10.0.0.1 (?:.*?sport=(\d+))?', line)
        if m and m[1] == proto:
            found[int(m[3] or 0)] = int(m[2])
    return found


def named(proto):
    """The timeouts in the kernel's megaflows of a protocol."""
    flows = [f for f in sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout.splitlines() if 'in_port(1)' in f or 'in_port(2)' in f]
    return {m[1] if (m := re.search(r'timeout=([^,)]+)', f)) else None for f in flows if f'proto={proto},' in f}


def udp(lab, port, least, most):
    send(lab, port, 1)
    wait_for(f'port {port} is tracked', lambda: port in times(lab, 'udp'))
    check(least <= times(lab, 'udp')[port] <= most, f'port {port}: {connections(lab)}')


def timeouts(lab):
    """New connections of a zone have the timeouts of its policy, other protocols their own; a value that changes applies
    to connections of before; the policy outlives its daemon, and is removed with its datapath."""
    nears = pair(lab)
    d = start(lab, nears, RULES)
    hosts_up(lab)
    neighbours(lab, 'a', 'b', '10.0.0.2')
    refused(d, 'ct timeout set 0 udp_single=7', 'modprobe nfnetlink_cttimeout')
    sh('insmod', *glob.glob('/usr/lib/uml/modules/*/kernel/net/netfilter/nfnetlink_cttimeout.ko'))
    udp(lab, 1000, 20, 30)
    d('ct', 'timeout', 'set', '0', 'udp_single=7')
    check(d('ct', 'timeout', 'show') == 'zone=0 udp_single=7 udp_multiple=120\n', d('ct', 'timeout', 'show'))
    check(objects() == ['tandem0.tp.0.udp4', 'tandem0.tp.0.udp6'], objects())
    udp(lab, 1001, 1, 7)
    ping(lab, 'a', '10.0.0.2', 1)
    check(20 < times(lab, 'icmp')[0] <= 30, connections(lab))
    check(times(lab, 'udp')[1000] > 7, connections(lab))
    check(named(17) == {'tandem0.tp.0.udp4'} and named(1) == {None}, sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout)
    check('timeout=tandem0.tp.0.udp4' in d('megaflow', 'dump'), d('megaflow', 'dump'))
    agree(d)

    d('ct', 'timeout', 'set', '0', 'udp_single=60')
    udp(lab, 1001, 40, 60)
    kill(d)
    d = start(lab, nears, RULES)
    settle(d)
    check(d.json('ct', 'timeout', 'show') == [{'zone': 0, 'timeouts': {'udp_single': 60, 'udp_multiple': 120}, 'removing': [],
                                               'retries': 0}], d('ct', 'timeout', 'show'))
    check(named(17) == {'tandem0.tp.0.udp4'}, sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout)
    udp(lab, 1002, 40, 60)

    d('ct', 'timeout', 'del', '0')
    udp(lab, 1003, 20, 30)
    check(named(17) == {None}, sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout)
    wait_for('the objects are removed', lambda: not objects() and not d('ct', 'timeout', 'show'))
    refusals(d)
    kill(d)
    d = start(lab, nears, RULES, config='ct-timeouts: {0: {icmp_first: 5, tcp_established: 300}}')
    settle(d)
    ping(lab, 'a', '10.0.0.2', 1)
    check(times(lab, 'icmp')[0] <= 30 and named(1) == {'tandem0.tp.0.icmp4'}, connections(lab))
    check(len(objects()) == 4, objects())
    d('exit', '--cleanup')
    check(d.process.wait(30) == 0, 'exit')
    check(not objects(), objects())


def refusals(d):
    for command, *words in (
            ('set 70000 udp_single=1', "zone: '70000'", '0..65535'),
            ('set 5 udp_single=1', 'zone 5', 'CONFIG_NF_CONNTRACK_ZONES'),
            ('set 0', 'set ZONE KEY=SECONDS'),
            ('set 0 udp_single', "'udp_single'", 'KEY=SECONDS'),
            ('set 0 udp_single=0', "udp_single: '0'", '1..2147483'),
            ('set 0 udp_single=5 udp_single=6', 'udp_single', 'twice'),
            ('set 0 tcp_open=5', "'tcp_open'", 'tcp_syn_sent', 'icmp_reply'),
            ('set 0 udp_first=5', 'udp_first', 'no such timeout', 'udp_single'),
            ('del 0', 'zone 0 has no timeouts'),
            ('show 7', 'zone 7 has no timeouts'),
            ('get', "'get'", 'set, del or show')):
        refused(d, f'ct timeout {command}', *words)
    check(not objects(), objects())


CASES = (timeouts,)
