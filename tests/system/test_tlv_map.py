# SPDX-License-Identifier: Apache-2.0
"""The TLV map of a bridge by ovs-ofctl, beside Open vSwitch: the same maps, and the same refusals."""
import re

from lab import check
from test_ofctl import both, lines, same

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
    return bool(result.returncode), re.findall(r'NXTTMFC_\w+|OFPB\w+', result.stderr)


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
    check(room == [' max option space=64 max fields=64'], f'{room}')
    check(not ours.run('OpenFlow13', 'add-tlv-map', '{class=1,type=1,len=64}->tun_metadata0').returncode, 'refused')
    check(outcome(ours, 'OpenFlow13', 'add-tlv-map', ['{class=1,type=2,len=4}->tun_metadata1'])[1] ==
          ['NXTTMFC_TABLE_FULL'], 'there is room for more')
