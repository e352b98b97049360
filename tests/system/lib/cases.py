# SPDX-License-Identifier: Apache-2.0
"""Cases of the oracle: compares a random table set and its packets in Open vSwitch and in tandemd."""
import collections
import os
import random
import re
import signal
import time

import flowtext
from lab import IDLE, Daemon, Failed, check, sh
from mutation import mutated
from oracle import Ovs
from packets import N_PORTS, Packet
from tables import BUCKET_REGISTER, LEARNED, LINKS, LINK_REGISTER, MEMBER_REGISTER, MEMBERS, METERS, Tables
from traces import copies_of, final_flow, line_of, megaflow, n_bits, narrower, passes, said, State, with_tags
from unixctl import Closed, Unixctl
from wire import LAST_RULE, Wire, difference

PROTOCOLS = ['OpenFlow13', 'OpenFlow10', 'OpenFlow14', 'OpenFlow15']
# name: OpenFlow number, settings in Open vSwitch and in tandemd
PORTS = {'p1': (1, [], ''), 'p2': (2, [], ''), 'p3': (3, ['tag=10'], 'tag=10'),
         'p4': (4, ['trunks=10,20'], 'trunks=10,20')}
NUMBERS = {name: number for name, (number, _, _) in PORTS.items()}
# Modes of ovs-ofctl set-frags, with weights.
FRAGMENTS = {'nx-match': 6, 'normal': 3, 'drop': 1}
PACKETS_PER_SET = 30
# One of SOUNDNESS_EVERY packets is mutated, N_MUTATIONS times.
SOUNDNESS_EVERY, N_MUTATIONS = 4, 3
# Matches the names of a rule's actions in a trace, but not the remarks about them.
ACTION = re.compile(r'^ {4,}(?!-)([a-zA-Z_]+)', re.M)
RULE = re.compile(r'^ *(\d+)\. .*?priority (\d+)', re.M)
# More features that a trace can have.
FORMS = {'conjunction': r'conj_id=', 'ct of commit': r' ct\(commit', 'ct with table': r' ct\([^\n]*table=',
         'ct with exec': r' ct\([^\n]*exec\(', 'nat': r' ct\([^\n]*nat\(', 'recirculation': r'^Resuming|\bthaw$',
         'learn with limit': r' learn\([^\n]*limit=', 'learn with result_dst': r' learn\([^\n]*result_dst=',
         'learn with delete_learned': r' learn\([^\n]*delete_learned', '802.1ad': r'push_vlan:0x88a8',
         'dec_ttl(ids)': r'dec_ttl\(', 'resubmit with port': r'resubmit\([^,)]', 'output to a field': r' output:NXM',
         'controller with userdata': r' controller\([^\n]*userdata', 'controller with reason': r' controller\([^\n]*reason',
         'output with max_len': r' output\([^\n]*max_len=', 'bundle by hash': r' bundle\([^\n]*hrw',
         'in_port written': r'^ +[lmps]\S+(->NXM_OF_IN_PORT|->OXM_OF_IN_PORT|->in_port|pop:NXM_OF_IN_PORT)',
         'nw_tos written': r'(->NXM_OF_IP_TOS|->nw_tos)'}
FORMS = {name: re.compile(pattern, re.M) for name, pattern in FORMS.items()}
# Results of connection tracking, pass by pass.
NEXT = [[], ['trk,est'], ['trk,new', 'trk,est,rpl'], ['trk,inv', 'trk,rel,new']]
COOKIE = re.compile(r',cookie=0x[0-9a-f]+')
EXCESS = [('1-8', 8), ('9-16', 16), ('17-32', 32), ('33-64', 64), ('more', 1 << 20)]
RECIRC = re.compile(r'recirc\(0x[0-9a-f]+\)')
WIDTHS = ('equal', 'wider', 'crossed', 'narrower')

# Words in a trace of Tandem that exclude it from the comparison, and the reason.
LEFT_OUT = {
    # Open vSwitch loses the innermost tag to make room for a third one; Tandem does not send a packet that it
    # cannot send whole.
    'more than 2 VLAN tags': 'with a third tag',
    # Tandem's datapath has no clone action, so it refuses to restore labels that a copy popped, or addresses
    # before a copy's NAT.
    ' -> unsupported, dropping': 'refused for what a copy became',
}
LESSON_TOLD = 'traces of learn with result_dst, which Open vSwitch skips there'
# Words in a trace of Open vSwitch.
LEFT_OUT_THEIRS = {'Too many MPLS labels': 'with a fourth label, which Open vSwitch has not'}


def frame_left_out(packet, theirs):
    """Returns why the frames of a packet are not compared although its traces are; None if they are."""
    actions = ' '.join(re.findall('^Datapath actions: (.*)$', theirs, re.M))
    # Open vSwitch 3.1's userspace datapath treats bytes 16 and 17 or 6 and 7 of a later fragment as a checksum.
    if packet.fragment == 'later' and re.search(r'set\(ipv[46]\([^)]*(src|dst)=', actions):
        return 'frames of later fragments whose address is set'
    # The CRC covers the whole message, which neither switch has: Tandem leaves the CRC of a fragment unchanged,
    # Open vSwitch updates it as if the fragment were the message.
    if packet.fragment == 'first' and 'set(sctp(' in actions:
        return 'frames of first fragments whose SCTP port is set'
    # Open vSwitch writes the whole label but matches only the part that is set, so other packets of the megaflow
    # get the first one's remaining bits.
    if 'set(mpls(' in actions and not {'mpls_label', 'mpls_tc', 'mpls_ttl'} <= {*megaflow(passes(theirs)[0][1], NUMBERS)}:
        return 'frames whose label Open vSwitch writes unmatched'
    # Open vSwitch cuts as many bytes as exceeded the limit before the tag or label was added.
    if re.search(r'trunc\(\d+\),((?!p\d|br0).)*(push|pop)_', actions):
        return 'frames that get a tag or label between a cut and its port'
    # A trace prints only the outermost label of a flow.
    if len(packet.mpls) + theirs.count('push_mpls:') > 3:
        return 'frames with a fourth label'
    return None


class Switch:
    """A bridge of either switch, loaded with ovs-ofctl and traced.

    options and words: before and after the arguments of a trace; bundles: whether rules are added in bundles."""

    def __init__(self, lab, name, management, control, options=(), words=(), bundles=True):
        self.name, self.management, self.options, self.words = name, f'unix:{management}', options, words
        self.bundles, self.groups = bundles, set()
        self.path = os.path.join(lab.dir, f'{name}.txt')
        self.control = Unixctl(control)

    def ofctl(self, protocol, command, *words, ok=False):
        return sh('ovs-ofctl', '-O', protocol, *command.split(), self.management, *words, ok=ok)

    def file(self, lines):
        with open(self.path, 'w') as f:
            f.write(''.join(line + '\n' for line in lines))
        return self.path

    def load(self, protocol, groups, rules):
        """Loads a table set. Returns ovs-ofctl's output on a refusal, else ''. Existing groups are modified and
        never deleted: Open vSwitch 3.1 aborts when it deletes groups of which one rule names two.

        Megaflows are removed first: when Open vSwitch pushes their last counts, it learns again, even deleted
        rules."""
        self.control('revalidator/purge')
        if groups:
            verbs = ['add' if line not in self.groups else 'modify' for line in range(len(groups))]
            result = self.ofctl(protocol, 'add-groups',
                                self.file(f'{v} {line}' for v, line in zip(verbs, groups)))
            if result.returncode:
                return result.stderr
            self.groups.update(range(len(groups)))
        lines = self.file(['delete', *rules])
        bundle = '--bundle ' if self.bundles and protocol != 'OpenFlow10' else ''
        result = self.ofctl(protocol, bundle + 'add-flows', lines)
        return result.stderr if result.returncode else ''

    def learned(self, protocol):
        text = self.ofctl(protocol, 'dump-flows --no-stats', f'table={LEARNED}', ok=True).stdout
        return sorted(line for line in text.splitlines() if 'actions=' in line)

    def add_meters(self):
        """Adds meters whose rates the test does not reach."""
        for meter in METERS:
            self.ofctl('OpenFlow13', 'add-meter', f'meter={meter},kbps,band=type=drop,rate=100000000', ok=True)

    def trace(self, flow, states=()):
        """Returns a trace. states: results of connection tracking, pass by pass."""
        following = [word for state in states for word in ('--ct-next', state)]
        return self.control('ofproto/trace', *self.options, *following, 'br0', flow, *self.words)


def refused_rule(error, rules):
    """Returns the rules that a refusal names."""
    about = re.search(r'ADD.*?priority=(\d+)', error) or re.search(r'priority=(\d+)', error)
    if about:
        return [rule for rule in rules if f'priority={about.group(1)},' in rule]
    at = re.search(r'\.txt:(\d+)', error)
    return [rules[int(at.group(1)) - 2]] if at else []


class Tally:
    """Statistics of the cases."""

    def __init__(self):
        self.n = self.n_sets = self.n_refused = self.n_flows = 0
        self.n_frames = self.n_sent = self.n_mutations = 0
        self.n_learned = 0
        self.actions, self.matched = collections.Counter(), collections.Counter()
        self.crossed = collections.Counter()
        self.left_out = collections.Counter()
        self.widths, self.bits, self.fields = collections.Counter(), [0, 0, 0], collections.Counter()
        # By printed bits; by all bits; and how many more bits the rest matches.
        self.n_wide, self.n_as_wide, self.excess = 0, 0, collections.Counter()

    def add(self, width, bits, fields):
        self.n_flows += 1
        self.widths[width] += 1
        if width == 'crossed':
            self.crossed.update(fields)
        self.bits = [a + b for a, b in zip(self.bits, bits)]
        self.n_wide += bits[0] <= bits[1]
        self.n_as_wide += bits[0] <= bits[2]
        if bits[0] > bits[2]:
            self.fields[' '.join(sorted(fields))] += 1
            self.excess[next(text for text, most in EXCESS if bits[0] - bits[2] <= most)] += 1

    def met(self, trace, groups, matches):
        """Counts the features in a trace. groups: {number: type}; matches: {(table, priority): match}"""
        kinds = {f'group {groups[int(n)]}' for n in re.findall(r'^ *group:(\d+)$', trace, re.M)}
        self.actions.update({*ACTION.findall(trace), *kinds, *(k for k, p in FORMS.items() if p.search(trace))})
        found = (matches.get(rule, '') for rule in RULE.findall(trace))
        self.matched.update({item.split('=')[0] for match in found for item in flowtext.split(match)})

    def lines(self):
        n = max(self.n_flows, 1)
        yield (f'{self.n} packets with {self.n_flows} passes of {self.n_sets} table sets alike, {self.n_refused} rules refused by '
               'both; left out: ' + (', '.join(f'{v} {k}' for k, v in self.left_out.items()) or 'none'))
        yield ('megaflows beside Open vSwitch\'s: '
               + ', '.join(f'{100 * self.widths[k] / n:.1f}% {k}' for k in WIDTHS)
               + f'; {self.bits[0] / n:.0f} bits matched to {self.bits[2] / n:.0f}; at least as wide: '
               f'{100 * self.n_wide / n:.2f}% by the bits that are printed, '
               f'{100 * self.n_as_wide / n:.2f}% with those '
               'of tags, which Open vSwitch always matches')
        if self.excess:
            yield 'the rest by bits matched more: ' + ', '.join(
                f'{text}: {self.excess[text]}' for text, _ in EXCESS if self.excess[text])
        yield 'packets by action: ' + ', '.join(f'{k} {v}' for k, v in sorted(self.actions.items()))
        yield 'packets by matched field: ' + ', '.join(f'{k} {v}' for k, v in sorted(self.matched.items()))
        yield f'{self.n_mutations} other packets of the same megaflows have the same actions'
        if self.crossed:
            yield 'matched by Tandem alone where each matches a bit that the other does not: ' + ', '.join(
                f'{k} ({v})' for k, v in self.crossed.most_common(8))
        if self.n_frames:
            yield (f'{self.n_frames} frames in and {self.n_sent} out, the same bytes on the same ports; '
                   f'{self.n_learned} rules learned alike')
        if self.fields:
            yield 'matched by Tandem alone in the rest: ' + ', '.join(
                f'{k} ({v})' for k, v in self.fields.most_common(8))


def without_priority_tags(sent):
    for states in sent.values():
        for state in states:
            if isinstance(state, State):
                state.vlans = [v for v in state.vlans if v[1]]


def choices(flow):
    """Returns the results of hashes, a link and a member, and removes them and the bucket from 'flow'."""
    link, member = (flow.pop(f'reg{r}', 0) for r in (LINK_REGISTER, MEMBER_REGISTER))
    flow.pop(f'reg{BUCKET_REGISTER}', None)
    check(link < LINKS and member >> 16 in (0, *MEMBERS), f'link {link}, member {member:#x}')
    return link, member


def same_final(ours, theirs):
    """Asserts that the final flows are equal, but for results of free choices."""
    a, b = (final_flow(t, NUMBERS) for t in (ours, theirs))
    for flow in (a, b):
        choices(flow)
        # Tandem has no field for the queue, and recirculation numbers belong to each switch.
        flow.pop('skb_priority', None)
        flow.pop('recirc_id', None)
    # For a tunnel without a destination Open vSwitch prints only the key; with one, all but the key, whose flag no
    # action sets.
    to_tunnel = {'tun_dst', 'tun_ipv6_dst'} & set(b)
    for key in ('tun_id',) if to_tunnel else ('tun_src', 'tun_ipv6_src'):
        a.pop(key, None)
    differ = {key for key in {*a, *b} if a.get(key) != b.get(key)}
    if differ:
        raise Failed('another final flow: ' + ', '.join(
            f'{key} {a.get(key)}, Open vSwitch {b.get(key)}' for key in sorted(differ)))


def compare_pass(ours, theirs, state, ordered=True):
    """Fails if two traces of one packet differ. ordered: also in the order of the copies for one port.

    Returns the recirculated packets, [(number, state)], and the width of our megaflow compared to theirs: a
    word, the number of bits that ours matches, that theirs prints and that theirs matches, and the fields in
    which ours is narrower."""
    sent = [copies_of(line_of(t, 'Datapath actions'), state) for t in (ours, theirs)]
    if 'NORMAL' in ours:
        # A tag with VID 0 and a priority: by ovs-vswitchd.conf.db(5), "priority-tags", it is not sent by default.
        # Tandem complies; Open vSwitch 3.1 sends it.
        for each in sent:
            without_priority_tags(each)
    again = [each.pop('recirc', []) for each in sent]
    # The recirculation number belongs to each switch.
    for each, packets in zip(sent, again):
        if packets:
            each['recirc'] = [state for _, state in packets]
        elif set(each) <= {'ct_clear', 'meter'}:  # of a packet without output, which Tandem drops
            each.pop('ct_clear', None)
        if not ordered:
            each.update({port: sorted(copies, key=repr) for port, copies in each.items()})
    for port in sorted({*sent[0], *sent[1]}):
        check(sent[0].get(port) == sent[1].get(port), f'different treatment on {port}: '
              f'{sent[0].get(port, "nothing")}, Open vSwitch {sent[1].get(port, "nothing")}')
    same_final(ours, theirs)
    resumed = [re.findall('Resuming.*', t) for t in (ours, theirs)]
    check(resumed[0] == resumed[1], f'{resumed[0]}, Open vSwitch {resumed[1]}')
    mask, printed = (megaflow(t, NUMBERS) for t in (ours, theirs))
    theirs_too = with_tags(printed, len(state.vlans))
    more, less = narrower(mask, theirs_too), narrower(theirs_too, mask)
    width = ('crossed' if less else 'narrower') if more else 'wider' if less else 'equal'
    return again[0], (width, [n_bits(m) for m in (mask, printed, theirs_too)], more)


def compare(ours, theirs, packet, ordered=True):
    """Compares all passes. Returns the widths of their megaflows."""
    a, b = passes(ours), passes(theirs)
    waiting, widths = [('', State(packet.headers, packet.vlans, packet.mpls, packet.eth_type))], []
    for i, ((header, text), (their_header, their_text)) in enumerate(zip(a, b)):
        what, their_what = (RECIRC.sub('', said(h)) for h in (header, their_header))
        check(what == their_what, f'pass {i}: {what}, Open vSwitch {their_what}')
        state = next((w for w in waiting if f'recirc({w[0]})' in header or not i), None)
        check(state, f'no packet goes to pass {i}: {header}')
        waiting.remove(state)
        first = flowtext.parse(line_of(text, 'Flow'), NUMBERS)
        state[1].translated({key: value for key, (value, _) in first.items()})
        again, width = compare_pass(text, their_text, state[1], ordered)
        waiting += again
        widths.append(width)
    check(len(a) == len(b), f'{len(a)} passes, Open vSwitch {len(b)}')
    return widths


class Oracle:
    """Both switches. exact: ports forward frames, and the tables must produce the same frames."""

    def __init__(self, lab, exact=False):
        self.lab, self.tally, self.exact = lab, Tally(), exact
        self.sound_every = SOUNDNESS_EVERY
        check(len(PORTS) == N_PORTS, 'the packets have other ports')
        self.ovs = Ovs(lab)
        self.captures = {name: self.ovs.path(f'{name}.pcap') for name in PORTS if exact}
        self.interfaces = {name: f'tdm{os.getpid()}{name}' for name in PORTS}
        self.ovs.bridge({name: (n, theirs) for name, (n, theirs, _) in PORTS.items()}, self.captures)
        d = self.daemon = Daemon(lab, None if exact else IDLE)
        d('bridge', 'add', 'br0')
        for name, (n, _, ours) in PORTS.items():
            device = f'net_tap{n},iface={self.interfaces[name]}' if exact else f'net_null{n},no-rx=1'
            d('port', 'add', 'br0', name, f'dev={device}', f'id={n}', *ours.split())
            if exact:  # silent: the kernel itself must not add packets
                sh('sysctl', '-qw', f'net.ipv6.conf.{self.interfaces[name]}.disable_ipv6=1')
        self.ours = Switch(lab, 'tandem', os.path.join(d.rundir, 'br0.mgmt'),
                           os.path.join(d.rundir, 'tandemd.ctl'), [] if exact else ['--ct'])
        self.ours.add_meters()
        self.fragments, self.tracked, self.groups, self.matches = 'normal', False, {}, {}
        self.connect()

    def connect(self):
        """Connects to Open vSwitch."""
        self.theirs = Switch(self.lab, 'ovs', self.ovs.path('br0.mgmt'),
                             self.ovs.path('ovs-vswitchd.ctl'), words=['--names'])
        self.theirs.add_meters()
        if self.exact:
            self.wire = Wire(self.theirs.control, self.captures, self.interfaces)

    def revive(self, loaded):
        """Restarts Open vSwitch after an assertion failure, with the same tables."""
        check(self.ovs.vswitchd.wait(10) == -signal.SIGABRT, 'the daemon closed its control socket')
        if self.exact:
            self.wire.close()
        for path in self.captures.values():
            os.unlink(path)
        self.ovs.start(self.lab)
        self.ovs.ready(PORTS)
        self.connect()
        self.theirs.ofctl('OpenFlow10', 'set-frags', self.fragments, ok=True)
        error = self.theirs.load(*loaded)
        check(not error, error)

    def take_fragments(self, mode):
        """Sets the treatment of IP fragments in both."""
        if mode == self.fragments:
            return
        self.fragments = mode
        for switch in (self.ours, self.theirs):
            switch.ofctl('OpenFlow10', 'set-frags', mode, ok=True)

    def load(self, protocol, groups, rules):
        """Loads both. A rule that one refuses must be refused by the other, and is left out.

        Returns the loaded rules."""
        rules = list(rules)
        self.take_fragments(random.Random(''.join(rules)).choices(list(FRAGMENTS), FRAGMENTS.values())[0])
        while True:
            error = self.theirs.load(protocol, groups, rules)
            if not error:
                break
            bad = refused_rule(error, rules)
            check(bad, f'Open vSwitch refuses the tables: {error}')
            for rule in bad:
                rules.remove(rule)
                self.refused_alike(protocol, rule, error)
        error = self.ours.load(protocol, groups, rules)
        check(not error, f'Tandem refuses what Open vSwitch takes: {error}')
        return rules

    def refused_alike(self, protocol, rule, error):
        self.tally.n_refused += 1
        if 'OFP' in error:
            ours = self.ours.ofctl(protocol, 'add-flow', rule)
            check(ours.returncode, f'Tandem takes what Open vSwitch refuses: {error}{rule}')

    def case(self, packet):
        """Compares the treatment of one packet. Returns False if the traces cannot be compared."""
        states = random.Random(packet.text).choice(NEXT) if self.tracked else []
        ours, theirs = (switch.trace(packet.text, states) for switch in (self.ours, self.theirs))
        for text, table in ((ours, LEFT_OUT), (theirs, LEFT_OUT_THEIRS)):
            for words, what in table.items():
                if words in text:
                    self.tally.left_out[what] += 1
                    return False
        self.tally.met(ours, self.groups, self.matches)
        if FORMS['learn with result_dst'].search(ours):
            self.tally.left_out[LESSON_TOLD] += 1
            return self.exact and not frame_left_out(packet, theirs)
        try:
            for width in compare(ours, theirs, packet):
                self.tally.add(*width)
            self.tally.n += 1
            if self.tally.n % self.sound_every == 0:
                self.sound(packet, ours)
        except Failed as e:
            raise Failed(f'{e}\n--- {states or "not tracked"}\n--- tandem\n{ours}--- Open vSwitch\n{theirs}') from None
        why = frame_left_out(packet, theirs) if self.exact else None
        if why:
            self.tally.left_out[why] += 1
            return False
        return True

    def sound(self, packet, trace):
        """Checks that other packets of the same megaflow have the same datapath actions and links."""
        def done(text):
            return COOKIE.sub('', line_of(text, 'Datapath actions')), choices(final_flow(text, NUMBERS))

        first = passes(trace)[0][1]
        mask, rng = megaflow(first, NUMBERS), random.Random(packet.text)
        for _ in range(N_MUTATIONS):
            flow = mutated(packet.text, mask, rng)
            other = passes(self.ours.trace(flow))[0][1]
            check(done(other) == done(first), f'the megaflow is not sound: it matches {flow}, too:\n{other}')
            self.tally.n_mutations += 1

    def frames(self, packets):
        """Sends the packets through both, first without megaflows, then with them."""
        for switch in (self.ours, self.theirs):
            switch.control('revalidator/purge')
        for turn in ('unknown', 'known'):
            frames, serials = self.wire.numbered(packets)
            theirs = self.wire.through_open_vswitch(frames)
            ours = self.wire.through_tandem(frames, sum(map(len, theirs.values())))
            self.tally.n_frames += len(frames)
            self.tally.n_sent += sum(map(len, theirs.values()))
            found = difference(ours, theirs, serials)
            if found:
                packet, (port, frame) = packets[found[0]], frames[found[0]]
                raise Failed(f'{found[1]}\n--- packet of {turn} flow, by {port}: {frame.hex()}\n{packet.text}\n'
                             f'--- tandem\n{self.ours.trace(packet.text)}'
                             f'--- Open vSwitch\n{self.theirs.trace(packet.text)}')

    def table_set(self, seed, n_packets=PACKETS_PER_SET, failed=None):
        """Runs all cases of one seed. failed: called with each difference before the run continues; without it,
        raises Failed."""
        rng = random.Random(seed)
        tables = Tables(rng, PROTOCOLS[seed % len(PROTOCOLS)], exact=self.exact)
        more = [LAST_RULE] if self.exact else []
        packets = [Packet(rng, metadata=None if self.exact else tables.metadata) for _ in range(n_packets)]
        self.tracked = tables.tracked
        self.groups = {int(n): kind for n, kind in re.findall(r'group_id=(\d+),type=(\w+)', tables.text)}
        self.matches = {(table, priority): match for table, priority, match in re.findall(
            r'table=(\d+),priority=(\d+),?(.*?),?actions=', tables.text)}
        where = f'\n--- seed {seed}, {tables.protocol}'
        try:
            rules = self.load(tables.protocol, tables.groups, [*tables.rules, *more])
        except Failed as e:
            self.fail(f'{e}{where}\n{tables.text}', failed)
            return
        self.tally.n_sets += 1
        loaded = tables.protocol, tables.groups, rules
        alike = []
        for packet in packets:
            e = self.attempt(loaded, 1, lambda p=packet: alike.extend([p] if self.case(p) else []))
            if e:
                few = self.fewest(loaded, lambda p=packet: self.case(p))
                self.fail(f'{e}{where}\n--- packet {packet.text}\n--- tables that suffice\n{few}', failed)
        if not self.exact:
            return
        def both_ways():
            self.frames(alike)
            self.learned(tables.protocol)
            self.forgotten(tables.protocol)

        e = self.attempt(loaded, len(alike), both_ways)
        if e:
            few = self.fewest(loaded, both_ways)
            self.fail(f'{e}{where}\n--- tables that suffice\n{few}', failed)

    def attempt(self, loaded, n_packets, compare_them):
        """Returns the difference found, or None. An abort of Open vSwitch is no difference."""
        try:
            compare_them()
        except Closed:
            self.tally.left_out['on which Open vSwitch aborts'] += n_packets
            self.revive(loaded)
        except Failed as e:
            return e
        return None

    def fewest(self, loaded, compare_them):
        """Returns a minimal set of rules that shows the difference, with all groups. Loads all rules
        afterwards."""
        protocol, groups, rules = loaded
        tally, n = self.tally, len(rules)
        self.tally, self.sound_every = Tally(), 1
        while n:
            n = (n + 1) // 2 if n > 1 else 0
            i = 0
            while n and i < len(rules):
                rest = rules[:i] + rules[i + n:]
                fewer = protocol, groups, rest
                for switch in (self.theirs, self.ours):
                    switch.load(*fewer)
                if self.attempt(fewer, 0, compare_them):
                    rules = rest
                else:
                    i += n
        for switch in (self.theirs, self.ours):
            switch.load(*loaded)
        self.tally, self.sound_every = tally, SOUNDNESS_EVERY
        used, text = set(), '\n'.join(rules)
        while True:
            named = set(re.findall(r'group:(\d+)', text))
            if named <= used:
                break
            used |= named
            text = '\n'.join([*(g for g in groups if re.match(r'group_id=(\d+)', g).group(1) in used), *rules])
        return text

    def learned(self, protocol):
        """Compares the rules that the frames taught."""
        theirs = self.theirs.learned(protocol)
        end = time.monotonic() + 2
        while self.ours.learned(protocol) != theirs and time.monotonic() < end:
            time.sleep(0.05)
        ours = self.ours.learned(protocol)
        check(ours == theirs, 'different rules are learned:\n--- tandem\n' + '\n'.join(r for r in ours if r not in theirs)
              + '\n--- Open vSwitch\n' + '\n'.join(r for r in theirs if r not in ours))
        self.tally.n_learned += len(ours)

    def forgotten(self, protocol):
        """Compares the learned rules that remain after half of their teachers were deleted. Megaflows are
        purged first, since Open vSwitch would learn again from their last counts."""
        for switch in (self.ours, self.theirs):
            switch.control('revalidator/purge')
            for table in (0, 2):
                switch.ofctl(protocol, 'del-flows', f'table={table}', ok=True)
        self.learned(protocol)

    @staticmethod
    def fail(what, failed):
        if not failed:
            raise Failed(what)
        failed(what)
