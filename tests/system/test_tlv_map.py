# SPDX-License-Identifier: Apache-2.0
"""The TLV map of a bridge and matches of its fields by ovs-ofctl, beside Open vSwitch: the same maps, the same
flows, and the same refusals."""
import re

from lab import check
from test_ofctl import both, lines, on_both, same

# As ovs-ofctl prints it; ours is smaller (docs/limits.md).
ROOM = 'max option space'

COMMANDS = '''add-tlv-map {class=0x102,type=1,len=4}->tun_metadata0
add-tlv-map {class=0x102,type=2,len=8}->tun_metadata63,{class=0xffff,type=0x80,len=20}->tun_metadata5
add-tlv-map {class=0x103,type=1,len=4}->tun_metadata0
add-tlv-map {class=0x102,type=1,len=4}->tun_metadata1
add-tlv-map {class=0x104,type=1,len=4}->tun_metadata1,{class=0x104,type=1,len=4}->tun_metadata2
add-tlv-map {class=0x104,type=1,len=4}->tun_metadata1,{class=0x104,type=2,len=4}->tun_metadata1
add-tlv-map {class=0x104,type=1,len=6}->tun_metadata1
add-tlv-map {class=0x104,type=1,len=128}->tun_metadata1
add-tlv-map {class=0x104,type=1,len=4}->tun_metadata64
add-tlv-map {class=0x104,type=1,len=124}->tun_metadata1,{class=0x104,type=2,len=124}->tun_metadata2
del-tlv-map {class=0x102,type=1,len=4}->tun_metadata0
del-tlv-map {class=0x102,type=1,len=4}->tun_metadata0
del-tlv-map {class=0x102,type=1,len=4}->tun_metadata64
add-tlv-map {class=0x102,type=1,len=8}->tun_metadata1
del-tlv-map
add-tlv-map {class=0x102,type=1,len=32}->tun_metadata3
del-tlv-map
'''.splitlines()


def outcome(switch, protocol, command, words):
    result = switch.run(protocol, command, *words, ok=False)
    return bool(result.returncode), re.findall(r'NXTTMFC_\w+|NXFMFC_\w+|OFPB\w+', result.stderr)


def test_maps_and_refusals_are_alike(lab):
    theirs, ours, _ = both(lab)
    refused = set()
    for protocol in ('OpenFlow10', 'OpenFlow13', 'OpenFlow15'):
        for line in COMMANDS:
            command, *words = line.split(' ')
            a, b = (outcome(s, protocol, command, words) for s in (ours, theirs))
            check(a == b, f'{protocol} {line}: {a}, Open vSwitch {b}')
            refused.update(a[1])
            same(ours, theirs, protocol, 'dump-tlv-map', drop=ROOM)
    check(len(refused) == 5, f'{refused}')


def test_room_is_as_reported(lab):
    _, ours, _ = both(lab)
    room = [line for line in lines(ours.run('OpenFlow13', 'dump-tlv-map')) if ROOM in line]
    check(room == [' max option space=60 max fields=64'], f'{room}')
    check(not ours.run('OpenFlow13', 'add-tlv-map', '{class=1,type=1,len=60}->tun_metadata0').returncode, 'refused')
    check(outcome(ours, 'OpenFlow13', 'add-tlv-map', ['{class=1,type=2,len=4}->tun_metadata1'])[1] ==
          ['NXTTMFC_TABLE_FULL'], 'there is room for more')


MAP = '{class=0x102,type=1,len=4}->tun_metadata0,{class=0x102,type=0x82,len=8}->tun_metadata1,' \
      '{class=0x103,type=1,len=20}->tun_metadata63'
FLOWS = ['tun_metadata0=0x5', 'tun_metadata0=0', 'tun_metadata0', 'tun_metadata0=0x12345678/0xff00ff00',
         'tun_metadata1=0x1122334455667788', 'tun_metadata1=0x1/0x3', 'tun_metadata0=1,tun_metadata1=2',
         'tun_id=5,tun_src=1.2.3.4,tun_metadata63=0x99aabbccddeeff0011,ip,in_port=2', 'reg0=5,tun_metadata63,udp,tp_dst=7',
         'tun_metadata63=0x1000000000000000000000000000000000000001']
ACTIONS = ['set_field:0x5->tun_metadata0', 'set_field:0x1122334455667788->tun_metadata1,2', 'load:0x7->NXM_NX_TUN_METADATA0[0..7]',
           'move:NXM_NX_REG0[]->NXM_NX_TUN_METADATA0[0..31]', 'move:NXM_NX_TUN_METADATA1[32..63]->NXM_NX_REG1[],1',
           'push:NXM_NX_TUN_METADATA0[0..31],pop:NXM_NX_REG2[]', 'load:0->NXM_NX_TUN_METADATA0[0..31]',
           'learn(table=1,NXM_NX_TUN_METADATA0[0..31],load:NXM_NX_TUN_METADATA0[0..31]->NXM_NX_REG0[])',
           'clone(set_field:9->tun_metadata63,1)', 'output:NXM_NX_TUN_METADATA0[0..15]',
           'set_field:0x00112233445566778899aabbccddeeff00112233->tun_metadata63']
REFUSED = ['add-flow tun_metadata2=1,actions=drop', 'add-flow tun_metadata2,actions=drop',
           'add-flow actions=set_field:1->tun_metadata2', 'add-flow actions=load:1->NXM_NX_TUN_METADATA2[0..3]',
           'del-tlv-map', 'del-tlv-map {class=0x102,type=1,len=4}->tun_metadata0',
           'add-tlv-map {class=0x102,type=1,len=4}->tun_metadata7']


def test_flows_are_alike(lab):
    theirs, ours, _ = both(lab)
    for protocol in ('NXM', 'OpenFlow13', 'OpenFlow15'):
        on_both(ours, theirs, protocol, 'del-flows')
        on_both(ours, theirs, protocol, 'add-tlv-map', MAP)
        for i, flow in enumerate(FLOWS, 1):
            on_both(ours, theirs, protocol, 'add-flow', f'priority={i},{flow},actions=drop')
        for query in ([], ['tun_metadata0=0x5'], ['tun_metadata0'], ['tun_metadata1=0x1/0x1']):
            same(ours, theirs, protocol, 'dump-flows', *query, ordered=False)
        for i, actions in enumerate(ACTIONS, 1):
            on_both(ours, theirs, protocol, 'add-flow', f'table=3,priority={i},actions={actions}')
        same(ours, theirs, protocol, 'dump-flows', 'table=3', ordered=False)
        for line in REFUSED:
            a, b = (outcome(s, protocol, *line.split(' ', 1)[:1], line.split(' ')[1:]) for s in (ours, theirs))
            check(a == b and a[0], f'{protocol} {line}: {a}, Open vSwitch {b}')
        for words in ('tun_metadata0=0x5', 'tun_metadata1', ''):
            on_both(ours, theirs, protocol, 'del-flows', *[words] if words else [])
            same(ours, theirs, protocol, 'dump-flows', ordered=False)
        on_both(ours, theirs, protocol, 'del-tlv-map')
