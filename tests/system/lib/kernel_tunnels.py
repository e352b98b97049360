# SPDX-License-Identifier: Apache-2.0
"""Cases of kernel_run: tunnels between a bridge and devices of the kernel, which are of other code."""
from kernel import agree, daemon, ping
from lab import check, sh

HERE, THERE = '10.1.0.1', '10.1.0.2'
DEVICES = {
    'vxlan': 'type vxlan id {key} remote {remote} local {local} dstport 4789',
    'geneve': 'type geneve id {key} remote {remote}',
    'gre': 'type gretap remote {remote} local {local} key {key}',
}


def underlay(lab):
    """A host 'r' at the other end of a network on which tunnels are; no bridge has it."""
    near = lab.netns('r', f'{THERE}/24')
    sh('ip', 'addr', 'add', f'{HERE}/24', 'dev', near)


def far_end(lab, kind, key, address, remote=HERE, local=THERE, name='t0', more=()):
    """A tunnel device in 'r', with a MAC of the address."""
    mac = '02:00:00:00:00:' + address.rpartition('.')[2].zfill(2)
    words = DEVICES[kind].format(key=key, remote=remote, local=local).split()
    lab.exec('r', 'ip', 'link', 'add', name, 'address', mac, *words, *more)
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
        d('port', 'add', 'br0', 't', f'type={kind}', 'id=2')
        far_end(lab, kind, 5, '10.0.0.2')
        ping(lab, 'a', '10.0.0.2')
        agree(d, since_the_start=kind == 'vxlan')  # the counts of the next port are those of the number
        texts = sh('ovs-dpctl', 'dump-flows', 'tandem0').stdout, d('megaflow', 'dump')
        sent = f'set(tunnel(tun_id=0x5,dst={THERE},ttl=64,flags(df|key)))'
        check(all(sent in t for t in texts), f'{kind}: {texts}')
        d('port', 'del', 'br0', 't')
        lab.exec('r', 'ip', 'link', 'del', 't0')
    # Of a tunnel with another key nothing is received, and to one without an address nothing sent.
    far_end(lab, kind, 6, '10.0.0.2')
    d('port', 'add', 'br0', 't', f'type={kind}', 'id=2')
    d('flow', 'add', 'br0', 'priority=40000,in_port=1,actions=2')
    for name, address in ('a', '10.0.0.2'), ('r', '10.0.0.1'):
        check(lab.exec(name, 'ping', '-c', 1, '-W', 1, address, ok=False).returncode, f'{name}: {address} answers')
    check('drop(reason=no-remote)' in d('megaflow', 'dump'), d('megaflow', 'dump'))


CASES = (tunnels_by_actions,)
