# SPDX-License-Identifier: Apache-2.0
"""Flows in ovs-ofctl syntax, with every action in every form. ANY_VERSION: actions; the others: flows without
table and priority. Group 1 and meter 1 exist."""

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
dl_vlan=5 actions=push_vlan:0x8100,mod_vlan_vid:9
actions=push_vlan:0x8100,mod_vlan_vid:9
actions=push_vlan:0x88a8,set_field:4101->vlan_vid
actions=push_vlan:0x8100,set_field:4101->vlan_vid,set_field:3->vlan_pcp
actions=push_vlan:0x8100
'''.splitlines()

FORMS = r'''
actions=output:1,output:CONTROLLER,output:LOCAL
actions=set_field:1->in_port,output:2
actions=load:0->NXM_OF_IN_PORT[],output:1
actions=move:NXM_OF_IN_PORT[]->NXM_NX_REG1[0..15]
actions=move:OXM_OF_IN_PORT[]->NXM_NX_REG1[]
actions=move:NXM_NX_REG1[]->OXM_OF_IN_PORT[]
actions=push:NXM_OF_IN_PORT[],pop:NXM_OF_IN_PORT[]
actions=push:OXM_OF_IN_PORT[],pop:OXM_OF_IN_PORT[]
actions=set_field:LOCAL->in_port
actions=set_field:ANY->in_port
actions=set_field:5->xreg0
actions=set_field:5->xxreg0
actions=set_field:0x123456789abcdef0123456789abcdef0->xxreg0
actions=set_field:0x5/0xf0000000000000000000000000000005->xxreg0
actions=load:5->NXM_NX_XXREG0[]
actions=load:0x123456789abcdef0123456789abcdef0->NXM_NX_XXREG0[]
actions=load:0x1ff->NXM_NX_XXREG0[60..70]
actions=load:5->OXM_OF_PKT_REG0[]
actions=load:5->OXM_OF_METADATA[]
actions=load:5->OXM_OF_METADATA[0..7]
actions=load:5->NXM_NX_PKT_MARK[]
actions=load:5->NXM_NX_TUN_ID[]
actions=load:5->NXM_NX_TUN_ID[0..23]
actions=set_field:5->tun_id
actions=set_field:5/0xff->tun_id
actions=set_field:1.2.3.4->tun_src
actions=set_field:1.2.3.4->tun_dst
actions=set_field:fd00::1->tun_ipv6_src
actions=set_field:fd00::1->tun_ipv6_dst
actions=set_field:oam->tun_flags
actions=load:5->NXM_OF_VLAN_TCI[]
actions=load:5->NXM_OF_VLAN_TCI[0..11]
actions=set_field:0x1005->vlan_tci
dl_vlan=5 actions=set_field:4103->vlan_vid
dl_vlan=5 actions=set_field:0x1007/0x100f->vlan_vid
dl_vlan=5 actions=set_field:3->vlan_pcp
dl_vlan=5 actions=mod_vlan_vid:7,mod_vlan_pcp:3
dl_vlan=5 actions=mod_vlan_pcp:3
dl_vlan=5 actions=strip_vlan,mod_vlan_vid:9
actions=mod_vlan_vid:9,mod_vlan_pcp:2
actions=load:5->NXM_OF_ETH_SRC[]
actions=load:5->NXM_OF_ETH_SRC[0..7]
actions=set_field:02:00:00:00:00:01/ff:ff:00:00:00:ff->eth_src
ip actions=load:0x0a000001->NXM_OF_IP_SRC[]
ip actions=load:1->NXM_OF_IP_DST[0..7]
ip actions=set_field:10.0.0.0/24->ip_src
ip actions=set_field:16->nw_tos
ip actions=set_field:16->nw_tos,set_field:3->nw_ecn
ip actions=load:16->NXM_OF_IP_TOS[]
ip actions=load:1->NXM_NX_IP_ECN[0]
ip actions=load:3->OXM_OF_IP_DSCP[]
ip actions=load:3->NXM_NX_IP_TTL[]
ipv6 actions=mod_nw_tos:16
ipv6 actions=mod_nw_ttl:16,mod_nw_ecn:1
ipv6 actions=set_field:fd00::/64->ipv6_src
ipv6 actions=load:5->NXM_NX_IPV6_SRC[0..63]
ipv6 actions=load:5->NXM_NX_IPV6_LABEL[]
ipv6 actions=load:0xfd000000000000000000000000000001->NXM_NX_IPV6_SRC[]
tcp actions=load:5->NXM_OF_TCP_SRC[]
tcp actions=load:5->NXM_OF_TCP_SRC[0..3]
tcp actions=set_field:5/7->tcp_src
tcp6 actions=mod_tp_src:5
udp actions=mod_tp_src:5
udp6 actions=mod_tp_dst:5
sctp actions=mod_tp_dst:5
sctp actions=load:5->OXM_OF_SCTP_DST[]
icmp actions=load:5->NXM_OF_ICMP_TYPE[]
icmp6 actions=load:5->NXM_NX_ICMPV6_CODE[]
icmp6 actions=set_field:5->icmpv6_type
icmp6,icmp_type=135 actions=load:5->NXM_NX_ND_SLL[]
icmp6,icmp_type=136 actions=set_field:02:00:00:00:00:01->nd_tll
arp actions=load:2->NXM_OF_ARP_OP[]
arp actions=move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]
arp actions=load:0x2->NXM_OF_ARP_OP[0..7]
arp actions=move:NXM_OF_ARP_OP[]->NXM_NX_REG0[0..15]
mpls actions=load:5->OXM_OF_MPLS_LABEL[]
mpls actions=load:5->OXM_OF_MPLS_TC[]
mpls actions=set_field:5->mpls_tc
mpls actions=set_field:5->mpls_ttl
mpls actions=push_mpls:0x8848,set_mpls_label:9
mpls actions=pop_mpls:0x8847
actions=controller:0
actions=controller(max_len=64)
actions=controller(id=5)
actions=controller(reason=invalid_ttl)
actions=controller(userdata=01.02,id=7,max_len=5,reason=no_match)
actions=output(port=1,max_len=100)
actions=output:NXM_OF_IN_PORT[]
actions=output:NXM_NX_REG0[]
actions=output:NXM_NX_REG0[16..31]
actions=output:OXM_OF_PKT_REG0[0..15]
actions=output:NXM_NX_TUN_ID[0..15]
actions=enqueue:LOCAL:3
actions=enqueue(1,2)
actions=clone(mod_vlan_vid:5,output:1),output:2
actions=clone(enqueue:1:2)
actions=clone()
actions=push:NXM_OF_ETH_SRC[],pop:NXM_OF_ETH_DST[]
actions=push:NXM_NX_REG2[0..5],pop:NXM_NX_REG3[1..6]
actions=note:
actions=note:aabbccddee
actions=multipath(nw_src,1,iter_hash,10,3,NXM_NX_REG0[0..5])
actions=bundle(nw_dst,0,active_backup,ofport,slaves:1,2,3)
actions=bundle(nw_dst,0,active_backup,ofport,members:)
actions=resubmit(in_port,3)
actions=resubmit:LOCAL
ip actions=ct(table=3)
ip actions=ct(commit,exec(load:1->NXM_NX_CT_MARK[]))
ip actions=ct(commit,exec(load:1->NXM_NX_CT_MARK[0..3],move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]))
ip actions=ct(commit,exec(set_field:1/0xff->ct_mark))
ip actions=ct(commit,exec(set_field:0x123456789abcdef0123456789abcdef0->ct_label))
ip actions=ct(commit,exec(load:1->NXM_NX_CT_LABEL[64..127]))
ip actions=ct(zone=NXM_NX_REG0[0..15],table=4,nat)
ct_state=+est,ip actions=move:NXM_NX_CT_NW_SRC[]->NXM_OF_IP_DST[],move:NXM_NX_CT_NW_PROTO[]->NXM_NX_REG0[0..7]
ct_state=+trk-inv,ipv6 actions=push:NXM_NX_CT_IPV6_DST[0..31],push:NXM_NX_CT_IPV6_SRC[],push:NXM_NX_CT_TP_DST[]
ct_state=+rel,ip actions=push:NXM_NX_CT_NW_DST[],push:NXM_NX_CT_TP_SRC[]
ct_state=+trk+new,ip actions=learn(table=3,eth_type=0x800,NXM_OF_IP_SRC[]=NXM_NX_CT_NW_DST[])
ip actions=ct(commit,nat(src))
ip actions=ct(commit,nat(src=1.2.3.4),exec(set_field:1->ct_mark))
ip actions=ct(commit,nat(dst=1.2.3.4:80))
ip actions=ct(commit,nat(dst=1.2.3.4-1.2.3.9:80-90,hash))
ipv6 actions=ct(commit,nat(dst=[fd00::1]:80))
udp actions=ct(commit,alg=tftp)
tcp actions=fin_timeout()
tcp actions=fin_timeout(idle_timeout=1)
actions=learn(table=2,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])
actions=learn(table=2,eth_type=0x800,nw_proto=6,tcp_dst=80,load:5->NXM_NX_REG0[])
actions=learn(table=2,dl_type=0x800,ip_src=10.0.0.1,load:0x5->NXM_NX_REG0[0..7])
actions=learn(table=2,in_port=1,load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])
actions=learn(table=2,NXM_OF_IN_PORT[],load:NXM_OF_IN_PORT[]->NXM_OF_IN_PORT[])
actions=learn(table=2,eth_dst=02:00:00:00:00:01,output:OXM_OF_IN_PORT[])
actions=learn(table=2,reg0=5,load:reg0[0..3]->reg1[4..7])
actions=learn(table=2,reg0[0..3]=5,reg1[0..3]=reg2[0..3])
actions=learn(idle_timeout=5,hard_timeout=6)
actions=learn(priority=1,fin_hard_timeout=3,table=4)
actions=set_queue:0
actions=pop_queue
actions=sample(probability=65535,collector_set_id=1,sampling_port=2,egress)
actions=sample(probability=65535,collector_set_id=1,sampling_port=2)
actions=sample(probability=65535,collector_set_id=1,ingress)
ip actions=dec_ttl(5)
mpls actions=dec_mpls_ttl,set_mpls_ttl(7)
actions=write_metadata:0x5/0xff
actions=set_field:5/0xff->metadata
actions=load:1->NXM_NX_REG0[31]
actions=set_field:0x80000000/0x80000000->reg0
actions=set_field:0x0->reg0
actions=set_field:0/0->reg0
actions=check_pkt_larger(1500)->reg0[1]
actions=exit,output:1
actions=ct_clear
actions=move:NXM_NX_REG0[]->NXM_NX_REG1[]
actions=move:reg0[0..15]->eth_src[0..15]
actions=move:NXM_NX_XXREG0[]->NXM_NX_XXREG1[]
actions=move:NXM_NX_XXREG0[100..120]->NXM_NX_REG1[0..20]
'''.split('\n')[1:-1]

# Other spellings: quoted names, parts of fields, aliases of actions, numbers, spaces.
TEXTS = r'''
in_port=p1,actions=output:p2
in_port="p1",actions=output:"p2"
in_port="p1",actions="p2"
in_port=1,actions=set_field:"p2"->in_port
ip actions=set_nw_ttl:5
ip actions=set_nw_ttl(5)
actions=output_reg:NXM_NX_REG0[]
actions=load:1->reg0[0..3]
actions=load:1->reg0
actions=move:reg0->reg1
actions=push:reg0,pop:reg1
actions=output:reg0
actions=output:reg0[]
actions=output(1)
actions=output=1
actions=1,2,p3
actions=mod_vlan_vid=5
actions=resubmit(p1,2)
actions=resubmit("p1",2)
actions=resubmit("p1")
actions=enqueue("p1",3)
actions=enqueue:"p1":3
actions=enqueue:p1:3
actions=bundle(eth_src,0,hrw,ofport,members:"p1","p2")
actions=bundle(eth_src,0,hrw,ofport,members:p1,p2)
actions=learn(table=1,in_port="p1",output:NXM_OF_IN_PORT[])
actions=learn(table=1,in_port=p1,output:NXM_OF_IN_PORT[])
actions=output(port="p1",max_len=100)
actions=sample(probability=100,collector_set_id=1,sampling_port="p1")
actions=clone("p1","p2")
actions=write_actions("p1")
actions=conjunction(0x10,1/2)
actions=conjunction(1, 1/2)
actions=load:010->NXM_NX_REG0[]
actions=load:-1->OXM_OF_METADATA[]
actions=set_field:010->reg0
actions=mod_vlan_vid:010
actions=set_queue:010
actions=set_tunnel:-1
actions=set_tunnel:010
actions=write_metadata:-1
actions=write_metadata:010
actions=resubmit(,010)
actions=output:010
actions=controller:010
actions=learn(table=1,cookie=-1)
actions=learn(table=010)
actions=learn(table=1,reg0=010)
tcp,tp_dst=010,actions=1
reg0=010,actions=1
dl_vlan=010,actions=1
dl_type=0x800,nw_proto=010,actions=1
metadata=-1,actions=1
tun_id=-1,actions=1
in_port=010,actions=1
in_port=65534,actions=1
in_port_oxm=1,actions=1
eth_src=02:00:00:00:00:01,actions=1
eth_dst=02:00:00:00:00:01/ff:ff:ff:00:00:00,eth_type=0x800,ip_proto=6,ip_src=1.2.3.4,tcp_src=5,actions=1
vlan_vid=0x1005,actions=1
vlan_vid=0x1000/0x1000,actions=1
vlan_pcp=3,vlan_vid=0x1005,actions=1
dl_vlan=0xffff,actions=1
vlan_tci=0,actions=1
vlan_tci=0x1005/0x1fff,actions=1
vlan_tci=0x1123,actions=1
dl_vlan=5,dl_vlan_pcp=3,actions=1
ip,nw_tos=16,actions=1
ip,ip_dscp=16,actions=1
ip,nw_ecn=2,nw_ttl=5,ip_frag=later,actions=1
ip,ip_ecn=2,actions=1
ip,nw_frag=not_later,actions=1
tcp,tcp_flags=+syn-ack,actions=1
tcp,tcp_flags=0x2/0x12,actions=1
tcp,tcp_flags=2,actions=1
ct_state=+trk+est,ip,actions=1
ct_state=0x21/0x21,ip,actions=1
ct_zone=5,ct_mark=5/0xf,ct_label=0x5,actions=1
ct_mark=0x5/0xff,actions=1
ct_state=+est,ct_nw_src=1.2.3.4,ct_nw_proto=6,ct_tp_dst=80,ip,actions=1
ct_state=+trk-inv,ipv6,ct_ipv6_dst=fd00::/16,actions=1
ct_label=0x123456789abcdef0123456789abcdef0/0xffffffffffffffff0000000000000000,actions=1
pkt_mark=5,actions=1
xreg0=5,actions=1
xxreg0=0x123456789abcdef0123456789abcdef0,actions=1
xxreg0=5/0xf,actions=1
reg0=5/0xf,reg15=7,actions=1
NXM_NX_REG0[]=5,actions=1
reg0[0..3]=5,actions=1
actset_output=5,actions=1
actset_output=p1,actions=1
tunnel_id=5,actions=1
tun_src=1.2.3.4,tun_dst=5.6.7.8,tun_id=3,actions=1
tun_ipv6_src=fd00::1,actions=1
tun_flags=oam,actions=1
tun_flags=+oam,actions=1
tun_flags=-oam,actions=1
ipv6,ipv6_src=fd00::1/64,ipv6_label=5,actions=1
ipv6,ipv6_label=0x5/0xf,actions=1
icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=fd00::1,nd_sll=02:00:00:00:00:01,actions=1
icmp6,icmp_type=136,icmp_code=0,nd_target=fd00::1,nd_tll=02:00:00:00:00:01,actions=1
icmp,icmp_type=8,icmp_code=0,actions=1
arp,arp_op=1,arp_spa=1.2.3.4,arp_tpa=1.2.3.5,arp_sha=02:00:00:00:00:01,arp_tha=02:00:00:00:00:02,actions=1
arp,nw_src=1.2.3.4,nw_proto=1,actions=1
rarp,actions=1
mpls,mpls_label=5,mpls_tc=3,mpls_bos=1,mpls_ttl=5,actions=1
mplsm,actions=1
sctp,tp_src=5,sctp_dst=6,actions=1
udp6,udp_src=5,actions=1
tcp6,tp_dst=0x50/0xf0,actions=1
eth,actions=1
packet_type=(0,0),actions=1
ip,dl_type=0x800,actions=1
dl_type=0x1234,actions=1
conj_id=5,actions=1
conj_id=0x5,actions=1
ip,nw_src=10.0.0.0/255.0.0.0,actions=1
ip,nw_src=10.1.2.3/8,actions=1
ip,nw_src=10.0.0.0/255.0.255.0,actions=1
in_port=1 actions=1
in_port=1, actions=1
action=1
actions=
actions=drop
actions=DROP
actions=Normal
ip actions=ct(commit,zone=5,exec(load:0x123456789abcdef0123456789abcdef0->NXM_NX_CT_LABEL[]))
ip actions=ct(commit,nat(src=10.0.0.1-10.0.0.9:5-10,persistent,hash))
ip actions=ct(nat)
tcp actions=ct(commit,alg=ftp)
ip actions=ct(table=1,zone=NXM_NX_REG0[0..15],nat(dst=1.2.3.4),commit)
tcp actions=fin_timeout(hard_timeout=010)
actions=exit
actions=learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],NXM_OF_VLAN_TCI[0..11],output:NXM_OF_IN_PORT[])
actions=learn(table=1,eth_dst=eth_src,vlan_tci[0..11],output:in_port)
actions=learn(table=1,load:5->reg0[0..7],load:reg1[0..7]->reg0[8..15])
actions=learn(table=1,hard_timeout=3,eth_type=0x800,nw_dst=10.0.0.1,load:0x5->reg0[])
actions=learn(table=1,xxreg0=0x123456789abcdef0123456789abcdef0)
actions=learn(table=1,eth_type=0x86dd,ipv6_dst=fd00::1,load:0x123456789abcdef0123456789abcdef0->xxreg1[])
actions=load:0x1ffffffffffffffff->NXM_NX_XXREG0[10..80]
ip actions=mod_nw_tos:0x10
tcp actions=mod_tp_src:0x50
actions=push_mpls:0x8847
mpls actions=pop_mpls:0x800
mpls actions=set_mpls_label:0x10
mpls actions=set_mpls_label(16)
ip actions=dec_ttl()
ip actions=dec_ttl(1)
ip actions=dec_ttl:5
actions=check_pkt_larger(100)->reg0[0]
actions=check_pkt_larger:100->reg0[0]
actions=note
actions=write_actions(drop)
actions=write_actions()
actions=write_actions(resubmit(,1))
actions=write_actions(set_queue:1,1)
'''.split('\n')[1:-1]

# ovs-ofctl 3.1 encodes these for 1.5 with a mask that every switch refuses.
UNTIL_14 = ['dl_vlan=5 actions=load:5->OXM_OF_VLAN_VID[]', 'dl_vlan=5 actions=load:5->OXM_OF_VLAN_VID[0..5]']

EVERY_VERSION = ['actions=' + a for a in ANY_VERSION if a] + OF_A_KIND + FORMS


def flows_of(protocol):
    """Returns the flows that ovs-ofctl can add in a version."""
    more = [] if protocol in ('OpenFlow10', 'NXM') else [f for f in SINCE_13 if f]
    return EVERY_VERSION + more + ([] if protocol == 'OpenFlow15' else UNTIL_14)
