# SPDX-License-Identifier: Apache-2.0
"""tandemd and Open vSwitch with raw requests: every kind of multipart message, asynchronous configuration,
roles, and errors of each. Answers are of the same kind, errors have the same codes."""
import os
import random
import re
import socket
import struct
import subprocess
import time

from lab import check, wait_for
from ofwire import (GET_ASYNC, GET_ASYNC_REPLY, ONF, ROLE, SET_ASYNC, SET_CONFIG, VERSIONS, Connection, experimenter,
                    message, multipart, multipart_experimenter, outlines)
from test_ofctl import both, lines, on_both_options, read

PORT_ANY, GROUP_ALL, METER_ALL = 0xffffffff, 0xfffffffc, 0xffffffff
DESC, FLOW, AGGREGATE, TABLE, PORT, QUEUE, GROUP, GROUP_DESC, GROUP_FEATURES = range(9)
METER, METER_CONFIG, METER_FEATURES, TABLE_FEATURES, PORT_DESC, TABLE_DESC, QUEUE_DESC, MONITOR = range(9, 17)


def flow_body(version, table=0xff):
    if version == 1:
        return struct.pack('!I', 0x3fffff) + bytes(36) + struct.pack('!BBH', table, 0, 0xffff)
    return struct.pack('!B3xII4xQQHH4x', table, PORT_ANY, 0xffffffff, 0, 0, 1, 4)


def port_body(version, port, more=0):
    return struct.pack('!HHI', port, 0, more) if version == 1 else struct.pack('!II', port, more)


def multiparts(version):
    """Yields (name, message): all kinds of the version, then kinds that it lacks."""
    absent = 77
    yield 'desc', multipart(version, DESC)
    for kind in (FLOW, AGGREGATE):
        for table in (0, 253, 255):  # Open vSwitch hides table 254
            yield f'{kind} of table {table}', multipart(version, kind, flow_body(version, table))
        yield f'{kind} too short', multipart(version, kind, flow_body(version)[:-8])
        yield f'{kind} without a body', multipart(version, kind)
    yield 'table', multipart(version, TABLE)
    for port in (1, absent):
        yield f'port {port}', multipart(version, PORT, port_body(version, port))
        yield f'queues of port {port}', multipart(version, QUEUE, port_body(version, port, 0xffffffff))
        yield f'queue 9 of port {port}', multipart(version, QUEUE, port_body(version, port, 9))
    yield 'every port', multipart(version, PORT, port_body(version, 0xffff if version == 1 else PORT_ANY))
    yield 'port, short', multipart(version, PORT, bytes(4))
    yield 'features of groups', multipart(version, GROUP_FEATURES)
    for group in (1, absent, GROUP_ALL):
        yield f'group {group}', multipart(version, GROUP, struct.pack('!I4x', group))
        if version >= 6:
            yield f'desc of group {group}', multipart(version, GROUP_DESC, struct.pack('!I4x', group))
    yield 'desc of groups', multipart(version, GROUP_DESC)
    for meter in (1, absent, METER_ALL):
        yield f'meter {meter}', multipart(version, METER, struct.pack('!I4x', meter))
        yield f'config of meter {meter}', multipart(version, METER_CONFIG, struct.pack('!I4x', meter))
    for kind in (METER_FEATURES, TABLE_FEATURES, PORT_DESC, TABLE_DESC):
        yield f'{kind}', multipart(version, kind)
    if version >= 6:
        for port in (1, absent, PORT_ANY):
            yield f'desc of port {port}', multipart(version, PORT_DESC, struct.pack('!I4x', port))
    for port in (1, absent, PORT_ANY):
        yield f'desc of queues of port {port}', multipart(version, QUEUE_DESC, struct.pack('!II', port, 0xffffffff))
    for kind in (DESC, TABLE, GROUP_FEATURES, METER_FEATURES, TABLE_DESC):
        yield f'{kind} with a body', multipart(version, kind, bytes(8))
    for kind in (GROUP, METER, METER_CONFIG, QUEUE, QUEUE_DESC):
        yield f'{kind} too short', multipart(version, kind, bytes(4))
    for kind in (17, 18, 23, 100, 0xfffe):
        yield f'unknown {kind}', multipart(version, kind)
    for subtype, body in ((0, 24), (1, 24), (5, 0), (6, 0), (7, 8), (7, 0), (8, 8), (8, 0), (9, 0), (9, 8), (3, 0),
                          (3, 8), (99, 0)):
        if not (subtype < 2 and version == 1):
            yield f"Nicira's {subtype} of {body}", multipart_experimenter(version, subtype, bytes(body))
    yield "ONF's unknown", multipart_experimenter(version, 5, of=ONF if version > 1 else 7)
    yield "nobody's", multipart_experimenter(version, 1, of=0x123456)
    yield 'an experimenter who is not named', multipart(version, 0xffff)


def ask_both(connections, what, *messages):
    ours, theirs = (c.ask(*messages) for c in connections)
    a, b = outlines(ours), outlines(theirs)
    check(a == b, f'version {connections[0].version}: {what}: {a}, theirs {b}')
    return ours, theirs


def each_version(ours, theirs, lowest=1):
    for version in VERSIONS.values():
        if version >= lowest:
            connections = [Connection(s.management, version) for s in (ours, theirs)]
            yield version, connections
            for c in connections:
                c.close()


def test_multiparts_are_answered_alike(lab):
    theirs, ours, _ = both(lab)
    for s in (ours, theirs):
        s.run('OpenFlow13', 'del-flows')
        s.run('OpenFlow13', 'add-group', 'group_id=1,type=all,bucket=output:1')
        s.run('OpenFlow13', 'add-meter', 'meter=1,kbps,bands=type=drop,rate=1000')
    n = 0
    for version, connections in each_version(ours, theirs):
        for what, one in multiparts(version):
            ask_both(connections, what, one)
            n += 1
    lab.remark(f'{n} requests')


NO_FEATURES = tuple(struct.pack('!HH4x', kind, 4) for kind in range(0, 16, 2))


def table_features(table, name=b'', command=0, max_entries=1000000, more=b''.join(NO_FEATURES)):
    return struct.pack('!HBBI32sQQII', 64 + len(more), table, command, 0, name, (1 << 64) - 1, (1 << 64) - 1, 0,
                       max_entries) + more


def features_requests(version):
    every = [table_features(n, b't%d' % n) for n in range(254)]
    yield 'every table', b''.join(every), 0
    yield 'all but one', b''.join(every[:-1]), 0
    yield 'one before 1.5, or to be replaced', every[3], 0
    yield 'one that there is not', table_features(255), 0
    yield 'half a table', every[3][:40], 0
    yield 'a table of no length', bytes(64), 0
    yield 'a long property', b''.join(every[:3]) + table_features(3, more=struct.pack('!HHI', 0, 99, 0)), 0
    yield 'a property twice', table_features(3, more=b''.join(NO_FEATURES) + NO_FEATURES[3]), 0
    yield 'a property too few', table_features(3, more=b''.join(NO_FEATURES[:-1])), 0
    yield 'no properties', b''.join(table_features(n, more=b'') for n in range(254)), 0
    yield 'other entries', b''.join(every[:-1]) + table_features(253, max_entries=5), 0
    yield 'one more instruction', b''.join(every[:-1]) + table_features(
        253, more=struct.pack('!HHHH', 0, 8, 1, 4) + b''.join(NO_FEATURES[1:])), 0
    if version >= 6:
        for command in (1, 2, 3, 4):
            yield f'command {command}', table_features(3, b'mine', command), 0
        yield 'one twice', 2 * table_features(3, b'mine', 1), 0
    yield 'in parts', b''.join(every[:100]), b''.join(every[100:])
    yield 'in parts, one of them twice', b''.join(every[:100]), b''.join(every[99:])


def test_features_of_tables_are_asked_for_alike(lab):
    theirs, ours, _ = both(lab)
    for version, connections in each_version(ours, theirs, 4):
        for what, first, second in features_requests(version):
            ones = [multipart(version, TABLE_FEATURES, first, 1 if second else 0)]
            if second:
                ones.append(multipart(version, TABLE_FEATURES, second))
            ask_both(connections, what, *ones)
        names = [s.run('OpenFlow13', 'dump-table-features').stdout for s in (ours, theirs)]
        names = [re.findall(r'table (\d+) \("(.*)"\)', text) for text in names]
        check(names[0] == names[1] and len(names[0]) == 254, f'{version}: {names}')


def properties(answers):
    """Returns {number: mask} of a GET_ASYNC reply; 1.3: in order."""
    replies = [one for one in answers if one[1] == GET_ASYNC_REPLY]
    check(len(replies) == 1, f'{len(replies)} replies')
    body = replies[0][8:]
    if replies[0][0] == 4:
        return struct.unpack('!6I', body)
    return {kind: mask for kind, _, mask in struct.iter_unpack('!HHI', body)}


def async_changes(version):
    if version == 4:
        for masks in ((0, 0, 0, 0, 0, 0), (7, 1, 7, 2, 15, 4), (1, 7, 3, 7, 2, 8), (0xfff0, 7, 0xff8, 7, 0xf, 0xf)):
            yield f'masks {masks}', message(version, SET_ASYNC, struct.pack('!6I', *masks))
        yield 'one mask', message(version, SET_ASYNC, bytes(4))
        yield "Nicira's", experimenter(version, 19, struct.pack('!6I', 7, 7, 7, 7, 15, 15))
        yield "Nicira's of 1.4", experimenter(version, 27, struct.pack('!HHI', 2, 8, 5))
        yield "Nicira's of 1.4, reason of 1.4", experimenter(version, 27, struct.pack('!HHI', 1, 8, 0x20))
        return
    for kind in range(13):
        for mask in (0, 1, 2, 5, 8, 0x10, 0x38, 0x40, 0xffffffff):
            yield f'property {kind} {mask:#x}', message(version, SET_ASYNC, struct.pack('!HHI', kind, 8, mask))
    yield 'two', message(version, SET_ASYNC, struct.pack('!HHIHHI', 0, 8, 3, 3, 8, 1))
    yield 'the second is wrong', message(version, SET_ASYNC, struct.pack('!HHIHHI', 0, 8, 1, 3, 8, 0x80))
    yield 'a short property', message(version, SET_ASYNC, struct.pack('!HHI', 0, 6, 0))
    yield 'an empty property', message(version, SET_ASYNC, struct.pack('!HHI', 0, 0, 0))
    yield 'a long property', message(version, SET_ASYNC, struct.pack('!HHII4x', 0, 12, 0, 0))
    yield 'nothing', message(version, SET_ASYNC)


def test_asynchronous_configuration_is_alike(lab):
    theirs, ours, _ = both(lab)
    for version, connections in each_version(ours, theirs, 4):
        get = message(version, GET_ASYNC)
        if version > 4:  # Open vSwitch reports role status as off, but sends it
            ask_both(connections, 'roles', message(version, SET_ASYNC, struct.pack('!HHIHHI', 6, 8, 0, 7, 8, 0)))
        for what, one in (('the default', b''), *async_changes(version)):
            a, b = (properties(answers) for answers in ask_both(connections, what, one, get))
            check(a == b, f'version {version}: {what}: {a}, theirs {b}')
        ask_both(connections, 'get with a body', message(version, GET_ASYNC, bytes(8)))
    # 1.0 has no request for it; the errors are the same.
    for _, connections in ((1, [Connection(s.management, 1) for s in (ours, theirs)]),):
        for what, one in (("Nicira's", experimenter(1, 19, struct.pack('!6I', 3, 3, 7, 7, 7, 7))),
                          ('short', experimenter(1, 19, bytes(8))),
                          ("Nicira's of 1.4", experimenter(1, 27, struct.pack('!HHI', 1, 8, 3))),
                          ('unknown property', experimenter(1, 27, struct.pack('!HHI', 40, 8, 3)))):
            ask_both(connections, what, one)


def role(version, number, generation):
    return message(version, ROLE, struct.pack('!I4xQ', number, generation))


def test_roles_are_alike(lab):
    theirs, ours, _ = both(lab)
    for version, connections in each_version(ours, theirs, 4):
        others = [Connection(s.management, version) for s in (ours, theirs)]
        for c in (*connections, *others):
            c.ask(message(version, SET_CONFIG, struct.pack('!HH', 0, 128)))
        steps = (('what am I', connections, role(version, 0, 0)), ('a master', connections, role(version, 2, 5)),
                 ('another master', others, role(version, 2, 6)), ('a stale one', connections, role(version, 2, 5)),
                 ('what has become', connections, role(version, 0, 0)),
                 ('a slave changes flows', connections, message(version, 14, bytes(40) + struct.pack('!HH4x', 1, 4))),
                 ('a slave asks', connections, multipart(version, DESC)),
                 ('an equal', connections, role(version, 1, 0)), ('a slave', connections, role(version, 3, 7)),
                 ('no such role', connections, role(version, 4, 8)),
                 ('short', connections, message(version, ROLE, bytes(8))),
                 ('generations', connections, role(version, 3, 6)))
        for what, who, one in steps:
            a, b = ask_both(who, what, one)
            bodies = [[one[8:] for one in answers if one[1] == 25] for answers in (a, b)]
            check(bodies[0] == bodies[1], f'version {version}: {what}: {bodies[0]}, theirs {bodies[1]}')
            told = [[one[8:] for one in c.ask() if one[1] == 30] for c in others]
            check(told[0] == told[1], f'version {version}: {what}: told {told[0]}, theirs {told[1]}')
        for c in others:
            c.close()
    connections = [Connection(s.management, 1) for s in (ours, theirs)]
    for number in (0, 1, 2, 3):
        ask_both(connections, f"Nicira's role {number}", experimenter(1, 10, struct.pack('!I', number)))


def test_requests_are_forwarded_alike(lab):
    """Changes of groups and meters by one controller are sent to another that requested them; one of 1.0 gets
    those of groups."""
    theirs, ours, _ = both(lab)
    for version, connections in each_version(ours, theirs):
        ask = experimenter(version, 27, struct.pack('!HHI', 11, 8, 3)) if version < 5 else \
            message(version, SET_ASYNC, struct.pack('!HHI', 11, 8, 3))
        ask_both(connections, 'forward', message(version, SET_CONFIG, struct.pack('!HH', 0, 128)), ask)
        for protocol in ('OpenFlow13', 'OpenFlow15'):
            for command, words in (('add-group', ['group_id=1,type=select,bucket=weight:5,output:1,bucket=output:2']),
                                   ('mod-group', ['group_id=1,type=all,bucket=mod_dl_dst:02:00:00:00:00:01,output:3']),
                                   ('add-meter', ['meter=1,kbps,burst,bands=type=drop,rate=9,burst_size=5']),
                                   ('add-group', ['group_id=1,type=all,bucket=output:1']),
                                   ('del-meter', ['meter=1']), ('del-groups', [])):
                for s in (ours, theirs):
                    s.run(protocol, command, *words, ok=False)
                a, b = ([one[:4] + one[8:12] + one[16:] for one in c.ask()] for c in connections)
                check(a == b, f'{version}: {protocol} {command} {words}: {a}, theirs {b}')
                check(a or command == 'add-group' or version == 1, f'{version}: {protocol} {command} is not told')
        on_both_options(ours, theirs, 'OpenFlow15', '--bundle add-group', 'group_id=7,type=all,bucket=output:2')
        a, b = ([one[:4] + one[8:12] + one[16:] for one in c.ask()] for c in connections)
        check(a == b and len(a) == 1, f'{version}: in a bundle: {a}, theirs {b}')
        for s in (ours, theirs):
            s.run('OpenFlow15', 'del-groups')


ANY_MATCH = struct.pack('!HH4x', 1, 4)


def flow_mod(version, command, buffer, actions=b''):
    instructions = struct.pack('!HHI', 4, 8 + len(actions), 0) + actions if actions else b''
    return message(version, 14, struct.pack('!QQBBHHHIIIHH', 0, 0, 0, command, 0, 0, 5, buffer, PORT_ANY, 0xffffffff, 0,
                                            0) + ANY_MATCH + instructions)


def meter_mod(version, command, flags, bands=b''):
    return message(version, 29, struct.pack('!HHI', command, flags, 1) + bands)


def group_mod15(command, command_bucket, buckets=b''):
    return message(6, 15, struct.pack('!HBxIHHI', command, 0, 1, len(buckets), 0, command_bucket) + buckets)


def packet_out15(*fields):
    match = struct.pack('!HH', 1, 4 + sum(map(len, fields))) + b''.join(fields)
    return message(6, 13, struct.pack('!IHxx', 0xffffffff, 0) + match + bytes(-len(match) % 8) + bytes(60))


def oxm(of, field, value):
    return struct.pack('!HBB', of, field << 1, len(value)) + value


# A packet-out of 1.5: fields of the pipeline, and of the packet. Open vSwitch ignores unknown ones.
IN_PORT = oxm(0x8000, 0, bytes([0, 0, 0, 1]))
OF_PACKET_OUT = {
    'no port': [], 'a port': [IN_PORT], 'a port twice': [IN_PORT, IN_PORT], 'eth_type alone': [oxm(0x8000, 5, b'\x08\0')],
    **{name: [IN_PORT, oxm(of, field, bytes.fromhex(value))] for name, of, field, value in (
        ('metadata', 0x8000, 2, '0000000000000001'), ('tun_id', 0x8000, 38, '0000000000000001'),
        ('reg1', 1, 1, '00000001'), ('xreg1', 0x8001, 1, '0000000100000001'), ('xxreg1', 1, 112, '00' * 15 + '01'),
        ('tun_src', 1, 31, '01020304'), ('tun_dst', 1, 32, '01020304'), ('tun_ipv6_dst', 1, 110, '00' * 15 + '01'),
        ('tun_flags', 1, 104, '0001'), ('eth_dst', 0x8000, 3, '00' * 6), ('eth_type', 0x8000, 5, '0800'),
        ('vlan_vid', 0x8000, 6, '1001'), ('pkt_mark', 1, 33, '00000000'), ('dp_hash', 1, 35, '00000000'),
        ('conj_id', 1, 37, '00000000'), ('ct_zone', 1, 106, '0001'), ('ct_mark', 1, 107, '00000000'),
        ('actset_output', 0xffff, 43, '4f4e460000000001'))}}


def modifications(version):
    """Yields (name, messages); each begins without meters and groups."""
    for command in range(6):
        for buffer in (0xffffffff, 5):
            yield f'flow_mod {command} of buffer {buffer:#x}', [flow_mod(version, command, buffer)]
    set_field = struct.pack('!HH', 25, 16) + bytes.fromhex('00010004') + struct.pack('!I', 5)
    for padding in (bytes(4), b'\0\1\0\0'):
        yield f'set_field with {padding.hex()} behind it', [flow_mod(version, 0, 0xffffffff, set_field + padding)]
    for flags in (*range(16), 16, 0x8000):
        for burst in (0, 100):
            yield f'meter with flags {flags:#x}, burst {burst}', [
                meter_mod(version, 2, 0), meter_mod(version, 0, flags, struct.pack('!HHII4x', 1, 16, 1000, burst))]
    if version >= 6:
        for what, fields in OF_PACKET_OUT.items():
            yield f'packet_out with {what}', [packet_out15(*fields)]
        delete, add = group_mod15(2, 0xffffffff), group_mod15(0, 0xffffffff)
        yield 'a command that there is not', [group_mod15(4, 0xffffffff)]
        bucket = struct.pack('!HHI', 8, 0, 7)
        for command in (0, 1, 2, 3, 5, 0x8000):
            for which in (0, 7, 0xffffff00, 0xffffff01, 0xfffffffd, 0xfffffffe, 0xffffffff):
                for buckets in (b'', bucket):
                    yield f'group_mod {command} of bucket {which:#x}, {len(buckets)} bytes', [
                        delete, *([add] if command else []), group_mod15(command, which, buckets)]


def packet_outs(version):
    """Yields packet-outs from existing ports, missing ones, and invalid numbers."""
    for port in (1, 77, 0, 0xfeff, 0xff00, 0xfff7, *range(0xfff8, 0x10000)):
        wide = port if port < 0xff00 else port | 0xffff0000
        if version == 1:
            yield port, message(1, 13, struct.pack('!IHH', 0xffffffff, port, 0) + bytes(60))
        elif version < 6:
            yield port, message(version, 13, struct.pack('!IIH6x', 0xffffffff, wide, 0) + bytes(60))
        else:
            yield port, packet_out15(oxm(0x8000, 0, struct.pack('!I', wide)))


def groups(version):
    """Yields (name, message): for each type, with a bucket that watches and one that does not."""
    for kind in range(5):
        for watch_port, watch_group in ((PORT_ANY, 0xffffffff), (1, 0xffffffff), (PORT_ANY, 5)):
            for weight in (0, 1):
                if version < 6:
                    buckets = struct.pack('!HHII4x', 16, weight, watch_port, watch_group)
                    body = struct.pack('!HBxI', 0, kind, 1) + buckets
                else:
                    properties_ = struct.pack('!HHH2x', 0, 8, weight) + struct.pack('!HHI', 1, 8, watch_port) + \
                        struct.pack('!HHI', 2, 8, watch_group)
                    buckets = struct.pack('!HHI', 8 + len(properties_), 0, 1) + properties_
                    body = struct.pack('!HBxIHHI', 0, kind, 1, len(buckets), 0, 0xffffffff) + buckets
                yield (f'group of type {kind} that watches {watch_port:#x}, {watch_group:#x}, weight {weight}',
                       message(version, 15, body))


def test_packet_outs_and_groups_are_refused_alike(lab):
    theirs, ours, _ = both(lab)
    for version, connections in each_version(ours, theirs):
        for port, one in packet_outs(version):
            ask_both(connections, f'packet_out from port {port:#x}', one)
        for what, one in groups(version) if version > 1 else ():
            ask_both(connections, what, one)
            for s in (ours, theirs):
                s.run('OpenFlow15', 'del-groups')


def nxm_flow_mod(command, cookie, cookie_match=b'', actions=b''):
    match = cookie_match + bytes(-len(cookie_match) % 8)
    return experimenter(1, 13, struct.pack('!QHHHHIHHH6x', cookie, command, 0, 0, 9, 0xffffffff, 0xffff, 0,
                                           len(cookie_match)) + match + actions)


COOKIE_ANY = 0xffffffffffffffff


def cookie_changes():
    """Yields each command in 1.0, with a cookie that is set, matched, and both, on rules of two cookies."""
    for command in range(5):
        for cookie in (0, 7, COOKIE_ANY):
            for match in (None, (5, COOKIE_ANY), (4, 4), (9, COOKIE_ANY), (0, 0)):
                of = b'' if match is None else struct.pack('!HBBQQ', 1, 30 << 1 | 1, 16, *match)
                yield (command, cookie, match), nxm_flow_mod(command, cookie, of, struct.pack('!HHHH', 0, 8, 2, 0))


def test_cookies_are_matched_and_set_alike(lab):
    theirs, ours, _ = both(lab)
    connections = [Connection(s.management, 1) for s in (ours, theirs)]
    for what, one in cookie_changes():
        for s in (ours, theirs):
            s.run('OpenFlow10', 'del-flows')
            for n, cookie in enumerate((5, 6, 8), 1):
                s.run('OpenFlow10', 'add-flow', f'cookie={cookie},priority=9,in_port={n},actions=output:1')
        ask_both(connections, what, one)
        a, b = (sorted(lines(s.run('OpenFlow10', 'dump-flows'))) for s in (ours, theirs))
        check(a == b, f'{what}: {a}, theirs {b}')
    for c in connections:
        c.close()


def test_modifications_are_refused_alike(lab):
    theirs, ours, _ = both(lab)
    n = 0
    for version, connections in each_version(ours, theirs, 4):
        for what, messages in modifications(version):
            ask_both(connections, what, *messages)
            n += 1
    lab.remark(f'{n} modifications')


def monitor(number, command, flags):
    return struct.pack('!IIIHBB', number, PORT_ANY, 0xffffffff, flags, 0xff, command) + ANY_MATCH


def test_monitors_are_changed_alike(lab):
    """One change at a time, and several additions in a request: if one is refused, none is made. The errors of
    Open vSwitch quote freed memory here, so only the fact of an error is compared."""
    theirs, ours, _ = both(lab)
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    refused = [0, 0]
    for version, connections in each_version(ours, theirs, 5):
        for i in range(400):
            flags, several = rng.choice((0xf, 0x1f, 0xe)), i % 2
            changes = [(rng.randrange(4), 0, flags) for _ in range(rng.randrange(2, 4))] if several else [
                (rng.randrange(4), rng.choice((0, 1, 2, 2)), flags)]
            request = multipart(version, MONITOR, b''.join(monitor(*change) for change in changes))
            are_errors = [c.ask(request)[0][1] == 1 for c in connections]
            check(are_errors[0] == are_errors[1], f'seed {seed}: {changes}: refused {are_errors}')
            refused[several] += are_errors[0]
    check(all(50 < n < 390 for n in refused), f'{refused} requests refused')


def snoop(lab, switch, protocol, path, out):
    with open(out, 'w') as f:
        p = subprocess.Popen(['ovs-ofctl', '-O', protocol, 'snoop', path, '--unixctl', out + '.ctl'], stdout=f,
                             stderr=f, env=switch.env)
    lab.processes.append(p)


def test_snoop_is_alike(lab):
    """ovs-ofctl snoop shows the messages of a controller's connection in order, in both directions."""
    theirs, ours, d = both(lab)
    listeners = [socket.create_server(('127.0.0.1', 0)) for _ in range(2)]
    targets = [f'tcp:127.0.0.1:{s.getsockname()[1]}' for s in listeners]
    d('controller', 'set', 'br0', targets[0])
    theirs.ovs.vsctl('set-controller', 'br0', targets[1])
    texts = []
    for s, listener, name in zip((ours, theirs), listeners, ('tandem', 'ovs')):
        listener.settimeout(20)
        c = Connection(listener.accept()[0], 4)
        c.ask()
        out = os.path.join(lab.dir, f'{name}.snooped')
        snoop(lab, s, 'OpenFlow13', s.management.replace('.mgmt', '.snoop'), out)
        wait_for('ovs-ofctl is there', lambda p=out: os.path.exists(p + '.ctl'))
        time.sleep(0.3)
        c.ask(multipart(4, TABLE_DESC), message(4, 20), multipart(4, GROUP_FEATURES),
              message(4, 14, bytes(40) + struct.pack('!HH4x', 1, 4)), message(4, 20, xid=0x55))
        s.run('OpenFlow13', 'dump-flows')  # does not concern the controller
        wait_for('all is seen', lambda p=out: 'echo' in read(p).lower() and read(p).count('BARRIER_REPLY') == 2)
        # Without features that only one of them has, and ovs-ofctl's own log.
        texts.append(re.sub(r'Capabilities:.*|max_groups=.*|xid=0x\w+|^\d{4}-.*\n', '', read(out), flags=re.M))
        c.close()
    check(texts[0] == texts[1], f'tandem\n{texts[0]}\n--- Open vSwitch\n{texts[1]}')
