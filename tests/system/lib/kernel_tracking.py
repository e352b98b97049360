# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: connection tracking, address translation, lengths, meters, and who receives upcalls."""
import re

from kernel import agree, bridge, neighbours, ping, refused, stream
from lab import check, sh, wait_for

FROM_A, FROM_B = 'in_port=1', 'in_port=2'
ARP = 'priority=9,arp,actions=NORMAL'


def connections(lab):
    """What the kernel tracks in the namespace of the datapath, without what else it saw there."""
    with open('/proc/net/nf_conntrack') as f:
        return [line for line in f if '10.0.0.' in line]


def no_ping(lab, name, address):
    r = lab.exec(name, 'ping', '-c', 2, '-i', '0.2', '-W', 1, address, ok=False)
    check(r.returncode and '2 packets transmitted, 0 received' in r.stdout, r.stdout)


FIREWALL = (
    ARP,
    'priority=5,ip,ct_state=-trk,actions=ct(table=1)',
    f'table=1,priority=5,{FROM_A},ip,ct_state=+trk+new,'
    'actions=ct(commit,exec(load:0x17->NXM_NX_CT_MARK[],load:0x1234->NXM_NX_CT_LABEL[64..127])),2',
    f'table=1,priority=6,{FROM_A},ip,ct_state=+trk+est,ct_mark=0x17,ct_label=0x12340000000000000000,actions=2',
    f'table=1,priority=6,{FROM_B},ip,ct_state=+trk+est+rpl,ct_mark=0x7/0xf,actions=1',
    f'table=1,priority=1,{FROM_B},ip,ct_state=+trk+new,actions=drop')


def tracking(lab):
    """A firewall: a opens connections, b does not; marks and labels of a connection are matched."""
    d = bridge(lab, flows=FIREWALL)
    no_ping(lab, 'b', '10.0.0.1')
    stream(lab, 16)
    ping(lab, 'a', '10.0.0.2')  # its connection is tracked for 30 s
    tracked = connections(lab)
    check(any('icmp' in c and 'mark=23' in c for c in tracked), tracked)
    check(any('tcp' in c and 'dport=5201' in c and 'mark=23' in c for c in tracked), tracked)
    # What b tried was not committed.
    check(not any('src=10.0.0.2 dst=10.0.0.1 type=8' in c for c in tracked), tracked)
    agree(d)
    rules = d('flow', 'dump', 'br0')
    for rule, least in (('+est+trk,ct_mark=0x17', 100), ('+est+rpl+trk,ct_mark=0x7/0xf', 50)):
        n = [int(m[1]) for m in re.finditer(r'n_packets=(\d+)[^\n]*', rules) if rule in m[0]]
        check(len(n) == 1 and n[0] >= least, f'{rule}: {n}\n{rules}')
    check(not d.json('port', 'show', 'a')['flow_refusals'], d('port', 'show', 'a'))


SNAT = (
    ARP,
    f'priority=5,{FROM_A},ip,actions=ct(commit,nat(src=10.0.0.10-10.0.0.12:4000-4100)),2',
    f'priority=5,{FROM_B},ip,actions=ct(nat,table=1)',
    f'table=1,{FROM_B},ip,ct_state=+trk+est+rpl,actions=1')
DNAT = (
    f'priority=7,{FROM_A},tcp,nw_dst=10.0.0.9,tp_dst=8080,actions=ct(commit,nat(dst=10.0.0.2:5201),table=2)',
    f'priority=6,{FROM_A},icmp,nw_dst=10.0.0.9,actions=ct(commit,nat(dst=10.0.0.2),table=2)',
    f'table=2,ip,{FROM_A},actions=2')


def nat(lab):
    """Sources and destinations, of TCP and ping."""
    d = bridge(lab, flows=SNAT)
    neighbours(lab, 'b', 'a', '10.0.0.10', '10.0.0.11', '10.0.0.12')
    neighbours(lab, 'a', 'b', '10.0.0.9')
    stream(lab, 4)
    ping(lab, 'a', '10.0.0.2')
    tracked = connections(lab)
    check(any(re.search(r'icmp.*src=10.0.0.1 dst=10.0.0.2 type=8.*src=10.0.0.2 dst=10.0.0.1[0-2] type=0', c) for c in tracked),
          tracked)
    check(any(re.search(r'tcp.*src=10.0.0.1 dst=10.0.0.2 .*dport=5201.*src=10.0.0.2 dst=10.0.0.1[0-2] '
                        r'sport=5201 dport=40[0-9][0-9] ', c) for c in tracked), tracked)
    for flow in DNAT:
        d('flow', 'add', 'br0', flow)
    ping(lab, 'a', '10.0.0.9')
    stream(lab, 4, address='10.0.0.9', port=8080)
    tracked = connections(lab)
    check(any(re.search(r'tcp.*src=10.0.0.1 dst=10.0.0.9 .*dport=8080.*src=10.0.0.2 dst=10.0.0.1 sport=5201', c)
              for c in tracked), tracked)
    agree(d)


# What a sent to 10.0.0.9:8080; the replies have other addresses and ports. Rules of another direction drop.
TO_9 = 'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.9,ct_nw_proto=6,ct_tp_dst=8080'
ORIGINAL = (
    ARP, 'priority=8,icmp6,icmp_type=135,actions=NORMAL', 'priority=8,icmp6,icmp_type=136,actions=NORMAL',
    f'priority=7,{FROM_A},tcp,nw_dst=10.0.0.9,tp_dst=8080,actions=ct(commit,nat(dst=10.0.0.2:5201),table=2)',
    f'priority=5,{FROM_B},tcp,actions=ct(nat,table=1)',
    'priority=5,icmp6,actions=ct(commit,table=3)',
    f'table=1,priority=9,{FROM_B},tcp,ct_state=+trk+rpl,ct_nw_dst=10.0.0.2,actions=drop',
    f'table=1,priority=8,{FROM_B},tcp,ct_state=+trk+rpl,ct_nw_proto=6,ct_tp_src=5201,actions=drop',
    f'table=1,priority=7,{FROM_B},tcp,ct_state=+trk+rpl,ct_nw_proto=17,actions=drop',
    f'table=1,priority=6,{FROM_B},tcp,ct_state=+trk+est,{TO_9},actions=1',
    f'table=2,{FROM_A},tcp,ct_state=+trk-inv,ct_nw_src=10.0.0.0/24,ct_nw_proto=6,ct_tp_dst=0x1f90/0xfff0,actions=2',
    'table=3,priority=9,ipv6,ct_state=+trk-inv,ct_ipv6_src=fd01::2,actions=drop',
    'table=3,priority=8,ipv6,ct_state=+trk-inv,ct_ipv6_src=fd01::1,ct_ipv6_dst=fd01::/64,ct_nw_proto=58,actions=NORMAL')


def original(lab):
    """Replies are matched by the original direction of their connection, before addresses were translated, over IPv4
    and IPv6; Open vSwitch's tool reads the same of the kernel's flows."""
    d = bridge(lab, flows=ORIGINAL)
    neighbours(lab, 'a', 'b', '10.0.0.9')
    for i, name in enumerate('ab', 1):
        lab.exec(name, 'sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0')
        lab.exec(name, 'ip', '-6', 'addr', 'add', f'fd01::{i}/64', 'dev', 'eth0', 'nodad')
    stream(lab, 4, address='10.0.0.9', port=8080)
    ping(lab, 'a', 'fd01::2')
    lab.exec('b', 'ping', '-c', 1, '-W', 1, 'fd01::1', ok=False)
    agree(d)
    check(not sum(p['flow_refusals'] for p in d.json('port', 'stats')), d('port', 'stats'))
    rules = d('flow', 'dump', 'br0')
    n = {rule: int(m) for m, rule in re.findall(r'n_packets=(\d+)[^\n]*?[, ](ct_state=\S+)', rules)}
    for part, least, most in (('ct_nw_dst=10.0.0.2,', 0, 0), ('ct_tp_src=5201', 0, 0), ('ct_nw_proto=17', 0, 0),
                              ('ct_nw_dst=10.0.0.9', 10, 1e6), ('ct_nw_src=10.0.0.0/24', 10, 1e6),
                              ('ct_ipv6_src=fd01::2', 1, 1), ('ct_ipv6_src=fd01::1', 6, 6)):
        found = [count for rule, count in n.items() if part in rule]
        check(len(found) == 1 and least <= found[0] <= most, f'{part}: {found}\n{rules}')
    theirs, ours = (sorted(re.findall(r'ct_tuple[46]\([^)]*\)', text)) for text in
                    (sh('ovs-dpctl', 'dump-flows', '-m', 'tandem0').stdout, d('megaflow', 'dump', '-m')))
    check(theirs == ours and any(t.startswith('ct_tuple4(src=10.0.0.1') for t in ours) and
          any(t.startswith('ct_tuple6(src=fd01::1') for t in ours), f'{theirs}\n{ours}')


def ofctl(d, command, *words):
    """Returns when the switch has done it: a barrier follows."""
    bridge = f'unix:{d.rundir}/br0.mgmt'
    sh('ovs-ofctl', command, bridge, *words)
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'dump-tables', bridge)


def ct(d, *words):
    return d('ct', 'dump', *words).splitlines()


def flush(lab):
    """Connections are shown, and forgotten by tuple, by what the replies have, and all; by each of the tools."""
    d = bridge(lab, flows=FIREWALL)
    stream(lab, 1)
    ping(lab, 'a', '10.0.0.2')
    rows = ct(d)
    check(any(re.fullmatch(r'icmp,orig=\(src=10.0.0.1,dst=10.0.0.2,id=\d+,type=8,code=0\),'
                           r'reply=\(src=10.0.0.2,dst=10.0.0.1,id=\d+,type=0,code=0\),mark=23,labels=0x12340{16}', r) for r in rows), rows)
    check({c['labels'] for c in d.json('ct', 'dump') if c['proto'] == 1} == {'0x12340000000000000000'}, d('ct', 'dump'))
    check(any(re.fullmatch(r'tcp,orig=.*dport=5201\),.*protoinfo=\(state=[A-Z_]+\)', r) for r in rows), rows)
    check(len(rows) == len(connections(lab)) == len(d.json('ct', 'dump')), f'{rows}\n{connections(lab)}')
    check(ct(d, 'ct_nw_proto=1') == [r for r in rows if r.startswith('icmp')], rows)
    check(not ct(d, 'zone=7') and not ct(d, 'ct_nw_src=10.0.0.2'), rows)
    check(all('timeout=' in r for r in ct(d, '-s')), ct(d, '-s'))
    d('ct', 'flush', 'ct_nw_src=10.0.0.1,ct_nw_proto=1,icmp_type=8')
    check(not any('icmp' in c for c in connections(lab)) and connections(lab), connections(lab))
    d('ct', 'flush', '', 'ct_nw_dst=10.0.0.1,ct_nw_proto=6')
    check(not connections(lab), connections(lab))
    # What was established is new again: b's answers have no connection.
    ping(lab, 'a', '10.0.0.2')
    check(d.appctl('dpctl/dump-conntrack').stdout.splitlines() == ct(d) != [], ct(d))
    d.appctl('dpctl/flush-conntrack', 'system@tandem0', 'zone=0')
    check(not connections(lab), connections(lab))
    for words in ([], ['zone=0', 'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=1'], ['', 'ct_nw_src=10.0.0.2']):
        ping(lab, 'a', '10.0.0.2', 1)
        check(connections(lab), 'nothing is tracked')
        ofctl(d, 'ct-flush', 'zone=7')
        check(connections(lab), f'zone 7: {connections(lab)}')
        ofctl(d, 'ct-flush', *words)
        check(not connections(lab), f'{words}: {connections(lab)}')
    ping(lab, 'a', '10.0.0.2', 1)
    ofctl(d, 'ct-flush-zone', 7)
    check(connections(lab), 'zone 7')
    ofctl(d, 'ct-flush-zone', 0)
    check(not connections(lab), connections(lab))
    refused(d, 'ct flush zone=70000', 'zone=0..65535')
    refused(d, 'ct flush tp_src=5', "'tp_src=5'", 'ct_tp_src')
    refused(d, 'ct flush ct_nw_src=1.2.3', "ct_nw_src: '1.2.3'", 'IPv4 address')
    refused(d, 'ct flush ct_nw_proto=1,ct_tp_src=5', 'ICMP has no ports')


def send(lab, first, n):
    """UDP from a's ports, one packet each."""
    lab.exec('a', '/usr/bin/python3', '-c', f"""
import socket
for port in range({first}, {first + n}):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('10.0.0.1', port))
    s.sendto(b'x', ('10.0.0.2', 9))
    s.close()
""")


def many(lab):
    """2,000 connections: some parts of the kernel's dump."""
    d = bridge(lab, flows=FIREWALL)
    neighbours(lab, 'a', 'b', '10.0.0.2')
    send(lab, 9999, 1)  # the others meet its megaflows
    wait_for('one is tracked', lambda: len(ct(d, 'ct_nw_proto=17')) == 1)
    agree(d)
    send(lab, 10000, 1999)
    wait_for('all are tracked', lambda: len(ct(d, 'ct_nw_proto=17')) == 2000)
    d('ct', 'flush', 'ct_nw_proto=17,ct_tp_src=10500')
    check(len(ct(d, 'ct_nw_proto=17')) == 1999, len(ct(d)))
    d('ct', 'flush')
    check(not connections(lab), len(connections(lab)))


def limits(lab):
    """A zone takes no more connections than its limit, or the default; those that it has stay."""
    d = bridge(lab, flows=FIREWALL)
    neighbours(lab, 'a', 'b', '10.0.0.2')
    check(d('ct', 'limit', 'show') == 'default limit=0\n', d('ct', 'limit', 'show'))
    d('ct', 'limit', 'set', 'zone=0,limit=5', 'zone=9,limit=70')
    send(lab, 20000, 8)
    wait_for('five connections', lambda: len(ct(d, 'ct_nw_proto=17')) == 5)
    shown = d('ct', 'limit', 'show')
    check(sorted(shown.splitlines()) == ['default limit=0', 'zone=0,limit=5,count=5', 'zone=9,limit=70,count=0'], shown)
    check(d.appctl('dpctl/ct-get-limits', 'system@tandem0', 'zone=9').stdout ==
          'default limit=0\nzone=9,limit=70,count=0\n', d.appctl('dpctl/ct-get-limits', 'zone=9').stdout)
    d.appctl('dpctl/ct-set-limits', 'default=7', 'zone=9,limit=80')
    d.appctl('dpctl/ct-del-limits', 'zone=0,9')
    check(d.json('ct', 'limit', 'show') == [{'zone': 'default', 'limit': 7, 'count': 0}], d('ct', 'limit', 'show'))
    send(lab, 21000, 8)
    wait_for('seven connections', lambda: len(ct(d, 'ct_nw_proto=17')) == 7)
    refused(d, 'ct limit set zone=70000,limit=1', 'zone=0..65535,limit=N')
    refused(d, 'ct limit set', 'default=N')
    refused(d, 'ct limit del zone=x', 'zones 0..65535')
    refused(d, 'ct limit get', "'get'", 'set, del or show')


def zones(lab):
    """The kernel of the test has no zones (CONFIG_NF_CONNTRACK_ZONES): the daemon knows, drops what needs one as
    unsupported, and says why; zone 0 works, and that ct_zone is 0 can be matched."""
    d = bridge(lab, flows=(ARP, 'priority=5,ip,ct_state=-trk,actions=ct(table=1)', 'table=1,ip,ct_zone=0,actions=ct(commit),NORMAL',
                           'table=1,ip,ct_zone=5,actions=drop'))
    ping(lab, 'a', '10.0.0.2')
    before = sum(p['upcall_drops'].get('unsupported', 0) for p in d.json('port', 'stats'))
    check(not before, d('port', 'stats'))
    d('flow', 'add', 'br0', f'priority=6,{FROM_A},ip,actions=ct(table=1,zone=5)')
    no_ping(lab, 'a', '10.0.0.2')
    text = d('trace', 'br0', f'{FROM_A},icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2')
    check('ct_zone: the datapath does not have it' in text and 'unsupported' in text, text)
    agree(d)


def lengths(lab):
    """check_pkt_larger."""
    d = bridge(lab, flows=('priority=5,icmp,actions=check_pkt_larger(1000)->NXM_NX_REG0[0],resubmit(,1)', ARP,
                           'table=1,reg0=0/1,actions=NORMAL', 'table=1,reg0=1/1,actions=drop'))
    ping(lab, 'a', '10.0.0.2')
    r = lab.exec('a', 'ping', '-c', 2, '-i', '0.2', '-W', 1, '-s', 1100, '10.0.0.2', ok=False)
    check('2 packets transmitted, 0 received' in r.stdout, r.stdout)
    # 958 bytes, 8 of ICMP, 20 of IPv4 and 14 of Ethernet are 1,000.
    r = lab.exec('a', 'ping', '-c', 1, '-W', 5, '-s', 958, '10.0.0.2')
    check('1 received' in r.stdout, r.stdout)
    r = lab.exec('a', 'ping', '-c', 1, '-W', 1, '-s', 959, '10.0.0.2', ok=False)
    check('0 received' in r.stdout, r.stdout)
    agree(d)


RATE = 100
N_SENT = 2000
SENDER = f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
start = time.monotonic()
for i in range({N_SENT} // 40):
    for j in range(40):
        s.sendto(b'x' * 100, ('10.0.0.2', 9))
    time.sleep(0.02)
print(time.monotonic() - start)
"""


def meters(lab):
    """A meter holds its rate, and counts each packet once: as passed, or as dropped by its band."""
    d = bridge(lab)
    d('meter', 'add', 'br0', f'meter=1,pktps,burst,bands=type=drop,rate={RATE},burst_size=10')
    ping(lab, 'a', '10.0.0.2', 1)
    d('flow', 'add', 'br0', f'priority=9,{FROM_A},udp,actions=meter:1,2')
    neighbours(lab, 'a', 'b', '10.0.0.2')
    neighbours(lab, 'b', 'a', '10.0.0.1')
    before = lab.received('b')
    seconds = float(lab.exec('a', '/usr/bin/python3', '-c', SENDER).stdout)

    def meter():
        return d.json('meter', 'dump', 'br0', '--stats')[0]
    wait_for('all packets are metered', lambda: meter()['packets'] == N_SENT)
    passed = N_SENT - meter()['bands'][0]['packets']
    check(lab.received('b') - before == passed, f'{lab.received("b") - before} of {passed} have come: {meter()}')
    # The bucket holds a second's packets and the burst. A sender that is slow exceeds no rate.
    most = RATE * (seconds + 1) + 10 + 1
    check(min(RATE * 0.8 * seconds, N_SENT) <= passed <= min(most, N_SENT), f'{passed} in {seconds} s: {meter()}')
    check(passed < N_SENT or most >= N_SENT, f'{passed} in {seconds} s: {meter()}')
    check(meter()['bytes'] == N_SENT * 142, meter())
    agree(d)


def dispatched(lab, d, how):
    check(f'upcalls by {how}' in lab.read_logs(), lab.read_logs())
    ping(lab, 'a', '10.0.0.2')
    ping(lab, 'b', '10.0.0.1')
    agree(d)
    stats = {p['name']: p for p in d.json('port', 'stats')}
    check(all(p['upcalls'] >= 2 and not p['overruns'] for p in stats.values()), str(stats))


def by_port(lab):
    """Upcalls to sockets of ports. Megaflows name these, and are made again when the handlers are others."""
    d = bridge(lab, config='upcall: {dispatch: port, handlers: 3}')
    d('flow', 'add', 'br0', 'priority=9,icmp,actions=controller,NORMAL')
    ping(lab, 'a', '10.0.0.2')

    def copies():
        return d.json('upcall', 'show')['counters']['action_upcalls']
    check(copies(), d('upcall', 'show'))
    for words in (('handlers', 2), ('pause',), ('resume',)):
        d('upcall', 'set', *words)
    d('barrier')
    before = copies()
    ping(lab, 'a', '10.0.0.2', 8)
    wait_for('copies reach the new handlers', lambda: copies() >= before + 8)
    dispatched(lab, d, 'port')
    # ovs-dpctl, which that uses, has switched the datapath to dispatch by processor.
    d.appctl('revalidator/purge')
    ping(lab, 'a', '10.0.0.2')
    check(d.json('upcall', 'show')['datapath']['lost'] == 0, d('upcall', 'show'))


def by_processor(lab):
    """Upcalls to sockets of processors."""
    dispatched(lab, bridge(lab, config='upcall: {dispatch: processor, handlers: 3}'), 'processor')


CASES = (tracking, nat, original, flush, many, limits, zones, lengths, meters, by_port, by_processor)
