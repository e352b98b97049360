# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch as an oracle: a private one on dummy devices, and what its traces mean.

A trace is read into what it does, not into its words: which copies of the packet, with which
headers, leave by which ports in which order; and which bits the megaflow matches."""
import ipaddress
import os
import re
import subprocess

from lab import Failed, check, sh, wait_for

SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'


class Ovs:
    """ovsdb-server and ovs-vswitchd with a rundir of their own, on dummy devices only."""

    def __init__(self, lab):
        self.dir = os.path.join(lab.dir, 'ovs')
        os.mkdir(self.dir)
        self.env = dict(os.environ, OVS_RUNDIR=self.dir, OVS_DBDIR=self.dir, OVS_LOGDIR=self.dir)
        sh('ovsdb-tool', 'create', self.path('conf.db'), SCHEMA, env=self.env)
        self.spawn(lab, 'ovsdb-server', self.path('conf.db'), f'--remote=punix:{self.path("db.sock")}')
        wait_for('ovsdb-server answers', lambda: not self.vsctl('init', ok=False).returncode)
        self.vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=0')
        self.spawn(lab, 'ovs-vswitchd', f'unix:{self.path("db.sock")}', '--enable-dummy',
                   '--disable-system')
        wait_for('ovs-vswitchd answers', lambda: not self.appctl('version', ok=False).returncode)

    def path(self, name):
        return os.path.join(self.dir, name)

    def spawn(self, lab, program, *args):
        with open(self.path(program + '.out'), 'w') as out:
            process = subprocess.Popen([program, *args, f'--unixctl={self.path(program + ".ctl")}'],
                                       stdout=out, stderr=out, env=self.env)
        lab.processes.append(process)

    def vsctl(self, *words, ok=True):
        return sh('ovs-vsctl', f'--db=unix:{self.path("db.sock")}', '--no-wait', *words, ok=ok,
                  env=self.env)

    def appctl(self, *words, ok=True):
        return sh('ovs-appctl', '-t', self.path('ovs-vswitchd.ctl'), *words, ok=ok, env=self.env)

    def bridge(self, ports):
        """Makes br0; ports: {name: (OpenFlow number, settings of the Port row)}."""
        words = ['add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=dummy',
                 'fail_mode=secure', 'protocols=OpenFlow10,OpenFlow13']
        for name, (number, settings) in ports.items():
            words += ['--', 'add-port', 'br0', name, *settings]
            words += ['--', 'set', 'interface', name, 'type=dummy', f'ofport_request={number}']
        self.vsctl(*words)
        wait_for('ports of br0', lambda: all(f': {name} (dummy)' in self.appctl('dpctl/show').stdout
                                             for name in ports))
        # The ports of a first fragment are matched as they are. Open vSwitch's default ("normal")
        # takes them for 0 in every fragment, so that a rule that forbids a port lets the first
        # fragment pass.
        sh('ovs-ofctl', 'set-frags', f'unix:{self.path("br0.mgmt")}', 'nx-match', env=self.env)

    def load(self, protocol, path):
        management = f'unix:{self.path("br0.mgmt")}'
        sh('ovs-ofctl', '-O', protocol, 'del-flows', management, env=self.env)
        return sh('ovs-ofctl', '-O', protocol, 'add-flows', management, path, ok=False, env=self.env)

    def trace(self, flow):
        return self.appctl('ofproto/trace', 'br0', flow, '--names').stdout


def line_of(text, head):
    found = re.findall(f'^{head}: (.*)$', text, re.M)
    check(len(found) == 1, f'{len(found)} lines "{head}:" in the trace\n{text}')
    return found[0]


def split(text):
    """Items between the commas that no bracket holds."""
    depth, start, items = 0, 0, []
    for i, c in enumerate(text):
        depth += (c == '(') - (c == ')')
        if c == ',' and depth == 0:
            items.append(text[start:i])
            start = i + 1
    return [item for item in [*items, text[start:]] if item]


def number(text):
    if re.fullmatch('(0x)?[0-9a-f]+', text) and (text.startswith('0x') or text.isdigit()):
        return int(text, 0)
    if text.count(':') == 5 and '::' not in text:
        return int(text.replace(':', ''), 16)
    return int(ipaddress.ip_address(text))


WIDTHS = {'metadata': 64, 'dl_src': 48, 'dl_dst': 48, 'arp_sha': 48, 'arp_tha': 48, 'nd_sll': 48,
          'nd_tll': 48, 'ipv6_src': 128, 'ipv6_dst': 128, 'nd_target': 128, 'ipv6_label': 20,
          'nw_src': 32, 'nw_dst': 32, 'arp_spa': 32, 'arp_tpa': 32, 'in_port': 32, 'recirc_id': 32,
          'dl_vlan': 12, 'dl_vlan1': 12, 'dl_vlan_pcp': 3, 'dl_vlan_pcp1': 3, 'nw_proto': 8,
          'nw_tos': 6, 'nw_ecn': 2, 'nw_ttl': 8, 'icmp_type': 8, 'icmp_code': 8, 'tcp_flags': 12,
          'eth': 0}


def masked(text, width):
    """The value and mask of "value", "value/mask" or "address/length"."""
    value, _, mask = text.partition('/')
    every = (1 << width) - 1
    if not mask:
        return number(value), every
    if mask.isdigit() and ('.' in value or ':' in value):
        return number(value), every & ~(every >> int(mask))
    return number(value), number(mask)


# ---- what a packet's copies look like ----

MEMBERS = {'eth': {'src': 48, 'dst': 48},
           'ipv4': {'src': 32, 'dst': 32, 'proto': 8, 'tos': 8, 'ttl': 8},
           'ipv6': {'src': 128, 'dst': 128, 'label': 20, 'proto': 8, 'tclass': 8, 'hlimit': 8},
           'tcp': {'src': 16, 'dst': 16}, 'udp': {'src': 16, 'dst': 16},
           'sctp': {'src': 16, 'dst': 16}, 'icmp': {'type': 8, 'code': 8},
           'icmpv6': {'type': 8, 'code': 8},
           'arp': {'sip': 32, 'tip': 32, 'op': 16, 'sha': 48, 'tha': 48}}


def arguments(text):
    return dict(item.split('=', 1) for item in split(text))


def set_apply(headers, vlans, text):
    group, inside = re.fullmatch(r'(\w+)\((.*)\)', text).groups()
    if group == 'vlan':
        a, (tpid, vid, pcp) = arguments(inside), vlans[0]
        vlans[0] = (number(a.get('tpid', hex(tpid))), number(a.get('vid', hex(vid))),
                    number(a.get('pcp', hex(pcp))))
        return
    check(group in MEMBERS, f'set of {group}')
    for key, value in arguments(inside).items():
        if key == 'frag':
            continue
        value, mask = masked(value, MEMBERS[group][key])
        check((group, key) in headers, f'set of {group}.{key} in a packet without it')
        headers[group, key] = headers[group, key] & ~mask | value & mask


def push_apply(vlans, text):
    a = arguments(text)
    vlans.insert(0, (number(a.get('tpid', '0x8100')), number(a['vid']), number(a['pcp'])))


def copies(actions, headers, vlans):
    """What datapath actions do to a packet: {port: [(headers, tags), ...]} in the order of sending.

    The order between ports is left out: Open vSwitch floods in the order of a hash table."""
    headers, vlans, sent = dict(headers), list(vlans), {}
    for action in split(actions):
        name, _, inside = action.partition('(')
        if name == 'set':
            set_apply(headers, vlans, inside[:-1])
        elif name == 'push_vlan':
            push_apply(vlans, inside[:-1])
        elif name == 'pop_vlan':
            vlans.pop(0)
        elif name == 'userspace' and 'controller(reason=2' in action:
            # A TTL that expired: Open vSwitch tells its controller. Tandem counts a drop by reason.
            continue
        elif name == 'userspace':
            sent.setdefault('controller', []).append(({}, []))
        elif name == 'br0':
            # Open vSwitch's bridge is also a port of its host (LOCAL), to which all, flood and
            # NORMAL send. Tandem's is not.
            continue
        elif name != 'drop':
            check(re.fullmatch(r'p\d+', action), f'unknown datapath action {action}')
            sent.setdefault(action, []).append((dict(headers), list(vlans)))
    return sent


# ---- how wide a megaflow is ----

PROTOCOLS = {'ip': (0x800, None), 'icmp': (0x800, 1), 'tcp': (0x800, 6), 'udp': (0x800, 17),
             'sctp': (0x800, 132), 'ipv6': (0x86dd, None), 'icmp6': (0x86dd, 58),
             'tcp6': (0x86dd, 6), 'udp6': (0x86dd, 17), 'sctp6': (0x86dd, 132),
             'arp': (0x806, None), 'rarp': (0x8035, None)}


def flags_mask(text):
    every = {'fin': 1, 'syn': 2, 'rst': 4, 'psh': 8, 'ack': 16, 'urg': 32, 'ece': 64, 'cwr': 128}
    if '/' in text:
        return masked(text, 12)[1]
    if re.fullmatch('([+-][a-z]+)+', text):
        return sum(every[name] for name in re.findall('[a-z]+', text))
    return 0xfff


def megaflow(text):
    """{field: the bits that are matched} of an ovs-ofctl match."""
    bits = {}
    for item in split(text):
        key, _, value = item.partition('=')
        if key in PROTOCOLS:
            bits['dl_type'] = 0xffff
            if PROTOCOLS[key][1] is not None:
                bits['nw_proto'] = 0xff
        elif key in ('vlan_tci', 'vlan_tci1'):
            bits[key] = masked(value, 16)[1]
        elif key in ('dl_vlan', 'dl_vlan1', 'dl_vlan_pcp', 'dl_vlan_pcp1'):
            tci = key.replace('dl_vlan', 'vlan_tci').replace('_pcp', '')
            bits[tci] = bits.get(tci, 0) | 0x1000 | (0xe000 if 'pcp' in key else 0xfff)
        elif key == 'nw_frag':
            bits[key] = {'not_later': 2, 'yes': 1}.get(value, 3)
        elif key == 'tcp_flags':
            bits[key] = flags_mask(value)
        elif key in ('dl_type', 'in_port', 'recirc_id', 'vlan_tpid', 'eth'):
            bits[key] = 0xffff
        else:
            bits[key] = masked(value, WIDTHS.get(key, 16))[1]
    return {key: mask for key, mask in bits.items() if mask}


# What Open vSwitch does not print because its datapath keys always match it: tags are part of the
# structure of a key, so that their number and type cannot be wildcarded.
UNSAID = {'vlan_tci': 0x1000, 'vlan_tpid': 0xffff, 'vlan_tci1': 0x1000, 'vlan_tpid1': 0xffff}


def narrower(mask, other):
    """Whether a megaflow matches a bit that the other one leaves open."""
    return any(bits & ~other.get(key, 0) for key, bits in mask.items())


def width(ours, theirs):
    """How wide the megaflow 'ours' is beside 'theirs'."""
    if narrower(ours, theirs):
        return 'crossed' if narrower(theirs, ours) else 'narrower'
    return 'wider' if narrower(theirs, ours) else 'equal'


def without_priority_tags(sent):
    return {port: [(headers, [v for v in vlans if v[1]]) for headers, vlans in each]
            for port, each in sent.items()}


def compare(ours, theirs, packet):
    """Fails when two traces of one packet do different things.

    Returns how wide our megaflow is beside theirs, and how many bits each of them matches."""
    sent = [copies(line_of(t, 'Datapath actions'), packet.headers, packet.vlans)
            for t in (ours, theirs)]
    if 'NORMAL' in ours:
        # A tag with VID 0 and a priority: ovs-vswitchd.conf.db(5), "priority-tags", says that it
        # does not go out by default, and Tandem's does not; that of Open vSwitch 3.1 does.
        sent = [without_priority_tags(s) for s in sent]
    if sent[0] != sent[1]:
        raise Failed(f'different treatment: {sent[0]}, Open vSwitch {sent[1]}')
    masks = [megaflow(line_of(t, 'Megaflow')) for t in (ours, theirs)]
    for key, implied in UNSAID.items():
        masks[1][key] = masks[1].get(key, 0) | implied
    return width(*masks), [sum(m.bit_count() for m in mask.values()) for mask in masks]
