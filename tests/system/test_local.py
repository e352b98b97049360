# SPDX-License-Identifier: Apache-2.0
"""LOCAL: the bridge as an interface of its host, by command and by file, with its name, address, link and MTU."""
import os
import re

from lab import Daemon, check, sh, wait_for

# Of the machine: each test has others, also than test_tso.py.
ADDRESSES = ('10.199.78.1', '10.199.78.2'), ('10.199.79.1', '10.199.79.2')
CONFIG = """
workers: {{n: 2, idle-sleep-us: 100}}
bridges:
  - name: {bridge}
    local: true
    ports: [{{name: a, dev: "net_netdev0,iface={near}", id: 1}}]
"""


def link_of(name):
    """Returns the words of the kernel about an interface; None if there is none."""
    result = sh('ip', '-o', 'link', 'show', name, ok=False)
    return None if result.returncode else result.stdout


def address_of(name):
    return re.search(r'link/ether (\S+)', link_of(name)).group(1)


def ping(lab, address, other):
    """Returns whether the namespace answers the host, and the host the namespace."""
    host = sh('ping', '-c1', '-W1', other, ok=False)
    return not host.returncode and not lab.exec('a', 'ping', '-c1', '-W1', address, ok=False).returncode


def test_the_host_talks_through_the_bridge(lab):
    address, other = ADDRESSES[0]
    near, bridge = lab.netns('a', f'{other}/24'), f'tdl{os.getpid()}'
    d = Daemon(lab)
    d('bridge', 'add', bridge)
    d('port', 'add', bridge, 'a', f'dev=net_netdev0,iface={near}', 'id=1')
    check('no LOCAL port' in d('flow', 'add', bridge, 'priority=9,arp,actions=LOCAL') + d('trace', bridge, 'in_port=1,arp'), 'trace')
    d('flow', 'del', bridge, 'arp')
    check(not d.json('bridge', 'show', bridge)['local'] and link_of(bridge) is None, 'LOCAL by default')
    d('bridge', 'set', bridge, 'local=true')
    d('bridge', 'set', bridge, 'local=true')
    sh('ip', 'addr', 'add', f'{address}/24', 'dev', bridge)
    wait_for('answers in both directions', lambda: ping(lab, address, other))
    row = next(p for p in d.json('port', 'list', bridge) if p['name'] == bridge)
    check((row['id'], row['driver'], row['link']) == (65534, 'net_netdev', 'up'), f'{row}')
    check(d.json('bridge', 'show', bridge)['local'], 'bridge show')
    mac, mgmt = address_of(bridge), f'unix:{d.rundir}/{bridge}.mgmt'
    for protocol in ('OpenFlow10', 'OpenFlow13', 'OpenFlow15'):
        shown = sh('ovs-ofctl', '-O', protocol, 'show', mgmt).stdout
        check(f'LOCAL({bridge}): addr:{mac}' in shown, shown)
        stats = sh('ovs-ofctl', '-O', protocol, 'dump-ports', mgmt, 'LOCAL').stdout
        check(re.search(r'port +LOCAL: rx pkts=[1-9]', stats), stats)
        check('LOCAL' in sh('ovs-ofctl', '-O', protocol, 'dump-ports', mgmt).stdout, 'all ports')
    # Flows with LOCAL.
    d('flow', 'del', bridge)
    d('flow', 'add', bridge, 'in_port=1,actions=LOCAL')
    check(not ping(lab, address, other), 'the way back is missing')
    d('flow', 'add', bridge, 'in_port=LOCAL,actions=output:1')
    wait_for('answers by flows', lambda: ping(lab, address, other))
    # The link: by a controller, and by the host.
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'mod-port', mgmt, bridge, 'down')
    wait_for('the interface is down', lambda: ',UP' not in link_of(bridge))
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'mod-port', mgmt, bridge, 'up')
    wait_for('the interface is up', lambda: ',UP' in link_of(bridge))
    sh('ip', 'link', 'set', bridge, 'down')
    wait_for('the port is down', lambda: 'LINK_DOWN' in sh('ovs-ofctl', '-O', 'OpenFlow13', 'show', mgmt).stdout)
    sh('ip', 'link', 'set', bridge, 'up')
    wait_for('answers again', lambda: ping(lab, address, other))
    d('port', 'set', bridge, 'mtu=1400')
    check('mtu 1400' in link_of(bridge), link_of(bridge))
    d('bridge', 'set', bridge, 'local=false')
    check(link_of(bridge) is None, 'the interface stays')
    d('bridge', 'set', bridge, 'local=true')
    check(address_of(bridge) == mac, f'another address: {address_of(bridge)}, {mac} before')
    d('audit')
    d('bridge', 'del', bridge)
    check(link_of(bridge) is None, 'the interface outlives the bridge')


def test_local_by_file_and_refusals(lab):
    address, other = ADDRESSES[1]
    near, bridge = lab.netns('a', f'{other}/24'), f'tdl{os.getpid()}'
    d = Daemon(lab, CONFIG.format(bridge=bridge, near=near))
    sh('ip', 'addr', 'add', f'{address}/24', 'dev', bridge)
    wait_for('answers in both directions', lambda: ping(lab, address, other))
    mac = address_of(bridge)
    d('audit')
    d.stop()
    check(link_of(bridge) is None, 'the interface outlives the daemon')
    d = Daemon(lab, CONFIG.format(bridge=bridge, near=near))
    check(address_of(bridge) == mac, f'another address after a restart: {address_of(bridge)}, {mac} before')
    long, taken = 'a-bridge-with-a-long-name', f'tdt{os.getpid()}'
    sh('ip', 'link', 'add', taken, 'type', 'veth', 'peer', 'name', f'tdp{os.getpid()}')
    try:
        for name, what in ((long, 'expected a shorter name of the bridge'),
                           (taken, f'the host has an interface {taken}')):
            d('bridge', 'add', name)
            result = d.run('bridge', 'set', name, 'local=true', ok=False)
            check(result.returncode and what in result.stderr, f'{name}: {result.stderr}')
            check(not d.json('bridge', 'show', name)['local'], name)
    finally:
        sh('ip', 'link', 'del', taken)
    result = d.run('bridge', 'set', bridge, 'local=maybe', ok=False)
    check(result.returncode and 'local=false or local=true' in result.stderr, result.stderr)
