# SPDX-License-Identifier: Apache-2.0
"""Two namespaces communicate through tandemd: in software only, and through nicsim in hardware."""
import json

from lab import Daemon, check, configuration, nicsim_config, veth_config, wait_for


def two_guests(lab):
    return (lab.netns('a', '10.0.0.1/24 fd00::1/64', mac='52:54:00:00:00:01'),
            lab.netns('b', '10.0.0.2/24 fd00::2/64', mac='52:54:00:00:00:02'))


def ping(lab, options='', count=20):
    for target in ('10.0.0.2', 'fd00::2'):
        n = lab.pinged('a', target, *options.split(), count=count, interval=0.02)
        check(n == count, f'ping {target}: {n} of {count} answered')


def iperf(lab):
    server = lab.spawn('b', 'iperf3', '-s', '-1')
    wait_for('iperf3 listens', lambda: ':5201' in lab.exec('b', 'ss', '-ltn').stdout)
    result = json.loads(lab.exec('a', 'iperf3', '-c', '10.0.0.2', '-t', '4', '-J').stdout)
    server.wait(20)
    rate = result['end']['sum_received']['bits_per_second'] / 1e6
    check(rate > 1, f'iperf3: {rate:.1f} Mbit/s')
    lab.remark(f'{rate:.0f} Mbit/s TCP')


def balanced(daemon):
    out = daemon.run('audit', ok=False)
    check(out.returncode == 0, f'audit:\n{out.stdout}{out.stderr}')


def test_fallback_ping_and_tcp(lab):
    a, b = two_guests(lab)
    d = Daemon(lab, veth_config(lab, ['a', 'b'], [a, b]))
    ping(lab)
    iperf(lab)
    stats = d.json('offload', 'stats')
    check(stats['inserted'] == 0, f'hardware without a NIC: {stats}')
    balanced(d)


def test_af_xdp_ping_and_tcp(lab):
    """Ports whose queues are in the packet buffers that all ports share."""
    a, b = two_guests(lab)
    devices = [f'net_af_xdp{i},iface={near}' for i, near in enumerate((a, b))]
    d = Daemon(lab, configuration(['a', 'b'], devices))
    ping(lab)
    ping(lab, '-s 1400')
    iperf(lab)
    balanced(d)


def test_hardware_ping_and_tcp(lab):
    a, b = two_guests(lab)
    wire = lab.netns('wire')
    d = Daemon(lab, nicsim_config(lab, wire, [a, b]), pmd=True)
    ping(lab)
    iperf(lab)
    flows = d.json('megaflow', 'dump', 'type=hw')
    check(any(f['hw']['packets'] > 1000 for f in flows), f'no flow of TCP in hardware: {flows}')
    balanced(d)


def test_both_paths_keep_big_frames(lab):
    a, b = two_guests(lab)
    Daemon(lab, veth_config(lab, ['a', 'b'], [a, b]))
    ping(lab, '-s 1400')
