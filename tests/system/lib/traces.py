# SPDX-License-Identifier: Apache-2.0
"""Interpretation of a trace (ofproto/trace): which copies of the packet, with which headers, are sent to which
ports in which order; the packet's final state in the pipeline; which bits the megaflow matches."""
import re

import flowtext
from flowtext import masked, number, split
from lab import Failed, check


def line_of(text, head):
    found = re.findall(f'^{head}: (.*)$', text, re.M)
    check(len(found) == 1, f'{len(found)} lines "{head}:" in the trace\n{text}')
    return found[0]


# ---- the passes of a packet that goes through the datapath's connection tracking ----

def renumbered(text):
    """Numbers recirculations in the order of their occurrence."""
    ids = {}
    return re.sub(r'(recirc\(|recirc_id=)0x([0-9a-f]+)',
                  lambda m: m.group(1) + f'{ids.setdefault(m.group(2), len(ids) + 1):#x}', text)


def passes(text):
    """Returns [(header about the recirculation, trace of the pass)]."""
    parts = re.split(r'^=+\n', renumbered(text).split('\nThe datapath of')[0], flags=re.M)
    return list(zip(['', *parts[1::2]], parts[::2]))


def said(header):
    """Removes Open vSwitch's remark that it replaces nothing."""
    return re.sub(r'Replacing [^\n]*\n Initial flow: \n Modified flow: \n', '', header)


# ---- copies of a packet ----

MEMBERS = {'eth': {'src': 48, 'dst': 48},
           'ipv4': {'src': 32, 'dst': 32, 'proto': 8, 'tos': 8, 'ttl': 8},
           'ipv6': {'src': 128, 'dst': 128, 'label': 20, 'proto': 8, 'tclass': 8, 'hlimit': 8},
           'tcp': {'src': 16, 'dst': 16}, 'udp': {'src': 16, 'dst': 16},
           'sctp': {'src': 16, 'dst': 16}, 'icmp': {'type': 8, 'code': 8},
           'icmpv6': {'type': 8, 'code': 8}, 'nd': {'target': 128, 'sll': 48, 'tll': 48},
           'arp': {'sip': 32, 'tip': 32, 'op': 16, 'sha': 48, 'tha': 48}}


def arguments(text):
    return dict(item.split('=', 1) for item in split(text))


class State:
    """A packet during its datapath actions."""

    def __init__(self, headers, vlans, mpls, eth_type):
        self.headers, self.vlans, self.mpls = dict(headers), list(vlans), list(mpls)
        self.eth_type, self.n_meters, self.n_bytes_max = eth_type, 0, None
        for key in ('skb_mark', 'skb_priority'):
            self.headers.setdefault(('meta', key), 0)

    def copy(self):
        other = State.__new__(State)
        other.__dict__.update(self.__dict__, headers=dict(self.headers), vlans=list(self.vlans),
                              mpls=list(self.mpls))
        return other

    def translated(self, flow):
        """Returns the packet after NAT. flow: {field: number}"""
        for group, side, key in (('ipv4', 'src', 'nw_src'), ('ipv4', 'dst', 'nw_dst'), ('ipv6', 'src', 'ipv6_src'),
                                 ('ipv6', 'dst', 'ipv6_dst'), ('tcp', 'src', 'tp_src'), ('tcp', 'dst', 'tp_dst'),
                                 ('udp', 'src', 'tp_src'), ('udp', 'dst', 'tp_dst')):
            if (group, side) in self.headers and key in flow:
                self.headers[group, side] = flow[key]

    def seen(self):
        return self.headers, self.vlans, self.mpls, self.eth_type, self.n_meters, self.n_bytes_max

    def __eq__(self, other):
        return self.seen() == other.seen()

    def __repr__(self):
        return str(self.seen())

    def set(self, text):
        group, inside = re.fullmatch(r'(\w+)\((.*)\)', text).groups()
        if group == 'vlan':
            a, (tpid, vid, pcp) = arguments(inside), self.vlans[0]
            self.vlans[0] = (number(a.get('tpid', hex(tpid))), self.merged(a, 'vid', vid, 12),
                             self.merged(a, 'pcp', pcp, 3))
        elif group == 'mpls':
            a, (label, tc, ttl) = arguments(inside), self.mpls[0]
            self.mpls[0] = (self.merged(a, 'label', label, 20), self.merged(a, 'tc', tc, 3),
                            self.merged(a, 'ttl', ttl, 8))
        elif group in ('skb_mark', 'skb_priority'):
            value, mask = masked(inside, 32)
            self.headers['meta', group] = self.headers.get(('meta', group), 0) & ~mask | value & mask
        elif group != 'tunnel':  # Tandem's tunnel fields, which its datapath keeps over recirculation

            self.set_members(group, inside)

    @staticmethod
    def merged(a, key, old, width):
        if key not in a:
            return old
        value, mask = masked(a[key], width)
        return old & ~mask | value & mask

    def set_members(self, group, inside):
        check(group in MEMBERS, f'set of {group}')
        for key, value in arguments(inside).items():
            if key == 'frag':
                continue
            value, mask = masked(value, MEMBERS[group][key])
            check((group, key) in self.headers, f'set of {group}.{key} in a packet without it')
            self.headers[group, key] = self.headers[group, key] & ~mask | value & mask

    def apply(self, name, inside):
        """Applies an action that changes the packet. Returns False if it is of another kind."""
        a = arguments(inside) if name.startswith('push') else None
        if name == 'set':
            self.set(inside)
        elif name == 'push_vlan':
            self.vlans.insert(0, (number(a.get('tpid', '0x8100')), number(a['vid']), number(a['pcp'])))
        elif name == 'pop_vlan':
            self.vlans.pop(0)
        elif name == 'push_mpls':
            self.mpls.insert(0, (number(a['label']), number(a['tc']), number(a['ttl'])))
            self.eth_type = number(a['eth_type'])
        elif name == 'pop_mpls':
            self.mpls.pop(0)
            self.eth_type = number(inside.split('=')[1])
        elif name == 'meter':
            self.n_meters += 1
        elif name == 'trunc':
            self.n_bytes_max = number(inside)
        else:
            return False
        return True


def controller(action):
    """Returns the length of a packet sent to a controller, from either form of the action."""
    inside = re.search(r'controller\(([^)]*)\)', action)
    if not inside:
        return number(arguments(re.search(r'\((.*)\)', action).group(1)).get('max_len', '65535'))
    return number(arguments(inside.group(1))['max_len'])


def copies(actions, headers, vlans, mpls=(), eth_type=0):
    """Returns the effect of datapath actions on a packet: {port: [state, ...]} in the order of sending. Its
    parts are as in packets.Packet.

    The order between ports is not compared: Open vSwitch floods in the order of a hash table."""
    return copies_of(actions, State(headers, vlans, mpls, eth_type))


def copies_of(actions, state):
    """Same as copies(), for a packet in progress. 'recirc' and 'ct' are ports, too: [(arguments, state), ...]."""
    sent = {}
    execute(split(actions), state.copy(), sent)
    return sent


def execute(actions, state, sent):
    for action in actions:
        name, _, inside = action.partition('(')
        if name == 'meter':  # also counts packets without output
            sent.setdefault(name, []).append('')
        if state.apply(name, inside[:-1]):
            continue
        if name == 'userspace' and 'controller' in action:
            sent.setdefault('controller', []).append((controller(action), state.copy()))
        elif name == 'clone':
            execute(split(inside[:-1]), state.copy(), sent)
        elif name == 'ct_clear':
            sent.setdefault(name, []).append('')
        elif name in ('ct', 'recirc'):
            sent.setdefault(name, []).append((inside[:-1], state.copy()))
        elif name == 'br0':
            # Open vSwitch's bridge is also a port of its host (LOCAL), to which all, flood and NORMAL send.
            # Tandem's is not.
            state.n_bytes_max = None
        elif name != 'drop':
            check(re.fullmatch(r'p\d+', action), f'unknown datapath action {action}')
            sent.setdefault(action, []).append(state.copy())
            state.n_bytes_max = None


# ---- final state in the pipeline ----

def final_flow(text, numbers):
    """Returns {field: value} without zeros: printing an absent field is a matter of form. Open vSwitch does not
    print the TPIDs of tags, which are in the datapath's actions."""
    final = line_of(text, 'Final flow')
    if final == 'unchanged':
        final = line_of(text, 'Flow')
    return {key: value for key, (value, _) in flowtext.parse(final, numbers).items()
            if value and not key.startswith('vlan_tpid')}


# ---- how wide a megaflow is ----

# Bits that Open vSwitch does not print because its datapath keys always match them: tags are part of a key's
# structure, so their number and type cannot be wildcarded. One more bit matches the absence of a further tag.
def with_tags(mask, n_tags):
    """Returns Open vSwitch's mask of a packet with so many tags, including the bits it does not print."""
    more = {'vlan_tci': 0x1000}
    if n_tags:
        more |= {'vlan_tpid': 0xffff, 'vlan_tci1': 0x1000}
    if n_tags > 1:
        more['vlan_tpid1'] = 0xffff
    return {key: mask.get(key, 0) | more.get(key, 0) for key in {*mask, *more}}


def megaflow(text, numbers):
    """Returns {field: matched bits}."""
    fields = flowtext.parse(line_of(text, 'Megaflow'), numbers)
    if 'nw_tos' in fields and 'nw_ecn' not in fields and fields['nw_tos'][1] == 0xff:
        fields['nw_tos'] = fields['nw_tos'][0], 0xfc
    return {key: mask for key, (_, mask) in fields.items() if mask}


def narrower(mask, other):
    """Returns the fields in which a megaflow matches a bit that the other one does not."""
    return [key for key, bits in mask.items() if bits & ~other.get(key, 0)]


def n_bits(mask):
    return sum(m.bit_count() for m in mask.values())
