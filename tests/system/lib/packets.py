# SPDX-License-Identifier: Apache-2.0
"""Random packets from small pools, so that they match rules of tables.py. A packet is a flow for a trace,
headers that datapath actions change, and bytes."""
import ipaddress
import struct

MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:01:03', 'ff:ff:ff:ff:ff:ff',
        '01:00:5e:00:00:05', '33:33:00:00:00:01']
IP4 = ['10.0.0.1', '10.0.0.2', '10.0.1.3', '192.168.7.9', '203.0.113.200', '224.0.0.9']
IP6 = ['fd00::1', 'fd00::2', 'fd00:0:1::3', '2001:db8::77', 'fe80::5054:ff:fe00:1']
PORTS = [22, 53, 80, 443, 1024, 5000, 5001, 65535]
VLANS = [0, 1, 10, 20, 4095]
LABELS = [0, 16, 77, 0xfffff]
TUNNEL4 = ['1.1.1.1', '2.2.2.2', '2.2.2.9']
TUNNEL6 = ['fd00::5', 'fd00::6']
CT_STATES = ['trk|est', 'trk|new', 'trk|est|rpl', 'trk|rel|new', 'trk|inv']
N_PORTS = 4
FRAGMENT_HEADER = 44

L3 = {'arp': 'arp', 'rarp': 'arp', 'ip': 'ip', 'tcp': 'ip', 'udp': 'ip', 'icmp': 'ip', 'sctp': 'ip',
      'ipv6': 'ipv6', 'tcp6': 'ipv6', 'udp6': 'ipv6', 'icmp6': 'ipv6', 'sctp6': 'ipv6',
      'nd': 'ipv6', 'mpls': 'mpls'}
NUMBERS = {'tcp': 6, 'udp': 17, 'icmp': 1, 'sctp': 132, 'tcp6': 6, 'udp6': 17, 'icmp6': 58,
           'sctp6': 132, 'nd': 58}
ETH_TYPES = {'ip': 0x800, 'ipv6': 0x86dd, 'arp': 0x806, 'mpls': 0x8847}
KINDS = ['tcp', 'tcp', 'udp', 'udp', 'icmp', 'sctp', 'tcp6', 'udp6', 'icmp6', 'sctp6', 'nd', 'arp',
         'arp', 'ip', 'ipv6', 'mpls', 'mpls', 'other']


def mac_number(text):
    return int(text.replace(':', ''), 16)


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Packet:
    """One packet.

    text:    the flow, for a trace;
    headers: {(group, member): number} of the fields that datapath actions set; vlans: [(tpid, vid, pcp)]
             and mpls: [(label, tc, ttl)], outermost first; eth_type: the type below the tags."""

    def __init__(self, rng, kinds=KINDS, metadata=None):
        """metadata: whether some packets have fields that frames cannot carry, and which tunnels are IPv6."""
        self.rng, self.items, self.headers, self.vlans, self.mpls = rng, [], {}, [], []
        self.port = rng.randint(1, N_PORTS)
        self.kind = rng.choice(kinds)
        self.fragment = 'no'
        self.eth_type = ETH_TYPES.get(L3.get(self.kind), 0x88b5)
        if self.kind == 'rarp':
            self.eth_type = 0x8035
        self.items.append({'other': 'dl_type=0x88b5', 'nd': 'icmp6'}.get(self.kind, self.kind))
        self.mac('dl_src', 'src', MACS[:3])
        self.mac('dl_dst', 'dst', MACS)
        self.tags()
        {'ip': self.ip, 'ipv6': self.ipv6, 'arp': self.arp, 'mpls': self.labels}.get(
            L3.get(self.kind), lambda: None)()
        self.items.append(f'in_port={self.port}')
        if metadata:
            self.metadata(metadata == 'tunnels of IPv6')
        self.text = ','.join(self.items)

    def metadata(self, v6):
        """Adds fields that frames cannot carry: a mark, a tunnel, results of connection tracking."""
        rng = self.rng
        if rng.random() < 0.2:
            self.value('pkt_mark', 'meta', 'skb_mark', [1, 3, 0x10])
        if rng.random() < 0.2:
            ends = ('tun_ipv6_src', TUNNEL6), ('tun_ipv6_dst', TUNNEL6)
            for name, pool in ends if v6 else (('tun_src', TUNNEL4), ('tun_dst', TUNNEL4)):
                self.items.append(f'{name}={rng.choice(pool)}')
            self.items.append(f'tun_id={rng.choice([0, 5, 9])}')
        if rng.random() < 0.3:
            self.items += [f'ct_state={rng.choice(CT_STATES)}', f'ct_zone={rng.choice([0, 5, 7])}',
                           f'ct_mark={rng.choice([0, 3, 5])}', f'ct_label={rng.choice([0, 1, 2])}']
            self.original()

    def original(self):
        """Adds the original direction of the connection, unless the packet is invalid or neighbour discovery."""
        rng, family = self.rng, L3.get(self.kind)
        if family not in ('ip', 'ipv6') or self.kind == 'nd' or any('inv' in item for item in self.items):
            return
        name, pool = ('ct_nw', IP4) if family == 'ip' else ('ct_ipv6', IP6)
        self.items += [f'{name}_src={rng.choice(pool[:2])}', f'{name}_dst={rng.choice(pool[:2])}',
                       f'ct_nw_proto={rng.choice([6, 17])}', f'ct_tp_src={rng.choice(PORTS[:2])}',
                       f'ct_tp_dst={rng.choice(PORTS[:2])}']

    def tags(self):
        if self.rng.random() >= 0.25:
            return
        tag = (0x8100, self.rng.choice(VLANS), self.rng.randint(0, 7))
        self.vlans.append(tag)
        self.items.append(f'dl_vlan={tag[1]},dl_vlan_pcp={tag[2]}')

    def labels(self):
        rng = self.rng
        n = rng.choice([1, 1, 2, 3])
        self.mpls = [(rng.choice(LABELS), rng.randint(0, 7), rng.choice([1, 2, 64, 255]))
                     for _ in range(n)]
        label, tc, ttl = self.mpls[0]
        self.items.append(f'mpls_label={label},mpls_tc={tc},mpls_ttl={ttl},mpls_bos={int(n == 1)}')

    def mac(self, name, key, pool, group='eth'):
        value = self.rng.choice(pool)
        self.items.append(f'{name}={value}')
        self.headers[group, key] = mac_number(value)

    def address(self, name, group, key, pool):
        value = self.rng.choice(pool)
        self.items.append(f'{name}={value}')
        self.headers[group, key] = int(ipaddress.ip_address(value))

    def value(self, name, group, key, pool):
        value = self.rng.choice(pool)
        self.items.append(f'{name}={value}')
        self.headers[group, key] = value
        return value

    def traffic_class(self, group, key):
        dscp, ecn = self.rng.choice([0, 0, 46, 10]), self.rng.choice([0, 0, 1])
        self.items.append(f'nw_tos={dscp << 2},nw_ecn={ecn}')
        self.headers[group, key] = dscp << 2 | ecn

    def protocol(self, group):
        if self.kind != 'nd':
            self.fragment = self.rng.choice(['no'] * 8 + ['first', 'later'])
        if group == 'ipv6' and self.fragment == 'later':
            # ovs-fields(7): the protocol of such a fragment is that of the fragment header.
            self.items[0] = 'ipv6'
            self.value('nw_proto', group, 'proto', [FRAGMENT_HEADER])
        elif self.kind in NUMBERS:
            self.headers[group, 'proto'] = NUMBERS[self.kind]
        else:
            self.value('nw_proto', group, 'proto', [2, 47, 89])
        self.items.append(f'nw_frag={self.fragment}')
        if self.fragment != 'later':
            self.transport()

    def transport(self):
        name = self.kind.rstrip('6')
        if name in ('tcp', 'udp', 'sctp'):
            self.value(f'{name}_src', name, 'src', PORTS)
            self.value(f'{name}_dst', name, 'dst', PORTS)
        if name == 'tcp':
            self.headers['tcp', 'flags'] = self.rng.choice([2, 16, 18, 24, 1])
            self.items.append(f'tcp_flags={self.headers["tcp", "flags"]}')
        if name == 'icmp':
            group = 'icmpv6' if self.kind == 'icmp6' else 'icmp'
            self.value(f'{group}_type', group, 'type', [128, 129] if self.kind == 'icmp6' else [0, 8])
            self.value(f'{group}_code', group, 'code', [0, 0, 3])
        if name == 'nd':
            self.neighbour()

    def neighbour(self):
        kind = self.value('icmpv6_type', 'icmpv6', 'type', [135, 136])
        self.value('icmpv6_code', 'icmpv6', 'code', [0])
        self.address('nd_target', 'nd', 'target', IP6)
        side = 'sll' if kind == 135 else 'tll'
        self.mac(f'nd_{side}', side, MACS[:3], 'nd')
        self.headers['nd', 'tll' if kind == 135 else 'sll'] = 0

    def ip(self):
        self.address('nw_src', 'ipv4', 'src', IP4[:5])
        self.address('nw_dst', 'ipv4', 'dst', IP4)
        self.traffic_class('ipv4', 'tos')
        self.value('nw_ttl', 'ipv4', 'ttl', [1, 2, 64, 64, 255])
        self.protocol('ipv4')

    def ipv6(self):
        self.address('ipv6_src', 'ipv6', 'src', IP6)
        self.address('ipv6_dst', 'ipv6', 'dst', IP6)
        self.value('ipv6_label', 'ipv6', 'label', [0, 0x12345])
        self.traffic_class('ipv6', 'tclass')
        self.value('nw_ttl', 'ipv6', 'hlimit', [255] if self.kind == 'nd' else [1, 2, 64, 64, 255])
        self.protocol('ipv6')

    def arp(self):
        self.value('arp_op', 'arp', 'op', [1, 2])
        self.address('arp_spa', 'arp', 'sip', IP4[:5])
        self.address('arp_tpa', 'arp', 'tip', IP4[:5])
        self.mac('arp_sha', 'sha', MACS[:3], 'arp')
        self.mac('arp_tha', 'tha', MACS[:3], 'arp')

    # ---- bytes ----

    def frame(self, trailer):
        """Returns the packet's bytes, followed by 'trailer' like Ethernet's padding."""
        h = self.headers
        data = h['eth', 'dst'].to_bytes(6, 'big') + h['eth', 'src'].to_bytes(6, 'big')
        for tpid, vid, pcp in self.vlans:
            data += struct.pack('!HH', tpid, pcp << 13 | vid)
        data += struct.pack('!H', self.eth_type)
        for i, (label, tc, ttl) in enumerate(self.mpls):
            bottom = i == len(self.mpls) - 1
            data += struct.pack('!I', label << 12 | tc << 9 | bottom << 8 | ttl)
        make = {0x800: self.frame_ip, 0x86dd: self.frame_ipv6, 0x806: self.frame_arp,
                0x8035: self.frame_arp}.get(self.eth_type, lambda: bytes(range(40)))
        return data + make() + trailer

    def frame_arp(self):
        h = self.headers
        return (struct.pack('!HHBBH', 1, 0x800, 6, 4, h['arp', 'op'])
                + h['arp', 'sha'].to_bytes(6, 'big') + h['arp', 'sip'].to_bytes(4, 'big')
                + h['arp', 'tha'].to_bytes(6, 'big') + h['arp', 'tip'].to_bytes(4, 'big'))

    def frame_ip(self):
        h = self.headers
        source, target = (h['ipv4', side].to_bytes(4, 'big') for side in ('src', 'dst'))
        proto = h['ipv4', 'proto']
        inside = self.frame_transport(
            lambda n: source + target + struct.pack('!BBH', 0, proto, n))
        offset = {'no': 0, 'first': 0x2000, 'later': 100}[self.fragment]
        header = struct.pack('!BBHHHBBH', 0x45, h['ipv4', 'tos'], 20 + len(inside), 0x1234, offset,
                             h['ipv4', 'ttl'], proto, 0) + source + target
        return header[:10] + struct.pack('!H', checksum(header)) + header[12:] + inside

    def frame_ipv6(self):
        h = self.headers
        source, target = (h['ipv6', side].to_bytes(16, 'big') for side in ('src', 'dst'))
        proto = after = h['ipv6', 'proto']
        inside = self.frame_transport(
            lambda n: source + target + struct.pack('!IxxxB', n, proto))
        if self.fragment != 'no':
            offset = {'first': 1, 'later': 100 << 3}[self.fragment]
            inside = struct.pack('!BBHI', NUMBERS.get(self.kind, proto), 0, offset, 0x5678) + inside
            after = FRAGMENT_HEADER
        return struct.pack('!IHBB', 6 << 28 | h['ipv6', 'tclass'] << 20 | h['ipv6', 'label'],
                           len(inside), after, h['ipv6', 'hlimit']) + source + target + inside

    def frame_transport(self, pseudo):
        """pseudo: returns the pseudo-header for a given number of bytes."""
        h, name, data = self.headers, self.kind.rstrip('6'), bytes(range(16))
        if self.fragment == 'later' or name not in ('tcp', 'udp', 'sctp', 'icmp', 'nd'):
            return data
        if name in ('tcp', 'udp', 'sctp'):
            ports = struct.pack('!HH', h[name, 'src'], h[name, 'dst'])
        if name == 'sctp':
            return ports + bytes(8) + data
        if name == 'tcp':
            head = ports + struct.pack('!IIHH', 1, 2, 5 << 12 | h['tcp', 'flags'], 100)
            tail = struct.pack('!H', 0) + data
        elif name == 'udp':
            head, tail = ports + struct.pack('!H', 8 + len(data)), data
        else:
            group = 'icmp' if self.kind == 'icmp' else 'icmpv6'
            head, tail = bytes((h[group, 'type'], h[group, 'code'])), bytes(4) + data
            if name == 'nd':
                tail = self.frame_neighbour()
        n = len(head) + 2 + len(tail)
        total = checksum((b'' if self.kind == 'icmp' else pseudo(n)) + head + b'\0\0' + tail)
        return head + struct.pack('!H', total or (0xffff if name == 'udp' else 0)) + tail

    def frame_neighbour(self):
        h = self.headers
        kind, side = (1, 'sll') if h['icmpv6', 'type'] == 135 else (2, 'tll')
        return (bytes(4) + h['nd', 'target'].to_bytes(16, 'big') + bytes((kind, 1))
                + h['nd', side].to_bytes(6, 'big'))
