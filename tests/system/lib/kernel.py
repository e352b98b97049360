# SPDX-License-Identifier: Apache-2.0
"""Hosts, a daemon with the kernel's datapath, and checks of both, for cases of kernel_run."""
import json
import re

from lab import Daemon, Failed, check, sh, wait_for

UFID = re.compile(r'ufid:([0-9a-f-]+).*?packets:(\d+), bytes:(\d+)')


def daemon(lab, config='', name='tandem0'):
    return Daemon(lab, config, args=('--datapath', f'kernel:{name}'))


def pair(lab):
    """Two hosts that send nothing before hosts_up(), and the names of the interfaces that lead to them."""
    return [lab.netns(name, offloads=True) for name in 'ab']


def hosts_up(lab):
    for i, name in enumerate('ab', 1):
        lab.exec(name, 'ip', 'addr', 'add', f'10.0.0.{i}/24', 'dev', 'eth0')


def bridge(lab, *words_of_b, config='', flows=()):
    """A bridge with two hosts; with 'flows' these alone are its rules."""
    d = daemon(lab, config)
    d('bridge', 'add', 'br0')
    if flows:
        d('flow', 'del', 'br0')
    for flow in flows:
        d('flow', 'add', 'br0', flow)
    a, b = pair(lab)
    d('port', 'add', 'br0', 'a', f'dev={a}')
    d('port', 'add', 'br0', 'b', f'dev={b}', *words_of_b)
    hosts_up(lab)
    return d


def ping(lab, name, address, n=3):
    out = lab.exec(name, 'ping', '-c', n, '-i', '0.2', '-W', '5', address).stdout
    check(f'{n} packets transmitted, {n} received' in out, out)


def neighbours(lab, name, of, *addresses):
    """Addresses, which need not be a host's, are those of a host: none is asked for."""
    mac = lab.exec(of, 'cat', '/sys/class/net/eth0/address').stdout.strip()
    for address in addresses:
        lab.exec(name, 'ip', 'neigh', 'replace', address, 'lladdr', mac, 'dev', 'eth0')


def kernel_flows(name='tandem0'):
    """UFID: packets and bytes, as Open vSwitch's tool reads them."""
    text = sh('ovs-dpctl', 'dump-flows', '-m', name).stdout
    return {u: (int(p), int(b)) for u, p, b in UFID.findall(text)}


def ledger_flows(d):
    return {f['ufid']: (f['sw']['packets'], f['sw']['bytes']) for f in d.json('megaflow', 'dump')}


def audit_report(d):
    """The report of an audit, and the result of the command."""
    r = d.run('--json', 'audit', ok=False)
    return json.loads(r.stdout if not r.returncode else r.stdout or r.stderr.partition(': ')[2]), r


def agree(d, name='tandem0', since_the_start=True):
    """The kernel and the ledger have the same megaflows with the same counts, an audit finds no difference, and each
    packet that a port received is counted once, unless the counts are older than the daemon."""
    def same():
        ours = ledger_flows(d)
        return ours and ours == kernel_flows(name)

    def exact():
        tunnels = {p['name'] for p in d.json('port', 'list') if 'tunnel_device' in p}  # one device for several
        return all(p['received'] + p['recirculated'] == p['sw_hits'] + p['upcalls']
                   for p in d.json('port', 'stats') if p['name'] not in tunnels)
    try:
        wait_for('the dumps agree', same, 30)
        if since_the_start:
            wait_for('received + recirculated = hits + upcalls', exact, 30)
    except Failed as e:
        raise Failed(f'{e}\n{ledger_flows(d)}\n{kernel_flows(name)}\n{d.json("port", "stats")}') from None
    differences = audit_report(d)[0]['differences']
    check(not differences, json.dumps(differences, indent=1))


def stream(lab, megabytes, server='b', address='10.0.0.2', port=5201):
    """TCP from a to the server's port 5201, which a may know by another address and port."""
    listener = lab.spawn(server, 'iperf3', '-s', '-1')
    wait_for('iperf3 listens', lambda: '5201' in lab.exec(server, 'ss', '-Hltn').stdout, 30)
    lab.exec('a', 'iperf3', '-c', address, '-p', port, '-n', f'{megabytes}M')
    listener.wait(60)


def refused(d, command, *words):
    r = d.run(*command.split(), ok=False)
    check(r.returncode and all(w in r.stdout + r.stderr for w in words),
          f'{command}: exit {r.returncode}: {r.stdout}{r.stderr}')
