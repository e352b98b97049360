# SPDX-License-Identifier: Apache-2.0
"""Changes a packet into another one of the same megaflow: bits that the megaflow does not match change at
random."""
import ipaddress

from flowtext import WIDTHS, number, split

NAMES = {'tcp_src': 'tp_src', 'tcp_dst': 'tp_dst', 'udp_src': 'tp_src', 'udp_dst': 'tp_dst',
         'sctp_src': 'tp_src', 'sctp_dst': 'tp_dst'}
# Fields that determine which other fields a packet has, and the packet's origin.
FIXED = ('in_port', 'dl_type', 'nw_proto', 'nw_frag', 'icmpv6_type', 'icmpv6_code', 'mpls_bos', 'arp_op',
         'ct_state')
# field: position of its bits in the megaflow's field, and their number
PARTS = {'dl_vlan': ('vlan_tci', 0, 12), 'dl_vlan_pcp': ('vlan_tci', 13, 3)}


def like(text, value):
    """Formats a number like 'text'."""
    if text.count(':') == 5 and '::' not in text:
        return ':'.join(f'{b:02x}' for b in value.to_bytes(6, 'big'))
    if '.' in text:
        return str(ipaddress.IPv4Address(value))
    if ':' in text:
        return str(ipaddress.IPv6Address(value))
    return str(value) if value < 1 << 64 else hex(value)


def open_bits(key, mask):
    """Returns the bits of a packet's field that the megaflow does not match."""
    name, shift, width = PARTS.get(key, (NAMES.get(key, key), 0, WIDTHS.get(key, 16)))
    every = {'nw_tos': 0xfc}.get(key, (1 << width) - 1)
    return every & ~(mask.get(name, 0) >> shift)


def mutated(flow, mask, rng):
    """Returns the flow of another packet of the megaflow. mask: {field: bits} of the megaflow."""
    items = []
    for item in split(flow):
        key, _, text = item.partition('=')
        bits = open_bits(key, mask) if text and key not in FIXED else 0
        if bits and rng.random() < 0.7:
            value = number(text)
            item = f'{key}={like(text, value ^ rng.getrandbits(128) & bits)}'
        items.append(item)
    return ','.join(items)
