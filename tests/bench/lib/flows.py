# SPDX-License-Identifier: Apache-2.0
"""Masks, the OpenFlow rules that make megaflows of them, and the frames of their flows.

Table 0 selects table k + 1 by the destination MAC. Table k + 1 has one rule; it copies the bits of mask k into
registers, which sets no bit of a packet but makes a switch match exactly these bits: each flow of the table becomes a
megaflow with this mask. So 1,000,000 megaflows need no 1,000,000 rules."""
import struct

from traffic import Template

# Bits that a mask ignores at the end of each field that it has.
ALL = {'src': 0, 'dst': 0, 'tp_src': 0, 'tp_dst': 0}
MASKS = [ALL, {'dst': 0}, {'src': 0}, {'src': 0, 'dst': 0}, {'dst': 0, 'tp_dst': 0}, {'src': 0, 'tp_src': 0},
         {'dst': 0, 'tp_src': 0, 'tp_dst': 0}, {'src': 0, 'dst': 0, 'tp_dst': 0}]
MASKS += [{'src': a, 'dst': b} for a in range(1, 8) for b in range(8)]
MASKS = MASKS[:60]
NXM = {4: {'src': 'NXM_OF_IP_SRC', 'dst': 'NXM_OF_IP_DST', 'tp_src': 'NXM_OF_UDP_SRC', 'tp_dst': 'NXM_OF_UDP_DST'},
       6: {'src': 'NXM_NX_IPV6_SRC', 'dst': 'NXM_NX_IPV6_DST', 'tp_src': 'NXM_OF_UDP_SRC', 'tp_dst': 'NXM_OF_UDP_DST'}}
N_BITS = {4: {'src': 32, 'dst': 32, 'tp_src': 16, 'tp_dst': 16}, 6: {'src': 128, 'dst': 128, 'tp_src': 16, 'tp_dst': 16}}
REGISTERS = {4: {'src': 'NXM_NX_REG0', 'dst': 'NXM_NX_REG4', 'tp_src': 'NXM_NX_REG8', 'tp_dst': 'NXM_NX_REG9'},
             6: {'src': 'NXM_NX_XXREG0', 'dst': 'NXM_NX_XXREG1', 'tp_src': 'NXM_NX_REG8', 'tp_dst': 'NXM_NX_REG9'}}
ETH_TYPES = {4: 0x800, 6: 0x86dd}
# First addresses of mask k are this plus k << 20; those of fresh flows are apart from all of them.
SRC, DST, FRESH_SRC, FRESH_DST = 10 << 24, 20 << 24, 0x40000000, 0x50000000
TP_SRC, TP_DST = 2000, 20000
PREFIX6 = bytes.fromhex('20010db8' + 8 * '00')
UDP, TCP = 17, 6
OUT = 'output:2'


def mac(k):
    return bytes([0x02, 0, 0, 0, 0, k + 1])


SOURCE_MAC = mac(98)


def udp_template(n_bytes, version, dl_dst, src, dst, steps, dl_src=SOURCE_MAC, proto=UDP):
    """steps: of src, dst, tp_src and tp_dst."""
    n_l4 = max(n_bytes - 4 - 14 - (20 if version == 4 else 40), 26 if version == 4 else 8)
    if version == 4:
        ip = struct.pack('!BBHHHBBHII', 0x45, 0, 20 + n_l4, 0, 0x4000, 64, proto, 0, src, dst)
        places = (26, 4), (30, 4), (34, 2), (36, 2)
    else:
        ip = (struct.pack('!IHBB', 6 << 28, n_l4, proto, 64) + PREFIX6 + src.to_bytes(4, 'big') + PREFIX6
              + dst.to_bytes(4, 'big'))
        places = (34, 4), (50, 4), (54, 2), (56, 2)
    l4 = struct.pack('!HH', TP_SRC, TP_DST)
    l4 += struct.pack('!HH', n_l4, 0) if proto == UDP else struct.pack('!IIBBHHH', 1, 1, 5 << 4, 0x10, 1024, 0, 0)
    header = dl_dst + dl_src + ETH_TYPES[version].to_bytes(2, 'big') + ip + l4
    fields = [(at, n, step) for (at, n), step in zip(places, steps) if step]
    return Template(n_bytes, header, fields, 14 if version == 4 else 0)


def mask_template(k, n_bytes, version=4):
    """Returns the template of mask k. Every field differs from flow to flow, so that exact-match caches need an entry
    for each flow; addresses differ in the bits that the mask has."""
    steps = [1 << MASKS[k].get(field, 0) for field in ('src', 'dst')] + [1, 1]
    return udp_template(n_bytes, version, mac(k), SRC + (k << 20), DST + (k << 20), steps)


def fresh_template(n_bytes, version=4):
    """Returns the template of fresh flows: those of mask 0, and no flow of mask_template()."""
    return udp_template(n_bytes, version, mac(0), FRESH_SRC, FRESH_DST, [1, 1, 1, 1])


def host_mac(side):
    """Returns the first MAC of the hosts at port 'side'."""
    return bytes([0x02, 0, side, 0, 0, 0])


def host_template(side, n_bytes):
    """Frames of hosts at port 'side' to hosts at the other port. Host i of a side has a MAC of its own."""
    base = udp_template(n_bytes, 4, host_mac(3 - side), side << 24, (3 - side) << 24, [], dl_src=host_mac(side))
    return Template(n_bytes, base.header, [(2, 4, 1), (8, 4, 1), (26, 4, 1), (30, 4, 1)], 14)


def mask_moves(k, version=4):
    moves = []
    for field, ignored in MASKS[k].items():
        last = N_BITS[version][field] - 1
        moves.append(f'move:{NXM[version][field]}[{ignored}..{last}]->{REGISTERS[version][field]}[{ignored}..{last}]')
    return ','.join(moves)


def mask_rules(n_masks, version=4, actions=OUT):
    udp = 'udp' if version == 4 else 'udp6'
    rules = [f'table=0,priority=1,dl_dst={mac(k).hex(":")},actions=resubmit(,{k + 1})' for k in range(n_masks)]
    return rules + [f'table={k + 1},priority=1,{udp},actions={mask_moves(k, version)},{actions}' for k in range(n_masks)]


def spread(n_flows, n_masks):
    """Returns (mask, number in it) of each flow; the masks take turns."""
    return [(i % n_masks, i // n_masks) for i in range(n_flows)]
