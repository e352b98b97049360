# SPDX-License-Identifier: Apache-2.0
"""Every packet is counted exactly once, whatever happens to its flow."""
import os
import random
import re
import threading
import time

from lab import Daemon, Failed, check, nicsim_config, sh, wait_for

# Table 0 matches every packet and is never emptied; the churn changes table 1.
FLOWS = ['table=0,priority=10,in_port=1,actions=goto_table:1',
         'table=0,priority=10,in_port=2,actions=goto_table:1',
         'table=0,priority=10,in_port=3,actions=goto_table:1',
         'table=1,priority=0,actions=NORMAL']

SECONDS = int(os.environ.get('TANDEM_CHURN_SECONDS', 25))


def totals(d):
    """Returns the packet counts of each port's rule in table 0."""
    return {r['match'].split('in_port=')[1].split(',')[0]: (r['n_packets'], r['n_bytes'])
            for r in d.json('flow', 'dump', 'br0') if r['table'] == 0 and 'in_port=' in r['match']}


class Sampler(threading.Thread):
    """Checks that no total ever decreases."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.d, self.over, self.n, self.bad = daemon, False, 0, []

    def run(self):
        last = {}
        while not self.over:
            try:
                now = {('rule', k): v for k, v in totals(self.d).items()}
                now |= {('port', p['name']): (p['received'], p['hw_packets'], p['sw_hits'], p['upcalls'],
                                              p['received_bytes'], p['sent'], p['sent_bytes'])
                        for p in self.d.json('port', 'stats')}
            except Failed as e:
                self.bad.append(str(e))
                return
            for key, values in last.items():
                if any(a < b for a, b in zip(now.get(key, values), values)):
                    self.bad.append(f'{key}: {values} then {now[key]}')
            last |= now
            self.n += 1
            time.sleep(0.05)


def churn(lab, d, control, rng, until, personality):
    """Makes one disturbance after another; returns the number of each."""
    done = {}

    def rule(priority=100):
        port = rng.choice([22, 53, 80, 443, 5001])
        proto = rng.choice(['tcp', 'udp'])
        action = rng.choice(['drop', 'NORMAL', 'dec_ttl,NORMAL', 'mod_dl_src:52:54:00:99:99:99,NORMAL'])
        return f'table=1,priority={priority},{proto},tp_dst={port},actions={action}'

    steps = {
        'add': lambda: d('flow', 'add', 'br0', rule()),
        'modify': lambda: d('flow', 'mod', 'br0', f'table=0,in_port={rng.randrange(1, 4)},actions=' +
                            rng.choice(['goto_table:1', 'resubmit(,1)'])),
        'delete': lambda: d('flow', 'del', 'br0', f'table=1,{rng.choice(["tcp", "udp"])}'),
        'evict': lambda: d.appctl('revalidator/purge'),
        'limit': lambda: d('upcall', 'set', 'flow-limit', rng.choice(['50', '200000', '200000'])),
        'threads': lambda: d('upcall', 'set', rng.choice(['handlers', 'revalidators']), rng.choice('123')),
        'learn': lambda: d.appctl('fdb/flush', 'br0'),
    }
    if personality != 'connectx':  # these are nicsim's rules
        steps['fail'] = lambda: lab.fault(control, f'fail {rng.randrange(1, 20)}')
        steps['capacity'] = lambda: lab.fault(control, f'capacity {rng.choice([20, 65536, 65536])}')
    if personality == 'plain':  # the devices that the others emulate are never reset
        steps['reset'] = lambda: lab.fault(control, 'reset')
    while time.monotonic() < until:
        name = rng.choice(list(steps))
        steps[name]()
        done[name] = done.get(name, 0) + 1
        time.sleep(rng.random() * 0.2)
    return done


def settled(d):
    """Returns the totals after all counts of paths and hardware were pushed."""
    before = None
    while True:
        d('barrier')
        now = totals(d)
        if now == before:
            return now
        before = now
        time.sleep(0.5)


def exact_under_churn(lab, personality, seconds, min_percent):
    """min_percent: least part of the packets that hardware forwards; 0: it cannot."""
    seed = int(os.environ.get('TANDEM_SEED', 20261121))
    rng = random.Random(seed)
    lab.remark(f'seed {seed}')
    near = [lab.netns(n) for n in ('wire', 'vf0', 'vf1')]
    lab.capture('--flows', '3000')
    control = os.path.join(lab.dir, 'nicsim.ctl')
    d = Daemon(lab, nicsim_config(lab, near[0], near[1:], workers=2, flows=FLOWS,
                                  tags={'vf0': 10, 'vf1': 20},
                                  options=f'control={control},count_ms=50,insert_us=100',
                                  upcall='handlers: 2,revalidators: 2,sweep-ms: 200,idle-ms: 1000',
                                  offload='counter-settle-ms: 100,counter-interval-ms: 50',
                                  personality=personality), pmd=True, connectx=2 * (personality == 'connectx'))
    senders = [lab.replay(n, f'{lab.dir}/{n}.pcap', pps=4000, seconds=seconds + 1, shuffle=i)
               for i, n in enumerate(('wire', 'vf0', 'vf1'))]
    sampler = Sampler(d)
    sampler.start()
    done = churn(lab, d, control, rng, time.monotonic() + seconds, personality)
    sent = [lab.finish(s)['sent'] for s in senders]
    wait_for('the workers have read all', lambda: at_rest(d))
    sampler.over = True
    sampler.join()
    check(not sampler.bad, 'totals went back: ' + '; '.join(sampler.bad[:5]))
    counted = settled(d)
    ports = {p['name']: p for p in d.json('port', 'stats')}
    for i, name in enumerate(('wire', 'vf0', 'vf1'), 1):
        port = ports[name]
        lost = sum(port['rx_drops'].values()) + sum(port['upcall_drops'].values())
        check(counted[key_of(name, i, counted)][0] + lost == port['received'],
              f'{name}: rule {counted}, lost {lost}, sent {sent}: {port}\n{d.run("audit", ok=False).stdout}')
        check(port['received'] <= sent[i - 1], f'{name}: received {port["received"]} of {sent[i - 1]}')
        check((port['sent'], port['sent_bytes']) == lab.counted(name)[2:],
              f'{name}: its guest received {lab.counted(name)}, sent is {port}')
    out = d.run('audit', ok=False)
    check(out.returncode == 0, f'audit:\n{out.stdout}')
    by_hardware = sum(p['hw_packets'] for p in ports.values())
    check(by_hardware * 100 >= sum(sent) * min_percent and (by_hardware > 0) == (min_percent > 0),
          f'hardware took too little to tell: {by_hardware} of {sum(sent)}')
    lab.remark(f'{sum(sent)} packets sent, {sum(p["received"] for p in ports.values())} received, '
               f'{by_hardware} by hardware; {sampler.n} samples; {done}')


def test_exact_under_churn(lab):
    exact_under_churn(lab, 'plain', SECONDS, 10)


def test_exact_under_churn_on_mlx5(lab):
    exact_under_churn(lab, 'mlx5', min(SECONDS, 6), 5)


def test_exact_under_churn_on_connectx(lab):
    exact_under_churn(lab, 'connectx', min(SECONDS, 6), 5)


def test_exact_under_churn_on_e810(lab):
    exact_under_churn(lab, 'e810', min(SECONDS, 4), 0)


def key_of(name, number, counted):
    return name if name in counted else str(number)


def at_rest(d):
    first = [p['received'] for p in d.json('port', 'stats')]
    time.sleep(0.3)
    return first == [p['received'] for p in d.json('port', 'stats')]


def ofctl_counts(d, number):
    """Returns packets and bytes received and sent, as ovs-ofctl shows them."""
    out = sh('ovs-ofctl', '-O', 'OpenFlow13', 'dump-ports', f'unix:{d.rundir}/br0.mgmt', number).stdout
    return tuple(int(n) for pair in re.findall(r'pkts=(\d+), bytes=(\d+), drop=0, errs=0', out) for n in pair)


def test_ports_count_both_paths(lab):
    """A port's counters include packets that hardware sent and received, with the tags it added."""
    from scapy.all import Ether, IP, UDP, raw
    for personality in ('plain', 'mlx5'):
        guests = {'wire': f'w{personality}', 'vf0': f'a{personality}', 'vf1': f'b{personality}'}
        near = [lab.netns(g) for g in guests.values()]
        d = Daemon(lab, nicsim_config(lab, near[0], near[1:], personality=personality,
                                      tags={'vf0': 10, 'vf1': 10}), pmd=True)
        known = Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:02') / IP(dst='10.0.0.2') / UDP()
        flood = Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:03') / IP(dst='10.0.0.3') / UDP()
        back = Ether(src='52:54:00:00:00:02', dst='52:54:00:00:00:01') / IP(dst='10.0.0.1') / UDP() / (b'x' * 100)
        for name, packets in (('vf1', [back]), ('vf0', [known, flood])):
            pcap = lab.pcap(f'{personality}.{name}.pcap', [Ether(raw(p)) for p in packets])
            lab.finish(lab.replay(guests[name], pcap, pps=400, seconds=2))
        d('barrier')
        ports = {p['name']: p for p in d.json('port', 'stats')}
        check(all(ports[n]['hw_packets'] > 300 for n in ('vf0', 'vf1')) and
              all(p['hw_tx_packets'] > 300 for p in ports.values()), f'{personality}: {ports}')
        for i, (name, guest) in enumerate(guests.items(), 1):
            p, truth = ports[name], lab.counted(guest)
            check((p['received'], p['received_bytes'], p['sent'], p['sent_bytes']) == truth,
                  f'{personality}: {name}: the guest counted {truth}: {p}')
            check(ofctl_counts(d, i) == truth, f'{personality}: {name}: {truth}, not {ofctl_counts(d, i)}')
        check(lab.counted(guests['wire'])[3] >= lab.counted(guests['wire'])[2] * 46, 'the wire gets tags')
        d.stop()
