# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: audits of the ledger against the kernel, and what each port costs."""
import json
import re
import threading

from kernel import audit_report, bridge, neighbours, ping
from lab import check, sh, wait_for

QUIET = 'upcall: {sweep-ms: 60000, idle-ms: 3600000}'  # only audits sweep
CHURN = 'upcall: {sweep-ms: 50, idle-ms: 200, handlers: 2, revalidators: 2}'
RULES = ('priority=5,in_port=1,actions=output:2', 'priority=5,in_port=2,actions=output:1')

# Sends packets of changing source ports for some seconds.
FLOWS = """
import socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
end, i = time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < end:
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 0, 0, 64, 17, 0, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
    for _ in range(20):
        i += 1
        s.send(bytes.fromhex('020000000002' '020000000001' '0800') + ip + struct.pack('!HHHH', 1 + i % 2000, 9, 8, 0))
    time.sleep(0.01)
"""


def audit(d, balanced=True):
    """Returns the report, which must be balanced or not."""
    report, r = audit_report(d)
    check(report['balanced'] == balanced and bool(r.returncode) != balanced, f'exit {r.returncode}: {r.stdout}{r.stderr}')
    return report


def kinds(report):
    return {(x['kind'], x.get('ufid', x.get('port'))) for x in report['differences']}


def dpctl(*words):
    return sh('ovs-dpctl', *words).stdout


def flow_of(words):
    """UFID, match and actions as ovs-dpctl reads and writes them; the kernel of the tests has not all that -m shows."""
    def line_of(*options):
        return next(line for line in dpctl('dump-flows', *options, 'tandem0').splitlines() if words in line)
    ufid = re.match(r'ufid:(\S+),', line_of('-m', '--no-names'))[1]
    return ufid, *re.match(r'(.*), packets:.*actions:(.*)', line_of()).groups()


def audit_names(lab):
    """Flows that another program removes, changes, replaces and adds are named, with what to do; then all is well."""
    d = bridge(lab, config=QUIET, flows=RULES)
    neighbours(lab, 'a', 'b', '10.0.0.2')
    neighbours(lab, 'b', 'a', '10.0.0.1')
    ping(lab, 'a', '10.0.0.2')
    report = audit(d)
    check(not report['differences'] and report['flows']['kernel_flows'] == report['flows']['ledger_flows'] >= 2, str(report))
    check({p['port']: p['unknown'] for p in report['ports']} == {'a': 0, 'b': 0}, str(report))
    (one, _, _), (two, match, _) = flow_of('in_port(1)'), flow_of('in_port(2)')
    dpctl('del-flow', 'tandem0', f'ufid:{one}')
    dpctl('mod-flow', 'tandem0', f'ufid:{two},{match}', '2')
    dpctl('add-flow', 'tandem0', 'in_port(7),eth(),eth_type(0x1234)', '1')
    dpctl('add-flow', 'tandem0', 'ufid:00000000-0000-0000-0000-000000000007,in_port(7),eth(),eth_type(0x1235)', '1')
    report = audit(d, False)
    check(kinds(report) == {('missing', one), ('actions', two), ('foreign', '-'),
                            ('unknown', '00000000-0000-0000-0000-000000000007')}, json.dumps(report, indent=1))
    by_kind = {x['kind']: x for x in report['differences']}
    check('actions:2' in by_kind['actions']['kernel'] and 'actions:1' in by_kind['actions']['ledger'], str(by_kind))
    check('0x1234' in by_kind['foreign']['kernel'] and by_kind['missing']['kernel'] is None, str(by_kind))
    # The sweeps of that audit have removed what they can; what remains has its remedy.
    wait_for('what a sweep can repair is repaired', lambda: kinds(audit(d, False)) == {('actions', two), ('foreign', '-')})
    text = d.run('audit', ok=False)
    check('revalidator/purge' in text.stdout + text.stderr and 'del-flow' in text.stdout + text.stderr, text.stdout + text.stderr)
    d.appctl('revalidator/purge')
    dpctl('del-flow', 'tandem0', 'in_port(7),eth(),eth_type(0x1234)')
    ping(lab, 'a', '10.0.0.2')
    audit(d)
    one, match, actions = flow_of('in_port(1)')
    dpctl('del-flow', 'tandem0', f'ufid:{one}')
    dpctl('add-flow', 'tandem0', f'ufid:{one},{match}', actions)
    check(kinds(audit(d, False)) == {('counts', one)}, 'counts')
    c = lab.netns('c', offloads=True)
    dpctl('add-if', 'tandem0', c)
    check(audit(d, False)['flows']['ports_unowned'] == 1, 'ports of no bridge')
    dpctl('del-dp', 'tandem0')
    r = d.run('audit', ok=False)
    check(r.returncode and 'another program deleted it' in r.stdout + r.stderr, r.stdout + r.stderr)


def audit_churn(lab):
    """Megaflows are added, changed and removed all the time: no audit reports a difference, and commands are answered."""
    d = bridge(lab, config=CHURN, flows=(*RULES, 'priority=6,in_port=1,udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],output:2'))
    sender = lab.spawn('a', 'python3', '-c', FLOWS, 4)
    over = threading.Event()

    def rules_change():
        i = 0
        while not over.is_set():
            i += 1
            d('flow', 'add', 'br0', f'priority=7,in_port=1,udp,tp_src={i * 7 % 128 << 4}/0xfff0,actions=' + ('drop' if i % 2 else '2'))
    changes = threading.Thread(target=rules_change)
    changes.start()
    try:
        changing = compared = 0
        while sender.poll() is None:
            report = audit(d)
            changing += report['flows']['changing']
            compared += report['flows']['kernel_flows']
    finally:
        over.set()
        changes.join(30)
        sender.wait(30)
    counters = d.json('upcall', 'show')['counters']
    check(compared > 100 and counters['modified'] + counters['evicted_idle'] > 50, f'{compared} compared\n{counters}')
    print(f'{compared} flows compared, {changing} seen in change; {counters}')
    wait_for('each packet is counted', lambda: all(p['unknown'] == 0 for p in audit(d)['ports']))


def top(lab):
    """What each port costs: a port whose packets are all misses is first."""
    d = bridge(lab, flows=('in_port=1,arp,actions=move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],2', 'in_port=1,udp,actions=controller',
                           'in_port=2,actions=1'))
    sender = lab.spawn('a', 'python3', '-c', FLOWS, 60)
    wait_for('packets of a', lambda: d.json('port', 'stats', 'a')[0]['received'] > 20, 30)
    rows = json.loads(d.run('--json', 'top', '--once', '--interval', '1').stdout)
    sender.terminate()
    sender.wait(30)
    rows = {r['port']: r for r in rows}
    a = rows['a']
    check(a['packets_per_s'] > 20 and a['handler_percent'] > 0 and a['handler_percent'] >= rows['b']['handler_percent']
          and 'masks' not in a and a['refusals_per_s'] >= 0, str(rows))
    text = d.run('top', '--once').stdout
    check('HANDLER%' in text and 'WORKER' not in text and 'lost' in text, text)


CASES = audit_names, audit_churn, top
