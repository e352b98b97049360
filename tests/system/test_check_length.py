# SPDX-License-Identifier: Apache-2.0
"""check_pkt_larger: real frames around the length that is checked give the same bytes on the same ports in both
switches."""
import random

from cases import Oracle
from lab import check
from packets import MACS, N_PORTS
from wire import LAST_RULE

N_PACKETS = 24
LENGTH = 200
# Beside LENGTH; also what a tag or label adds.
LENGTHS = [LENGTH + n for n in (-60, -5, -4, -3, -1, 0, 1, 3, 4, 5, 1000)]
LARGER = f'check_pkt_larger({LENGTH})->'
PIPELINES = [
    [LARGER + 'NXM_NX_REG0[0],goto_table:1', 'table=1,reg0=0x1/0x1,actions=output:1', 'table=1,reg0=0/0x1,actions=output:2'],
    [LARGER + 'NXM_NX_REG0[0],resubmit(,1),output:3', 'table=1,priority=9,reg0=1,actions=mod_dl_src:52:54:00:00:00:09,output:2',
     'table=1,actions=output:1'],
    # It takes effect where it is in the list.
    ['load:0xff->NXM_NX_REG3[],output:1,mod_dl_dst:52:54:00:00:00:09,' + LARGER + 'NXM_NX_REG3[4],resubmit(,1)',
     'table=1,priority=9,reg3=0xff,actions=output:2', 'table=1,reg3=0xef,actions=output:1,output:3'],
    ['push_vlan:0x8100,set_field:4106->vlan_vid,' + LARGER + 'NXM_NX_REG0[31],resubmit(,1)',
     'table=1,priority=9,reg0=0x80000000,actions=output:1', 'table=1,dl_vlan=10,actions=pop_vlan,output:2'],
    [LARGER + 'NXM_NX_XXREG1[100],move:NXM_NX_XXREG1[100]->NXM_NX_REG1[3],resubmit(,1)',
     'table=1,priority=9,reg1=8,actions=output:1', 'table=1,actions=output:2'],
    # Open vSwitch 3.1 leaves a bit of the packet itself as it is, so the result is moved there.
    [LARGER + 'NXM_NX_REG0[0],move:NXM_NX_REG0[0]->NXM_OF_ETH_DST[2],output:2'],
    # One after another.
    [LARGER + 'NXM_NX_REG0[0],check_pkt_larger(196)->NXM_NX_REG0[1],resubmit(,1)',
     'table=1,priority=9,reg0=3,actions=output:1', 'table=1,priority=8,reg0=2,actions=output:2', 'table=1,reg0=0,actions=output:3'],
    [LARGER + 'NXM_NX_REG0[0],write_actions(output:1),goto_table:1',
     'table=1,priority=9,reg0=1,actions=write_actions(output:2)', 'table=1,actions=output:3'],
    # (Open vSwitch 3.1 does not restore the stack for the second result.)
    ['load:5->NXM_NX_REG5[],' + LARGER + 'NXM_NX_REG0[0],write_metadata:0x7,goto_table:1',
     'table=1,priority=9,metadata=7,reg0=1,reg5=5,actions=output:2', 'table=1,metadata=7,reg5=5,actions=output:1'],
    ['clone(' + LARGER + 'NXM_NX_REG0[0],resubmit(,1)),output:3', 'table=1,priority=9,reg0=1,actions=output:2',
     'table=1,actions=output:1'],
    ['meter:1,' + LARGER + 'NXM_NX_REG0[0],goto_table:1', 'table=1,priority=9,reg0=1,actions=drop', 'table=1,actions=output:1'],
]


class OfLength:
    """A UDP packet of a length, or a frame of that length whose padding does not count."""

    def __init__(self, rng):
        from scapy.all import IP, UDP, Ether, IPv6
        self.length, self.port, self.padded = rng.choice(LENGTHS), rng.randint(1, N_PORTS), rng.random() < 0.3
        src, dst = rng.sample(MACS[:3], 2)
        ip, kind, family = rng.choice([(IP(src='10.0.0.1', dst='10.0.0.2'), 'udp', 'nw'),
                                       (IPv6(src='fd00::1', dst='fd00::2'), 'udp6', 'ipv6')])
        self.packet = Ether(src=src, dst=dst) / ip / UDP(sport=53, dport=self.length)
        self.text = (f'{kind},in_port={self.port},dl_src={src},dl_dst={dst},{family}_src={ip.src},{family}_dst={ip.dst},'
                     f'udp_src=53,udp_dst={self.length}')

    def frame(self, trailer):
        from scapy.all import Raw
        rest = bytes(self.length - len(self.packet) - len(trailer)) + trailer
        return bytes(self.packet) + rest if self.padded else bytes(self.packet / Raw(rest))


def rules(lines):
    return [line if line.startswith('table=') else f'table=0,actions={line}' for line in lines]


def test_lengths_are_checked_as_by_open_vswitch(lab):
    """Each frame without a megaflow, and again with one."""
    oracle, rng = Oracle(lab, exact=True), random.Random(3)
    for lines in PIPELINES:
        loaded = oracle.load('OpenFlow13', [], [*rules(lines), LAST_RULE])
        check(len(loaded) == len(lines) + 1, f'{lines}: {loaded}')
        oracle.frames([OfLength(rng) for _ in range(N_PACKETS)])
    n_again = sum(p['recirculated'] for p in oracle.daemon.json('port', 'stats'))
    lab.remark(f'{oracle.tally.n_frames} frames in and {oracle.tally.n_sent} out alike; {n_again} treated again')
    check(n_again >= oracle.tally.n_frames, 'few frames were treated again')
    shown = oracle.daemon('trace', 'br0', 'in_port=1,dl_type=0x88b5')
    check('check_pkt_len(size=200,gt(recirc(0x' in shown, shown)
    check(shown.count('\nrecirc(0x') == 2, f'the trace follows not both: {shown}')
    oracle.daemon('audit')
