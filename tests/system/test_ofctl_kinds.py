# SPDX-License-Identifier: Apache-2.0
"""ovs-ofctl against tandemd and Open vSwitch, kind by kind: each action, each command on groups and meters,
what the switch says about itself. What test_ofctl.py makes equal is made equal here."""
from lab import check
from test_ofctl import PROTOCOLS, both, flow_file, on_both, on_both_options, same

ANY_VERSION = '''output:1
output:1,output:2
in_port
all
flood
local
normal
controller
controller:100
controller(reason=no_match,max_len=64,id=3)
controller(userdata=01.02.03)
output:NXM_NX_REG0[0..15]
enqueue:1:2
set_queue:3,output:1,pop_queue
mod_vlan_vid:5
mod_vlan_pcp:3
mod_dl_src:02:00:00:00:00:01
mod_dl_dst:02:00:00:00:00:01
set_tunnel:5
set_tunnel64:0x500000000
set_field:0x5->tun_id
set_field:5->reg0
set_field:5/0xff->reg0
set_field:5->metadata
set_field:5->pkt_mark
set_field:02:00:00:00:00:09->eth_dst
load:5->NXM_NX_REG0[0..7]
move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]
resubmit:1
resubmit(1,2)
resubmit(,2)
learn(table=1,priority=3,idle_timeout=5,hard_timeout=6,fin_idle_timeout=1,cookie=0x5,\
NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],output:NXM_OF_IN_PORT[])
learn(table=1,delete_learned,cookie=0x5,NXM_OF_ETH_DST[])
learn(table=1,limit=9,NXM_OF_ETH_DST[])
learn(table=1,send_flow_rem,delete_learned,cookie=0x5,limit=9,result_dst=NXM_NX_REG3[7],NXM_OF_ETH_DST[])
learn(table=1,result_dst=NXM_NX_REG3[7])
multipath(eth_src,50,modulo_n,1,0,NXM_NX_REG0[])
multipath(symmetric_l4,1024,hrw,10,0,NXM_NX_REG0[0..5])
bundle(eth_src,0,hrw,ofport,members:1,2)
bundle_load(symmetric_l3l4,50,active_backup,ofport,NXM_NX_REG0[0..15],members:1,2)
note:00.11.22
note:00.11.22.33.44.55.66
clone(output:1,output:2)
sample(probability=100)
sample(probability=100,collector_set_id=1,obs_domain_id=2,obs_point_id=3)
sample(probability=100,collector_set_id=1,obs_domain_id=2,obs_point_id=3,sampling_port=1,ingress)
push:NXM_NX_REG0[],pop:NXM_NX_REG1[]
exit
ct_clear,output:1
check_pkt_larger(100)->NXM_NX_REG0[0]
write_metadata:0x5
goto_table:100
clear_actions
drop
'''.splitlines()

OF_A_KIND = '''ip actions=mod_nw_src:1.2.3.4,mod_nw_dst:4.3.2.1
ip,actions=load:1->NXM_NX_IP_TTL[0..3],load:1->NXM_NX_IP_ECN[1]
ip actions=mod_nw_tos:16
ip actions=mod_nw_ecn:2
ip actions=mod_nw_ttl:9
ip actions=dec_ttl
ip actions=dec_ttl(1,2)
ip actions=set_field:1.1.1.1->ip_src
ip actions=set_field:5->nw_ttl
ip actions=set_field:9->ip_dscp
ip actions=set_field:2->ip_ecn
ip actions=push_mpls:0x8847
ip actions=ct
ip actions=ct(commit)
ip actions=ct(commit,zone=5,table=1)
ip actions=ct(commit,force,zone=NXM_NX_REG0[0..15],exec(set_field:1->ct_mark,set_field:5->ct_label))
ip actions=ct(commit,nat(src=1.1.1.1-1.1.1.9:5-10,random))
ip actions=ct(commit,nat(dst=1.1.1.1,persistent,hash))
tcp actions=ct(nat,table=2,alg=ftp,commit)
tcp actions=fin_timeout(idle_timeout=1,hard_timeout=2)
tcp actions=mod_tp_src:5,mod_tp_dst:6
tcp actions=set_field:5->tcp_src
udp actions=set_field:5->udp_dst
sctp actions=set_field:5->sctp_dst
ipv6 actions=ct(commit,nat(src=fd00::1-fd00::9))
ipv6 actions=set_field:fd00::1->ipv6_dst
ipv6 actions=set_field:5->ipv6_label
icmp6,icmp_type=135 actions=set_field:fd00::2->nd_target
icmp6,icmp_type=135 actions=set_field:02:00:00:00:00:01->nd_sll
arp actions=set_field:1.1.1.1->arp_spa
arp actions=set_field:2->arp_op
arp actions=set_field:02:00:00:00:00:01->arp_sha
icmp actions=set_field:5->icmp_type
icmp actions=set_field:3->icmp_code
mpls actions=set_mpls_label:5
mpls actions=set_mpls_tc:3
mpls actions=set_mpls_ttl:4
mpls actions=dec_mpls_ttl
mpls actions=pop_mpls:0x0800
mpls actions=set_field:5->mpls_label
dl_vlan=5 actions=pop_vlan
dl_vlan=5 actions=strip_vlan,output:1
dl_vlan=5 actions=mod_vlan_vid:7
conj_id=5 actions=output:1
tcp,tp_src=1 actions=conjunction(1,1/2),conjunction(2,1/3)
'''.splitlines()

SINCE_13 = '''actions=group:1
actions=write_metadata:0x5/0xff,goto_table:100
actions=push_vlan:0x8100,set_field:4101->vlan_vid,output:1
actions=push_vlan:0x88a8,output:1
actions=write_actions(output:1,set_field:5->reg0)
actions=clear_actions,write_actions(group:1),goto_table:103
actions=meter:1,goto_table:102
actions=output:1,write_actions(output:2),goto_table:101
'''.splitlines()


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
        # Tandem refuses loops of groups, Open vSwitch does not (capability 8).
        same(ours, theirs, protocol, 'dump-group-features', drop='Capabilities')
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
        # One setting for the bridge: each ovs-ofctl is a connection of its own.
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
    """What is said of actions and instructions is the same; fields have names of their own in each."""
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
