# SPDX-License-Identifier: Apache-2.0
"""Access below a label that was popped: real frames through both switches give the same bytes on the same
ports. TTLs between labels and between IP and a label, which Open vSwitch cannot copy: compared with frames
built by scapy."""
import random
import select
import time

from cases import Oracle
from lab import Daemon, check, sh
from packets import ETH_TYPES, L3, LABELS, Packet
from wire import LAST_RULE, packet_socket, receive

N_PACKETS = 12
# mpls_label=16: IP below; 77: IPv6 below. The rules of the label come first, then those of the headers below. In
# the former, "pop" and "TYPE" stand for the type below.
PIPELINES = [
    ['pop,dec_ttl,output:2'],
    ['pop,mod_dl_dst:52:54:00:00:00:09,output:2'],
    ['pop,output:1,dec_ttl,output:2'],
    ['pop,set_field:53->reg0,write_metadata:0x5,goto_table:1',
     'table=1,metadata=5,reg0=53,tcp,actions=output:2', 'table=1,priority=1,metadata=5,actions=output:1'],
    ['pop,resubmit(,1)', 'table=1,ip,nw_ttl=64,actions=dec_ttl,output:2', 'table=1,ipv6,actions=output:1,output:2',
     'table=1,priority=1,actions=output:1'],
    ['pop,write_actions(dec_ttl,output:2)'],
    ['write_actions(pop,dec_ttl,output:2)'],
    ['pop,clone(dec_ttl,output:2),output:1'],
    ['pop,goto_table:1', 'table=1,udp,actions=set_field:99->udp_dst,output:2',
     'table=1,priority=1,actions=push_mpls:0x8847,set_field:99->mpls_label,output:2'],
    ['pop,push_vlan:0x8100,set_field:4106->vlan_vid,goto_table:1',
     'table=1,dl_vlan=10,ip,nw_tos=0,actions=mod_nw_tos:8,output:2', 'table=1,priority=1,actions=output:2,output:1'],
    ['pop,push:NXM_OF_IN_PORT[],set_queue:3,goto_table:1', 'table=1,actions=pop:NXM_NX_REG1[0..15],resubmit(,2)',
     'table=2,reg1=1,actions=output:2', 'table=2,reg1=2,actions=output:1'],
    ['pop,group:1'],
    # Outer lists continue after it. (Open vSwitch 3.1 ends these, too, if a TTL expires in the first.)
    ['resubmit(,1),mod_dl_dst:52:54:00:00:00:0a,output:2', 'table=1 pop,mod_nw_ttl:9,output:1'],
    ['resubmit(,1),resubmit(,2),resubmit(,2),output:1', 'table=1 pop,mod_nw_ttl:9,output:1',
     'table=2,ip,actions=dec_ttl,output:2', 'table=2,ipv6,actions=mod_nw_tos:8,output:2,output:1'],
    ['resubmit(,1),resubmit(,2)', 'table=1 pop,write_metadata:0x5,goto_table:3',
     'table=2,ip,actions=dec_ttl,output:2', 'table=2,ipv6,actions=dec_ttl,output:2',
     'table=3,metadata=5,ip,actions=output:1,mod_nw_tos:8', 'table=3,metadata=5,ipv6,actions=mod_nw_ttl:9,output:1'],
    ['resubmit(,1),output:1', 'table=1 resubmit(,2),output:2,exit', 'table=2 pop,mod_nw_ttl:9,output:1'],
    ['resubmit(,1),write_actions(mod_dl_dst:52:54:00:00:00:0a,output:2)',
     'table=1 pop,mod_nw_ttl:9,write_actions(dec_ttl)'],
    ['clone(resubmit(,1),output:2)', 'table=1 pop,mod_nw_ttl:9,output:1'],
    # A bucket's copy is alone.
    ['group:TYPE'],
    ['output:1,write_actions(group:TYPE)'],
    ['resubmit(,1)', 'table=1 set_field:7->reg0,group:TYPE'],
]
GROUPS = ['group_id=1,type=all,bucket=actions=set_field:52:54:00:00:00:08->eth_dst,output:2,'
          'bucket=actions=dec_ttl,output:1',
          'group_id=4,type=indirect,bucket=actions=pop_mpls:0x0800,dec_ttl,output:2',
          'group_id=6,type=select,bucket=actions=pop_mpls:0x86dd,dec_ttl,set_field:52:54:00:00:00:08->eth_dst,output:2']


class Labelled:
    """An IP packet with one label before it, which depends on its version."""

    def __init__(self, rng):
        self.inner = Packet(rng, [kind for kind, l3 in L3.items() if l3 in ('ip', 'ipv6')])
        self.port = self.inner.port = rng.choice([1, 2])
        self.inner.vlans = []
        ip = self.inner.eth_type == ETH_TYPES['ip']
        self.entry = (LABELS[1 if ip else 2] << 12 | 1 << 8 | rng.choice([2, 64])).to_bytes(4, 'big')
        self.text = f'mpls,mpls_label={LABELS[1 if ip else 2]},mpls_bos=1,in_port={self.port}'

    def frame(self, trailer):
        frame = self.inner.frame(trailer)
        return frame[:12] + b'\x88\x47' + self.entry + frame[14:]


def rules(lines):
    for line in lines:
        if line.startswith('table=') and ' ' not in line:
            yield line
            continue
        table, _, actions = line.rpartition(' ')
        for label, eth_type, group in ((LABELS[1], '0x0800', '4'), (LABELS[2], '0x86dd', '6')):
            actions_of = actions.replace('pop,', f'pop_mpls:{eth_type},').replace('TYPE', group)
            yield f'{table or "table=0"},mpls,mpls_label={label},actions={actions_of}'


def test_what_is_below_goes_on(lab):
    """Each frame without a megaflow, and again with one; OpenFlow 1.3."""
    oracle, rng = Oracle(lab, exact=True), random.Random(1)
    for lines in PIPELINES:
        loaded = oracle.load('OpenFlow13', GROUPS, [*rules(lines), LAST_RULE])
        check(len(loaded) == len([*rules(lines)]) + 1, f'{lines}: {loaded}')
        oracle.frames([Labelled(rng) for _ in range(N_PACKETS)])
    ports = oracle.daemon.json('port', 'stats')
    n_again = sum(p['recirculated'] for p in ports)
    lab.remark(f'{oracle.tally.n_frames} frames in and {oracle.tally.n_sent} out alike; {n_again} treated again')
    check(n_again > oracle.tally.n_frames / 2, 'few frames were treated again')
    oracle.daemon('audit')


# {} is the EtherType of IP. TTLs from the outermost to that of IP: before and after.
COPIES = [
    ('copy_ttl_in,output:2', (9, 64), (9, 9)),
    ('copy_ttl_in,output:2', (9, 7, 64), (9, 9, 64)),
    ('copy_ttl_out,output:2', (9, 64), (64, 64)),
    ('copy_ttl_out,output:2', (9, 7, 64), (7, 7, 64)),
    ('copy_ttl_out,dec_mpls_ttl,output:2', (9, 64), (63, 64)),
    ('dec_mpls_ttl,copy_ttl_in,output:2', (9, 64), (8, 8)),
    ('copy_ttl_in,pop_mpls:{},output:2', (9, 64), (9,)),
    ('copy_ttl_in,pop_mpls:{},dec_ttl,output:2', (9, 64), (8,)),
    ('write_actions(dec_ttl,copy_ttl_in,pop_mpls:{},output:2)', (9, 64), (8,)),
    ('copy_ttl_in,pop_mpls:0x8847,copy_ttl_in,pop_mpls:{},output:2', (9, 7, 64), (9,)),
    ('push_mpls:0x8847,set_mpls_ttl(3),copy_ttl_in,output:2', (9, 64), (3, 3, 64)),
    ('push_mpls:0x8847,set_mpls_ttl(3),copy_ttl_in,output:2', (64,), (3, 3)),
    ('dec_ttl,push_mpls:0x8847,set_mpls_ttl(3),copy_ttl_out,output:2', (64,), (63, 63)),
    # A key holds four labels.
    (4 * 'pop_mpls:0x8847,' + 'output:2', (9, 8, 7, 6, 5, 64), (5, 64)),
    (4 * 'pop_mpls:0x8847,' + 'dec_mpls_ttl,output:2', (9, 8, 7, 6, 5, 64), (4, 64)),
    (3 * 'pop_mpls:0x8847,' + 'copy_ttl_out,output:2', (9, 8, 7, 6, 5, 64), (5, 5, 64)),
]


def with_ttls(eth_type, ttls):
    from scapy.all import IP, UDP, Ether, IPv6, Raw
    from scapy.contrib.mpls import MPLS
    ip = IP(src='10.0.0.1', dst='10.0.0.2', ttl=ttls[-1]) if eth_type == 0x800 else IPv6(hlim=ttls[-1])
    packet = ip / UDP(sport=1, dport=2) / Raw(bytes(20))
    n_labels, label = len(ttls) - 1, 0 if eth_type == 0x800 else 2
    for i, ttl in enumerate(reversed(ttls[:-1])):
        packet = MPLS(label=label, s=i == 0, ttl=ttl) / packet
    outer = Ether(src='52:54:00:00:00:01', dst='52:54:00:00:00:02', type=0x8847 if n_labels else eth_type)
    return bytes(outer / packet)


def test_ttls_are_copied(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    d('flow', 'del', 'br0')  # a frame of the kernel itself, sent before IPv6 is disabled, goes nowhere
    sockets = {}
    for n in (1, 2):
        d('port', 'add', 'br0', f'p{n}', f'dev=net_tap{n},iface=tdmttl{n}', f'id={n}')
        sh('sysctl', '-qw', f'net.ipv6.conf.tdmttl{n}.disable_ipv6=1')
        sockets[n] = packet_socket(f'tdmttl{n}')
    for actions, before, after in COPIES:
        for eth_type in (0x800, 0x86dd):
            match = 'dl_src=52:54:00:00:00:01,' + ('mpls' if len(before) > 1 else f'dl_type={eth_type:#x}')
            d('flow', 'del', 'br0')
            d('flow', 'add', 'br0', f'in_port=1,{match},actions={actions.format(hex(eth_type))}')
            for when in ('as a miss', 'by a megaflow'):
                sockets[1].send(with_ttls(eth_type, before))
                ready, _, _ = select.select([sockets[2]], [], [], 10)
                got = receive(sockets[2]) if ready else b''
                want = with_ttls(eth_type, after)
                check(got == want, f'{actions} {when}:\n  sent {got.hex()}\n  not  {want.hex()}')
    time.sleep(0.1)
    check(not select.select([*sockets.values()], [], [], 0)[0], 'more was sent')
    for s in sockets.values():
        s.close()
    d('audit')
