# SPDX-License-Identifier: Apache-2.0
"""ovs-ofctl against tandemd and Open vSwitch: a flow for each field and flag, and what a version takes of
actions on headers that a packet may not have."""
import re

from lab import check
from matches import FLAGS, FLAGS_13, FLAGS_14, REFUSED, check_all_are_named, matches
from test_ofctl import PROTOCOLS, both, flow_file, on_both, same

# OpenFlow 1.0 takes them in a rule for any packet.
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
    """ovs-ofctl leaves out some of what does not fit together; the errors of the rest."""
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
