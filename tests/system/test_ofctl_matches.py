# SPDX-License-Identifier: Apache-2.0
"""ovs-ofctl against tandemd and Open vSwitch: a flow for each field and flag, and which actions each version
accepts on headers that a packet may lack."""
import re

from lab import check
from matches import FLAGS, FLAGS_13, FLAGS_14, REFUSED, check_all_are_named, matches
from test_ofctl import PROTOCOLS, both, flow_file, on_both, on_both_options, same

# OpenFlow 1.0 accepts these in a rule for any packet.
LENIENT = '''mod_nw_src:1.2.3.4
mod_nw_dst:1.2.3.4
mod_nw_tos:4
dec_ttl
mod_tp_src:5
mod_tp_dst:5
strip_vlan
fin_timeout(idle_timeout=5)
set_mpls_label:5
set_mpls_ttl:5
dec_mpls_ttl
pop_mpls:0x800
clone(mod_tp_src:5)
'''.splitlines()
LENIENT_MATCHES = ('', 'ip,', 'tcp,', 'udp6,', 'arp,', 'dl_vlan=5,', 'mpls,')


def numbered(flows):
    return ''.join(f'table=9,priority={i},{flow}\n' for i, flow in enumerate(flows, 1))


def test_a_flow_for_each_field(lab):
    theirs, ours, _ = both(lab)
    check_all_are_named(ours.run('OpenFlow15', 'dump-table-features').stdout)
    n = 0
    for protocol in PROTOCOLS:
        flags = list(FLAGS)
        if protocol not in ('OpenFlow10', 'NXM'):
            flags += FLAGS_13
        if protocol in ('OpenFlow14', 'OpenFlow15'):
            flags += FLAGS_14
        flows = [f'{match},actions=drop' for match in matches()]
        flows += [f'{flag}tcp,tp_dst=5,actions=output:1' for flag in flags]
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flows', flow_file(lab, 'fields', numbered(flows)))
        same(ours, theirs, protocol, 'dump-flows', ordered=False)
        for filters in ('tcp', 'ip,nw_src=10.0.0.0/9', 'vlan_tci=0x1000/0x1000', 'reg0=5', 'cookie=0x7/-1'):
            same(ours, theirs, protocol, 'dump-aggregate', filters)
        n += len(flows)
    lab.remark(f'{n} flows')
    for protocol in ('OpenFlow10', 'OpenFlow15'):
        errors = [same_outcome(ours, theirs, protocol, f'{match},actions=drop') for match in REFUSED]
        check(errors.count(['OFPBRC_EPERM']) == 3, f'{protocol}: {errors}')


def same_outcome(ours, theirs, protocol, flow):
    """Adds a flow to both, which must give the same error if ovs-ofctl sends it; it drops some invalid parts
    itself."""
    results = [s.run(protocol, 'add-flow', flow, ok=False) for s in (ours, theirs)]
    a, b = ([r.returncode, re.findall(r'OFPT_ERROR.*: (\w+)', r.stderr)] for r in results)
    check(a == b, f'{protocol} {flow}: {a}, theirs {b}')
    return a[1]


def test_headers_that_may_not_be_there(lab):
    theirs, ours, _ = both(lab)
    flows = [f'{match}actions={action}' for match in LENIENT_MATCHES for action in LENIENT]
    for protocol in ('OpenFlow10', 'NXM'):
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flows', flow_file(lab, 'lenient', numbered(flows)))
        same(ours, theirs, protocol, 'dump-flows', ordered=False)
    for protocol in ('OpenFlow13', 'OpenFlow15'):
        on_both(ours, theirs, protocol, 'add-group', 'group_id=1,type=all,bucket=mod_tp_src:5,mod_tp_dst:6,output:1')
        same(ours, theirs, protocol, 'dump-groups', ordered=False)
        on_both(ours, theirs, protocol, 'del-groups')


MIXED = '''add priority=100,tcp,in_port=1,tp_dst=80,cookie=0x11,actions=output:2
add priority=90,cookie=0x1234,arp,actions=NORMAL
add table=1,priority=7,cookie=0x12,ip,nw_dst=10.0.0.0/8,actions=output:3
add table=1,priority=8,cookie=0x22,ipv6,ipv6_dst=fd00::/16,idle_timeout=60,hard_timeout=600,actions=output:4
modify tcp,tp_dst=80,actions=output:3
modify_strict priority=100,tcp,in_port=1,tp_dst=80,actions=output:4
modify_strict priority=99,tcp,in_port=1,tp_dst=80,actions=output:4
delete_strict priority=1,arp
add priority=70,udp,actions=clone(output:2),output:3
add priority=71,udp,actions=enqueue:2:1
add priority=72,udp,actions=CONTROLLER
add priority=73,udp,actions=LOCAL
add priority=74,udp,actions=resubmit(2,3)
add priority=75,udp,tp_dst=5,cookie=0x8000000000000001,actions=output:NXM_NX_REG0[0..15]
modify cookie=0x12/0xff,ip,actions=drop
delete cookie=0x23/-1,ipv6
'''
WITH_GROUPS = '''add priority=60,ip,actions=group:1
add priority=61,ip,actions=write_actions(group:1)
add priority=62,ip,actions=write_actions(output:2)
add priority=63,ip,actions=clone(group:1)
'''
FILTERS = ('', 'table=1', 'cookie=0x10/0xf0', 'cookie=1/1', 'cookie=0/0', 'out_port=2', 'out_port=3',
           'out_port=controller', 'out_port=LOCAL', 'out_port=77', 'table=0,out_port=3,udp', 'table=9', 'in_port=1',
           'cookie=0x8000000000000001/-1')
GROUP_FILTERS = ('out_group=1', 'out_group=2', 'out_group=1,out_port=2')


def test_filters_are_alike(lab):
    """Filters of dumps, sums and deletions; lines of each kind in one file, with and without --bundle."""
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow10', 'OpenFlow14'):
        grouped = protocol != 'OpenFlow10'
        path = flow_file(lab, 'mixed', MIXED + (WITH_GROUPS if grouped else ''))
        filters = FILTERS + (GROUP_FILTERS if grouped else ())
        if grouped:
            on_both(ours, theirs, protocol, 'add-group', 'group_id=1,type=all,bucket=output:2')
        for words in filters:
            on_both(ours, theirs, protocol, 'del-flows')
            on_both_options(ours, theirs, protocol, '--bundle add-flows' if grouped else 'add-flows', path)
            words = [words] if words else []
            same(ours, theirs, protocol, 'dump-flows', *words, ordered=False)
            same(ours, theirs, protocol, 'dump-aggregate', *words)
            on_both(ours, theirs, protocol, 'del-flows', *words)
            same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
        on_both(ours, theirs, protocol, 'add-flows', path)
        for order in ('--sort', '--rsort=priority', '--sort=in_port', '--names'):
            same(ours, theirs, protocol, 'dump-flows', order, ordered=order == '--sort')
        if grouped:
            on_both(ours, theirs, protocol, 'del-groups')
