# SPDX-License-Identifier: Apache-2.0
"""Devices with hardware rules: a NIC's transfer proxy need not be a port of a bridge, may become one and cease
to be one, and stays as long as its rules."""
import os
import time

from lab import Daemon, check, configuration, nicsim_config, wait_for
from test_faults import audited, flowing, per_destination, reasons, streams

N = 50
PEERS = per_destination(N)  # from in_port 2 to 3


def in_hardware(d):
    return len(d.json('megaflow', 'dump', 'type=hw'))


def hw_packets(d, port='vf0'):
    return next(p['hw_packets'] for p in d.json('port', 'stats') if p['name'] == port)


def hardware_forwards(lab, d):
    before = hw_packets(d)
    wait_for('hardware forwards', lambda: hw_packets(d) > before + 100)
    flowing(lab)


def clean(lab, d, control):
    """Checks that no removed rule was used, and that every packet is counted."""
    audited(lab, d)
    stale = lab.nicsim_counts(control)['stale']
    check(stale == 0, f'{stale} handles of rules that were gone')


def on_mlx5(lab):
    near = [lab.netns(x) for x in ('wire', 'a', 'b')]
    control = os.path.join(lab.dir, 'nicsim.ctl')
    config = nicsim_config(lab, near[0], near[1:], flows=PEERS, options=f'control={control},count_ms=50',
                           personality='mlx5')
    return Daemon(lab, config, pmd=True), control, config.split('dev: "')[1].split('"')[0]


def test_no_device_for_direct_rules(lab):
    """With neither a ConnectX nor an emulated one, ports are fallback-only, and the log has what was looked for."""
    near = [lab.netns(x) for x in ('wire', 'a', 'b')]
    d = Daemon(lab, nicsim_config(lab, near[0], near[1:], flows=PEERS, offload='driver: mlx5'), pmd=True)
    why = 'port-not-offloaded (no mlx5 device at net_nicsim0: 0 RDMA devices)'
    rows = d.json('offload', 'show')
    check([(r['offload'], r.get('why')) for r in rows] == [(False, why)] * 3, str(rows))
    with open(d.log_path) as f:
        log = f.read()
    check(log.count(f'fallback-only: {why}') == 3, log)
    sender = lab.replay('a', streams(lab, N), pps=1000, seconds=2)
    flowing(lab)
    lab.finish(sender)
    audited(lab, d)


def test_proxy_is_no_port(lab):
    """Only representors are ports. Their rules are created on the uplink, which must be started for that."""
    near = [lab.netns(x) for x in ('wire', 'a', 'b')]
    control = os.path.join(lab.dir, 'nicsim.ctl')
    nic = f'net_nicsim0,personality=mlx5,count_ms=50,control={control},vfs=2,wire=[net_netdev9,iface={near[0]}]'
    nic += ''.join(f',vf{i}=[net_netdev{i},iface={n}]' for i, n in enumerate(near[1:]))
    config = configuration(['vf0', 'vf1'], [f'net_nicsim0_representor_vf{i}' for i in (0, 1)],
                           flows=[f.replace('in_port=2', 'in_port=1').replace('output:3', 'output:2')
                                  for f in PEERS])
    d = Daemon(lab, config, pmd=True, eal=f'--vdev {nic}')
    sender = lab.replay('a', streams(lab, N), pps=3000, seconds=4)
    wait_for('all are in hardware', lambda: in_hardware(d) == N)
    hardware_forwards(lab, d)
    lab.finish(sender)
    clean(lab, d, control)
    d('port', 'del', 'vf1')
    wait_for('no rule is left', lambda: lab.nicsim_counts(control)['rules'] == 0)
    clean(lab, d, control)


def test_proxy_comes_and_goes(lab):
    """Rules between guests stay while the uplink leaves its bridge. When it is added again it restarts: the
    rules are lost, counted under a name, and inserted again."""
    d, control, uplink = on_mlx5(lab)
    sender = lab.replay('a', streams(lab, N), pps=3000, seconds=60)
    for _ in range(2):
        wait_for('all are in hardware', lambda: in_hardware(d) == N)
        insertions = lab.nicsim_counts(control)['insertions']
        d('port', 'del', 'wire')
        check(lab.nicsim_counts(control)['rules'] == N, 'rules went with the port')
        hardware_forwards(lab, d)
        check(lab.nicsim_counts(control)['insertions'] == insertions, 'rules had to be made again')
        d('port', 'add', 'br0', 'wire', f'dev={uplink}', 'id=1')
    wait_for('all are in hardware', lambda: in_hardware(d) == N)
    hardware_forwards(lab, d)
    check('device-down' not in reasons(d), str(reasons(d)))
    sender.terminate()
    lab.finish(sender)
    clean(lab, d, control)


def test_rules_that_do_not_go_keep_their_device(lab):
    """Hardware does not remove rules in time: the ports are removed, the device stays as long as the rules, and
    can serve ports again."""
    d, control, uplink = on_mlx5(lab)
    sender = lab.replay('a', streams(lab, N), pps=3000, seconds=60)
    wait_for('all are in hardware', lambda: in_hardware(d) == N)
    lab.fault(control, 'keep 1')
    for port in ('vf0', 'vf1', 'wire'):
        d('port', 'del', port)
    check(not d.json('port', 'list'), 'the ports have left')
    check(lab.nicsim_counts(control)['rules'] >= N, 'the device was stopped under its rules')
    lab.fault(control, 'keep 0')
    wait_for('the rules are out', lambda: lab.nicsim_counts(control)['rules'] == 0, 20)
    check(lab.nicsim_counts(control)['stale'] == 0, 'rules that were gone were touched')
    for i, (port, dev) in enumerate((('wire', uplink), ('vf0', 'net_nicsim0_representor_vf0'),
                                     ('vf1', 'net_nicsim0_representor_vf1')), 1):
        d('port', 'add', 'br0', port, f'dev={dev}', f'id={i}')
    wait_for('all are in hardware again', lambda: in_hardware(d) == N, 20)
    hardware_forwards(lab, d)
    sender.terminate()
    lab.finish(sender)
    clean(lab, d, control)
