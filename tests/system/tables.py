# SPDX-License-Identifier: Apache-2.0
"""Random tables and packets as ovs-ofctl text, from small pools so that they meet."""
import ipaddress

MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:01:03', 'ff:ff:ff:ff:ff:ff',
        '01:00:5e:00:00:05', '33:33:00:00:00:01']
IP4 = ['10.0.0.1', '10.0.0.2', '10.0.1.3', '192.168.7.9', '203.0.113.200', '224.0.0.9']
IP6 = ['fd00::1', 'fd00::2', 'fd00:0:1::3', '2001:db8::77', 'fe80::5054:ff:fe00:1']
PORTS = [22, 53, 80, 443, 1024, 5000, 5001, 65535]
VLANS = [0, 1, 10, 20, 4095]
L3 = {'arp': 'arp', 'ip': 'ip', 'tcp': 'ip', 'udp': 'ip', 'icmp': 'ip', 'sctp': 'ip', 'ipv6': 'ipv6',
      'tcp6': 'ipv6', 'udp6': 'ipv6', 'icmp6': 'ipv6'}
NUMBERS = {'tcp': 6, 'udp': 17, 'icmp': 1, 'sctp': 132, 'tcp6': 6, 'udp6': 17, 'icmp6': 58}
N_TABLES = 5
N_PORTS = 4


def mac_number(text):
    return int(text.replace(':', ''), 16)


class Packet:
    """One packet: 'text' for a trace, 'headers' and 'vlans' as its datapath actions see them."""

    def __init__(self, rng):
        self.rng, self.items, self.headers, self.vlans = rng, [], {}, []
        self.port = rng.randint(1, N_PORTS)
        self.kind = rng.choice(['tcp', 'tcp', 'udp', 'udp', 'icmp', 'sctp', 'tcp6', 'udp6', 'icmp6',
                                'arp', 'ip', 'ipv6', 'other'])
        self.items.append(f'in_port={self.port}')
        self.items.append(self.kind if self.kind != 'other' else 'dl_type=0x88b5')
        self.mac('dl_src', 'src', MACS[:3])
        self.mac('dl_dst', 'dst', MACS)
        if rng.random() < 0.35:
            tag = (0x8100, rng.choice(VLANS), rng.randint(0, 7))
            self.vlans.append(tag)
            self.items.append(f'dl_vlan={tag[1]},dl_vlan_pcp={tag[2]}')
        {'ip': self.ip, 'ipv6': self.ipv6, 'arp': self.arp}.get(L3.get(self.kind), lambda: None)()
        self.text = ','.join(self.items)

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
        if self.kind in NUMBERS:
            self.headers[group, 'proto'] = NUMBERS[self.kind]
        else:
            self.value('nw_proto', group, 'proto', [2, 47, 89])
        fragment = self.rng.choice(['no'] * 8 + ['first', 'later'])
        self.items.append(f'nw_frag={fragment}')
        if fragment != 'later':
            self.transport()

    def transport(self):
        name = self.kind.rstrip('6')
        if name in ('tcp', 'udp', 'sctp'):
            self.value(f'{name}_src', name, 'src', PORTS)
            self.value(f'{name}_dst', name, 'dst', PORTS)
        if name == 'tcp':
            self.items.append(f'tcp_flags={self.rng.choice([2, 16, 18, 24, 1])}')
        if name == 'icmp':
            group = 'icmpv6' if self.kind == 'icmp6' else 'icmp'
            self.value(f'{group}_type', group, 'type', [128, 129] if self.kind == 'icmp6' else [0, 8])
            self.value(f'{group}_code', group, 'code', [0])

    def ip(self):
        self.address('nw_src', 'ipv4', 'src', IP4[:5])
        self.address('nw_dst', 'ipv4', 'dst', IP4)
        self.traffic_class('ipv4', 'tos')
        self.value('nw_ttl', 'ipv4', 'ttl', [2, 64, 255])
        self.protocol('ipv4')

    def ipv6(self):
        self.address('ipv6_src', 'ipv6', 'src', IP6)
        self.address('ipv6_dst', 'ipv6', 'dst', IP6)
        self.value('ipv6_label', 'ipv6', 'label', [0, 0x12345])
        self.traffic_class('ipv6', 'tclass')
        self.value('nw_ttl', 'ipv6', 'hlimit', [2, 64, 255])
        self.protocol('ipv6')

    def arp(self):
        self.value('arp_op', 'arp', 'op', [1, 2])
        self.address('arp_spa', 'arp', 'sip', IP4[:5])
        self.address('arp_tpa', 'arp', 'tip', IP4[:5])
        self.mac('arp_sha', 'sha', MACS[:3], 'arp')
        self.mac('arp_tha', 'tha', MACS[:3], 'arp')


class Rules:
    """One table set. protocol: OpenFlow10 (with Nicira's extensions) or OpenFlow13, because an
    action such as mod_vlan_vid is written to Open vSwitch differently in each, and means
    something else there."""

    def __init__(self, rng, protocol, n=40):
        self.rng, self.ten = rng, protocol == 'OpenFlow10'
        self.lines = [self.rule() for _ in range(n)]
        for table in range(N_TABLES):
            if rng.random() < 0.7:
                self.lines.append(f'table={table},priority=0,actions={self.actions("", False, table)}')
        # Two rules of one table and priority that overlap have no order: which one wins is not
        # said by OpenFlow. Every rule has a priority of its own.
        self.lines = [line.replace('priority=X', f'priority={i + 1}')
                      for i, line in enumerate(self.lines)]
        self.text = '\n'.join(self.lines) + '\n'

    def rule(self):
        kind = self.rng.choice(['', '', *L3])
        table = self.rng.choice([0, 0, *range(N_TABLES)])
        vlan, items = False, [kind] if kind else []
        pool = [self.match_in_port, self.match_mac, self.match_register]
        if kind:
            pool += [getattr(self, 'match_' + L3[kind])] * 2
        if kind.rstrip('6') in ('tcp', 'udp', 'sctp'):
            pool += [self.match_ports] * 2
        if kind in ('tcp', 'tcp6'):
            pool.append(self.match_flags)
        if kind in ('icmp', 'icmp6'):
            pool.append(lambda: self.one('icmp_type', [0, 8, 128, 129]))
        for match in self.rng.sample(pool, min(len(pool), self.rng.randint(0, 3))):
            item = match()
            if item.split('=')[0] not in [i.split('=')[0] for i in items]:
                items.append(item)
        if self.rng.random() < 0.3:
            tag = self.match_vlan()
            vlan = 'dl_vlan' in tag
            items.append(tag)
        if kind.rstrip('6') in ('tcp', 'udp', 'sctp', 'icmp'):
            # A later fragment has no transport header to match or to write.
            items = [item for item in items if item != 'nw_frag=later']
        match = ','.join(items)
        return (f'table={table},priority=X{"," if match else ""}{match},'
                f'actions={self.actions(kind, vlan, table)}')

    def one(self, name, pool):
        return f'{name}={self.rng.choice(pool)}'

    def match_in_port(self):
        return self.one('in_port', range(1, N_PORTS + 1))

    def match_mac(self):
        return self.one(self.rng.choice(['dl_src', 'dl_dst']),
                        [*MACS, '52:54:00:00:00:00/ff:ff:ff:ff:00:00',
                         '01:00:00:00:00:00/01:00:00:00:00:00'])

    def match_register(self):
        return self.rng.choice(['reg0=1', 'reg0=0x10/0xf0', 'reg1=0', 'reg3=0xabcd', 'metadata=7',
                                'metadata=0x100/0xff00', 'reg2=0x5/0x7'])

    def match_vlan(self):
        return self.rng.choice(['dl_vlan=10', 'dl_vlan=20', 'dl_vlan=1', 'vlan_tci=0x1000/0x1000',
                                'vlan_tci=0', 'dl_vlan=10,dl_vlan_pcp=3'])

    def match_ip(self):
        return self.rng.choice([self.one('nw_src', [*IP4, '10.0.0.0/24', '10.0.0.0/8', '192.168.0.0/16']),
                                self.one('nw_dst', [*IP4, '10.0.0.0/23', '203.0.113.128/25',
                                                    '10.0.0.2/255.0.0.255']),
                                self.match_any_ip()])

    def match_any_ip(self):
        return self.rng.choice([self.one('nw_tos', [0, 184, 40]), self.one('nw_ecn', [0, 1]),
                                self.one('nw_ttl', [2, 64]),
                                self.one('nw_frag', ['no', 'yes', 'first', 'later', 'not_later'])])

    def match_ipv6(self):
        return self.rng.choice([self.one('ipv6_src', [*IP6, 'fd00::/64', 'fd00::/16', '2001:db8::/32']),
                                self.one('ipv6_dst', [*IP6, 'fd00::/48', 'fe80::/10']),
                                self.one('ipv6_label', ['0', '0x12345']), self.match_any_ip()])

    def match_arp(self):
        return self.rng.choice([self.one('arp_op', [1, 2]),
                                self.one('arp_spa', [*IP4[:3], '10.0.0.0/8']),
                                self.one('arp_tpa', [*IP4[:3], '10.0.0.0/24']),
                                self.one('arp_sha', MACS[:3])])

    def match_ports(self):
        return self.one(self.rng.choice(['tp_src', 'tp_dst']), [*PORTS, '0x1388/0xfff8', '0x400/0xfc00'])

    def match_flags(self):
        return self.one('tcp_flags', ['+syn-ack', '+ack', '0x002/0x017'])

    # ---- actions ----

    def actions(self, kind, vlan, table):
        rng = self.rng
        chosen = []
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            change = self.change(kind, vlan)
            if 'push_vlan:0x8100' in change and 'push_vlan:0x8100' in chosen:
                continue  # Open vSwitch refuses a rule that certainly pushes a third tag
            for action in change:
                chosen.append(action)
                vlan = vlan or 'vlan' in action
                if action in ('strip_vlan', 'pop_vlan'):
                    vlan = False
            if rng.random() < 0.25:
                chosen.append(self.send())
        return ','.join([*chosen, self.last(table)])

    def send(self):
        return self.rng.choice(['1', 'output:2', 'output:3', '4', 'IN_PORT', 'FLOOD', 'ALL', 'NORMAL',
                                'CONTROLLER:128'])

    def last(self, table):
        rng = self.rng
        onward = rng.randint(table + 1, N_TABLES - 1) if table + 1 < N_TABLES else None
        choices = [self.send, self.send] if onward is None else [
            self.send, lambda: f'resubmit(,{onward})',
            lambda: f'resubmit(,{onward}),{self.send()}',
            lambda: f'resubmit({rng.randint(1, N_PORTS)},{onward})',
            lambda: f'goto_table:{onward}' if not self.ten else f'resubmit(,{onward})']
        return rng.choice(choices)()

    def change(self, kind, vlan):
        rng = self.rng
        pool = [self.ethernet, self.registers, self.vlans(vlan)]
        if L3.get(kind) == 'ip':
            pool += [self.internet] * 2
        if L3.get(kind) == 'ipv6':
            pool += [self.internet6] * 2
        if kind.rstrip('6') in ('tcp', 'udp', 'sctp'):
            pool += [lambda: self.ports(kind.rstrip('6'))] * 2
        if kind == 'arp':
            pool += [self.arp] * 2
        return rng.choice(pool)()

    def ethernet(self):
        mac = self.rng.choice(MACS)
        side = self.rng.choice(['src', 'dst'])
        both = [f'mod_dl_{side}:{mac}', f'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
                f'load:0x{mac_number(mac):x}->NXM_OF_ETH_{side.upper()}[]']
        return [self.rng.choice(both if self.ten else [*both, f'set_field:{mac}->eth_{side}'])]

    def registers(self):
        both = ['load:1->NXM_NX_REG0[]', 'load:0x3->NXM_NX_REG3[]', 'load:5->NXM_NX_REG2[0..2]',
                'move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]', 'move:NXM_OF_IN_PORT[]->NXM_NX_REG3[0..15]',
                'load:7->OXM_OF_METADATA[0..31]', 'move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG0[0..15]',
                'move:NXM_OF_VLAN_TCI[0..11]->NXM_NX_REG1[0..11]']
        more = ['set_field:0x12->reg0', 'set_field:0x10/0xf0->reg0', 'set_field:0xabcd->reg3',
                'set_field:0x100/0xff00->metadata', 'set_field:2->reg3']
        return [self.rng.choice(both if self.ten else [*both, *more])]

    def vlans(self, vlan):
        vid, pcp = self.rng.choice(VLANS[1:]), self.rng.randint(0, 7)
        if self.ten:
            choices = [[f'mod_vlan_vid:{vid}'], [f'mod_vlan_pcp:{pcp}'], ['strip_vlan']]
        else:
            choices = [['push_vlan:0x8100', f'set_field:{vid + 4096}->vlan_vid']]
            if vlan:
                choices += [[f'mod_vlan_vid:{vid}'], [f'set_field:{pcp}->vlan_pcp'], ['pop_vlan'],
                            [f'set_field:{vid + 4096}->vlan_vid']]
        return lambda: self.rng.choice(choices)

    def any_ip(self):
        tos = self.rng.choice([0, 184, 40])
        choices = ['dec_ttl', f'mod_nw_tos:{tos}', 'load:9->NXM_NX_IP_TTL[]', 'load:3->NXM_NX_IP_ECN[]']
        return choices if self.ten else [*choices, f'set_field:{tos >> 2}->ip_dscp', 'set_field:9->nw_ttl',
                                         'mod_nw_ttl:17']

    def internet(self):
        address, side = self.rng.choice(IP4), self.rng.choice(['src', 'dst'])
        choices = [*self.any_ip(), f'mod_nw_{side}:{address}', 'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]',
                   f'load:0xa0b->NXM_OF_IP_{side.upper()}[0..15]', 'move:NXM_OF_IP_DST[]->NXM_NX_REG1[]']
        more = [f'set_field:{address}->ip_{side}', f'set_field:10.9.0.0/255.255.0.0->ip_{side}']
        return [self.rng.choice(choices if self.ten else [*choices, *more])]

    def internet6(self):
        address, side = self.rng.choice(IP6), self.rng.choice(['src', 'dst'])
        choices = [*self.any_ip(), f'load:0x77->NXM_NX_IPV6_{side.upper()}[0..63]',
                   'move:NXM_NX_IPV6_SRC[0..31]->NXM_NX_REG1[]']
        more = [f'set_field:{address}->ipv6_{side}', 'set_field:0x777->ipv6_label',
                f'set_field:fd77::/64->ipv6_{side}']
        return [self.rng.choice(choices if self.ten else [*choices, *more])]

    def ports(self, name):
        port, side = self.rng.choice(PORTS), self.rng.choice(['src', 'dst'])
        choices = [f'mod_tp_{side}:{port}']
        if name != 'sctp':
            nxm = f'NXM_OF_{name.upper()}_{side.upper()}'
            choices += [f'load:{port}->{nxm}[]', f'move:{nxm}[]->NXM_NX_REG1[0..15]', f'load:1->{nxm}[4..7]']
        if not self.ten:
            choices += [f'set_field:{port}->{name}_{side}']
        return [self.rng.choice(choices)]

    def arp(self):
        choices = ['load:2->NXM_OF_ARP_OP[]', 'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
                   'load:0x0a000009->NXM_OF_ARP_SPA[]', 'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]']
        more = ['set_field:10.0.0.77->arp_tpa', 'set_field:52:54:00:00:00:77->arp_sha']
        return [self.rng.choice(choices if self.ten else [*choices, *more])]
