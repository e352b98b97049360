# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of the kernel as ports (net_netdev): each frame arrives as it was on the wire, or is
counted."""
import math

from lab import Daemon, check, sh, veth_config, wait_for
from wire import check_echo


def pair(lab, **settings):
    near = [lab.netns(name, address=f'10.0.0.{i}/24', mac=f'02:00:00:00:00:0{i}') for i, name in enumerate('ab', 1)]
    return near, Daemon(lab, veth_config(lab, ['a', 'b'], near, **settings))


def stats(d, port):
    return d.json('port', 'stats', port)[0]


def test_fragments_pass_as_they_came(lab):
    """Each fragment is a separate packet, whatever the datagram's size; the receiver's kernel reassembles them."""
    near, d = pair(lab)
    rows = {row['name']: row for row in d.json('port', 'list')}
    check(rows['a']['driver'] == 'net_netdev', str(rows))
    lab.exec('a', 'ping', '-c', 1, '-W', 2, '10.0.0.2')
    for size in (56, 1472, 1473, 4000, 20000, 65507):
        before = stats(d, 'a')['rx_packets']
        out = lab.exec('a', 'ping', '-c', 3, '-i', 0.2, '-W', 2, '-s', size, '10.0.0.2', ok=False).stdout
        check('3 received' in out, f'ping -s {size}: {out}')
        n = 3 * math.ceil((size + 8) / 1480)
        got = stats(d, 'a')['rx_packets'] - before
        check(n <= got <= n + 4, f'ping -s {size}: {got} packets in, {n} fragments sent')  # ARP may be renewed
    s = stats(d, 'a')
    check(not s['malformed'] and not s['dev_errors'] and not s['dev_missed'], str(s))
    d('audit')


def test_the_name_of_dpdks_driver_is_served(lab):
    """net_af_packet with all its arguments works; a wrong argument is refused."""
    near = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('ab', 1)]
    d = Daemon(lab, 'bridges: [{name: br0}]\n')
    for i, options in enumerate(('blocksz=4096,framesz=2048,framecnt=512,qdisc_bypass=0', 'qpairs=2')):
        d('port', 'add', 'br0', f'p{i}', f'dev=net_af_packet{i},iface={near[i]},{options}')
    rows = d.json('port', 'list')
    check([row['driver'] for row in rows] == ['net_netdev'] * 2, str(rows))
    out = lab.exec('a', 'ping', '-c', 3, '-i', 0.2, '-W', 2, '-s', 4000, '10.0.0.2', ok=False).stdout
    check('3 received' in out, out)
    for options in ('iface=nowhere0', 'qpairs=2', f'iface={near[0]},qpairs=0', f'iface={near[0]},qpairs=17',
                    f'iface={near[0]},framesz=many', f'iface={near[0]},colour=red', f'iface={near[0]},qdisc_bypass=2'):
        r = d.run('port', 'add', 'br0', 'no', f'dev=net_netdev7,{options}', ok=False)
        check(r.returncode and 'driver refused' in r.stderr, f'{options}: {r.stderr}')


def test_tags_arrive_as_they_were(lab):
    near = [lab.netns(name) for name in 'ab']
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near, flows=['actions=in_port']))
    macs = bytes.fromhex('0200000000020200000000ee')
    tags = (b'', b'\x81\x00\x20\x05', b'\x88\xa8\x40\x07', b'\x88\xa8\x00\x07\x81\x00\x60\x05', b'\x81\x00\x00\x07\x81\x00\x00\x05',
            b'\x91\x00\x00\x07\x81\x00\x00\x05')
    frames = [macs + tag + b'\x88\xb5' + bytes([i]) * 80 for i, tag in enumerate(tags)]
    check_echo(lab, 'a', frames)
    d('audit')


def test_queues_share_the_flows(lab):
    """With two queues no frame is duplicated or lost."""
    near = [lab.netns(name) for name in 'ab']
    config = veth_config(lab, ['a', 'b'], near, workers=2, flows=['in_port=1,actions=2'])
    d = Daemon(lab, config.replace(f'iface={near[0]}', f'iface={near[0]},qpairs=2,framecnt=4096'))
    code = ('from scapy.all import *\n'
            'p = [Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / IP(dst="10.0.0.2", src="10.0.0.1") /'
            ' UDP(sport=1000 + i, dport=2000) / b"x" for i in range(500)]\n'
            'sendp(p, iface="eth0", verbose=0)\n')
    lab.exec('a', '/usr/bin/python3', '-c', code)
    wait_for('all frames', lambda: lab.received('b') >= 500)
    s = stats(d, 'a')
    check(s['rx_packets'] == 500 and lab.received('b') == 500, f'{s}, {lab.received("b")} arrived')
    check(d.json('port', 'show', 'a')['rx_queues'] == 2, str(d.json('port', 'show', 'a')))
    d('audit')


def test_what_is_cut_is_counted(lab):
    """A frame longer than the ring's slots, for example from an interface whose MTU grew, is not forwarded in
    part."""
    near = [lab.netns(name) for name in 'ab']
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near, flows=['in_port=1,actions=2']))
    sh('ip', 'link', 'set', near[0], 'mtu', 9000)
    lab.exec('a', 'ip', 'link', 'set', 'eth0', 'mtu', 9000)
    code = ('from scapy.all import *\n'
            'sendp([Ether(dst="02:00:00:00:00:02") / (b"x" * n) for n in (100, 8000, 100)], iface="eth0", verbose=0)\n')
    lab.exec('a', '/usr/bin/python3', '-c', code)
    wait_for('frames', lambda: lab.received('b') == 2)
    s = stats(d, 'a')
    check(s['rx_packets'] == 2 and s['dev_errors'] == 1, str(s))
    d('audit')
