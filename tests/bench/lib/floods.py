# SPDX-License-Identifier: Apache-2.0
"""What an attacker sends at port 3, beside a victim whose flows are from port 1 to port 2. Port 4 is the attacker's peer.

Each function returns the rules, the traffic of the ports, and the number of the victim's megaflows. The attacker's order
is sent first; then every packet is fresh, except where all that is sent is in the order."""
import struct

from flows import OUT, TCP, UDP, host_template, mask_moves, mask_rules, mask_template, spread, udp_template
from traffic import Template, Traffic, uniform

VICTIM_PPS, VICTIM_FLOWS, VICTIM_MASKS = 1000000, 1000, 8
VICTIM, PEER, ATTACKER, N_PORTS = 1, 2, 3, 4
N_BYTES = 64
ANY = 'output:4'
# Bits of the addresses and ports that an attacker's first packets differ in, so that each needs a mask of its own.
TUPLES = [(i, j) for i in range(32) for j in range(8)]
DENIED_SRC, DENIED_PORT = 0xac100001, 4321
EVIL = bytes([0x06, 0, 0, 0, 0, 1])


def victim():
    """Returns the rules and the traffic of the victim."""
    rules = [rule.replace('table=0,', f'table=0,in_port={VICTIM},') for rule in mask_rules(VICTIM_MASKS)]
    return rules, Traffic([mask_template(k, N_BYTES) for k in range(VICTIM_MASKS)],
                          uniform(spread(VICTIM_FLOWS, VICTIM_MASKS)))


def beside_victim(rules, templates, order, ends_fresh=True):
    of_victim, traffic = victim()
    attack = Traffic(templates, order, ends_fresh)
    return of_victim + rules, {VICTIM: traffic, ATTACKER: attack}, VICTIM_FLOWS, N_PORTS


def evil_template(src, tp_dst, fields):
    base = udp_template(N_BYTES, 4, EVIL, src, 20 << 24, [])
    header = base.header[:36] + tp_dst.to_bytes(2, 'big') + base.header[38:]
    return Template(N_BYTES, header, fields, 14)


def tuples():
    """Two rules that allow an address and a port make a mask for each pair of a first differing bit of the address and
    one of the port. The source MAC is matched too, so that each packet of a new one misses all of them."""
    see_mac = 'move:NXM_OF_ETH_SRC[0..31]->NXM_NX_REG0[0..31]'
    rules = [f'table=0,priority=3,in_port={ATTACKER},udp,nw_src={DENIED_SRC >> 24}.{DENIED_SRC >> 16 & 255}.'
             f'{DENIED_SRC >> 8 & 255}.{DENIED_SRC & 255},actions={see_mac},{ANY}',
             f'table=0,priority=2,in_port={ATTACKER},udp,tp_dst={DENIED_PORT},actions={see_mac},{ANY}',
             f'table=0,priority=1,in_port={ATTACKER},udp,actions={see_mac},{ANY}']
    templates = [evil_template(DENIED_SRC ^ 1 << 31 - i, DENIED_PORT ^ 1 << 15 - j, []) for i, j in TUPLES[:-1]]
    fresh = evil_template(DENIED_SRC ^ 1, DENIED_PORT ^ 1, [(8, 4, 1)])
    return beside_victim(rules, [*templates, fresh], uniform([(k, 0) for k in range(len(templates))]))


def misses():
    """A mask of all addresses and ports; every packet has others."""
    rules = [f'table=0,priority=1,in_port={ATTACKER},udp,actions={mask_moves(0)},{ANY}']
    fresh = udp_template(N_BYTES, 4, EVIL, 0x40000000, 0x50000000, [1, 1, 1, 1])
    return beside_victim(rules, [fresh], uniform([(0, 0)]))


def ipv4(proto, l4, ihl=5, version=4, total=None, fragment=0):
    total = 20 + len(l4) if total is None else total
    return struct.pack('!BBHHHBBHII', version << 4 | ihl, 0, total, 0, fragment, 64, proto, 0, 0x0a000001,
                       0x0a000002) + l4


def ipv6(proto, body, version=6, length=None):
    length = len(body) if length is None else length
    return struct.pack('!IHBB', version << 28, length, proto, 64) + bytes(15) + b'\1' + bytes(15) + b'\2' + body


def tcp(offset):
    return struct.pack('!HHIIBBHHH', 1, 2, 3, 4, offset << 4, 0xff, 5, 6, 7)


def malformed_frames():
    """Returns Ethernet types with what follows, each wrong in one way, and whether the frame is padded to 60 bytes."""
    udp = struct.pack('!HHHH', 1, 2, 8, 0)
    options = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # of a header that is followed by itself
    neighbour = bytes([135, 0, 0, 0]) + bytes(20) + bytes([1, 0]) + bytes(6)
    return [
        (0x800, b'', False), (0x800, b'\x45', False), (0x800, ipv4(UDP, b'')[:19], False),
        (0x800, ipv4(UDP, udp, version=5), True), (0x800, ipv4(UDP, udp, ihl=4), True),
        (0x800, ipv4(UDP, udp, ihl=15), False), (0x800, ipv4(UDP, udp, total=19), True),
        (0x800, ipv4(UDP, udp, total=1500), True), (0x800, ipv4(UDP, udp[:7]), False),
        (0x800, ipv4(UDP, udp, fragment=0x2000), True), (0x800, ipv4(UDP, udp, fragment=0x1fff), True),
        (0x800, ipv4(TCP, tcp(1)), True), (0x800, ipv4(TCP, tcp(15)), False), (0x800, ipv4(TCP, tcp(5)[:13]), False),
        (0x800, ipv4(1, b'\x08'), False), (0x800, ipv4(132, b'\0'), False),
        (0x86dd, b'\x60', False), (0x86dd, ipv6(UDP, udp)[:39], False), (0x86dd, ipv6(UDP, udp, version=4), True),
        (0x86dd, ipv6(UDP, udp, length=1400), True), (0x86dd, ipv6(UDP, udp[:3]), False),
        (0x86dd, ipv6(0, options * 4), True), (0x86dd, ipv6(43, options[:1]), False),
        (0x86dd, ipv6(60, bytes([60, 255]) + bytes(20)), True), (0x86dd, ipv6(44, bytes([UDP, 0, 0, 1, 0, 0, 0, 1])), True),
        (0x86dd, ipv6(44, bytes(3)), False), (0x86dd, ipv6(58, neighbour), True), (0x86dd, ipv6(58, neighbour[:9]), False),
        (0x8100, b'', False), (0x8100, b'\x20', False), (0x8100, bytes([0, 1, 0x81, 0, 0, 1, 0x81, 0]), False),
        (0x88a8, bytes([0x20, 1, 0x08, 0]), False), (0x8847, bytes(3), False), (0x8847, bytes(46), True),
        (0x8848, bytes([0, 0, 0x10, 1] * 11), True), (0x806, bytes([0, 1]), False), (0x806, bytes([0, 1, 8, 0, 9, 9, 0, 1] * 4), True),
        (0x894f, b'\x0f', False), (0x5ff, bytes(46), True), (0, b'', False),
    ]


def malformed_templates():
    out = [Template(0, EVIL[:n], [], n_min=0) for n in (1, 6)] + [Template(0, EVIL * 2 + b'\x08', [], n_min=0)]
    for eth_type, body, padded in malformed_frames():
        header = EVIL + EVIL[::-1] + eth_type.to_bytes(2, 'big') + body
        out.append(Template(0, header[:88], [], n_min=60 if padded else 0))
    return out


def malformed():
    """Rules that look at all addresses and ports of what is well formed enough to have any."""
    templates = malformed_templates()
    rules = [f'table=0,priority=2,in_port={ATTACKER},udp,actions={mask_moves(0)},{ANY}',
             f'table=0,priority=1,in_port={ATTACKER},actions={ANY}']
    return beside_victim(rules, templates, uniform([(k, 0) for k in range(len(templates))]), False)


def macs():
    """The victim's hosts are known at ports 1 and 2; every packet of the attacker is a broadcast of a new host."""
    def hosts(side):
        return Traffic([host_template(side, N_BYTES)], uniform([(0, i) for i in range(VICTIM_FLOWS // 2)]))
    base = udp_template(N_BYTES, 4, b'\xff' * 6, 10 << 24, 0xffffffff, [], dl_src=EVIL)
    fresh = Template(N_BYTES, base.header, [(8, 4, 1)], 14)
    return (['priority=0,actions=NORMAL'], {VICTIM: hosts(1), PEER: hosts(2), ATTACKER: Traffic([fresh], uniform([(0, 0)]))},
            VICTIM_FLOWS, N_PORTS)


def known():
    """Packets of flows that are established, as many as the switch takes: no attack, but a busy neighbour."""
    rules = [rule.replace('table=0,', f'table=0,in_port={ATTACKER},') for rule in mask_rules(VICTIM_MASKS)]
    templates = [mask_template(k, N_BYTES + 4) for k in range(VICTIM_MASKS)]
    return beside_victim(rules, templates, uniform(spread(VICTIM_FLOWS, VICTIM_MASKS)), False)


# What is sent, and its making.
FLOODS = {
    'tuples': (f'new flows to miss {len(TUPLES)} masks', tuples),
    'misses': ('new flows', misses),
    'malformed': ('malformed headers', malformed),
    'macs': ('new MACs to NORMAL', macs),
    'known': ('established flows', known),
}
assert OUT == f'output:{PEER}'
