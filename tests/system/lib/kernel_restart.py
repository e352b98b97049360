# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: daemons that follow others, which were killed or left, by their megaflows."""
import re
import signal
import time

from kernel import agree, hosts_up, kernel_flows, ledger_flows, pair, ping, refused
from lab import Daemon, Failed, check, sh, wait_for

FROM_A = 'priority=5,in_port=1,actions=output:2'
FROM_B = 'priority=5,in_port=2,actions=output:1'
RULES = (FROM_A, FROM_B)
N_MANY = 10000

# Sends a UDP packet from each source port, some at a time, so that no upcall is lost.
SENDER = """
import socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
n = int(sys.argv[1])
for port in range(1000, 1000 + n):
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 0, 0, 64, 17, 0, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
    s.send(bytes.fromhex('020000000002' '020000000001' '0800') + ip + struct.pack('!HHHH', port, 9, 8, 0))
    if port % 400 == 0:
        time.sleep(0.02)
"""


def start(lab, nears, rules=RULES, *args, sweep_ms=200, config=''):
    """A daemon whose bridge has two hosts."""
    rules = ', '.join(f'"{r}"' for r in rules)
    return Daemon(lab, f"""
datapath: kernel:tandem0
{config}
upcall: {{handlers: 2, revalidators: 2, sweep-ms: {sweep_ms}, idle-ms: 3600000}}
bridges:
  - name: br0
    flows: [{rules}]
    ports: [{{name: a, dev: {nears[0]}, id: 1}}, {{name: b, dev: {nears[1]}, id: 2}}]
""", args)


def kill(d):
    d.process.kill()
    d.process.wait()


def flood(lab):
    """Pings a hundred times a second until no_loss(); the first reply has arrived."""
    ping(lab, 'a', '10.0.0.2', 1)
    return lab.spawn('a', 'ping', '-q', '-i', '0.01', '10.0.0.2')


def no_loss(process):
    """Ends the pings, of which the last one may be on its way. Returns their number."""
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    sent, received = map(int, re.search(r'(\d+) packets transmitted, (\d+) received', out).groups())
    check(sent - received <= 1, out[-300:])
    return sent


def totals(d):
    """Of upcalls."""
    return d.json('upcall', 'show')['counters']


def rule_packets(d, words):
    text = d('flow', 'dump', 'br0')
    line = next(line for line in text.splitlines() if words in line)
    return int(re.search(r'n_packets=(\d+)', line)[1])


def unknown(d):
    """Packets that ports received before the daemon entered the megaflows."""
    return {p['name']: p['received'] - p['sw_hits'] - p['upcalls'] for p in d.json('port', 'stats')}


def settle(d):
    """The counts of the packets so far are read."""
    agree(d, since_the_start=False)
    return unknown(d), rule_packets(d, 'in_port=1')


def killed(lab):
    """Existing connections lose no packet while a daemon is killed or leaves, and the next one comes. That knows each
    packet from there on once, and has the same megaflows with the same UFIDs and the counts that they had."""
    nears = pair(lab)
    d = start(lab, nears)
    hosts_up(lab)
    numbers = sh('ovs-dpctl', 'show', 'tandem0').stdout.split('port ')[1:]
    for stop in (kill, lambda d: d('exit', '--keep')):
        traffic = flood(lab)
        time.sleep(0.5)
        ufids = set(kernel_flows())
        stop(d)
        d.process.wait(30)
        time.sleep(0.5)
        check(set(kernel_flows()) >= ufids, 'megaflows ended with their daemon')
        d = start(lab, nears)
        check(set(ledger_flows(d)) >= ufids, f'{ufids}\n{ledger_flows(d)}')
        wait_for('rules count', lambda: rule_packets(d, 'in_port=1'), 30)
        sent = no_loss(traffic)
        agree(d, since_the_start=False)
        known = totals(d)
        check(known['adopted'] >= len(ufids) and not known['orphans'] and not known['evicted_changed']
              and not known['modified'], str(known))
        # Rules count what arrived since the megaflows were entered, no more.
        counted = rule_packets(d, 'in_port=1')
        check(0 < counted < sent, f'{counted} of {sent} packets')
    check(sh('ovs-dpctl', 'show', 'tandem0').stdout.split('port ')[1:] == numbers, 'ports have other numbers')
    wait_for('the counts rest', lambda: unknown(d) == unknown(d), 30)
    older, before = settle(d)
    ping(lab, 'a', '10.0.0.2', 20)
    lab.exec('b', 'ip', 'addr', 'add', '10.0.0.7/24', 'dev', 'eth0')
    ping(lab, 'a', '10.0.0.7', 5)
    wait_for('each packet is counted once', lambda: unknown(d) == older, 30)
    _, after = settle(d)
    neighbour = after - before - 25
    check(0 <= neighbour <= 8, f'{after} - {before}: 25 pings, and some ARP')


def changed(lab):
    """With other rules the megaflows are modified, or removed, by the first pass over them."""
    nears = pair(lab)
    d = start(lab, nears)
    hosts_up(lab)
    ping(lab, 'a', '10.0.0.2')
    ufids = set(kernel_flows())
    kill(d)
    d = start(lab, nears, ('priority=5,in_port=1,actions=drop', FROM_B))
    wait_for('the megaflows drop', lambda: totals(d)['modified'], 30)
    check(ufids & set(kernel_flows()), 'modified megaflows have other UFIDs')
    dump = sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout
    check('actions:drop' in dump, dump)
    check(lab.exec('a', 'ping', '-c', 1, '-W', 1, '10.0.0.2', ok=False).returncode, 'older megaflows forward')
    settle(d)
    kill(d)
    # These rules look at more than the megaflows match.
    d = start(lab, nears, (FROM_A, FROM_B, 'priority=6,in_port=1,icmp,nw_ttl=1,actions=drop'))
    ping(lab, 'a', '10.0.0.2')
    settle(d)
    check(totals(d)['evicted_changed'] >= 1, str(totals(d)))
    # A daemon that cannot start leaves the datapath to the next one.
    kill(d)
    try:
        start(lab, (nears[0], 'lo'))  # the kernel refuses it
    except Failed as e:
        check('exit 1' in str(e), str(e))
        lab.daemons.pop()
    else:
        check(False, 'it started with an interface that cannot be a port')
    ping(lab, 'a', '10.0.0.2')
    d = start(lab, nears)
    # A flow of another program, which has no UFID, does not forward past the rules.
    kill(d)
    sh('ovs-dpctl', 'add-flow', 'tandem0', 'in_port(7),eth(),eth_type(0x1234)', '1')
    check('0x1234' in sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout, 'the flow was not added')
    d = start(lab, nears)
    ping(lab, 'a', '10.0.0.2')
    wait_for('no flow of another program remains', lambda: '0x1234' not in sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout)


def learned(lab):
    """NORMAL: a megaflow teaches the next daemon its MAC, so that none floods."""
    nears = pair(lab)
    c = lab.netns('c')
    config = f"""
datapath: kernel:tandem0
bridges:
  - name: br0
    ports: [{{name: a, dev: {nears[0]}}}, {{name: b, dev: {nears[1]}}}, {{name: c, dev: {c}}}]
"""
    d = Daemon(lab, config)
    hosts_up(lab)
    traffic = flood(lab)
    time.sleep(0.3)
    kill(d)
    ufids = set(kernel_flows())
    others = lab.received('c')
    d = Daemon(lab, config)
    no_loss(traffic)
    check(ufids <= set(kernel_flows()) and not totals(d)['modified'] and not totals(d)['evicted_changed'], str(totals(d)))
    check(len(d.json('fdb', 'show', 'br0')) == 2, d('fdb', 'show', 'br0'))
    # An ARP at most.
    check(lab.received('c') - others <= 2, f'{lab.received("c") - others} packets were flooded')


def waits_for_rules(lab):
    """flow-restore-wait: nothing is removed or taken before the rules are restored."""
    nears = pair(lab)
    d = start(lab, nears)
    hosts_up(lab)
    traffic = flood(lab)
    time.sleep(0.3)
    kill(d)
    ufids = set(kernel_flows())
    d = start(lab, nears, ('priority=0,actions=drop',), '--flow-restore-wait', '--keep-datapath')
    check(d.json('daemon', 'show')['flow_restore_wait'] is True, d('daemon', 'show'))
    d('controller', 'set', 'br0', 'ptcp:6653:127.0.0.1')
    check(':6653' not in sh('ss', '-Hltn').stdout, 'it listens for controllers')
    refused(d, 'revalidator purge', 'flow-restore-wait')
    refused(d, 'daemon set flow-restore-wait=true', 'from its start')
    d('barrier')
    lab.exec('b', 'ip', 'addr', 'add', '10.0.0.7/24', 'dev', 'eth0')
    check(lab.exec('a', 'ping', '-c', 1, '-W', 5, '10.0.0.7', ok=False).returncode == 0, 'the rules match no address')
    check(set(kernel_flows()) == ufids and not ledger_flows(d), f'{kernel_flows()}\n{ledger_flows(d)}')
    for rule in RULES:
        sh('ovs-ofctl', 'add-flow', f'{d.rundir}/br0.mgmt', rule)
    d('daemon', 'set', 'flow-restore-wait=false')
    check(':6653' in sh('ss', '-Hltn').stdout, 'it does not listen')
    no_loss(traffic)
    check(not totals(d)['evicted_changed'] and not totals(d)['modified'], str(totals(d)))
    check(set(kernel_flows()) >= ufids, 'megaflows were removed')
    settle(d)
    check(d.stop() == 0 and kernel_flows(), 'keep-datapath')
    d = start(lab, nears)
    d('exit', '--cleanup')
    check('tandem0' not in sh('ip', 'link').stdout, 'the datapath remains')


TRACKING = ('priority=9,arp,actions=NORMAL',
            'priority=5,ip,ct_state=-trk,actions=ct(table=1)',
            'table=1,priority=5,in_port=1,ip,ct_state=+new,actions=ct(commit),output:2',
            'table=1,priority=5,in_port=1,ip,ct_state=+est,actions=output:2',
            'table=1,priority=5,in_port=2,ip,ct_state=+est,actions=output:1')


def recirculated(lab):
    """Tracked connections go on: megaflows that send packets to a state of the daemon that was killed are modified, and
    those that continued from it removed afterwards; numbers are not used again meanwhile."""
    def recirc_ids():
        return {int(n, 0) for n in re.findall(r'recirc_id\((0x[0-9a-f]+|[1-9]\d*)\)', sh('ovs-dpctl', 'dump-flows', '-m', 'tandem0').stdout)}
    nears = pair(lab)
    d = start(lab, nears, TRACKING)
    hosts_up(lab)
    traffic = flood(lab)
    time.sleep(0.5)
    older = recirc_ids()
    kill(d)
    check(older, sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout)
    time.sleep(0.3)
    d = start(lab, nears, TRACKING)
    wait_for('the older numbers are gone', lambda: recirc_ids() and not recirc_ids() & older)
    no_loss(traffic)
    check(min(recirc_ids()) > max(older), f'{older} {recirc_ids()}')
    settle(d)
    check(not any(p['upcall_drops'] for p in d.json('port', 'stats')), str(d.json('port', 'stats')))
    check(not totals(d)['orphans'], str(totals(d)))


def ten_thousand(lab):
    """Megaflows for each of 10,000 UDP source ports."""
    rules = ('priority=5,in_port=1,udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],output:2', FROM_B)
    nears = pair(lab)
    d = start(lab, nears, rules, sweep_ms=5000)
    for _ in range(5):
        lab.exec('a', 'python3', '-c', SENDER, N_MANY)
        if len(kernel_flows()) >= N_MANY:
            break
    kill(d)
    before = kernel_flows()
    check(len(before) == N_MANY, f'{len(before)} megaflows')
    # The daemon answers while it adopts them, and may leave in the middle.
    d = start(lab, nears, rules, sweep_ms=5000)
    shown = d.json('daemon', 'show')
    check(shown['adopting'] and 0 < shown['adopted'] < N_MANY and not shown['flow_restore_wait'], str(shown))
    d('exit', '--keep')
    d.process.wait(30)
    check(kernel_flows() == before, 'the kernel has other flows')
    d = start(lab, nears, rules, '--flow-restore-wait', sweep_ms=5000)
    check(not d.json('daemon', 'show')['adopting'], 'it does not wait')
    begun = time.monotonic()
    d('daemon', 'set', 'flow-restore-wait=false')
    with open(d.log_path) as f:
        line = re.search(r'10000 flows adopted in [0-9.]+ ms', f.read())
    check(line and d.json('daemon', 'show')['adopted'] == N_MANY, lab.read_logs())
    wait_for('all are translated', lambda: totals(d)['retranslated'] >= N_MANY, 30)
    took = time.monotonic() - begun
    d.appctl('revalidator/wait')
    check(ledger_flows(d) == kernel_flows() == before, f'other megaflows, or other counts: {totals(d)}')
    known = totals(d)
    check(not known['orphans'] and not known['evicted_changed'] and not known['modified'], str(known))
    check(not rule_packets(d, 'in_port=1'), 'packets of the daemon before are counted')
    print(f'{line[0]}; all translated again {took:.1f} s after the end of flow-restore-wait')


CASES = (killed, changed, learned, waits_for_rules, recirculated, ten_thousand)
