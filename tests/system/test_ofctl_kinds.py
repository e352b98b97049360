# SPDX-License-Identifier: Apache-2.0
"""ovs-ofctl against tandemd and Open vSwitch, kind by kind: each action, each command on groups and meters, the
description of the switch. Normalises the same things as test_ofctl.py."""
from corpus import ANY_VERSION, OF_A_KIND, SINCE_13
from lab import check
from test_ofctl import PROTOCOLS, both, flow_file, on_both, on_both_options, same

def test_actions_are_shown_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in PROTOCOLS:
        flows = ['actions=' + a for a in ANY_VERSION] + OF_A_KIND
        if protocol.startswith('OpenFlow1') and protocol != 'OpenFlow10':
            on_both(ours, theirs, protocol, 'add-group', 'group_id=1,type=all,bucket=output:1')
            on_both(ours, theirs, protocol, 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
            flows += SINCE_13
        text = ''.join(f'table=9,priority={i},{flow}\n' for i, flow in enumerate(flows, 1))
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-flows', flow_file(lab, 'kinds', text))
        same(ours, theirs, protocol, 'dump-flows', ordered=False)
        if len(flows) > len(ANY_VERSION + OF_A_KIND):
            on_both(ours, theirs, protocol, 'del-groups')
            on_both(ours, theirs, protocol, 'del-meters')
            same(ours, theirs, protocol, 'dump-flows', ordered=False)


REFUSED = (('set_field:5->vlan_vid', 'dl_vlan=9', 'OFPBAC_BAD_SET_ARGUMENT'),
           ('load:5->NXM_NX_CT_TP_SRC[]', 'ct_state=+est,ip', 'OFPBAC_BAD_SET_ARGUMENT'),
           ('push:NXM_NX_CT_TP_SRC[]', 'ct_state=+trk,ip', 'OFPBAC_MATCH_INCONSISTENT'),
           ('group:77', 'ip', 'OFPBAC_BAD_OUT_GROUP'), ('meter:77,output:1', 'ip', 'OFPMMFC_INVALID_METER'))


def test_actions_are_refused_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        for action, match, error in REFUSED:
            for s in (ours, theirs):
                r = s.run(protocol, 'add-flow', f'{match},actions={action}', ok=False)
                check(r.returncode and error in r.stderr, f'{protocol} {action}: {r.stderr}')


GROUPS = '''add-group group_id=1,type=all,bucket=output:1,bucket=output:2
add-group group_id=2,type=select,bucket=weight:3,output:1,bucket=weight:1,output:2
add-group group_id=3,type=indirect,bucket=output:4
add-group group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:1,output:2
add-group group_id=5,type=select,selection_method=hash,selection_method_param=7,fields(ip_src,tcp_dst),\
bucket=bucket_id:3,output:1
add-group group_id=6,type=select,selection_method=dp_hash,bucket=output:1,bucket=bucket_id:9,weight:50,output:2
add-group group_id=7,type=select,selection_method=hash,fields(eth_dst,ip_dst=255.255.255.0),bucket=output:1
add-group group_id=8,type=all
add-group group_id=9,type=indirect,bucket=output:1,bucket=output:2
add-group group_id=10,type=indirect
add-group group_id=12,type=all,bucket=group:99
add-group group_id=13,type=ff,bucket=output:1
add-group group_id=14,type=all,bucket=weight:5,output:1
insert-buckets group_id=1,command_bucket_id=first,bucket=bucket_id:77,output:3
insert-buckets group_id=1,command_bucket_id=last,bucket=bucket_id:78,output:4,bucket=bucket_id:79,output:4
insert-buckets group_id=1,command_bucket_id=77,bucket=bucket_id:80,output:1
insert-buckets group_id=1,command_bucket_id=last,bucket=bucket_id:78,output:4
insert-buckets group_id=1,command_bucket_id=555,bucket=bucket_id:578,output:4
insert-buckets group_id=66,command_bucket_id=last,bucket=bucket_id:78,output:4
remove-buckets group_id=1,command_bucket_id=first
remove-buckets group_id=1,command_bucket_id=last
remove-buckets group_id=1,command_bucket_id=77
remove-buckets group_id=1,command_bucket_id=555
remove-buckets group_id=1,command_bucket_id=all
mod-group group_id=1,type=select,bucket=output:1
mod-group group_id=55,type=select,bucket=output:1
--may-create mod-group group_id=56,type=all,bucket=output:1
del-groups group_id=2
del-groups group_id=222
'''.splitlines()


def test_commands_on_groups(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow10', 'OpenFlow13', 'OpenFlow15'):
        for line in GROUPS:
            command, words = line.rsplit(' ', 1)
            if 'buckets' in command and protocol == 'OpenFlow13':
                continue
            on_both_options(ours, theirs, protocol, command, words)
            for query in ([], ['1'], ['55']) if 'group_id=1,' in words else ([],):
                same(ours, theirs, protocol, 'dump-groups', *query, ordered=False)
        on_both(ours, theirs, protocol, 'add-flow', 'table=3,priority=3,tcp,actions=group:1')
        for query in ([], ['group_id=4'], ['group_id=222']):
            same(ours, theirs, protocol, 'dump-group-stats', *query, ordered=False)
        same(ours, theirs, protocol, 'dump-flows', 'table=3')
        # Tandem refuses loops of groups (Open vSwitch does not: capability 8), and more than a million groups.
        same(ours, theirs, protocol, 'dump-group-features', drop='Capabilities|max_groups')
        told = ours.run(protocol, 'dump-group-features').stdout
        check(told.count('max_groups=0xf4240') == 4 or protocol == 'OpenFlow10', told)
        on_both(ours, theirs, protocol, 'del-groups')


METERS = '''add-meter meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100
add-meter meter=2,pktps,bands=type=drop,rate=500
add-meter meter=1,kbps,bands=type=drop,rate=5
mod-meter meter=2,pktps,bands=type=drop,rate=600
mod-meter meter=9,pktps,bands=type=drop,rate=600
del-meter meter=99
del-meter meter=2
'''.splitlines()


def test_commands_on_meters(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        for line in METERS:
            command, words = line.split(' ')
            on_both_options(ours, theirs, protocol, command, words)
            same(ours, theirs, protocol, 'dump-meters', ordered=False)
        for query in ([], ['meter=1'], ['meter=99']):
            same(ours, theirs, protocol, 'dump-meter', *query or ['meter=all'], ordered=False)
            same(ours, theirs, protocol, 'meter-stats', *query, drop='meter:', ordered=False)
        on_both(ours, theirs, protocol, 'del-meters')
        same(ours, theirs, protocol, 'dump-meters')


def test_settings_of_the_switch(lab):
    theirs, ours, _ = both(lab)
    for protocol in PROTOCOLS:
        for command in ('probe', 'ping'):
            on_both(ours, theirs, protocol, command, *(['10'] if command == 'ping' else []))
        # One setting for the bridge: each ovs-ofctl is a separate connection.
        for mode in ('nx-match', 'normal', 'reassemble', 'drop', 'normal'):
            on_both(ours, theirs, protocol, 'set-frags', mode, ok=mode != 'reassemble')
            same(ours, theirs, protocol, 'get-frags')
        for what in ('no-flood', 'no-forward', 'no-packet-in', 'no-receive', 'flood', 'forward', 'packet-in',
                     'receive', 'down', 'up'):
            on_both(ours, theirs, protocol, 'mod-port', 'p1', what)
            same(ours, theirs, protocol, 'dump-ports-desc', drop=r'LOCAL|addr:|state:|speed:|current:|config: +0$')
        for port in ('p9', '77'):
            on_both(ours, theirs, protocol, 'mod-port', port, 'down', ok=False)
        for words in (['in_port=1 packet=02 actions=output:1'], ['in_port=local packet=' + '02' * 20 +
                                                                 ' actions=resubmit(,1)']):
            on_both(ours, theirs, protocol, 'packet-out', *words, ok=False)


def test_features_of_tables(lab):
    """Actions and instructions are reported the same; names of fields differ."""
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        a, b = (s.run(protocol, 'dump-table-features').stdout.splitlines() for s in (ours, theirs))
        for name in ('actions:', 'instructions:', 'next tables', 'max_entries', 'metadata:', 'table 253'):
            found = [[line for line in text if name in line and 'same' not in line] for text in (a, b)]
            check(found[0] == found[1] and found[0], f'{protocol} {name} {found[0]}, theirs {found[1]}')
        check('BUNDLES' in ours.run(protocol, 'show').stdout or protocol == 'OpenFlow13', 'no bundles')


def test_what_was_learned_goes_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('OpenFlow10', 'OpenFlow14'):
        on_both(ours, theirs, protocol, 'del-flows')
        for text in ('table=0,priority=7,actions=learn(table=5,delete_learned,cookie=9,NXM_OF_ETH_SRC[]),output:1',
                     'table=0,priority=6,ip,actions=clone(learn(table=5,delete_learned,cookie=9,NXM_OF_ETH_SRC[]))',
                     'table=5,cookie=9,ip,actions=learn(table=6,delete_learned,cookie=8,NXM_OF_ETH_SRC[])',
                     'table=6,cookie=8,arp,actions=drop', 'table=6,cookie=9,arp,priority=3,actions=drop',
                     'table=5,cookie=8,arp,actions=drop'):
            on_both(ours, theirs, protocol, 'add-flow', text)
        for words in ('table=0,arp', 'table=0,ip', 'table=0', 'table=5', ''):
            on_both(ours, theirs, protocol, 'del-flows', words)
            same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
