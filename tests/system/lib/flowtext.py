# SPDX-License-Identifier: Apache-2.0
"""Parser of flows and matches in ovs-ofctl syntax, into numbers."""
import functools
import ipaddress
import re

from lab import Failed

WIDTHS = {'metadata': 64, 'dl_src': 48, 'dl_dst': 48, 'arp_sha': 48, 'arp_tha': 48, 'nd_sll': 48,
          'nd_tll': 48, 'ipv6_src': 128, 'ipv6_dst': 128, 'nd_target': 128, 'ipv6_label': 20,
          'nw_src': 32, 'nw_dst': 32, 'arp_spa': 32, 'arp_tpa': 32, 'in_port': 32, 'recirc_id': 32,
          'nw_proto': 8, 'nw_tos': 8, 'nw_ecn': 2, 'nw_ttl': 8, 'icmp_type': 8, 'icmp_code': 8,
          'tcp_flags': 12, 'mpls_label': 20, 'mpls_tc': 3, 'mpls_ttl': 8, 'mpls_bos': 1, 'pkt_mark': 32,
          'tun_id': 64, 'tun_src': 32, 'tun_dst': 32, 'tun_ipv6_src': 128, 'tun_ipv6_dst': 128,
          'tun_tos': 8, 'tun_ttl': 8, 'eth': 0, 'ct_mark': 32, 'ct_label': 128, 'ct_nw_src': 32,
          'ct_nw_dst': 32, 'ct_ipv6_src': 128, 'ct_ipv6_dst': 128, 'ct_nw_proto': 8, 'ct_tp_src': 16, 'ct_tp_dst': 16}
WIDTHS.update({f'mpls_lse{i}': 32 for i in range(4)})
WIDTHS.update({f'reg{i}': 32 for i in range(16)})
PROTOCOLS = {'ip': (0x800, None), 'icmp': (0x800, 1), 'tcp': (0x800, 6), 'udp': (0x800, 17),
             'sctp': (0x800, 132), 'ipv6': (0x86dd, None), 'icmp6': (0x86dd, 58),
             'tcp6': (0x86dd, 6), 'udp6': (0x86dd, 17), 'sctp6': (0x86dd, 132),
             'arp': (0x806, None), 'rarp': (0x8035, None), 'mpls': (0x8847, None),
             'mplsm': (0x8848, None)}
FRAGMENTS = {'no': (0, 3), 'yes': (1, 1), 'first': (1, 3), 'later': (3, 3), 'not_later': (0, 2)}
FLAGS = {'fin': 1, 'syn': 2, 'rst': 4, 'psh': 8, 'ack': 16, 'urg': 32, 'ece': 64, 'cwr': 128,
         'ns': 256}
TUNNEL = {'oam': 1, 'df': 2, 'csum': 4, 'key': 8}
RESERVED = {'ANY': 0xffff, 'NONE': 0xffff, 'LOCAL': 0xfffe, 'CONTROLLER': 0xfffd, 'UNSET': 0xfff7}
CT_STATES = {'new': 1, 'est': 2, 'rel': 4, 'rpl': 8, 'inv': 16, 'trk': 32, 'snat': 64, 'dnat': 128}


def split(text):
    """Splits at commas outside brackets."""
    depth, items = 0, []
    for part in text.split(','):
        if depth:
            items[-1] += ',' + part
        else:
            items.append(part)
        depth += part.count('(') - part.count(')')
    return [item for item in items if item]


@functools.lru_cache(1 << 16)
def number(text):
    if re.fullmatch('(0x)?[0-9a-f]+', text) and (text.startswith('0x') or text.isdigit()):
        return int(text, 0)
    if text.count(':') == 5 and '::' not in text:
        return int(text.replace(':', ''), 16)
    return int(ipaddress.ip_address(text))


@functools.lru_cache(1 << 16)
def masked(text, width):
    """Returns value and mask of "value", "value/mask" or "address/length"."""
    value, _, mask = text.partition('/')
    every = (1 << width) - 1
    if not mask:
        return number(value), every
    if mask.isdigit() and ('.' in value or ':' in value):
        return number(value), every & ~(every >> int(mask))
    return number(value), number(mask)


def flags(text, bits, width):
    if re.fullmatch('([+-][a-z]+)+', text):
        each = re.findall('([+-])([a-z]+)', text)
        return sum(bits[name] for sign, name in each if sign == '+'), sum(bits[n] for _, n in each)
    if re.fullmatch(r'([a-z|]|\[[0-9a-f]+\])+', text):
        each = [int(word[1:-1], 16) if word[0] == '[' else bits[word] for word in text.split('|')]
        return sum(each), (1 << width) - 1
    return masked(text, width)


def protocol(fields, key):
    eth_type, proto = PROTOCOLS[key]
    fields['dl_type'] = eth_type, 0xffff
    if proto is not None:
        fields['nw_proto'] = proto, 0xff


def tag(fields, key, value):
    """dl_vlan and dl_vlan_pcp are parts of vlan_tci, whose bit 12 means that a tag is present."""
    name = key.replace('dl_vlan', 'vlan_tci').replace('_pcp', '')
    bits, mask = fields.get(name, (0, 0))
    shift, own = (13, 0xe000) if 'pcp' in key else (0, 0xfff)
    fields[name] = bits | 0x1000 | number(value) << shift, mask | 0x1000 | own


def parse(text, numbers):
    """Returns {field: (value, mask)} of a flow or match. numbers: port numbers by name."""
    fields = {}
    for item in split(text):
        key, _, value = item.partition('=')
        if key in PROTOCOLS:
            protocol(fields, key)
        elif key in ('vlan_tci', 'vlan_tci1'):
            fields[key] = masked(value, 16)
        elif key.startswith('dl_vlan'):
            tag(fields, key, value)
        elif key == 'nw_frag':
            fields[key] = FRAGMENTS[value]
        elif key == 'tcp_flags':
            fields[key] = flags(value, FLAGS, 12)
        elif key == 'tun_flags':
            fields[key] = flags(value, TUNNEL, 16)
        elif key == 'ct_state':
            fields[key] = flags(value, CT_STATES, 32)
        elif key == 'in_port':
            fields[key] = (numbers.get(value) or RESERVED.get(value) or number(value)), 0xffff
        elif key == 'eth':
            continue
        elif value:
            try:
                fields[key] = masked(value, WIDTHS.get(key, 16))
            except ValueError:
                raise Failed(f'"{item}" is not understood, of: {text}') from None
        else:
            raise Failed(f'"{item}" is not understood, of: {text}')
    return fields
