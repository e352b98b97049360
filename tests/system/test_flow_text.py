# SPDX-License-Identifier: Apache-2.0
"""A corpus of flows in ovs-ofctl and in tandem: the meaning is the same, and both accept the other's output, as
does the configuration file. It includes port names that ovs-ofctl quotes."""
import json
import os
import re

from corpus import TEXTS, flows_of
from lab import Daemon, check, wait_for
from ofwire import VERSIONS
from test_ofctl import both, flow_file
from test_versions import NOT_TAKEN, better, number, shown_flows

NAMED = '''in_port=one-0-0,actions=output:5up
in_port="one-0-0",actions=output:"5up"
in_port="5up" actions="one-0-0",one-0-0
actions=resubmit("one-0-0",2),enqueue("5up",3),enqueue:"5up":3
actions=bundle(eth_src,0,hrw,ofport,members:"one-0-0",5up),output(port="5up",max_len=100)
actions=set_field:"5up"->in_port,clone(output:"5up"),write_actions("one-0-0")
actions=learn(table=1,in_port="5up",output:NXM_OF_IN_PORT[])
actset_output="5up",actions=sample(probability=100,collector_set_id=1,sampling_port="one-0-0")
'''.splitlines()
MORE_PORTS = {'one-0-0': 5, '5up': 6}


def switches(lab):
    theirs, ours, d = both(lab)
    for name, n in MORE_PORTS.items():
        theirs.ovs.vsctl('add-port', 'br0', name, '--', 'set', 'interface', name, 'type=dummy', f'ofport_request={n}')
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}')
    wait_for('the ports', lambda: all(name in theirs.run('OpenFlow13', 'dump-ports-desc').stdout for name in MORE_PORTS))
    for s in (theirs, ours):
        s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
        s.run('OpenFlow13', 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
    return theirs, ours, d


def corpus(version):
    named = [f for f in NAMED if version != 'OpenFlow10' or 'write_actions' not in f]
    return flows_of(version) + TEXTS + named


def load(lab, d, name, lines):
    d('flow', 'del', 'br0')
    d('flow', 'load', 'br0', flow_file(lab, name, '\n'.join(lines) + '\n'))


def shown(s, version, *options):
    return {i: line for i, line in shown_flows(s, version, *options).items() if not re.search(NOT_TAKEN, line)}


def differences(a, b):
    return [f'  {a.get(i)}\n  {b.get(i)}' for i in sorted({*a, *b}) if a.get(i) != b.get(i)]


def test_texts_mean_the_same(lab):
    theirs, ours, d = switches(lab)
    n = 0
    for version in VERSIONS:
        flows = corpus(version)
        lines = [number(f, i).strip() for i, f in enumerate(flows, 1)]
        load(lab, d, version, lines)
        theirs.run('OpenFlow13', 'del-flows')
        theirs.run(version, 'add-flows', os.path.join(lab.dir, version))
        a, b = (shown_flows(s, version, 'table=9') for s in (ours, theirs))
        # In 1.0 ovs-ofctl does not encode the mask as one.
        known = {i for i, f in enumerate(flows, 1) if version == 'OpenFlow10' and better(f, 'OpenFlow15', version)}
        check(len(a) > 0.9 * len(flows), f'{version}: {len(a)} of {len(flows)}')
        differ = differences({i: line for i, line in a.items() if i not in known},
                             {i: re.sub('reset_counts ', '', line) for i, line in b.items() if i not in known})
        check(not differ, f'{version}: tandem, theirs:\n' + '\n'.join(differ[:10]))
        n += len(a)
    lab.remark(f'{n} flows')


def test_what_either_prints_both_take(lab):
    theirs, ours, d = switches(lab)
    n = 0
    for version in VERSIONS:
        path = flow_file(lab, f'all-{version}', ''.join(f'table=9,cookie={i},priority={i},{f}\n'
                                                        for i, f in enumerate(flows_of(version) + TEXTS + NAMED, 1)
                                                        if not better(f, version, version)))
        for s in (theirs, ours):
            s.run('OpenFlow13', 'del-flows')
            s.run(version, 'add-flows', path)
        for options in ((), ('--names',)):
            printed = shown_flows(theirs, version, *options)
            check(options == () or any('"one-0-0"' in line for line in printed.values()), 'no name in quotes')
            load(lab, d, f'printed-{version}{len(options)}', printed.values())
            a, b = shown(ours, version, *options), {i: re.sub('reset_counts ', '', line) for i, line in printed.items()
                                                    if not re.search(NOT_TAKEN, line)}
            differ = differences(a, b)
            check(not differ, f'{version} {options}: tandem, theirs:\n' + '\n'.join(differ[:10]))
            n += len(printed)
    # Output of "tandem flow dump".
    printed = [line for line in d('flow', 'dump', 'br0').splitlines() if 'actions=' in line]
    before = shown(ours, 'OpenFlow15')
    load(lab, d, 'dumped', printed)
    differ = differences(shown(ours, 'OpenFlow15'), before)
    check(not differ, 'dumped and loaded:\n' + '\n'.join(differ[:10]))
    path = flow_file(lab, 'for-ofctl', '\n'.join(line for line in printed if not re.search(NOT_TAKEN, line)) + '\n')
    theirs.run('OpenFlow13', 'del-flows')
    theirs.run('OpenFlow13', 'add-flows', path)
    lab.remark(f'{n} flows of ovs-ofctl, {len(printed)} of tandem')


def test_the_configuration_takes_them(lab):
    lines = [f'table=9,priority={i},{f}' for i, f in enumerate(corpus('OpenFlow13'), 1)
             if 'meter:' not in f and 'group:' not in f]
    ports = ''.join(f'      - {{name: "{name}", dev: "net_null{n},no-rx=1", id: {n}}}\n'
                    for name, n in {**{f'p{i}': i for i in range(1, 5)}, **MORE_PORTS}.items())
    d = Daemon(lab, f'bridges:\n  - name: br0\n    ports:\n{ports}    flows: {json.dumps(lines)}\n')
    n = len([line for line in d('flow', 'dump', 'br0').splitlines() if 'actions=' in line])
    check(n == len(lines), f'{n} of {len(lines)} flows')


GROUPS = ('group_id=7,type=ff,bucket=watch_port:"5up",output:"one-0-0",bucket=bucket_id:9,watch_port="one-0-0",actions=5up',
          'group_id=8,type=select,selection_method=hash,fields(in_port,ip_src),bucket=weight:3,actions=output:"5up"')


HASHED = ('in_port in_port_oxm arp_op arp_spa ct_state ct_mark ct_label tun_id tun_flags tun_src vlan_vid vlan_pcp vlan_tci nw_tos '
          'ip_dscp nw_ecn nw_ttl nw_proto ip_frag ip_src mpls_label mpls_tc tcp_flags tcp_src udp_dst sctp_dst icmp_type '
          'icmpv6_code nd_target nd_sll metadata reg0 xreg0 xxreg0 eth_type eth_dst pkt_mark ipv6_label ipv6_src').split()


def test_groups_choose_by_any_field(lab):
    """Includes fields whose width is no whole number of bytes, by ovs-ofctl and by tandem."""
    theirs, ours, d = both(lab)
    groups = [f'group_id={i},type=select,selection_method=hash,fields({f}),bucket=output:1' for i, f in enumerate(HASHED)]
    path = flow_file(lab, 'groups', '\n'.join(groups) + '\n')
    for s in (theirs, ours):
        s.run('OpenFlow15', 'add-groups', path)
    found = [sorted(s.run('OpenFlow15', 'dump-groups').stdout.splitlines()[1:]) for s in (theirs, ours)]
    check(found[0] == found[1] and len(found[0]) == len(HASHED), f'theirs {found[0]}\ntandem {found[1]}')
    ours.run('OpenFlow15', 'del-groups')
    for text in groups:
        d('group', 'add', 'br0', text)
    found.append(sorted(ours.run('OpenFlow15', 'dump-groups').stdout.splitlines()[1:]))
    check(found[2] == found[0], f'theirs {found[0]}\ntandem, by text {found[2]}')


def test_groups_with_names_in_quotes(lab):
    theirs, ours, d = switches(lab)
    for text in GROUPS:
        theirs.run('OpenFlow15', 'add-group', text)
        d('group', 'add', 'br0', text)
    for options in ((), ('--names',)):
        a, b = (sorted(s.run('OpenFlow15', 'dump-groups', *options).stdout.splitlines()[1:]) for s in (ours, theirs))
        check(a == b, f'tandem {a}\ntheirs {b}')
