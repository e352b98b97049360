# SPDX-License-Identifier: Apache-2.0
"""Faults: each has a named counter, traffic continues in software, and there is no crash or leak."""
import os
import random
import signal
import time

from lab import Daemon, check, nicsim_config, veth_config, wait_for


PPS = 3000


def streams(lab, n=200):
    from scapy.all import IP, UDP, Ether, Raw
    return lab.pcap('udp.pcap', [
        Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:02') /
        IP(src='10.0.0.1', dst=f'10.0.{i // 250}.{i % 250 + 1}') / UDP(sport=7, dport=9) / Raw(bytes(64))
        for i in range(n)])


def per_destination(n=200):
    """Returns rules that make a megaflow for every destination."""
    return ['priority=0,actions=drop',
            *(f'priority=10,ip,in_port=2,nw_dst=10.0.{i // 250}.{i % 250 + 1},actions=output:3'
              for i in range(n))]


def on_nicsim(lab, options='', n=200, **settings):
    near = [lab.netns(x) for x in ('wire', 'a', 'b')]
    control = os.path.join(lab.dir, 'nicsim.ctl')
    d = Daemon(lab, nicsim_config(lab, near[0], near[1:], flows=per_destination(n),
                                  options=f'control={control}{options}', **settings), pmd=True)
    return d, control


def flowing(lab, seconds=5):
    before = lab.received('b')
    wait_for('traffic goes on', lambda: lab.received('b') > before + 50, seconds)


def audited(lab, d):
    time.sleep(0.5)
    out = d.run('audit', ok=False)
    check(out.returncode == 0, f'audit:\n{out.stdout}{out.stderr}')


def reasons(d):
    return {r['reason']: r['flows'] for r in d.json('offload', 'reasons')}


def table_full(lab, personality):
    d, control = on_nicsim(lab, ',capacity=20,count_ms=50', personality=personality)
    sender = lab.replay('a', streams(lab), pps=3000, seconds=8)
    wait_for('the table is full', lambda: reasons(d).get('table-full', 0) + reasons(d).get('port-share', 0) >= 100)
    wait_for('the table is used to the brim', lambda: lab.nicsim_counts(control)['rules'] == 20)
    # On mlx5 there is one guard rule, which keeps packets that only look untagged from the others.
    wait_for('by flows', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 20 - (personality == 'mlx5'))
    flowing(lab)
    lab.fault(control, 'capacity 65536')
    wait_for('all are in hardware once there is room',
             lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
    lab.finish(sender)
    audited(lab, d)


def test_table_full_asan(lab):
    table_full(lab, 'plain')


def test_table_full_on_mlx5(lab):
    table_full(lab, 'mlx5')


def insertion_failure(lab, personality):
    d, control = on_nicsim(lab, ',fail_nth=5,count_ms=50', personality=personality)
    sender = lab.replay('a', streams(lab), pps=3000, seconds=5)
    wait_for('a failure is counted', lambda: d.json('offload', 'stats')['insert_failed'] == 1)
    wait_for('it was tried again', lambda: d.json('offload', 'stats')['retried'] >= 1)
    wait_for('all are in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200)
    flowing(lab)
    lab.finish(sender)
    audited(lab, d)


def test_insertion_failure_asan(lab):
    insertion_failure(lab, 'plain')


def test_insertion_failure_on_mlx5(lab):
    insertion_failure(lab, 'mlx5')


def test_faults_of_e810(lab):
    """An E810 forwards nothing in hardware, and its driver reports no removal: ports of it that stopped working
    can be removed and added."""
    d, control = on_nicsim(lab, personality='e810')
    sender = lab.replay('a', streams(lab), pps=3000, seconds=60)
    wait_for('flows in software', lambda: len(d.json('megaflow', 'dump', 'type=sw')) >= 200)
    check(reasons(d).get('no-transfer', 0) >= 200, str(reasons(d)))
    flowing(lab)
    audited(lab, d)
    lab.fault(control, 'die')
    ports_again(d)
    flowing(lab)
    sender.terminate()
    lab.finish(sender)
    audited(lab, d)


def same_verdict(d, flow, why):
    """Checks that a trace predicts the flow's placement, in the same words, and takes no resources."""
    before = d.json('offload', 'stats')
    packet = 'in_port=2,tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,nw_ttl=64'
    last = d('trace', 'br0', packet).splitlines()[-1]
    reason = why.split('\nreason: ')[1].splitlines()[0]
    advice = why.split('\nadvice: ')[1].splitlines()[0]
    check(last == f'Offload: no, {reason}; advice: {advice}', f'{last}\n{why}')
    said = d.json('trace', 'br0', packet)['offload']
    check(said['offloaded'] is False and said['reason'] == flow['reason'], f'{said} {flow}')
    check(d.json('trace', 'br0', 'in_port=3,arp')['offload']['offloaded'] is True, 'an ARP request')
    after = d.json('offload', 'stats')
    check(before['insert_failed'] == after['insert_failed'], f'{before} {after}')


def test_unsupported_action_asan(lab):
    d, control = on_nicsim(lab, ',unsupported=set_ttl')
    d('flow', 'add', 'br0', 'priority=20,ip,in_port=2,nw_dst=10.0.0.1,actions=dec_ttl,output:3')
    sender = lab.replay('a', streams(lab, 3), pps=1000, seconds=3)
    wait_for('a refusal', lambda: reasons(d).get('action-unsupported', 0) == 1)
    flow = next(f for f in d.json('megaflow', 'dump', 'type=sw') if 'ttl' in f['actions'])
    why = d('offload', 'why', flow['ufid'])
    check('action-unsupported' in why and 'ttl' in why, why)
    same_verdict(d, flow, why)
    flowing(lab)
    lab.finish(sender)
    audited(lab, d)


def test_device_reset_asan(lab):
    d, control = on_nicsim(lab)
    sender = lab.replay('a', streams(lab), pps=3000, seconds=10)
    for n in range(1, 4):
        wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
        lab.fault(control, 'reset')
        wait_for('the reset is counted', lambda: d.json('offload', 'stats')['resets'] == n)
        flowing(lab)
    lab.finish(sender)
    audited(lab, d)


def ports(d, key):
    return [p[key] for p in d.json('port', 'stats')]


def faults(d):
    return [d.json('port', 'show', p['name'])['fault'] for p in d.json('port', 'list')]


def test_device_asks_for_a_reset_asan(lab):
    """The device neither receives, sends nor keeps a rule until each of its ports was reset."""
    d, control = on_nicsim(lab)
    sender = lab.replay('a', streams(lab), pps=3000, seconds=12)
    for n in range(1, 3):
        wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
        lab.fault(control, 'hang')
        wait_for('every port was reset', lambda: ports(d, 'dev_resets') == [n] * 3)
        wait_for('they run again', lambda: faults(d) == ['-'] * 3)
        flowing(lab)
    wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
    lab.finish(sender)
    audited(lab, d)


def ports_again(d):
    """Removes all ports, then adds all."""
    before = [(p['name'], p['dev'], p['id']) for p in d.json('port', 'list')]
    for name, _, _ in before:
        d('port', 'del', name)
    for name, dev, number in before:
        d('port', 'add', 'br0', name, f'dev={dev}', f'id={number}')


def test_device_is_pulled_asan(lab):
    """Ports of a removed device report why they do not work, until they are removed and added again."""
    d, control = on_nicsim(lab, ',count_ms=50', personality='mlx5')
    sender = lab.replay('a', streams(lab), pps=3000, seconds=60)
    wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
    lab.fault(control, 'die')
    wait_for('the removal is counted', lambda: ports(d, 'dev_removals') == [1] * 3)
    wait_for('the ports say so', lambda: all('was removed' in f for f in faults(d)))
    wait_for('links are down', lambda: {p['link'] for p in d.json('port', 'list')} == {'down'})
    wait_for('no flow is in hardware', lambda: not d.json('megaflow', 'dump', 'type=hw'))
    ports_again(d)
    wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, 20)
    flowing(lab)
    sender.terminate()
    lab.finish(sender)
    audited(lab, d)


def on_connectx(lab):
    """Returns a daemon whose rules libmlx5 writes to an emulated ConnectX."""
    near = [lab.netns(x) for x in ('wire', 'a', 'b')]
    control = os.path.join(lab.dir, 'nicsim.ctl')
    d = Daemon(lab, nicsim_config(lab, near[0], near[1:], flows=per_destination(), personality='connectx',
                                  options=f'control={control}',
                                  offload='counter-settle-ms: 100,counter-interval-ms: 50'), pmd=True, connectx=2)
    return d, control


def in_hardware(d, seconds=20):
    wait_for('flows in hardware', lambda: len(d.json('megaflow', 'dump', 'type=hw')) >= 200, seconds)


def uncounted(lab, d):
    """Returns how many packets the guest received that no counter has, at rest."""
    time.sleep(0.5)
    d('barrier')
    port = next(p for p in d.json('port', 'stats') if p['name'] == 'vf1')
    return lab.counted('b')[2] - port['sent']


def test_device_reset_on_connectx(lab):
    """The device fails under traffic, for a moment and for seconds: software forwards, and hardware is used again. Its counters
    are lost with it since their last reading, and said to be; before and after, each packet is counted."""
    d, control = on_connectx(lab)
    frames = streams(lab)
    lab.finish(lab.replay('a', frames, pps=PPS, seconds=1))
    check(uncounted(lab, d) == 0, 'before')
    sender = lab.replay('a', frames, pps=PPS, seconds=60)
    for n in range(1, 3):
        in_hardware(d)
        lab.fault(control, 'reset')
        wait_for('the loss is counted', lambda: d.json('offload', 'stats')['resets'] == n)
        flowing(lab)
    in_hardware(d)
    lab.fault(control, 'fatal on')
    wait_for('software has all', lambda: reasons(d).get('device-down', 0) >= 200)
    check('device-down (IBV_EVENT_DEVICE_FATAL)' in d('offload', 'show'), d('offload', 'show'))
    flowing(lab)
    lab.fault(control, 'fatal off')
    in_hardware(d)
    shown = d('offload', 'show')
    check('lost all rules: 3 times, last: IBV_EVENT_DEVICE_FATAL' in shown and 'device-down' not in shown, shown)
    sender.terminate()
    lab.finish(sender)
    audited(lab, d)
    lost, tails = uncounted(lab, d), d.json('offload', 'stats')['tails']
    said = next(p['uncounted'] for p in d.json('audit')['ports'] if p['port'] == 'vf0')
    check(lost == said and lost <= 3 * PPS * 0.3 and (tails > 0 or not lost),
          f'{lost} packets lost, {said} by the audit; {tails} counters')
    lab.finish(lab.replay('a', frames, pps=PPS, seconds=1))
    check(uncounted(lab, d) == lost, 'afterwards')
    audited(lab, d)
    lab.remark(f'{lost} packets in no count, of {tails} counters that were lost')


def test_device_is_pulled_on_connectx(lab):
    d, control = on_connectx(lab)
    sender = lab.replay('a', streams(lab), pps=PPS, seconds=60)
    in_hardware(d)
    lab.fault(control, 'die')
    wait_for('the removal is counted', lambda: ports(d, 'dev_removals') == [1] * 3)
    wait_for('the ports say so', lambda: all('was removed' in f for f in faults(d)))
    wait_for('no flow is in hardware', lambda: not d.json('megaflow', 'dump', 'type=hw'))
    check('device-down (IBV_EVENT_DEVICE_FATAL)' in d('offload', 'show'), d('offload', 'show'))
    ports_again(d)
    in_hardware(d)
    flowing(lab)
    sender.terminate()
    lab.finish(sender)
    audited(lab, d)


def test_threads_come_and_go_asan(lab):
    d, control = on_nicsim(lab)
    sender = lab.replay('a', streams(lab), pps=3000, seconds=8)
    rng = random.Random(7)
    while sender.poll() is None:
        d('upcall', 'set', rng.choice(['handlers', 'revalidators']), rng.choice('1234'))
        d('upcall', 'set', 'pause')
        d('upcall', 'set', 'resume')
        d.appctl('revalidator/purge')
    lab.finish(sender)
    audited(lab, d)


def test_port_removed_under_traffic_asan(lab):
    near = [lab.netns(x) for x in ('a', 'b', 'c')]
    d = Daemon(lab, veth_config(lab, ['a', 'b', 'c'], near,
                                flows=['in_port=1,actions=output:2', 'in_port=3,actions=output:2']))
    frames = streams(lab)
    senders = [lab.replay(name, frames, pps=3000, seconds=8) for name in ('a', 'c')]
    for n in range(4):
        flowing(lab)
        d('port', 'del', 'b')
        time.sleep(0.3)
        check([p['name'] for p in d.json('port', 'list')] == ['a', 'c'], 'the port is gone')
        d('port', 'add', 'br0', 'b', f'dev=net_af_packet1,iface={near[1]}', 'id=2')
    flowing(lab)
    for s in senders:
        lab.finish(s)
    audited(lab, d)


def test_interface_pulled_asan(lab):
    """The kernel interface behind a port is deleted: the daemon continues."""
    near = [lab.netns(x) for x in ('a', 'b')]
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near, flows=['actions=output:2', 'in_port=2,actions=output:1']))
    sender = lab.replay('a', streams(lab), pps=1000, seconds=2)
    flowing(lab)
    lab.exec('b', 'ip', 'link', 'del', 'eth0')
    time.sleep(0.5)
    lab.finish(sender)
    d('port', 'del', 'b')
    check(len(d.json('port', 'list')) == 1, 'the other port stays')


def test_malformed_packets_asan(lab):
    from scapy.all import IP, TCP, Ether, IPv6, Raw, UDP
    rng = random.Random(11)
    whole = [bytes(Ether() / IP() / TCP() / Raw(bytes(40))), bytes(Ether() / IPv6() / UDP() / Raw(bytes(40)))]
    packets = []
    for _ in range(3000):
        data = bytearray(rng.choice(whole)[:rng.randrange(14, 90)])
        for _ in range(rng.randrange(4)):
            data[rng.randrange(12, len(data))] = rng.randrange(256)
        packets.append(Ether(bytes(data)))
    near = [lab.netns(x) for x in ('a', 'b')]
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near))
    lab.finish(lab.replay('a', lab.pcap('bad.pcap', packets), pps=5000, seconds=2))
    audited(lab, d)
    malformed = next(p for p in d.json('port', 'stats') if p['name'] == 'a')['malformed']
    check(any(v for k, v in malformed.items() if k != 'ok'), f'malformed packets are counted: {malformed}')


def test_kill_and_restart(lab):
    near = [lab.netns(x) for x in ('a', 'b')]
    config = veth_config(lab, ['a', 'b'], near)
    d = Daemon(lab, config)
    again = d.process.args
    d.process.send_signal(signal.SIGKILL)
    d.process.wait()
    import subprocess
    d.process = subprocess.Popen(again, stdout=d.log, stderr=subprocess.STDOUT)
    wait_for('a new daemon in the same rundir', d.answers, 20)
    check(len(d.json('port', 'list')) == 2, 'it came up from its file')


def test_log_on_a_full_disk(lab):
    near = [lab.netns(x) for x in ('a', 'b')]
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near), args=['--log-file', '/dev/full'])
    sender = lab.replay('a', streams(lab), pps=1000, seconds=2)
    flowing(lab)
    lab.finish(sender)
    check(d.json('vlog', 'list')['lines_lost'] >= 3, 'lost lines are counted')
    audited(lab, d)


def test_second_daemon_is_refused(lab):
    near = [lab.netns(x) for x in ('a', 'b')]
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near))
    import subprocess
    r = subprocess.run(d.process.args, capture_output=True, text=True, timeout=30)
    check(r.returncode == 1 and d.rundir in r.stderr + r.stdout, f'exit {r.returncode}: {r.stderr}{r.stdout}')
    check(d.answers(), 'the first one still answers')
