# SPDX-License-Identifier: Apache-2.0
"""The cases of the benchmark: what is sent, the rules, and what is measured."""
import dataclasses
import fnmatch
import random
import typing

import acl
import floods
from flows import OUT, SOURCE_MAC, fresh_template, host_mac, host_template, mac, mask_rules, mask_template, spread, udp_template
from traffic import Template, Traffic, mostly, uniform, zipf

BYTES = 64
IMIX = [64] * 7 + [594] * 4 + [1518]
CHURN = '+churn'
CHURN_PPS = 10000
# Longer than any pause between two packets of a flow in the slowest case.
IDLE_MS, CHURN_IDLE_MS = 60000, 2000
STORM_PPS, STORM_FLOWS = 200000, 1000
TRAIN = 8
N_ZIPF = 1 << 20
FLOW_LIMIT_MAX = 10000000  # of tandemd
COUNTS = {'1': 1, '1k': 1000, '10k': 10000, '100k': 100000, '1m': 1000000}
PORTS_BROADCAST = 31
VLAN_PUSH = ('set_field:02:00:00:00:00:aa->eth_src,set_field:02:00:00:00:00:bb->eth_dst,'
             'set_field:192.0.2.1->ip_src,dec_ttl,push_vlan:0x8100,set_field:4197->vlan_vid,' + OUT)


@dataclasses.dataclass
class Input:
    """traffic: {port: Traffic}; other ports receive nothing. n_megaflows: how many flows need; None if a switch
    chooses their masks. copies: packets sent for each that is received."""
    rules: list
    traffic: dict
    n_megaflows: typing.Optional[int]
    n_ports: int = 2
    copies: int = 1


@dataclasses.dataclass
class Case:
    """measures: rate, setup, storm, order, flood or idle. n_flows: megaflows that must fit, about. fresh_pps: fresh flows a second
    while it is measured; None: nothing else."""
    name: str
    what: str
    build: typing.Callable
    n_flows: int = 1000
    measures: str = 'rate'
    fresh_pps: typing.Optional[int] = 0
    idle_ms: int = IDLE_MS

    @property
    def flow_limit(self):
        """Far above what is needed, as both switches lower their limit while sweeps are long."""
        rate = 300000 if self.fresh_pps is None else self.fresh_pps
        return min(FLOW_LIMIT_MAX, 8 * (self.n_flows + rate * min(self.idle_ms, 10000) // 1000) + 200000)

    def with_churn(self):
        return dataclasses.replace(self, name=self.name + CHURN, fresh_pps=CHURN_PPS, idle_ms=CHURN_IDLE_MS
                                   if self.n_flows <= 100000 else 10000,
                                   what=f'{self.what}, while {CHURN_PPS:,} flows a second come and go')


def sized(flows, templates_of_size, sizes):
    """Returns the templates of all sizes and the flows as (template, number), each with a size of the mix."""
    distinct = sorted(set(sizes))
    templates = [t for size in distinct for t in templates_of_size(size)]
    n_masks, rng = len(templates) // len(distinct), random.Random(len(flows))
    return templates, [(distinct.index(rng.choice(sizes)) * n_masks + k, i) for k, i in flows]


def masked(n_flows, n_masks, sizes=(BYTES, ), version=4, actions=OUT, order=uniform):
    flows = spread(n_flows, n_masks)
    if len(set(sizes)) > 1:  # a flow has packets of each size
        flows *= max(1, -(-len(sizes) * 1000 // n_flows))
    templates, flows = sized(flows, lambda n: [mask_template(k, n, version) for k in range(n_masks)], sizes)
    traffic = Traffic([*templates, fresh_template(min(sizes), version)], order(flows))
    return Input(mask_rules(n_masks, version, actions), {1: traffic}, n_flows)


def one_of_8():
    """One flow, whose mask is one of eight: each other mask has a flow that sends one packet in 1,024."""
    flows = spread(8, 8)
    traffic = Traffic([*[mask_template(k, BYTES) for k in range(8)], fresh_template(BYTES)],
                      mostly(flows[0], flows[1:], 7 * 1024))
    return Input(mask_rules(8), {1: traffic}, 8)


def access_list():
    return Input(acl.rules(10000), {1: acl.traffic(20000, BYTES)}, None)


def normal():
    """500 hosts at each of two ports, in pairs that send to each other. Fresh flows are from one host to a MAC that
    nobody has."""
    def fresh(side):
        base = udp_template(BYTES, 4, host_mac(9), side << 24, 9 << 24, [], dl_src=host_mac(side))
        return Template(BYTES, base.header, [(2, 4, 1)], 14)
    traffic = {side: Traffic([host_template(side, BYTES), fresh(side)], uniform([(0, i) for i in range(500)]))
               for side in (1, 2)}
    return Input(['priority=0,actions=NORMAL'], traffic, 1000)


def broadcast():
    template = udp_template(BYTES, 4, b'\xff' * 6, 10 << 24, 0xffffffff, [])
    fresh = udp_template(BYTES, 4, mac(0), 0x40000000, 0x50000000, [1, 1, 1, 1], dl_src=SOURCE_MAC)
    fresh = Template(BYTES, fresh.header, [(2, 4, 1)], 14)
    return Input(['priority=0,actions=NORMAL'], {1: Traffic([template, fresh], uniform([(0, 0)]))}, 1,
                 PORTS_BROADCAST, PORTS_BROADCAST - 1)


def cases():
    """Returns all cases by name, without those with churn."""
    out = []
    for text, n in COUNTS.items():
        for n_masks in (1, 8):
            build = one_of_8 if (n, n_masks) == (1, 8) else lambda n=n, m=n_masks: masked(n, m)
            out.append(Case(f'{text}-m{n_masks}', f'{n:,} flow{"s" * (n > 1)}, {n_masks} mask{"s" * (n_masks > 1)}',
                            build, n))
    for n_masks in (20, 60):
        out.append(Case(f'60k-m{n_masks}', f'60,000 flows, {n_masks} masks',
                        lambda m=n_masks: masked(60000, m), 60000))
        out.append(Case(f'60k-m{n_masks}-zipf', f'60,000 flows, {n_masks} masks, Zipf 1.0',
                        lambda m=n_masks: masked(60000, m, order=lambda flows: zipf(flows, N_ZIPF)), 60000))
    out += [
        Case('acl', '20,000 flows, access list of 10,000 five-tuple rules', access_list, 20000),
        Case('normal', 'NORMAL, 1,000 MACs, both ways', normal),
        Case('rewrite', '1,000 flows, MACs, an address and TTL rewritten, VLAN pushed',
             lambda: masked(1000, 8, actions=VLAN_PUSH)),
        Case('ipv6', '1,000 flows of IPv6, 8 masks', lambda: masked(1000, 8, version=6)),
    ]
    for n in (512, 1500):
        out.append(Case(f'{n}-bytes', f'1,000 flows, 8 masks, {n:,} bytes', lambda n=n: masked(1000, 8, (n, ))))
    out += [
        Case('imix', '1,000 flows, 8 masks, IMIX (64, 594 and 1,518 bytes as 7:4:1)', lambda: masked(1000, 8, IMIX)),
        Case('broadcast', 'NORMAL, broadcast to 30 ports', broadcast, 1),
        Case('setup', 'every packet is a new flow', lambda: masked(1, 1), 1, 'setup', None),
    ]
    for pps in (20000, 100000):
        out.append(Case(f'storm-{pps // 1000}k', f'{STORM_FLOWS:,} established flows at {STORM_PPS:,} packets a second, '
                        f'{pps:,} new flows a second', lambda: masked(STORM_FLOWS, 8), STORM_FLOWS, 'storm', pps,
                        10000))
    for flows in (1000, 10000, 50000):
        out.append(Case(f'order-{flows // 1000}k', f'{flows:,} new flows a second of {TRAIN} packets each, one after another',
                        lambda: masked(1, 1), 1, 'order', flows * TRAIN, 10000))
    for name, (what, build) in floods.FLOODS.items():
        out.append(Case(f'flood-{name}', f'{floods.VICTIM_PPS:,} packets a second beside a port that sends {what}',
                        lambda build=build: Input(*build()), floods.VICTIM_FLOWS, 'flood', None, 10000))
    out.append(Case('idle', 'no packets', lambda: masked(1, 1), 1, 'idle'))
    return {c.name: c for c in out}


def chosen(names, churn):
    """Returns the cases that one of 'names' names, as a word or a pattern; all without names. With churn also the same
    with fresh flows. Raises KeyError for a name without a case."""
    plain = cases()
    both = {}
    for case in plain.values():
        both[case.name] = case
        if case.measures == 'rate':
            twin = case.with_churn()
            both[twin.name] = twin
    wanted = set() if names else set(plain)
    for name in names:
        found = fnmatch.filter(both if CHURN in name else plain, name)
        if not found:
            raise KeyError(name)
        wanted.update(found)
    return [c for c in both.values() if c.name in wanted or (churn and c.name.removesuffix(CHURN) in wanted)]
