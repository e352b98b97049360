# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: tunnels between a bridge and devices of the kernel, which are of other code."""
import re

from kernel import agree, daemon, ping
from lab import Failed, check, sh, wait_for

HERE, THERE = '10.1.0.1', '10.1.0.2'
HERE6, THERE6 = 'fd01::1', 'fd01::2'
DEVICES = {
    'vxlan': 'type vxlan id {key} remote {remote} local {local} dstport 4789',
    'geneve': 'type geneve id {key} remote {remote}',
    'gre': 'type gretap remote {remote} local {local} key {key}',
}


def underlay(lab):
    """A host 'r' at the other end of a network on which tunnels are; no bridge has it. Its tunnels are silent."""
    near = lab.netns('r', f'{THERE}/24')
    sh('ip', 'addr', 'add', f'{HERE}/24', 'dev', near)
    sh('sysctl', '-qw', f'net.ipv6.conf.{near.replace(".", "/")}.disable_ipv6=0')
    sh('ip', 'addr', 'add', f'{HERE6}/64', 'dev', near, 'nodad')
    lab.exec('r', 'ip', 'addr', 'add', f'{THERE6}/64', 'dev', 'eth0', 'nodad')
    lab.exec('r', 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1')
    for address in THERE, THERE6:
        wait_for(f'{address} answers', lambda: not sh('ping', '-c', 1, '-W', 1, address, ok=False).returncode)


def far_end(lab, kind, key, address, remote=HERE, local=THERE, name='t0'):
    """A tunnel device in 'r', with a MAC of the address."""
    mac = '02:00:' + ':'.join(f'{int(b):02x}' for b in address.split('.'))
    words = DEVICES[kind].format(key=key, remote=remote, local=local).split()
    lab.exec('r', 'ip', 'link', 'add', name, 'address', mac, *words)
    lab.exec('r', 'ip', 'addr', 'add', f'{address}/24', 'dev', name)
    lab.exec('r', 'ip', 'link', 'set', name, 'up')


def bridge_with(lab, *flows, mtu=1400):
    """A bridge without NORMAL, and a host 'a'."""
    d = daemon(lab)
    d('bridge', 'add', 'br0')
    d('flow', 'del', 'br0')
    for flow in flows:
        d('flow', 'add', 'br0', flow)
    d('port', 'add', 'br0', 'a', f'dev={lab.netns("a", mtu=mtu, offloads=True)}', 'id=1')
    lab.exec('a', 'ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'eth0')
    return d


def tunnels_by_actions(lab):
    """Actions set the fields of a tunnel that is sent to, and match those of one that packets arrive from."""
    underlay(lab)
    d = bridge_with(lab, f'in_port=1,actions=set_field:{THERE}->tun_dst,set_field:5->tun_id,2',
                    f'in_port=2,tun_id=5,tun_src={THERE},tun_dst={HERE},actions=1')
    for kind in DEVICES:
        d('port', 'add', 'br0', 't', f'type={kind}', 'remote=flow', 'key=flow', 'id=2')
        far_end(lab, kind, 5, '10.0.0.2')
        ping(lab, 'a', '10.0.0.2')
        agree(d)
        texts = sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout, d('megaflow', 'dump')
        sent = f'set(tunnel(tun_id=0x5,dst={THERE},ttl=64,flags(df|key)))'
        received = f'tunnel(tun_id=0x5,src={THERE},dst={HERE}'
        check(all(sent in t and received in t for t in texts), f'{kind}: {texts}')
        d('port', 'del', 'br0', 't')
        lab.exec('r', 'ip', 'link', 'del', 't0')
    # Of a tunnel with another key nothing is received, and to one without an address nothing sent.
    far_end(lab, kind, 6, '10.0.0.2')
    d('port', 'add', 'br0', 't', f'type={kind}', 'remote=flow', 'key=flow', 'id=2')
    d('flow', 'add', 'br0', 'priority=40000,in_port=1,actions=2')
    for name, address in ('a', '10.0.0.2'), ('r', '10.0.0.1'):
        check(lab.exec(name, 'ping', '-c', 1, '-W', 1, address, ok=False).returncode, f'{name}: {address} answers')
    check('drop(reason=no-remote)' in d('megaflow', 'dump'), d('megaflow', 'dump'))


CONFIG = """
bridges:
  - name: br0
    ports:
      - {name: v5, type: vxlan, remote: %s, key: 5, tos: inherit}
      - {name: v6, type: vxlan, remote: %s, local: %s, key: 6, ttl: 9, csum: false}
      - {name: g7, type: geneve, remote: %s, key: 7}
      - {name: r8, type: gre, remote: %s, key: 8, df-default: false}
""" % (THERE, THERE, HERE, THERE, THERE)
KINDS = {5: 'vxlan', 6: 'vxlan', 7: 'geneve', 8: 'gre', 9: 'vxlan'}


def device_counts(lab, key):
    """Packets that a tunnel device of 'r' received and sent."""
    return [int(lab.exec('r', 'cat', f'/sys/class/net/t{key}/statistics/{way}_packets').stdout) for way in ('rx', 'tx')]


def counts_agree(lab, d, ports):
    """Each port counts what the device at its other end does."""
    def exact():
        return all(device_counts(lab, key) == [s['sent'], s['received']]
                   for key, s in ((key, d.json('port', 'show', name)) for name, key in ports.items()))
    try:
        wait_for('counts of tunnels', exact, 30)
    except Failed as e:
        raise Failed(f'{e}\n{[(n, device_counts(lab, k), d.json("port", "show", n)) for n, k in ports.items()]}') from None


def strangers(lab):
    """Three packets of a tunnel with another key."""
    lab.exec('r', 'ping', '-c', 3, '-i', '0.2', '-W', 1, '10.0.99.1', ok=False)


def tunnels_of_ports(lab):
    """Ports with an address and a key. Several have one device of the kernel, and each receives its own packets."""
    underlay(lab)
    d = daemon(lab, CONFIG)
    d('port', 'add', 'br0', 'v9', 'type=vxlan', f'options:remote_ip={THERE6}', 'options:key=9', 'csum=true')
    d('port', 'add', 'br0', 'a', f'dev={lab.netns("a", mtu=1300, offloads=True)}')
    for key, kind in KINDS.items():
        far_end(lab, kind, key, f'10.0.{key}.2', *((HERE6, THERE6) if key == 9 else ()), name=f't{key}')
    for key in KINDS:  # both ends are up: nothing that is sent is lost
        lab.exec('a', 'ip', 'addr', 'add', f'10.0.{key}.1/24', 'dev', 'eth0')
        ping(lab, 'a', f'10.0.{key}.2')
    devices = sh('ovs-dpctl', 'show', 'tandem0').stdout
    check(len(re.findall('vxlan', devices)) == 2, devices)  # its name and its kind
    ports = {f'{KINDS[key][0] if KINDS[key] != "gre" else "r"}{key}': key for key in KINDS}
    counts_agree(lab, d, ports)
    show = d.json('port', 'show', 'v6')
    check(show['dev'] == f'remote={THERE} local={HERE} key=6 ttl=9' and show['tunnel_device'] == 'vxlan_sys_4789', str(show))
    # A key that no port has: a megaflow that drops counts its packets.
    far_end(lab, 'vxlan', 99, '10.0.99.2', name='t99')
    lab.exec('r', 'ip', 'neigh', 'add', '10.0.99.1', 'lladdr', '02:00:00:00:00:99', 'dev', 't99', 'nud', 'permanent')
    strangers(lab)
    agree(d)
    dropped = [f for f in d.json('megaflow', 'dump') if 'no-bridge' in str(f)]
    check([f['sw']['packets'] + f['upcalled']['packets'] for f in dropped] == [3], str(dropped))
    # A port that takes them, and returns them to where they come from.
    d('port', 'add', 'br0', 'v', 'type=vxlan', 'remote=flow', 'key=flow', 'id=99')
    d('flow', 'add', 'br0', f'priority=40000,in_port=99,tun_id=99,tun_src={THERE},'
      f'actions=mod_dl_src:02:00:00:00:00:77,set_field:{THERE}->tun_dst,IN_PORT')
    strangers(lab)
    wait_for('counts of the port', lambda: [d.json('port', 'show', 'v')[w] for w in ('received', 'sent')] == [3, 3], 30)
    check(device_counts(lab, 99) == [3, 6], str(device_counts(lab, 99)))
    d('port', 'del', 'v6')
    ping(lab, 'a', '10.0.7.2')
    check(lab.exec('a', 'ping', '-c', 1, '-W', 1, '10.0.6.2', ok=False).returncode, 'a port that was deleted sends')
    for name in 'v', 'v5', 'v9':
        check('vxlan_sys_4789' in sh('ip', 'link').stdout, f'the device went before {name}')
        d('port', 'del', name)
    check('vxlan_sys_4789' not in sh('ip', 'link').stdout, 'the device remains')


TLV_MAP = '{class=0x102,type=1,len=4}->tun_metadata0,{class=0x102,type=0x82,len=8}->tun_metadata1'


def ofctl(d, command, *words):
    return sh('ovs-ofctl', '-O', 'OpenFlow13', command, f'unix:{d.rundir}/br0.mgmt', *words).stdout


def sends_options(lab, address, options):
    """The far end sends to the address with Geneve options, by a route of the kernel."""
    lab.exec('r', 'ip', 'route', 'replace', f'{address}/32', 'encap', 'ip', 'id', 5, 'dst', HERE, 'key',
             *(['geneve_opts', options] if options else []), 'dev', 'g0')


def tunnel_options(lab):
    """Rules match Geneve options that a device of the kernel sends, and set those that it receives; megaflows match no
    more of them than rules read."""
    underlay(lab)
    d = bridge_with(lab)
    d('port', 'add', 'br0', 't', 'type=geneve', 'remote=flow', 'key=flow', 'id=2')
    ofctl(d, 'add-tlv-map', TLV_MAP)
    for match in 'tun_metadata0=0x5', 'tun_metadata1=0x200/0xff00':
        d('flow', 'add', 'br0', f'in_port=2,tun_id=5,{match},actions=1')
    d('flow', 'add', 'br0', f'in_port=1,actions=set_field:{THERE}->tun_dst,set_field:5->tun_id,'
      'set_field:0xbeef->tun_metadata0,load:0x77->tun_metadata1[8..15],2')
    lab.exec('r', 'ip', 'link', 'add', 'g0', 'address', '02:00:0a:00:00:02', 'type', 'geneve', 'external')
    lab.exec('r', 'ip', 'addr', 'add', '10.0.0.2/24', 'dev', 'g0')
    lab.exec('r', 'ip', 'link', 'set', 'g0', 'mtu', 1400, 'up')
    a = lab.exec('a', 'cat', '/sys/class/net/eth0/address').stdout.strip()
    lab.exec('r', 'ip', 'neigh', 'add', '10.0.0.1', 'lladdr', a, 'dev', 'g0', 'nud', 'permanent')
    lab.exec('a', 'ip', 'neigh', 'add', '10.0.0.2', 'lladdr', '02:00:0a:00:00:02', 'dev', 'eth0', 'nud', 'permanent')
    capture = lab.spawn('r', 'tcpdump', '-c', 1, '-nvxi', 'eth0', 'udp dst port 6081 and src host ' + HERE)
    other, any_other = '0xffff:1:cafecafe', '{class=0xffff,type=0x1,len=4}'
    for options, expected, matched in (
            ('0x102:1:00000005', True, '{class=0x102,type=0x1,len=4,0x5}'),
            ('0x102:1:00000006', False, '{class=0x102,type=0x1,len=4,0x6}'),
            (None, False, None),  # the kernel does not show that it matches none
            (f'{other},0x102:0x82:ffffffffffff02ff', True, any_other + '{class=0x102,type=0x82,len=8,0x200/0xff00}'),
            (other, False, any_other), ('0x102:1:0000000500000000', False, '{class=0x102,type=0x1,len=8}'),
            ('0xffff:0x81:00000001', False, '{class=0xffff,type=0x81,len=4}')):
        sends_options(lab, '10.0.0.1', options)
        answered = not lab.exec('r', 'ping', '-c', 2, '-i', '0.2', '-W', '0.5', '10.0.0.1', ok=False).returncode
        texts = sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout, d('megaflow', 'dump')
        check(answered == expected, f'{options}: answered: {answered}\n{texts}')
        check(not matched or all(f'geneve({matched})' in t for t in texts), f'{options}: expected {matched}: {texts}')
    # The options as the kernel sent them: class, type, length, data.
    seen = re.sub(r'\s|0x....:', '', capture.communicate(timeout=30)[0])
    check('010201010000beef' + '010282020000000000007700' in seen, seen)
    agree(d)
    drops = [f for f in texts[1].splitlines() if 'tunnel-options' in f]
    check(len(drops) == 2, texts[1])


def watcher(d):
    """The first bucket whose port is live."""
    return d('trace', 'br0', 'in_port=1,udp').partition('Datapath actions:')[2]


def port_state(d, name):
    """As controllers see it."""
    return re.search(rf'\({name}\):.*?state: *(\S*)', sh('ovs-ofctl', 'show', f'{d.rundir}/br0.mgmt').stdout, re.S)[1]


def tunnel_device_lost(lab):
    """Another program removes a tunnel device, and keeps it from being made again: its ports are down, which groups and
    controllers see, until the device can be made. What a device drops is in the statistics of its ports."""
    underlay(lab)
    d = bridge_with(lab)
    for name, key in ('v5', 5), ('v6', 6):
        d('port', 'add', 'br0', name, 'type=vxlan', f'remote={THERE}', f'key={key}', f'id={key}')
    d('port', 'add', 'br0', 'g7', 'type=geneve', f'remote={THERE}', 'key=7', 'id=7')
    d('group', 'add', 'br0', 'group_id=1,type=ff,bucket=watch_port:5,actions=5,bucket=watch_port:7,actions=7')
    d('flow', 'add', 'br0', 'in_port=1,actions=group:1')
    d('flow', 'add', 'br0', 'in_port=5,actions=1')
    far_end(lab, 'vxlan', 5, '10.0.0.2')
    ping(lab, 'a', '10.0.0.2')
    check('tun_id=0x5' in watcher(d), watcher(d))

    def shown(name):
        p = d.json('port', 'show', name)
        return p['link'], p['fault']
    check([shown(n) for n in ('v5', 'v6', 'g7')] == [('up', '-')] * 3, str([shown(n) for n in ('v5', 'v6', 'g7')]))
    # The name is taken at once, so that the daemon cannot make the device again.
    sh('ip', '-batch', '-', input='link del vxlan_sys_4789\nlink add vxlan_sys_4789 type veth peer name taken\n')
    wait_for('the ports are down', lambda: [shown(n)[0] for n in ('v5', 'v6', 'g7')] == ['down', 'down', 'up'])
    wait_for('the fault has the reason', lambda: 'in use' in shown('v5')[1])
    check(d.json('port', 'show', 'v6')['interface_lost'] == 1, d('port', 'show', 'v6'))
    wait_for('the group chooses', lambda: 'tun_id=0x7' in watcher(d))
    wait_for('controllers know', lambda: [port_state(d, n) for n in ('v5', 'v6', 'g7')] == ['LINK_DOWN', 'LINK_DOWN', '0'])
    sh('ip', 'link', 'del', 'vxlan_sys_4789')
    wait_for('the ports are back', lambda: [shown(n) for n in ('v5', 'v6')] == [('up', '-')] * 2)
    wait_for('the group chooses again', lambda: 'tun_id=0x5' in watcher(d))
    ping(lab, 'a', '10.0.0.2')
    # Made again by itself, and its link is that of the device.
    sh('ip', 'link', 'del', 'genev_sys_6081')
    wait_for('it is made again', lambda: d.json('port', 'show', 'g7')['interface_lost'] == 1 and shown('g7') == ('up', '-'))
    sh('ip', 'link', 'set', 'genev_sys_6081', 'down')
    wait_for('the port is down', lambda: shown('g7') == ('down', '-'))
    sh('ip', 'link', 'set', 'genev_sys_6081', 'up')
    wait_for('the port is up', lambda: shown('g7') == ('up', '-'))
    # There is no way to this one.
    d('port', 'add', 'br0', 'n', 'type=vxlan', 'remote=203.0.113.9', 'key=9', 'id=9')
    d('flow', 'add', 'br0', 'priority=40000,in_port=1,icmp,actions=9')
    lab.exec('a', 'ping', '-c', 3, '-i', '0.2', '-W', 1, '10.0.0.2', ok=False)
    for name in 'n', 'v5':
        stats = next(s for s in d.json('port', 'stats') if s['name'] == name)
        check(stats['device_tx_errors'] + stats['device_tx_dropped'] >= 3, str(stats))


CASES = tunnels_by_actions, tunnels_of_ports, tunnel_options, tunnel_device_lost
