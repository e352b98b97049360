# SPDX-License-Identifier: Apache-2.0
"""A match for each field, each kind of mask, and each protocol keyword."""
import re

from lab import check

# A field, its prerequisites, and the values to match.
FIELDS = '''in_port - 1 LOCAL 4
in_port_oxm - 1
dl_src - 02:00:00:00:00:01 01:00:00:00:00:00/01:00:00:00:00:00 00:00:00:00:00:00
dl_dst - 02:00:00:00:00:01 01:00:00:00:00:00/01:00:00:00:00:00 01:02:03:00:00:00/ff:ff:ff:00:00:00
eth_src - 02:00:00:00:00:02
eth_dst - 02:00:00:00:00:02
dl_type - 0x0800 0x1234 0x05ff
eth_type - 0x0806 0x86dd 0x8035
dl_vlan - 5 0xffff 0
dl_vlan_pcp - 3 0
dl_vlan_pcp dl_vlan=5 3
vlan_tci - 0 0x1005 0x1000/0x1000 0xb000/0xf000 0x0005/0x1fff 0xf005 0/0x1000 0x6000/0xe000 0x1010/0x1ff0
vlan_vid - 0x1005 0 0x1000/0x1000 0x1010/0x1ff0 0x0010/0x0ff0
vlan_pcp vlan_vid=0x1000/0x1000 3
vlan_pcp dl_vlan=5 6
nw_src ip 1.2.3.4 10.0.0.0/8 10.0.1.0/255.0.255.0
nw_dst ip 1.2.3.4 10.0.0.0/8 0.0.0.1/0.0.0.255
ip_src ip 1.2.3.4 10.0.0.0/9
ip_dst ip 1.2.3.4 10.0.0.0/9
nw_proto ip 6 0 250
nw_proto ipv6 17
nw_proto arp 2
ip_proto ip 1
nw_tos ip 0 32 252
nw_tos ipv6 32
ip_dscp ip 5
ip_dscp ipv6 5
nw_ecn ip 0 3
nw_ecn ipv6 2
ip_ecn ip 1
nw_ttl ip 64 0
nw_ttl ipv6,nw_proto=4 64
ip_frag ip no yes first later not_later
ip_frag ipv6 first
tcp_src tcp 80 0 0x400/0xfc00
tcp_dst tcp 80 0x400/0xfc00
tp_src tcp 80 0x400/0xfc00
tp_dst tcp6 80 1/1
tcp_flags tcp 0x12 +syn-ack 0x2/0x3
tcp_flags tcp6 +fin
udp_src udp 53 0x400/0xfc00
udp_dst udp6 53
tp_dst udp 80
sctp_src sctp 53 0x400/0xfc00
sctp_dst sctp6 53
tp_src sctp 9
icmp_type icmp 8
icmp_code icmp 3
icmp_code icmp,icmp_type=8 0
icmpv6_type icmp6 135
icmpv6_code icmp6,icmpv6_type=135 0
ipv6_src ipv6 fd00::1 fd00::/16 ::1/::ff
ipv6_dst ipv6 fd00::1 fd00::/16
ipv6_label ipv6 5 0x5/0xf
nd_target icmp6,icmp_type=135,icmp_code=0 fd00::1 fd00::/16
nd_target icmp6,icmp_type=136,icmp_code=0 fd00::1
nd_sll icmp6,icmp_type=135,icmp_code=0 02:00:00:00:00:01 02:00:00:00:00:00/ff:00:00:00:00:00
nd_tll icmp6,icmp_type=136,icmp_code=0 02:00:00:00:00:01 02:00:00:00:00:00/ff:00:00:00:00:00
arp_op arp 1 2
arp_spa arp 1.2.3.4 10.0.0.0/8
arp_tpa arp 1.2.3.4 10.0.0.0/8
arp_sha arp 02:00:00:00:00:01 02:00:00:00:00:00/ff:00:00:00:00:00
arp_tha arp 02:00:00:00:00:01 02:00:00:00:00:00/ff:00:00:00:00:00
arp_op rarp 3
arp_spa rarp 1.2.3.4
arp_sha rarp 02:00:00:00:00:01
mpls_label mpls 5 0
mpls_label mplsm 5
mpls_tc mpls 3
mpls_bos mpls 1 0
mpls_ttl mpls 64
tun_id - 5 0x5/0xf 0x500000000
tunnel_id - 6
tun_src - 1.2.3.4 10.0.0.0/8
tun_dst - 1.2.3.4 10.0.0.0/8
tun_ipv6_src - fd00::1 fd00::/16
tun_ipv6_dst - fd00::1 fd00::/16
tun_flags - oam -oam
metadata - 5 0x5/0xf 0
pkt_mark - 5 0x5/0xf 0
recirc_id - 0
conj_id - 5
actset_output - 1 LOCAL
packet_type - (0,0)
ct_state - +trk +new+est-rel +trk-inv 0x1/0x1
ct_zone - 5
ct_mark - 5 0x5/0xf
ct_label - 5 0x5/0xf
ct_nw_src ct_state=+est,ip 1.2.3.4 10.0.0.0/8
ct_nw_dst ct_state=+trk-inv,ip 1.2.3.4 0.0.0.5/0.0.0.255
ct_ipv6_src ct_state=+new,ipv6 fd00::1 fd00::/16
ct_ipv6_dst ct_state=+rel,ipv6 fd00::1 ::5/::ff
ct_nw_proto ct_state=+rpl,ip 6
ct_nw_proto ct_state=+snat,ipv6 17
ct_tp_src ct_state=+est,ip,ct_nw_proto=6 5 0x5/0xff
ct_tp_dst ct_state=+est,ipv6,ct_nw_proto=17 5 0x500/0xff00
reg0 - 5 0x5/0xf 0 0/0xf
reg15 - 5 0x5/0xf
xreg0 - 5 0x5/0xf 0x500000000
xreg7 - 0x500000006 0x500000000/0xf00000000
xxreg0 - 5 0x5/0xf
xxreg3 - 0x5000000060000000700000008 0x500000000/0xf00000000
'''
KINDS = 'ip ipv6 icmp icmp6 tcp tcp6 udp udp6 sctp sctp6 arp rarp mpls mplsm eth'.split()
FLAGS = ['idle_timeout=5,', 'hard_timeout=6,', 'cookie=0x7,', 'send_flow_rem,', 'check_overlap,',
         'cookie=18446744073709551614,idle_timeout=65535,hard_timeout=65535,']
FLAGS_13 = ['reset_counts,', 'no_packet_counts,', 'no_byte_counts,',
            'send_flow_rem,check_overlap,reset_counts,no_packet_counts,no_byte_counts,']
FLAGS_14 = ['importance=5,', 'importance=65535,']
# Matches that every switch refuses, and those that only the switch itself may use.
REFUSED = '''nw_ttl=5
recirc_id=5
dp_hash=5
dp_hash=0x5/0xf
arp,nw_ttl=5
udp,tcp_flags=1
ip,ipv6_src=fd00::1
icmp6,nd_target=fd00::1
tcp,icmp_type=5
ip,arp_spa=1.2.3.4
ip,mpls_label=5
udp,tcp_src=5
ip,ct_nw_src=1.2.3.4
ct_state=+trk,ip,ct_nw_src=1.2.3.4
ct_state=+inv+trk,ip,ct_nw_proto=6
ct_state=+est,ct_nw_src=1.2.3.4
ct_state=+est,ipv6,ct_nw_dst=1.2.3.4
ct_state=+est,ip,ct_ipv6_src=fd00::1
ct_state=+est,arp,ct_ipv6_dst=fd00::1
ct_state=+est,ip,ct_nw_proto=6/1
dl_vlan=4096'''.splitlines()


def matches(prefix='', rows=FIELDS):
    """Yields each row's match with each of its values, then each protocol keyword."""
    for row in rows.splitlines():
        field, needs, *values = row.split()
        for value in values:
            yield prefix + ('' if needs == '-' else needs + ',') + f'{field}={value}'
    yield from (prefix + kind for kind in KINDS)


def expand(text):
    """Expands names of fields as ovs-ofctl abbreviates them: "tun_{id,ipv6_{src,dst}} reg0...reg15"."""
    inner = re.search(r'([\w.]*)\{([^{}]*)\}', text)
    while inner:
        head, tails = inner.groups()
        start = text.rfind(' ', 0, inner.start()) + 1
        nested = max(text.rfind('{', 0, inner.start()), text.rfind(',', 0, inner.start()))
        joined = ' ' if nested < start else ','
        text = text[:inner.start()] + joined.join(head + t for t in tails.split(',')) + text[inner.end():]
        inner = re.search(r'([\w.]*)\{([^{}]*)\}', text)
    for word in text.split():
        span = re.fullmatch(r'(\D+)(\d+)\.\.\.\D+(\d+)', word)
        yield from ([f'{span[1]}{i}' for i in range(int(span[2]), int(span[3]) + 1)] if span else [word])


def check_all_are_named(features):
    """Checks that there is a match for every field; registers count as one."""
    rows = re.findall(r'(?:arbitrary mask|exact match or wildcard): (.*)', features)
    check(len(rows) == 2, features)
    named = {row.split()[0] for row in FIELDS.splitlines()} | {row.split('=')[0] for row in REFUSED}
    missing = {name for row in rows for name in expand(row)} - named
    missing = {name for name in missing if not re.fullmatch(r'x{0,2}reg\d+', name)}
    check(not missing, f'fields without a match: {sorted(missing)}')
