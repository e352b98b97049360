# SPDX-License-Identifier: Apache-2.0
"""Actions byte by byte: a rule is dumped with the same bytes as in Open vSwitch, and lists that Open vSwitch
refuses are refused with its error, wherever they occur."""
import re
import struct

from corpus import flows_of
from lab import check
from ofwire import (ERROR, NICIRA, VERSIONS, Connection, experimenter, message, multipart, multipart_experimenter,
                    outlines)
from test_flow_text import differences, load, shown
from test_ofctl import both, flow_file
from test_versions import NOT_TAKEN, add_flows, better, shown_flows

ANY32 = 0xffffffff
FLOW, FLOW_MOD, GROUP_MOD = 1, 14, 15
GOTO_TABLE, WRITE_ACTIONS, APPLY_ACTIONS, CLEAR_ACTIONS = 1, 3, 4, 5


def padded(n):
    return (n + 7) // 8 * 8


def flow_request(version):
    if version == 1:  # Nicira's dump, which shows every match
        return multipart_experimenter(1, 0, struct.pack('!HHB3x', 0xffff, 0, 0xff))
    return multipart(version, FLOW, struct.pack('!B3xII4xQQHH4x', 0xff, ANY32, ANY32, 0, 0, 1, 4))


def entry(version, e):
    """Parses an entry of a reply: (priority, match, bytes after match and statistics)."""
    if version == 1:
        n = struct.unpack_from('!H', e, 18)[0]
        return struct.unpack_from('!H', e, 12)[0], e[48:48 + n], e[48 + padded(n):]
    priority, start = (6, 24) if version >= 6 else (12, 48)
    end = start + padded(struct.unpack_from('!H', e, start + 2)[0])
    stats = padded(struct.unpack_from('!H', e, end + 2)[0]) if version >= 6 else 0
    return struct.unpack_from('!H', e, priority)[0], e[start:end], e[end + stats:]


def shown_bytes(connection):
    """{priority: (match, actions or instructions)}"""
    version, found = connection.version, {}
    for one in connection.ask(flow_request(version)):
        check(one[1] != ERROR, f'version {version}: {outlines([one])}')
        at = 24 if version == 1 else 16
        while at < len(one):
            n = struct.unpack_from('!H', one, at)[0]
            priority, *rest = entry(version, one[at:at + n])
            found[priority] = tuple(rest)
            at += n
    return found


def test_rules_are_shown_in_the_same_bytes(lab):
    theirs, ours, _ = both(lab)
    n, wrong = 0, []
    for added in VERSIONS:
        flows = add_flows(lab, (ours, theirs), added)
        for shown_in, version in VERSIONS.items():
            c, other = Connection(ours.management, version), Connection(theirs.management, version)
            a, b = shown_bytes(c), shown_bytes(other)
            for i, flow in enumerate(flows, 1):
                # 1.3 has no copy_field: Open vSwitch shows a move of 1.5 as ONF's extension there, Tandem as
                # Nicira's.
                if better(flow, added, shown_in) or ('move:' in flow and version == 4 and added == 'OpenFlow15'):
                    continue
                n += 1
                if a.get(i) != b.get(i):
                    wrong.append(f'{added}, shown in {shown_in}: {flow}\n' + '\n'.join(
                        f'  {[part.hex() for part in x.get(i, ())]}' for x in (a, b)))
            c.close()
            other.close()
    check(not wrong, f'{len(wrong)} differ: tandem, theirs:\n' + '\n'.join(wrong[:10]))
    lab.remark(f'{n} rules')


def nicira(subtype, body):
    n = padded(10 + len(body))
    return (struct.pack('!HHIH', 0xffff, n, NICIRA, subtype) + body).ljust(n, b'\0')


def instruction(kind, actions):
    return struct.pack('!HH4x', kind, 8 + len(actions)) + actions


def output(version):
    return struct.pack('!HHHH', 0, 8, 1, 0xffff) if version == 1 else struct.pack('!HHIH6x', 0, 16, 1, 0xffff)


def flow_mod(version, priority, match, rest):
    if version == 1:
        body = struct.pack('!QHHHHIHHH6x', 0, 0, 0, 0, priority, ANY32, 0xffff, 0, len(match))
        return experimenter(1, 13, body + match.ljust(padded(len(match)), b'\0') + rest)
    body = struct.pack('!QQBBHHHIIIHH', 0, 0, 0, 0, 0, 0, priority, ANY32, ANY32, ANY32, 0, 0)
    return message(version, FLOW_MOD, body + match + rest)


def places(version, actions):
    """Yields (place, bytes after the match of a flow mod)."""
    def apply(a):
        return a if version == 1 else instruction(APPLY_ACTIONS, a)

    yield 'alone', apply(actions)
    yield 'before an output', apply(actions + output(version))
    yield 'twice', apply(actions + actions)
    yield 'in a clone', apply(nicira(42, bytes(6) + actions))
    yield 'in a ct', apply(nicira(35, struct.pack('!HIHB3xH', 1, 0, 0, 0xff, 0) + actions))
    if version > 1:
        write = instruction(WRITE_ACTIONS, actions)
        yield 'written', write
        yield 'written after an output', apply(output(version)) + write
        yield 'written after others were cleared', (instruction(CLEAR_ACTIONS, b'') + write +
                                                    struct.pack('!HHB3x', GOTO_TABLE, 8, 5))


def lists_of(lab, ours, version, name):
    """Yields (flow, match, actions) of the actions that each flow of the corpus applies, and of some that no
    tool encodes."""
    flows = add_flows(lab, (ours,), name)
    c = Connection(ours.management, version)
    found = shown_bytes(c)
    c.close()
    match = b'' if version == 1 else struct.pack('!HH4x', 1, 4)
    metadata = nicira(22, struct.pack('!6xQQ', 5, 0xff))
    yield 'write_metadata', match, metadata
    yield 'output, write_metadata', match, output(version) + metadata
    yield 'nothing', match, b''
    if version >= 6:
        meter = struct.pack('!HHI', 29, 8, 1)
        yield 'meter', match, meter
        yield 'output, meter', match, output(version) + meter
    for i, flow in enumerate(flows, 1):
        if better(flow, name, name):
            continue
        match, actions = found[i]
        while version > 1 and actions and actions[:2] != struct.pack('!H', APPLY_ACTIONS):
            actions = actions[struct.unpack_from('!H', actions, 2)[0]:]
        if actions:
            yield flow, match, actions if version == 1 else actions[8:struct.unpack_from('!H', actions, 2)[0]]


# Accepted by Open vSwitch, which then does nothing.
REFUSED_HERE = re.compile(r'conjunction.* in a (clone|ct)$')


def test_lists_are_refused_alike(lab):
    """Refused lists get the same error. Accepted ones are dumped the same, and the dump can be loaded by both
    tools."""
    theirs, ours, d = both(lab)
    n_asked = n_taken = 0
    for name, version in VERSIONS.items():
        lists = list(lists_of(lab, ours, version, name))
        for s in (ours, theirs):
            for kind in ('flows', 'groups', 'meters'):
                s.run('OpenFlow13', 'del-' + kind)
            s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
            s.run('OpenFlow13', 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
        connections = Connection(ours.management, version), Connection(theirs.management, version)
        what, wrong = {}, []
        for flow, match, actions in lists:
            for where, rest in places(version, actions):
                if REFUSED_HERE.search(f'{flow} {where}'):
                    continue
                priority = len(what) + 1
                what[priority] = f'{flow} {where}'
                a, b = (outlines(c.ask(flow_mod(version, priority, match, rest))) for c in connections)
                if a != b:
                    wrong.append(f'{name}: {flow} {where}: tandem {a}, theirs {b}')
        check(not wrong, f'{len(wrong)} of {len(what)}:\n' + '\n'.join(wrong[:10]))
        for c in connections:
            c.close()
        n_asked += len(what)
        n_taken += shown_alike(lab, ours, theirs, d, name, what)
    lab.remark(f'{n_asked} lists, {n_taken} taken')


def shown_alike(lab, ours, theirs, d, name, what):
    a, b = shown_flows(ours, name), shown_flows(theirs, name)
    wrong = [f'{what[i]}:\n  {a.get(i)}\n  {b.get(i)}' for i in what if a.get(i) != b.get(i)]
    check(len(a) > 100 and not wrong, f'{name}: shown: tandem, theirs:\n' + '\n'.join(wrong[:10]))
    printed = [line for line in d('flow', 'dump', 'br0', '--no-stats').splitlines() if 'actions=' in line]
    before = shown(ours, name)
    load(lab, d, f'dumped-{name}', printed)
    again = differences(shown(ours, name), before)
    check(not again, f'{name}: dumped and loaded: now, before:\n' + '\n'.join(again[:10]))
    return len(a)


def test_buckets_are_action_sets(lab):
    """Open vSwitch accepts any action in a bucket, but executes only those of an action set; Tandem refuses
    others."""
    theirs, ours, _ = both(lab)
    refused = set()
    for name, version in VERSIONS.items():
        lists = list(lists_of(lab, ours, version, name))
        for s in (ours, theirs):
            s.run('OpenFlow13', 'del-groups')
            s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
        connections = Connection(ours.management, version), Connection(theirs.management, version)
        for i, (flow, _, actions) in enumerate(lists, 2):
            if version in (4, 5):
                body = struct.pack('!HBxIHHII4x', 0, 0, i, 16 + len(actions), 0, ANY32, ANY32) + actions
            else:
                bucket = struct.pack('!HHI', 8 + len(actions), len(actions), 1) + actions
                body = struct.pack('!HBxIH2xI', 0, 0, i, len(bucket), ANY32) + bucket
            one = experimenter(1, 31, body) if version == 1 else message(version, GROUP_MOD, body)
            a, b = (outlines(c.ask(one)) for c in connections)
            check(a == b or a == [('error', 2, 0)], f'{name}: {flow}: tandem {a}, theirs {b}')
            if a != b:
                refused |= set(re.findall(r'(\w+)', re.sub(r'\([^()]*\)', '', flow.split('actions=')[-1]))[:1])
        for c in connections:
            c.close()
    check({'exit', 'note', 'learn', 'clone', 'conjunction', 'resubmit'} & refused == {'exit', 'note', 'learn', 'clone',
                                                                                   'conjunction'}, f'refused: {refused}')


HEAD = '020000000001' '020000000002'
FRAMES = {'tcp': HEAD + '0800' '4500002800004000400600000a0000010a000002' + '00500051' + '00' * 8 + '5002' + '00' * 6,
          'udp with a tag': HEAD + '8100000a' '0800' '4500001c00004000401100000a0000010a000002' + '0050005100080000',
          'icmp6': HEAD + '86dd' '600000000018' '3aff' + '00' * 15 + '01' + '00' * 15 + '02' + '87000000' + '00' * 20,
          'arp': HEAD + '0806' '0001080006040001' + '00' * 20, 'mpls': HEAD + '8847' '00001140' + '00' * 46,
          'else': HEAD + '88b5' + '00' * 46}


def packet_out(version, actions, frame):
    if version == 1:
        return message(1, 13, struct.pack('!IHH', ANY32, 1, len(actions)) + actions + frame)
    if version < 6:
        return message(version, 13, struct.pack('!IIH6x', ANY32, 1, len(actions)) + actions + frame)
    in_port = struct.pack('!HHHBBI4x', 1, 12, 0x8000, 0, 4, 1)
    return message(6, 13, struct.pack('!IHxx', ANY32, len(actions)) + in_port + actions + frame)


def test_packet_outs_are_refused_alike(lab):
    """The actions of a packet-out must suit the packet, as those of a flow its match."""
    theirs, ours, _ = both(lab)
    n_asked = n_taken = 0
    for name, version in VERSIONS.items():
        lists = list(lists_of(lab, ours, version, name))
        for s in (ours, theirs):
            for kind in ('flows', 'groups', 'meters'):
                s.run('OpenFlow13', 'del-' + kind)
            s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
            s.run('OpenFlow13', 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
        connections = Connection(ours.management, version), Connection(theirs.management, version)
        wrong = []
        for flow, _, actions in lists:
            for where, a in (('alone', actions), ('before an output', actions + output(version)),
                             ('in a clone', nicira(42, bytes(6) + actions))):
                for kind, frame in FRAMES.items():
                    one = packet_out(version, a, bytes.fromhex(frame))
                    a_, b_ = ([o for o in outlines(c.ask(one)) if o[0] == 'error'] for c in connections)
                    n_asked += 1
                    n_taken += not a_
                    if a_ != b_ and not REFUSED_HERE.search(f'{flow} {where}'):
                        wrong.append(f'{name}: {kind}: {flow} {where}: tandem {a_}, theirs {b_}')
        check(not wrong, f'{len(wrong)}:\n' + '\n'.join(wrong[:40]))
        for c in connections:
            c.close()
    lab.remark(f'{n_asked} packet-outs, {n_taken} taken')
