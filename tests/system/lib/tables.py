# SPDX-License-Identifier: Apache-2.0
"""Random tables and groups as ovs-ofctl text, from the pools of packets.py."""
from packets import IP4, IP6, L3, LABELS, MACS, N_PORTS, PORTS, VLANS, mac_number

N_TABLES = 4
N_GROUPS = 5
METERS = [1, 2]
LEARNED = 100
# Sizes that only cut frames have. They include all tags, since the kernel parses those.
CUTS = (33, 47, 61)
# Registers written by actions whose choice OpenFlow leaves open, and matched by no rule: {register: content}.
LINK_REGISTER, BUCKET_REGISTER, MEMBER_REGISTER = 7, 8, 9
LINKS, MEMBERS = 4, [1, 2, 4]
KINDS = [k for k in L3 if k not in ('rarp', 'sctp6')]
TRANSPORTS = ('tcp', 'udp', 'sctp')
# Actions that set a register, and the matches on it.
REGISTERS = [('load:1->NXM_NX_REG0[]', 'reg0=1'), ('load:0x12->NXM_NX_REG0[]', 'reg0=0x10/0xf0'),
             ('load:5->NXM_NX_REG2[0..2]', 'reg2=0x5/0x7'), ('load:0xabcd->NXM_NX_REG3[]', 'reg3=0xabcd'),
             ('load:2->NXM_NX_REG4[]', 'reg4=2'), ('load:1->NXM_NX_REG5[0]', 'reg5=0x1/0x1'),
             ('load:3->NXM_NX_REG10[]', 'reg10=0x3/0x3'), ('load:9->NXM_NX_REG15[]', 'reg15=0x9/0xf'),
             ('load:0x100000000->OXM_OF_PKT_REG0[]', 'xreg0=0x100000000'),
             ('load:5->OXM_OF_PKT_REG1[0..7]', 'xreg1=0x5/0x7'),
             ('load:3->OXM_OF_PKT_REG5[32..35]', 'xreg5=0x300000000/0xf00000000'),
             ('load:1->NXM_NX_XXREG0[64..95]', 'xxreg0=0x10000000000000000/0xf0000000000000000'),
             ('load:7->OXM_OF_METADATA[0..31]', 'metadata=7'),
             ('load:1->OXM_OF_METADATA[8..15]', 'metadata=0x100/0xff00')]
HASHED = ['eth_src', 'symmetric_l4', 'symmetric_l3l4', 'symmetric_l3l4+udp', 'nw_src', 'nw_dst', 'symmetric_l3']


class Context:
    """What a list of actions may assume where it is used: 'kind' of the packet, a tag is present ('vlan'), it
    is not a fragment ('whole'), only labels are parsed."""

    def __init__(self, kind, vlan, table, whole=False):
        self.kind, self.vlan, self.table, self.whole = kind, vlan, table, whole
        self.n_pushed = self.n_labels = 0
        self.labelled = kind == 'mpls'
        self.opaque = self.is_multicast = False

    @property
    def protocol(self):
        return None if self.labelled or self.opaque else self.kind.rstrip('6')

    @property
    def l3(self):
        return None if self.labelled or self.opaque else L3.get(self.kind)


class Tables:
    """A table set. protocol: OpenFlow10 (with Nicira's extensions), 13, 14 or 15. ovs-ofctl encodes an action
    such as mod_vlan_vid differently for 1.0, with another meaning.

    rules, groups: lines for ovs-ofctl add-flows and add-groups. Each rule has a unique priority, because
    OpenFlow does not specify which of two overlapping rules of one table and priority matches."""

    def __init__(self, rng, protocol, n=40, exact=False):
        """exact: only features that both switches must treat the same, for comparing bytes. This excludes
        connection tracking, which Tandem's software path does not support."""
        self.rng, self.protocol, self.exact = rng, protocol, exact
        self.version = int(protocol[len('OpenFlow'):])
        # Of either family: both ends of a tunnel are one pair of addresses in Tandem, and two in Open vSwitch.
        self.metadata = rng.choice(['tunnels of IPv4', 'tunnels of IPv4', 'tunnels of IPv6'])
        self.favourites = rng.sample(REGISTERS, 3)
        self.tracked = not exact and rng.random() < 0.3
        self.ten, self.n_lessons = self.version == 10, 0
        self.groups = [] if self.ten else [self.group(i) for i in range(1, N_GROUPS + 1)]
        rules = [self.rule() for _ in range(n)]
        for rule in self.by_registers():
            rules.insert(rng.randint(0, len(rules)), rule)
        if rng.random() < 0.3:
            rules += self.conjunction()
        for table in range(N_TABLES):
            if rng.random() < 0.7:
                rules.append(f'table={table},priority=0,actions={self.actions(Context("", False, table))}')
        self.rules = [rule.replace('priority=X', f'priority={i + 1}') for i, rule in enumerate(rules)]

    @property
    def text(self):
        return ''.join(line + '\n' for line in [*self.groups, *self.rules])

    def one(self, name, pool):
        return f'{name}={self.rng.choice(pool)}'

    # ---- matches ----

    def rule(self):
        kind = self.rng.choice(['', '', *KINDS])
        table = self.rng.choice([0, 0, *range(N_TABLES)])
        match, vlan = self.match(kind)
        cookie = self.rng.choice(['', '', 'cookie=0x77,'])
        actions = self.actions(Context(kind, vlan, table, 'nw_frag=no' in match))
        return f'{cookie}table={table},priority=X{"," if match else ""}{match},actions={actions}'

    def by_registers(self):
        """Adds rules that set registers, and rules that match them."""
        for load, match in self.favourites:
            table = self.rng.randint(1, N_TABLES - 1)
            yield (f'table=0,priority=X,{self.one("in_port", range(1, N_PORTS + 1))},'
                   f'actions={load},resubmit(,{table}),{self.send()}')
            yield f'table={table},priority=X,{match},actions={self.actions(Context("", False, table))}'

    def match(self, kind):
        """Returns a match, and whether it requires a tag."""
        vlan, items = False, ['icmp6,icmp_type=135,icmp_code=0' if kind == 'nd' else kind] if kind else []
        pool = [self.match_in_port, self.match_mac, self.match_register, self.match_metadata]
        if L3.get(kind):
            pool += [getattr(self, 'match_' + L3[kind])] * 2
        if kind.rstrip('6') in TRANSPORTS:
            pool += [self.match_ports] * 2
        if kind in ('tcp', 'tcp6'):
            pool.append(self.match_flags)
        if kind == 'nd':
            pool += [self.match_nd] * 2
        if kind in ('icmp', 'icmp6'):
            pool += [lambda: self.one('icmp_type', [0, 8, 128, 129]), lambda: self.one('icmp_code', [0, 3])]
        for match in self.rng.sample(pool, min(len(pool), self.rng.randint(0, 3))):
            item = match()
            if item.split('=')[0] not in [i.split('=')[0] for i in items]:
                items.append(item)
        if kind in ('icmp', 'icmp6') and self.rng.random() < 0.5:
            # Open vSwitch sets a type and code in later fragments, which have none.
            items = [item for item in items if 'frag' not in item] + ['nw_frag=no']
        if self.rng.random() < 0.3:
            tag = self.match_vlan()
            vlan = 'dl_vlan' in tag
            items.append(tag)
        if kind.rstrip('6') in (*TRANSPORTS, 'icmp', 'nd'):
            # A later fragment has no transport header to match or to write.
            items = [item for item in items if item != 'nw_frag=later']
        return ','.join(items), vlan

    def match_in_port(self):
        return self.one('in_port', range(1, N_PORTS + 1))

    def match_mac(self):
        return self.one(self.rng.choice(['dl_src', 'dl_dst']),
                        [*MACS, '52:54:00:00:00:00/ff:ff:ff:ff:00:00',
                         '01:00:00:00:00:00/01:00:00:00:00:00'])

    def match_register(self):
        if self.rng.random() < 0.6:
            return self.rng.choice(self.favourites)[1]
        return self.rng.choice(['reg0=1', 'reg0=0x10/0xf0', 'reg1=0', 'reg3=0xabcd', 'metadata=7',
                                'metadata=0x100/0xff00', 'reg2=0x5/0x7', 'xreg0=0x100000000',
                                'xreg1=0x5/0x7', 'reg5=0x1/0x1', 'reg6=0', 'reg10=0x3/0x3', 'reg15=0/0xf',
                                'reg4=2', 'xreg5=0x300000000/0xf00000000', 'xxreg3=0',
                                'xxreg0=0x10000000000000000/0xf0000000000000000'])

    def match_metadata(self):
        """Returns matches on fields that are not in the packet."""
        ends = (['tun_src=1.1.1.1', 'tun_dst=2.2.2.0/24', 'tun_src=0.0.0.0'] if 'IPv4' in self.metadata
                else ['tun_ipv6_src=fd00::/16', 'tun_ipv6_dst=fd00::6'])
        pool = [*ends, 'pkt_mark=3', 'pkt_mark=0x1/0x3', 'pkt_mark=0', 'tun_id=5', 'tun_id=0x1/0x3',
                'ct_state=-trk', 'ct_state=+trk', 'ct_state=+est+trk', 'ct_state=+new-rel', 'ct_state=-rpl',
                'ct_state=-inv+trk', 'ct_zone=5', 'ct_mark=0x3/0xf', 'ct_mark=5', 'ct_label=0x1/0x3']
        if not self.ten:
            pool += ['actset_output=2', 'actset_output=1', 'actset_output=UNSET'] * 2
        return self.rng.choice(pool)

    def match_vlan(self):
        return self.rng.choice(['dl_vlan=10', 'dl_vlan=20', 'dl_vlan=1', 'vlan_tci=0x1000/0x1000',
                                'vlan_tci=0', 'dl_vlan=10,dl_vlan_pcp=3', 'vlan_tci=0x1002/0x1002'])

    def match_mpls(self):
        return self.rng.choice([self.one('mpls_label', LABELS), self.one('mpls_tc', range(8)),
                                self.one('mpls_bos', [0, 1]), self.one('mpls_ttl', [1, 2, 64])])

    def match_ip(self):
        return self.rng.choice([self.one('nw_src', [*IP4, '10.0.0.0/24', '10.0.0.0/8', '192.168.0.0/16']),
                                self.one('nw_dst', [*IP4, '10.0.0.0/23', '203.0.113.128/25',
                                                    '10.0.0.2/255.0.0.255']),
                                self.match_any_ip(), self.match_original('ct_nw', [*IP4[:2], '10.0.0.0/24', '0.0.0.1/0.0.0.3'])])

    def match_original(self, name, pool):
        """Matches the original direction of a connection."""
        state = self.rng.choice(['ct_state=+est+trk', 'ct_state=-inv+trk', 'ct_state=+new+trk', 'ct_state=+trk+rpl'])
        return self.rng.choice([f'{state},{self.one(name + "_src", pool)}', f'{state},{self.one(name + "_dst", pool)}',
                                f'{state},ct_nw_proto={self.rng.choice([6, 17])}',
                                f'{state},ct_nw_proto=6,{self.one("ct_tp_src", [*PORTS[:2], "0x10/0xfff8"])}',
                                f'{state},ct_nw_proto=17,{self.one("ct_tp_dst", [*PORTS[:2], "0/0x1"])}'])

    def match_any_ip(self):
        return self.rng.choice([self.one('nw_tos', [0, 184, 40]), self.one('nw_ecn', [0, 1]),
                                self.one('nw_ttl', [2, 64]),
                                self.one('nw_frag', ['no', 'yes', 'first', 'later', 'not_later'])])

    def match_ipv6(self):
        return self.rng.choice([self.one('ipv6_src', [*IP6, 'fd00::/64', 'fd00::/16', '2001:db8::/32']),
                                self.one('ipv6_dst', [*IP6, 'fd00::/48', 'fe80::/10']),
                                self.one('ipv6_label', ['0', '0x12345', '0x2345/0xffff']),
                                self.match_any_ip(), self.match_original('ct_ipv6', [*IP6[:2], 'fd00::/64', '::1/::3'])])

    def match_nd(self):
        return self.rng.choice([self.one('nd_target', [*IP6, 'fd00::/16']), self.one('nd_sll', MACS[:3]),
                                'nd_sll=52:54:00:00:00:00/ff:ff:ff:ff:00:00'])

    def match_arp(self):
        return self.rng.choice([self.one('arp_op', [1, 2]),
                                self.one('arp_spa', [*IP4[:3], '10.0.0.0/8']),
                                self.one('arp_tpa', [*IP4[:3], '10.0.0.0/24']),
                                self.one('arp_sha', MACS[:3]), self.one('arp_tha', MACS[:3]),
                                'arp_tha=52:54:00:00:00:00/ff:ff:ff:ff:00:00'])

    def match_ports(self):
        return self.one(self.rng.choice(['tp_src', 'tp_dst']), [*PORTS, '0x1388/0xfff8', '0x400/0xfc00'])

    def match_flags(self):
        return self.one('tcp_flags', ['+syn-ack', '+ack', '0x002/0x017'])

    def conjunction(self):
        """Adds a conjunction of two dimensions to table 0."""
        number = self.rng.randint(1, 9)
        sources = self.rng.sample(['nw_src=10.0.0.1', 'nw_src=10.0.0.0/24', 'nw_src=192.168.7.9'], 2)
        kind = self.rng.choice(['tcp', 'udp'])
        ports = self.rng.sample([f'tp_dst={p}' for p in PORTS], 3)
        lines = [f'table=0,priority=500,{kind},{m},actions=conjunction({number},{k}/2)'
                 for k, each in ((1, sources), (2, ports)) for m in each]
        actions = self.actions(Context('ip', False, 0))
        return [*lines, f'table=0,priority=500,conj_id={number},ip,actions={actions}']

    # ---- groups ----

    def group(self, number):
        rng = self.rng
        kind = rng.choice(['all', 'indirect', 'ff', 'ff', 'all', *['select'] * 2 * (self.version == 15)])
        if kind == 'select':
            return self.group_of_choice(number)
        buckets = []
        for i in range(1 if kind == 'indirect' else rng.randint(1, 3)):
            watch = ''
            if kind == 'ff':
                watch = f'watch_port:{rng.choice([1, 2, 3, 4, 99, 99])},'
            if kind == 'ff' and number < N_GROUPS and rng.random() < 0.15:
                watch = f'watch_group:{rng.randint(number + 1, N_GROUPS)},'
            buckets.append(f'bucket={watch}actions={",".join(self.set_of(number))}')
        return f'group_id={number},type={kind},{",".join(buckets)}'

    def group_of_choice(self, number):
        """Adds a select group whose choice is free: one bucket has a weight, or the live buckets differ only in
        a register that is not compared."""
        rng = self.rng
        method = rng.choice(['selection_method=hash,fields(eth_src)', 'selection_method=hash,fields(ip_dst)',
                             'selection_method=hash,fields(tcp_dst,ip_src)', 'selection_method=hash'])
        if rng.random() < 0.5:
            chosen = rng.randint(0, 2)
            buckets = [f'bucket=weight:{rng.choice([1, 7]) * (i == chosen)},actions={",".join(self.set_of(number))}'
                       for i in range(3)]
        else:
            end = f'output:{rng.randint(1, N_PORTS)}'
            buckets = [f'bucket=weight:{w},watch_port:{rng.randint(1, N_PORTS)},'
                       f'actions=load:{w}->NXM_NX_REG{BUCKET_REGISTER}[],{end}' for w in (1, 2, 5)]
            buckets.insert(rng.randint(0, 2), f'bucket=weight:9,watch_port:99,actions={",".join(self.set_of(number))}')
        return f'group_id={number},type=select,{method},{",".join(buckets)}'

    def set_of(self, above=0, context=None):
        """Returns actions of a bucket or, with a context, of a rule's action set. Groups are limited to numbers
        above a given one, so that chains end."""
        rng, actions = self.rng, []
        pool = [*[self.ethernet, self.registers] * 3, self.push, self.set_metadata, lambda: [f'set_queue:{rng.randint(0, 7)}']]
        if not context:
            # A bucket gets all kinds of packets.
            pool += [self.any_set] * 2
        elif context.l3 == 'ip':
            pool += [self.internet, lambda: ['dec_ttl']]
        elif context.l3 == 'ipv6':
            pool += [self.internet6, lambda: ['dec_ttl']]
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            change = rng.choice(pool)()
            actions += [a for a in change
                        if a.split(':')[0].split('(')[0] not in [b.split(':')[0] for b in actions]]
        ends = [lambda: f'output:{rng.randint(1, N_PORTS)}'] * 3
        if above < N_GROUPS and not self.ten:
            ends.append(lambda: f'group:{rng.randint(above + 1, N_GROUPS)}')
        return [*actions, rng.choice(ends)()]

    def any_set(self):
        """Returns a set of a field that a packet may lack."""
        choices = ['dec_ttl', 'mod_nw_tos:40', 'load:9->NXM_NX_IP_TTL[]', f'load:{self.rng.choice(PORTS)}->NXM_OF_TCP_DST[]',
                   'load:0x0a000009->NXM_OF_IP_DST[]', 'load:2->NXM_OF_ARP_OP[]', 'load:0x77->NXM_NX_IPV6_SRC[0..63]',
                   'pop_vlan', 'load:5->OXM_OF_MPLS_LABEL[]', 'set_mpls_ttl:7']
        return [self.rng.choice(choices)]

    # ---- actions ----

    def actions(self, context, depth=0):
        rng, chosen = self.rng, []
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            chosen += self.change(context)
            if rng.random() < 0.25:
                chosen.append(self.send())
            if not depth and rng.random() < 0.06:
                inside = Context(context.kind, context.vlan, context.table)
                inside.__dict__.update(context.__dict__)
                chosen.append(f'clone({self.actions(inside, 1)})')
        chosen += self.odds(context, depth) if rng.random() < 0.25 else []
        if depth:
            return ','.join([*chosen, self.send()])
        meter = [] if self.ten or rng.random() > 0.08 else [f'meter:{rng.choice(METERS)}']
        return ','.join([*meter, *chosen, self.last(context)])

    def odds(self, context, depth):
        """Returns actions that do not change the packet, and those of which there must be few."""
        rng = self.rng
        pool = [['note:01.02.03'], ['push:NXM_NX_REG0[]', 'pop:NXM_NX_REG1[]'],
                [f'set_queue:{rng.randint(0, 9)}'], [f'set_queue:{rng.randint(0, 9)}', self.send(), 'pop_queue'],
                ['pop_queue'],
                ['push:NXM_NX_REG5[]', 'push:NXM_NX_XXREG0[]', 'pop:NXM_NX_XXREG3[]', 'pop:NXM_NX_REG6[]'],
                ['push:NXM_OF_ETH_SRC[]', 'push:NXM_NX_REG1[0..15]', 'pop:NXM_NX_REG2[0..15]',
                 'pop:NXM_OF_ETH_DST[]'],
                ['pop:NXM_NX_REG2[0..7]'], ['load:2->NXM_NX_REG4[]', 'output:NXM_NX_REG4[]'],
                ['output:NXM_NX_REG2[0..15]'],
                ['multipath(symmetric_l4,50,modulo_n,1,0,NXM_NX_REG0[0..3])'],
                [f'multipath({rng.choice(HASHED)},50,'
                 f'{rng.choice(["modulo_n", "hash_threshold", "hrw", "iter_hash"])},{LINKS},0,'
                 f'NXM_NX_REG{LINK_REGISTER}[0..7])'],
                ['bundle(eth_src,0,active_backup,ofport,members:99,2,3)'],
                [f'bundle({rng.choice(HASHED)},3,hrw,ofport,members:99,{rng.randint(1, N_PORTS)})'],
                [f'bundle(nw_dst,3,hrw,ofport,members:99)'],
                ['bundle_load(symmetric_l4,7,hrw,ofport,'
                 f'NXM_NX_REG{MEMBER_REGISTER}[16..31],members:{",".join(map(str, MEMBERS))})'],
                [f'controller(reason={rng.choice(["no_match", "action"])},'
                 f'max_len={rng.choice([64, 128, 65535])})'],
                ['controller(userdata=01.02.03,id=1)'],
                ['controller(reason=action,max_len=70,id=5)'],
                *([port, 'output:1'] for port in self.in_ports()), ['load:2->NXM_NX_REG4[]', self.in_ports()[1], 'in_port'],
                ['push:NXM_OF_IN_PORT[]', 'load:0->NXM_OF_IN_PORT[]', self.send(), 'pop:NXM_OF_IN_PORT[]', self.send()],
                ['sample(probability=32768,collector_set_id=1,obs_domain_id=2,obs_point_id=3)']]
        if not depth:
            # In Open vSwitch an exit in a clone also ends the actions after it. By ovs-actions(7) a clone's
            # actions are isolated; Tandem's exit ends the clone only. After a ct_clear in a clone, Open vSwitch
            # omits one behind it.
            pool += [['exit'], ['ct_clear']]
        pool.append([self.learn(context, depth)])
        if context.protocol == 'tcp':
            pool.append(['fin_timeout(idle_timeout=10,hard_timeout=20)'])
        return rng.choice(pool)

    def in_ports(self):
        """Returns actions that change the packet's input port: to none, to a register's value, to a port."""
        some = f'{self.rng.randint(1, N_PORTS)}'
        return ['load:0xffff->NXM_OF_IN_PORT[]', 'move:NXM_NX_REG4[0..15]->NXM_OF_IN_PORT[]',
                f'load:{some}->NXM_OF_IN_PORT[]' if self.ten else f'set_field:{some}->in_port',
                'move:NXM_NX_REG4[]->OXM_OF_IN_PORT[]', 'load:0->NXM_OF_IN_PORT[]']

    def learn(self, context, depth):
        """Learns into a table that no packet visits. The learned rule depends on the match alone, since the
        order of packets is not compared."""
        rng = self.rng
        forms = ['NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],NXM_OF_IN_PORT[],output:NXM_OF_IN_PORT[]',
                 'NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],NXM_OF_IN_PORT[],'
                 'load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]',
                 'reg1=0x5,in_port=2,NXM_NX_REG0[],load:0x7->NXM_NX_REG3[],load:NXM_NX_REG0[]->NXM_NX_REG1[]',
                 'NXM_NX_REG2[0..15]=NXM_NX_REG1[0..15],load:0->NXM_OF_VLAN_TCI[],output:NXM_NX_REG1[0..15]']
        if context.protocol == 'tcp' and context.kind == 'tcp':
            forms += ['eth_type=0x800,nw_proto=6,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],'
                      'load:NXM_OF_IP_DST[]->NXM_OF_IP_SRC[]'] * 4
        if context.l3 == 'ipv6':
            forms += ['eth_type=0x86dd,NXM_NX_IPV6_SRC[0..63]=NXM_NX_IPV6_DST[0..63]'] * 4
        # A priority for each: if two taught the same match, the rule would depend on the last packet.
        self.n_lessons += 1
        words = ['', 'cookie=0x5,', 'idle_timeout=300,hard_timeout=600,', 'send_flow_rem,',
                 'fin_idle_timeout=10,fin_hard_timeout=20,', 'limit=1000,result_dst=NXM_NX_REG5[0],', 'limit=1000,']
        if not depth:  # Open vSwitch does not search clones for rules to delete with their teacher
            words += ['delete_learned,', 'delete_learned,cookie=0x6,']
        words = rng.choice(words)
        return f'learn(table={LEARNED},priority={self.n_lessons},{words}{rng.choice(forms)})'

    def send(self):
        pool = ['1', 'output:2', 'output:3', '4', 'IN_PORT', 'FLOOD', 'ALL', 'NORMAL', 'LOCAL',
                'CONTROLLER:128', f'enqueue:{self.rng.randint(1, N_PORTS)}:{self.rng.randint(0, 5)}']
        # Open vSwitch 3.1 accepts IN_PORT there, too, and sends nothing.
        pool.append(f'output(port={self.rng.randint(1, N_PORTS)},max_len={self.rng.choice(CUTS)})')
        if not self.ten:
            pool += [f'group:{self.rng.randint(1, N_GROUPS)}'] * 3
        if self.exact:
            pool.remove('NORMAL')
        return self.rng.choice(pool)

    def last(self, context):
        rng, table = self.rng, context.table
        if context.opaque:
            return self.rng.choice(['1', '2', 'FLOOD'])
        onward = rng.randint(table + 1, N_TABLES - 1) if table + 1 < N_TABLES else None
        choices = [self.send, self.send]
        if onward is not None:
            choices = [
                self.send, lambda: f'resubmit(,{onward})',
                lambda: f'resubmit(,{onward}),{self.send()}',
                lambda: f'resubmit({rng.randint(1, N_PORTS)},{onward})',
                lambda: f'goto_table:{onward}' if not self.ten else f'resubmit(,{onward})']
            if not self.ten and not self.tracked:
                # Open vSwitch 3.1 aborts if a packet with an action set goes through connection tracking.
                choices += [lambda: f'{self.instructions(context)}goto_table:{onward}'] * 2
        elif not self.ten:
            choices += [lambda: f'write_actions({",".join(self.set_of(context=context))})']
        return rng.choice(choices)()

    def instructions(self, context):
        rng = self.rng
        text = ''
        if rng.random() < 0.15:
            text += 'clear_actions,'
        if rng.random() < 0.6:
            text += f'write_actions({",".join(self.set_of(context=context))}),'
        if rng.random() < 0.4:
            text += rng.choice(['write_metadata:0x100/0xff00,', 'write_metadata:7,',
                                'write_metadata:0/0xff,'])
        return text

    def change(self, context):
        rng = self.rng
        pool = [self.ethernet, self.registers, self.vlans(context), self.set_metadata]
        l3 = context.l3
        if l3 == 'ip':
            pool += [self.internet] * 2
        if l3 == 'ipv6':
            pool += [self.internet6] * 2
        if context.protocol in TRANSPORTS:
            pool += [lambda: self.ports(context.protocol)] * 2
        if context.protocol == 'icmp' and context.whole and not self.ten:
            pool.append(lambda: self.icmp(context.kind))
        if context.protocol == 'nd':
            pool += [self.neighbour] * 2
        if l3 == 'arp':
            pool += [self.arp] * 2
        if l3 in ('ip', 'ipv6') and self.tracked:
            pool += [lambda: self.ct(context)] * 3
        if context.labelled or (l3 and rng.random() < 0.15):
            pool += [lambda: self.labels(context)] * 2
        return rng.choice(pool)()

    def ethernet(self):
        mac = self.rng.choice(MACS)
        side = self.rng.choice(['src', 'dst'])
        both = [f'mod_dl_{side}:{mac}', 'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
                f'load:0x{mac_number(mac):x}->NXM_OF_ETH_{side.upper()}[]']
        return [self.rng.choice(both if self.ten else [*both, f'set_field:{mac}->eth_{side}'])]

    def registers(self):
        if self.rng.random() < 0.6:
            return [self.rng.choice(self.favourites)[0]]
        both = ['load:1->NXM_NX_REG0[]', 'load:0x3->NXM_NX_REG3[]', 'load:5->NXM_NX_REG2[0..2]',
                'move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]', 'move:NXM_OF_IN_PORT[]->NXM_NX_REG3[0..15]',
                'load:7->OXM_OF_METADATA[0..31]', 'move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG0[0..15]',
                'move:NXM_OF_VLAN_TCI[0..11]->NXM_NX_REG1[0..11]',
                'load:0x101->OXM_OF_PKT_REG0[8..31]', 'move:NXM_OF_ETH_DST[0..15]->OXM_OF_PKT_REG1[40..55]',
                'load:1->NXM_NX_REG5[0]', 'move:NXM_NX_REG5[]->NXM_NX_REG6[]', 'load:0x3->NXM_NX_REG10[]',
                'load:0x9->NXM_NX_XXREG3[60..70]', 'move:NXM_NX_REG0[]->NXM_NX_REG15[]',
                'move:NXM_NX_XXREG0[0..99]->NXM_NX_XXREG3[28..127]']
        more = ['set_field:0x12->reg0', 'set_field:0x10/0xf0->reg0', 'set_field:0xabcd->reg3',
                'set_field:0x100/0xff00->metadata', 'set_field:2->reg3',
                'set_field:0x1/0xff->xreg1', 'set_field:0x300000005->xreg0', 'set_field:0x300000005->xreg5',
                'set_field:0x123456789abcdef0123456789->xxreg0', 'move:actset_output[0..15]->reg4[0..15]']
        return [self.rng.choice(both if self.ten else [*both, *more])]

    def set_metadata(self):
        """Sets fields that frames cannot carry."""
        both = ['load:3->NXM_NX_PKT_MARK[]', 'load:1->NXM_NX_PKT_MARK[4..7]', 'move:NXM_NX_PKT_MARK[0..15]->NXM_NX_REG1[0..15]',
                'load:5->NXM_NX_TUN_ID[]', 'set_tunnel:9', 'move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[]',
                'move:NXM_NX_CT_MARK[]->NXM_NX_REG1[]', 'move:NXM_NX_CT_ZONE[]->NXM_NX_REG0[0..15]',
                'move:NXM_NX_CT_STATE[0..7]->NXM_NX_REG0[0..7]', 'move:NXM_NX_CT_LABEL[0..31]->NXM_NX_REG3[]']
        more = ['set_field:5->pkt_mark', 'set_field:9->tun_id']
        if 'IPv4' in self.metadata:
            both += ['load:0x01010101->NXM_NX_TUN_IPV4_SRC[]', 'move:NXM_NX_TUN_IPV4_DST[]->NXM_NX_REG2[]']
            more += ['set_field:2.2.2.2->tun_dst', 'set_field:1.1.1.1->tun_src']
        else:
            more += ['set_field:fd00::7->tun_ipv6_dst', 'set_field:fd00::8->tun_ipv6_src']
        return [self.rng.choice(both if self.ten else [*both, *more])]

    def ct(self, context):
        """Sends the packet through connection tracking, to a later table."""
        rng, items = self.rng, []
        onward = context.table + 1 < N_TABLES
        if rng.random() < 0.5:
            items += ['commit'] + self.committed(context)
        elif rng.random() < 0.3:
            items.append('nat')
        if onward and rng.random() < 0.7:
            items.append(f'table={rng.randint(context.table + 1, N_TABLES - 1)}')
        items += rng.choice([[], ['zone=5'], ['zone=NXM_NX_REG0[0..15]'], ['zone=NXM_OF_IN_PORT[]'], ['zone=7']])
        return [f'ct({",".join(items)})' if items else 'ct']

    def committed(self, context):
        rng, items = self.rng, []
        if rng.random() < 0.3:
            to = ['10.9.9.9', '10.9.9.1-10.9.9.9'] if context.l3 == 'ip' else ['fd99::9', 'fd99::1-fd99::9']
            address = rng.choice(to)
            if context.protocol in ('tcp', 'udp') and rng.random() < 0.5:
                address = (f'{address}' if context.l3 == 'ip' else '-'.join(f'[{a}]' for a in address.split('-')))
                address += rng.choice([':80', ':1000-2000', ':1000-2000,random', ':1000-2000,hash', ':80,persistent'])
            items.append(f'nat({rng.choice(["src", "dst"])}={address})')
        if rng.random() < 0.4:
            inside = rng.choice(['load:5->NXM_NX_CT_MARK[]', 'load:0x3->NXM_NX_CT_LABEL[0..7]',
                                 'load:1->NXM_NX_CT_MARK[0..3],load:2->NXM_NX_CT_LABEL[32..40]',
                                 'move:NXM_NX_REG1[]->NXM_NX_CT_MARK[]', 'move:NXM_NX_REG2[]->NXM_NX_CT_LABEL[64..95]'])
            items.append(f'exec({inside})')
        if rng.random() < 0.1:
            items.append('force')
        if context.protocol == 'tcp' and rng.random() < 0.1:
            items.append('alg=ftp')
        return items

    def push(self):
        """Pushes a tag without setting its ID. In a bucket the set may apply to a packet without a tag: Open
        vSwitch then pushes one, while OpenFlow requires a tag."""
        return [f'push_vlan:{self.rng.choice(["0x8100", "0x88a8"])}']

    def vlans(self, context):
        vid, pcp = self.rng.choice(VLANS[1:]), self.rng.randint(0, 7)
        if self.ten:
            choices = [[f'mod_vlan_vid:{vid}'], [f'mod_vlan_pcp:{pcp}'], ['strip_vlan']]
        else:
            tpid = self.rng.choice(['0x8100', '0x8100', '0x88a8'])
            choices = []
            if not context.n_pushed:  # a rule that certainly pushes a third tag is refused
                choices += [[f'push_vlan:{tpid}', f'set_field:{vid + 4096}->vlan_vid']]
            if context.vlan:
                choices += [[f'mod_vlan_vid:{vid}'], [f'set_field:{pcp}->vlan_pcp'], ['pop_vlan'],
                            [f'set_field:{vid + 4096}->vlan_vid']]
        if not choices:
            return self.ethernet

        def choose():
            chosen = self.rng.choice(choices)
            if chosen[0].startswith('push'):
                context.n_pushed += 1
            context.vlan = not chosen[0].startswith(('strip', 'pop'))
            return chosen
        return choose

    def labels(self, context):
        rng = self.rng
        if not context.labelled:
            if self.ten:
                return self.ethernet()
            context.labelled = True
            context.n_labels = 1
            return ['push_mpls:0x8847', f'set_field:{rng.choice(LABELS)}->mpls_label']
        choices = [['dec_mpls_ttl'], ['set_mpls_ttl(7)'], ['move:OXM_OF_MPLS_LABEL[]->NXM_NX_REG1[0..19]'],
                   ['load:3->OXM_OF_MPLS_TC[]'], ['load:0x99->OXM_OF_MPLS_LABEL[0..7]']]
        if not self.ten:
            choices += [['set_field:5->mpls_tc'], [f'set_field:{rng.choice(LABELS)}->mpls_label']]
        if context.n_labels < 2:
            # A push that is undone before the packet is sent has no effect. Open vSwitch then also omits the type
            # that pop_mpls sets.
            both = 'push_mpls:0x8848' if context.is_multicast else 'push_mpls:0x8847'
            choices += [['push_mpls:0x8847'], ['push_mpls:0x8848'],
                        [both, 'load:0x99->OXM_OF_MPLS_LABEL[0..7]', both.replace('push', 'pop')]]
        if context.n_labels > (context.kind != 'mpls'):
            choices += [['pop_mpls:0x8847']] * 6
        chosen = rng.choice(choices)
        if chosen[0].startswith('push'):
            context.n_labels += 1
            context.is_multicast = chosen[0].endswith('8848')
        if chosen[-1].startswith('pop'):
            context.n_labels -= 1
            context.is_multicast = chosen[-1].endswith('8848')
        return chosen

    def any_ip(self):
        tos = self.rng.choice([0, 184, 40])
        choices = ['dec_ttl', f'mod_nw_tos:{tos}', 'load:9->NXM_NX_IP_TTL[]', 'load:3->NXM_NX_IP_ECN[]',
                   'dec_ttl(1,2)', 'move:NXM_NX_IP_TTL[]->NXM_NX_REG2[0..7]', 'mod_nw_ecn:2',
                   f'load:{tos}->NXM_OF_IP_TOS[]', 'move:NXM_OF_IP_TOS[]->NXM_NX_REG3[0..7]']
        return choices if self.ten else [*choices, f'set_field:{tos >> 2}->ip_dscp', 'set_field:9->nw_ttl',
                                         'mod_nw_ttl:17', 'set_field:1->nw_ecn', f'set_field:{tos}->nw_tos']

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

    def icmp(self, kind):
        name = 'icmpv6' if kind == 'icmp6' else 'icmp'
        return [self.rng.choice([f'set_field:0->{name}_type', f'set_field:3->{name}_code'])]

    def neighbour(self):
        choices = ['move:NXM_NX_ND_SLL[]->NXM_OF_ETH_DST[]', 'move:NXM_NX_ND_TARGET[0..31]->NXM_NX_REG1[]',
                   'load:0x520000000009->NXM_NX_ND_SLL[]']
        more = ['set_field:fd00::99->nd_target', 'set_field:52:54:00:00:00:77->nd_sll']
        return [self.rng.choice(choices if self.ten else [*choices, *more])]

    def arp(self):
        choices = ['load:2->NXM_OF_ARP_OP[]', 'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
                   'load:0x0a000009->NXM_OF_ARP_SPA[]', 'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]']
        more = ['set_field:10.0.0.77->arp_tpa', 'set_field:52:54:00:00:00:77->arp_sha']
        return [self.rng.choice(choices if self.ten else [*choices, *more])]
