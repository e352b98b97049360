# SPDX-License-Identifier: Apache-2.0
"""Choices by hash: multipath, bundle, bundle_load and select groups. OpenFlow leaves the hash open;
ovs-actions(7) and ovs-ofctl(8) define its input: packets that are equal in these fields have the same choice."""
import os
import random

from flowtext import split
from lab import IDLE, Daemon, check
from mutation import mutated
from packets import Packet
from traces import final_flow, line_of, megaflow
from unixctl import Unixctl

N_PACKETS, N_OTHERS, N_LINKS = 100, 3, 4
MACS, ENDS = ['dl_src', 'dl_dst'], ['nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst']
PORTS = {'tcp': ['tcp_src', 'tcp_dst'], 'sctp': ['sctp_src', 'sctp_dst'], 'udp': ['udp_src', 'udp_dst']}
L3L4 = [*ENDS, *PORTS['tcp'], *PORTS['sctp']]
# Fields in addition to the types of headers, which are not mutated here.
HASHED = {'eth_src': ['dl_src'], 'symmetric_l4': [*MACS, 'dl_vlan', *L3L4], 'symmetric_l3l4': L3L4,
          'symmetric_l3l4+udp': [*L3L4, *PORTS['udp']], 'nw_src': ['nw_src', 'ipv6_src'],
          'nw_dst': ['nw_dst', 'ipv6_dst'], 'symmetric_l3': ENDS}
FIELDS = {'eth_src': ['dl_src'], 'ip_dst': ['nw_dst'], 'tcp_dst,ip_src': ['tcp_dst', 'nw_src'],
          'eth_dst,ipv6_src,udp_src': ['dl_dst', 'ipv6_src', 'udp_src']}
# Always matched by megaflows: fields that determine which headers are present.
KINDS = {'in_port', 'dl_type', 'recirc_id', 'nw_frag', 'nw_proto', 'vlan_tci', 'vlan_tpid', 'vlan_tci1'}
NAMES = {'p1': 1, 'p2': 2, 'p3': 3, 'p4': 4}


def mask_of(fields):
    """Returns the mask of a megaflow that matches just these fields."""
    mask = {}
    for field in fields:
        name = {'dl_vlan': 'vlan_tci'}.get(field, field)
        name = f'tp_{name[-3:]}' if field in sum(PORTS.values(), []) else name
        mask[name] = 0xfff if field == 'dl_vlan' else (1 << 128) - 1
    return mask


def connection(text):
    """Returns the fields that a select group without fields hashes."""
    ip = any(field in text for field in ENDS)
    return [*L3L4, *PORTS['udp']] if ip else MACS


def mask_for(text, fields):
    """Returns the mask of those fields that the packet has. Masks have one name for the ports of all protocols."""
    fields = fields(text) if callable(fields) else fields
    return mask_of([f for f in fields if f in [item.split('=')[0] for item in split(text)]])


def turned(text):
    """Returns the packet of the other direction."""
    items = dict(item.partition('=')[::2] for item in split(text))
    for a, b in (MACS, ENDS[:2], ENDS[2:], *PORTS.values()):
        if a in items:
            items[a], items[b] = items[b], items[a]
    return ','.join(f'{k}={v}' if v else k for k, v in items.items())


class Chooser:
    def __init__(self, lab):
        self.lab, self.rng, self.n = lab, random.Random(5), 0
        d = self.d = Daemon(lab, IDLE)
        d('bridge', 'add', 'br0')
        for name, number in NAMES.items():
            d('port', 'add', 'br0', name, f'dev=net_null{number},no-rx=1', f'id={number}')
        self.control = Unixctl(os.path.join(d.rundir, 'tandemd.ctl'))

    def trace(self, text):
        self.n += 1
        return self.control('ofproto/trace', 'br0', text)

    def packets(self):
        for _ in range(N_PACKETS):
            packet = Packet(self.rng)
            text = packet.text.replace(f'in_port={packet.port}', 'in_port=1')
            yield mutated(mutated(text, {}, self.rng), {}, self.rng)

    def spread(self, what, fields, allowed, choice, symmetric=False):
        """Checks the choices of packets. choice: returns the choice in a trace. Returns how often each was
        chosen for packets that have one of the fields."""
        counts = dict.fromkeys(allowed, 0)
        for text in self.packets():
            trace = self.trace(text)
            chosen, mask = choice(trace), mask_for(text, fields)
            check(chosen in allowed, f'{what}: {chosen} is chosen, of {allowed}\n{trace}')
            others = [mutated(text, mask, self.rng) for _ in range(N_OTHERS)]
            for other in others + ([turned(text)] if symmetric else []):
                found = choice(self.trace(other))
                check(found == chosen, f'{what}: {chosen} is chosen for {text}, {found} for {other}, which has the same '
                      'of what is hashed')
            more = set(megaflow(trace, NAMES)) - KINDS - set(mask)
            check(not more, f'{what}: the megaflow matches {more}, too\n{trace}')
            counts[chosen] += bool(mask)
        return counts


def link(trace):
    return final_flow(trace, NAMES).get('reg0', 0)


def port(trace):
    return line_of(trace, 'Datapath actions')


def even(what, counts):
    total = sum(counts.values())
    check(total < 40 or min(counts.values()) > total / len(counts) / 3, f'{what} is not even: {counts}')


def test_links_depend_on_what_is_said(lab):
    chooser = Chooser(lab)
    for name, fields in HASHED.items():
        symmetric = name.startswith('symmetric')
        for algorithm in ('modulo_n', 'hash_threshold', 'hrw', 'iter_hash'):
            what = f'multipath({name},50,{algorithm},{N_LINKS},0,NXM_NX_REG0[0..7])'
            chooser.d('flow', 'add', 'br0', f'actions={what},output:2')
            even(what, chooser.spread(what, fields, range(N_LINKS), link, symmetric))
        for what, allowed, choice in (
                (f'bundle({name},7,hrw,ofport,members:2,3,99,4)', ['p2', 'p3', 'p4'], port),
                (f'bundle_load({name},7,hrw,ofport,NXM_NX_REG0[0..15],members:2,99,4)', [2, 4], link)):
            chooser.d('flow', 'add', 'br0', f'actions={what}' + (',output:2' if choice == link else ''))
            even(what, chooser.spread(what, fields, allowed, choice, symmetric))
    lab.remark(f'{chooser.n} traces')


BUCKETS = ('bucket=weight:1,watch_port:2,actions=output:2,bucket=weight:3,watch_port:3,actions=output:3,'
           'bucket=weight:9,watch_port:99,actions=output:4')


def test_buckets_depend_on_what_is_said(lab):
    """The choice depends on the given fields, the weights, and the live buckets."""
    chooser = Chooser(lab)
    groups = [(f'selection_method=hash,fields({name}),', fields, False) for name, fields in FIELDS.items()]
    groups += [(method, connection, True) for method in ('', 'selection_method=dp_hash,')]
    for i, (method, fields, symmetric) in enumerate(groups, 1):
        what = f'group_id={i},type=select,{method}{BUCKETS}'
        chooser.d('group', 'add', 'br0', what)
        chooser.d('flow', 'add', 'br0', f'actions=group:{i}')
        counts = chooser.spread(what, fields, ['p2', 'p3'], port, symmetric)
        total = sum(counts.values())
        check(total < 40 or 0.1 < counts['p2'] / total < 0.45, f'{what}: {counts}')
    lab.remark(f'{chooser.n} traces')


def test_choices_outlive_a_restart(lab):
    chosen = []
    for _ in range(2):
        chooser = Chooser(lab)
        texts = list(chooser.packets())
        for i, method in enumerate(('', 'selection_method=hash,fields(ip_src,eth_src),'), 1):
            chooser.d('group', 'add', 'br0', f'group_id={i},type=select,{method}{BUCKETS}')
            chooser.d('flow', 'add', 'br0', f'actions=group:{i}')
            chosen.append([port(chooser.trace(text)) for text in texts])
        chooser.d.stop()
    check(chosen[:2] == chosen[2:], f'{chosen}')
    check(all(len(set(ports)) == 2 for ports in chosen), f'{chosen}')
