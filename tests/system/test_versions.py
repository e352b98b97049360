# SPDX-License-Identifier: Apache-2.0
"""A rule added in one version of OpenFlow is shown in every other as by Open vSwitch; the output can be loaded
again and then shows the same."""
import re
import struct

from corpus import flows_of
from lab import Daemon, check
from ofwire import (ERROR, ONF, VERSIONS, Connection, error_of, experimenter, message, multipart,
                    multipart_experimenter, outlines)
from test_ofctl import both, flow_file

# Output of Tandem where Open vSwitch 3.1 shows another meaning, or text that its own ovs-ofctl refuses: (part of
# the flow, version it was added in, version it is shown in, actions).
BETTER = (
    # Open vSwitch omits a push_vlan without a following set of the tag.
    (r'push_vlan:0x88a8,output:1', r'1[345]', '10', 'mod_vlan_vid:0,output:1'),
    (r'actions=push_vlan:0x8100$', r'1[345]', '10', 'mod_vlan_vid:0'),
    # Open vSwitch omits a mask of 1.5.
    (r'ip,actions=load:1->NXM_NX_IP_TTL.0..3.', '15', '10', 'load:0x1->NXM_NX_IP_TTL[0..3],load:0x1->NXM_NX_IP_ECN[1]'),
    (r'load:5->NXM_OF_VLAN_TCI.0..11.', '15', '10', 'load:0x5->NXM_OF_VLAN_TCI[0..11]'),
    (r'set_field:0x1007/0x100f->vlan_vid', '15', '10', 'load:0x7->OXM_OF_VLAN_VID[0..3]'),
    (r'load:5->NXM_OF_ETH_SRC.0..7.', '15', '10', 'load:0x5->NXM_OF_ETH_SRC[0..7]'),
    (r'set_field:02:00:00:00:00:01/ff:ff', '15', '10',
     'load:0x1->NXM_OF_ETH_SRC[0..7],load:0x200->NXM_OF_ETH_SRC[32..47]'),
    (r'set_field:10.0.0.0/24->ip_src', '15', '10', 'load:0xa0000->NXM_OF_IP_SRC[8..31]'),
    (r'load:1->NXM_OF_IP_DST.0..7.', '15', '10', 'load:0x1->NXM_OF_IP_DST[0..7]'),
    (r'load:1->NXM_NX_IP_ECN.0.', '15', '10', 'load:0x1->NXM_NX_IP_ECN[0]'),
    (r'load:3->OXM_OF_IP_DSCP', '15', '10', 'load:0x3->OXM_OF_IP_DSCP[]'),
    (r'load:5->NXM_OF_TCP_SRC.0..3.', '15', '10', 'load:0x5->NXM_OF_TCP_SRC[0..3]'),
    (r'set_field:5/7->tcp_src', '15', '10', 'load:0x5->NXM_OF_TCP_SRC[0..2]'),
    # The mask lacks the bit that vlan_vid requires.
    (r'load:5->OXM_OF_VLAN_VID\[\]', r'1[034]', '15', 'set_field:4101/0x1fff->vlan_vid'),
    (r'load:5->OXM_OF_VLAN_VID.0..5.', r'1[034]', '15', 'set_field:4101/0x103f->vlan_vid'),
    (r'set_field:0x1007/0x100f->vlan_vid', r'1[34]', '15', 'set_field:4103/0x100f->vlan_vid'),
    # Open vSwitch puts write_metadata before the resubmit that replaces goto_table.
    (r'write_metadata:0x5/0xff,goto_table', r'1[345]', '10', 'load:0x5->OXM_OF_METADATA[0..7],resubmit(,100)'),
)


def better(flow, added, shown):
    for part, versions, version, actions in BETTER:
        if re.search(part, flow) and re.fullmatch(f'OpenFlow({versions})', added) and shown == 'OpenFlow' + version:
            return actions
    return None


def line_of(text):
    """Returns {priority: line} of ovs-ofctl's output."""
    lines = [re.sub(r' cookie=0x[0-9a-f]+,', '', ' ' + line.strip()) for line in text.splitlines()]
    return {int(m.group(1)): line for line in lines if (m := re.search(r'priority=(\d+)', line))}


def shown_flows(s, version, *match):
    return line_of(s.run(version, 'dump-flows', '--no-stats', *match).stdout)


def number(flow, i):
    """Returns a line for flow i. Flows that Open vSwitch shows wrongly have a table of their own, since one
    spoils the whole answer."""
    table = 10 if any(re.search(part, flow) for part, *_ in BETTER) else 9
    return f'table={table},cookie={i},priority={i},{flow}\n'


def add_flows(lab, switches, version):
    """Adds the corpus in a version. Returns the flows, with priorities 1, 2 ..."""
    flows = flows_of(version)
    path = flow_file(lab, f'corpus-{version}', ''.join(number(flow, i) for i, flow in enumerate(flows, 1)))
    for s in switches:
        for kind in ('flows', 'groups', 'meters'):
            s.run('OpenFlow13', 'del-' + kind)
        s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
        s.run('OpenFlow13', 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
        s.run(version, 'add-flows', path)
    return flows


def compare(ours, theirs, flows, added, shown):
    """Returns the differences in Tandem's output, and how often it is better than Open vSwitch's."""
    a, b = shown_flows(ours, shown), shown_flows(theirs, shown, 'table=9')
    wrong, n_better = [], 0
    for i, flow in enumerate(flows, 1):
        actions = better(flow, added, shown)
        if actions:
            n_better += 1
            right = f' table=10, priority={i}'
        elif i not in b:
            b.update(shown_flows(theirs, shown, f'cookie={i}/-1'))
        if not (re.match(right, re.sub('reset_counts ', '', a.get(i, ''))) and
                a[i].endswith('actions=' + actions) if actions else a.get(i) == b.get(i)):
            wrong.append(f'{added}, shown in {shown}: {flow}\n  tandem  {a.get(i)}\n  theirs  {b.get(i)}')
    return wrong, n_better


def test_rules_mean_the_same_in_every_version(lab):
    theirs, ours, _ = both(lab)
    n = n_better = 0
    wrong = []
    for added in VERSIONS:
        flows = add_flows(lab, (ours, theirs), added)
        for shown in VERSIONS:
            more = compare(ours, theirs, flows, added, shown)
            wrong += more[0]
            n_better += more[1]
            n += len(flows)
    check(not wrong, f'{len(wrong)} differ:\n' + '\n'.join(wrong[:20]))
    lab.remark(f'{n} texts the same, {n_better} of them better')


# ovs-ofctl 3.1 refuses its own output in 1.5 for a part of such a field, or for none of its bits.
NOT_TAKEN = r'set_field:\S+/0x\w+->(nw_ttl|nw_ecn|ip_dscp|mpls_tc|mpls_label|arp_op)|set_field:ANY->reg0'


def test_what_is_shown_loads_again(lab):
    """The output of a version loads in that version, and is then shown the same."""
    theirs, ours, _ = both(lab)
    n = n_skipped = 0
    for added in VERSIONS:
        for shown in VERSIONS:
            flows = add_flows(lab, (ours,), added)
            saved = shown_flows(ours, shown)
            check(len(saved) == len(flows), f'{added}, {shown}: {len(saved)} of {len(flows)} are shown')
            taken = {i: line for i, line in saved.items() if not re.search(NOT_TAKEN, line)}
            ours.run('OpenFlow13', 'del-flows')
            ours.run(shown, 'add-flows', flow_file(lab, f'saved-{added}-{shown}', '\n'.join(taken.values()) + '\n'))
            again = shown_flows(ours, shown)
            differ = [f'{line}\n{again.get(i)}' for i, line in taken.items() if again.get(i) != line]
            check(not differ, f'{added}, shown in {shown}, loaded and shown again:\n' + '\n'.join(differ[:10]))
            n += len(taken)
            n_skipped += len(saved) - len(taken)
    lab.remark(f'{n} flows, {n_skipped} that ovs-ofctl does not take')


PORT_ANY, GROUP_ANY, ALL = 0xffffffff, 0xffffffff, 0xfffffffc
FLOW, GROUP, GROUP_DESC, MONITOR = 1, 6, 7, 16
FLOW_MOD, GROUP_MOD, BUNDLE_CONTROL, BUNDLE_ADD = 14, 15, 33, 34


def output(version, port, max_len):
    if version == 1:
        return struct.pack('!HHHH', 0, 8, port & 0xffff, max_len)
    return struct.pack('!HHIH6x', 0, 16, port, max_len)


def flow_mod(version, priority, actions):
    if version == 1:
        return message(version, FLOW_MOD, struct.pack('!I36xQHHHHIHH', 0x3fffff, 0, 0, 0, 0, priority, 0xffffffff, 0xffff,
                                                      0) + actions)
    body = struct.pack('!QQBBHHHIIIHH', 0, 0, 0, 0, 0, 0, priority, 0xffffffff, PORT_ANY, GROUP_ANY, 0, 0)
    return message(version, FLOW_MOD, body + struct.pack('!HH4xHH4x', 1, 4, 4, 8 + len(actions)) + actions)


def flow_request(version):
    if version == 1:
        return multipart(version, FLOW, struct.pack('!I36xBxH', 0x3fffff, 0xff, 0xffff))
    return multipart(version, FLOW, struct.pack('!B3xII4xQQHH4x', 0xff, PORT_ANY, GROUP_ANY, 0, 0, 1, 4))


def group_mod(version, group, actions):
    if version in (4, 5):
        bucket = struct.pack('!HHII4x', 16 + len(actions), 0, PORT_ANY, GROUP_ANY) + actions
        return message(version, GROUP_MOD, struct.pack('!HBxI', 0, 0, group) + bucket)
    bucket = struct.pack('!HHI', 8 + len(actions), len(actions), 1) + actions
    body = struct.pack('!HBxIH2xI', 0, 0, group, len(bucket), 0xffffffff) + bucket
    return experimenter(1, 31, body) if version == 1 else message(version, GROUP_MOD, body)


def groups_request(version):
    if version == 1:
        return multipart_experimenter(1, 8, struct.pack('!I4x', ALL))
    return multipart(version, GROUP_DESC, struct.pack('!I4x', ALL) if version == 6 else b'')


def bundle(version, one):
    """ONF's extension to 1.3 has the same parts."""
    def part(kind, body):
        return message(version, kind, body) if version > 4 else experimenter(4, 2300 + kind - BUNDLE_CONTROL, body, of=ONF)

    return [part(BUNDLE_CONTROL, struct.pack('!IHH', 5, 0, 1)), part(BUNDLE_ADD, struct.pack('!I2xH', 5, 1) + one),
            part(BUNDLE_CONTROL, struct.pack('!IHH', 5, 4, 1))]


def monitor(version):
    """Requests a monitor of all tables, with the existing rules."""
    if version == 1:
        return multipart_experimenter(1, 2, struct.pack('!IHHHBx', 1, 1 | 2 | 16, 0xffff, 0, 0xff) + bytes(4))
    if version == 4:
        body = struct.pack('!IHHIB3xHH4x', 1, 1 | 2 | 16, 4, PORT_ANY, 0xff, 1, 4)
        return multipart_experimenter(4, 1870, body, of=ONF)
    return multipart(version, MONITOR, struct.pack('!IIIHBBHH4x', 1, PORT_ANY, GROUP_ANY, 1 | 2 | 16, 0xff, 0, 1, 4))


# To ports, to numbers that are no single port, and to the controller.
OUTPUTS = [(1, 0xffff), (1, 0), (2, 0x1234), (ALL, 77), (0xfffffffd, 99)]


def holds(answers, version, what):
    """Checks that the answers have all outputs in one piece, byte by byte."""
    check(b''.join(output(version, *one) for one in OUTPUTS) in b''.join(answers), f'{what}: {b"".join(answers).hex()}')


def test_outputs_keep_the_length_of_a_controller(lab):
    """In each version, and in bundles, groups and monitors, as in Open vSwitch."""
    theirs, ours, _ = both(lab)
    for s, who in ((theirs, 'Open vSwitch'), (ours, 'tandem')):
        connections = {v: Connection(s.management, v) for v in VERSIONS.values()}
        for added, c in connections.items():
            s.run('OpenFlow13', 'del-flows')
            s.run('OpenFlow13', 'del-groups')
            actions = b''.join(output(added, *one) for one in OUTPUTS)
            for messages in (bundle(added, flow_mod(added, 7, actions)) if added > 1 else [flow_mod(1, 7, actions)],
                             [group_mod(added, 1, actions)], [flow_mod(added, 8, actions)]):
                errors = [error_of(one) for one in c.ask(*messages) if one[1] == ERROR]
                check(not errors, f'{who}: added in {added}: {errors}')
            for shown, other in connections.items():
                what = f'{who}: added in {added}, shown in {shown}'
                holds(other.ask(flow_request(shown)), shown, what)
                holds(other.ask(groups_request(shown)), shown, f'{what} in a group')
                if s is ours or shown == 1:  # Open vSwitch 3.1 has only Nicira's monitors
                    watcher = Connection(s.management, shown)
                    holds(watcher.ask(monitor(shown)), shown, f'{what} in a monitor')
                    watcher.close()
        for c in connections.values():
            c.close()


def masked_set(value):
    """Returns a masked set of xxreg0 in 1.5; earlier versions have a load for each run of bits."""
    return struct.pack('!HHHBB', 25, 40, 1, 111 << 1 | 1, 32) + value * 32


# (version, action, number of repetitions that every version can show)
LONGEST = [(6, masked_set(b'\x55'), 39), (1, output(1, 1, 0xffff), 3839), (4, output(4, 1, 0xffff), 3839)]
TOO_MANY, OUT_OF_BUCKETS = ('error', 2, 7), ('error', 6, 4)


def group_of(n, command=0):
    buckets = struct.pack('!HHII4x', 16, 0, PORT_ANY, GROUP_ANY) * n
    return message(4, GROUP_MOD, struct.pack('!HBxI', command, 0, 1) + buckets)


def insert_buckets(first, n):
    buckets = b''.join(struct.pack('!HHI', 8, 0, first + i) for i in range(n))
    return message(6, GROUP_MOD, struct.pack('!HBxIH2xI', 3, 0, 1, len(buckets), 0xfffffffe) + buckets)


def all_dumps(management, connections):
    for version, c in connections.items():
        watcher = Connection(management, version)
        requests = [flow_request(version), groups_request(version)]
        answers = c.ask(*requests) + watcher.ask(monitor(version))
        if version > 1:
            answers += c.ask(multipart(version, GROUP, struct.pack('!I4x', ALL)))
        watcher.close()
        check(not any(one[1] == ERROR for one in answers), f'version {version}: {outlines(answers)}')


def test_nothing_is_too_long_to_be_shown(lab):
    """A rule that one version could not show is refused in the others, so no dump fails."""
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    management = f'unix:{d.rundir}/br0.mgmt'
    connections = {v: Connection(management, v) for v in VERSIONS.values()}
    for i, (version, action, n) in enumerate(LONGEST, 1):
        c = connections[version]
        check(c.ask(flow_mod(version, i, action * n)) == [], f'version {version}: {n} actions are refused')
        for priority in (i, 99):  # in place of the rule, and a new one
            refused = outlines(c.ask(flow_mod(version, priority, action * (n + 1))))
            check(refused == [TOO_MANY], f'version {version}: {n + 1} actions: {refused}')
        if version > 4:
            refused = outlines(c.ask(*bundle(version, flow_mod(version, 99, action * (n + 1)))))
            check(TOO_MANY in refused, f'version {version}: {n + 1} actions in a bundle: {refused}')
    check(connections[4].ask(group_of(3000)) == [], '3,000 buckets are refused')
    check(outlines(connections[4].ask(group_of(3841, 1))) == [OUT_OF_BUCKETS], '3,841 buckets are taken')
    check(connections[6].ask(insert_buckets(5000, 840)) == [], '840 buckets more are refused')
    check(outlines(connections[6].ask(insert_buckets(6000, 1))) == [OUT_OF_BUCKETS], 'the next one is taken')
    said = d.run('flow', 'add', 'br0', 'actions=' + ','.join(['output:1'] * 4000), ok=False).stderr
    check('64008 bytes in OpenFlow 1.3; expected at most 61440' in said, said)
    flows = [line for line in d('flow', 'dump', 'br0').splitlines() if 'actions=' in line]
    check(sorted(line.count('output') for line in flows if 'NORMAL' not in line) == [0, 3839, 3839], f'{len(flows)} flows')
    all_dumps(management, connections)
