# SPDX-License-Identifier: Apache-2.0
"""A packet is metered and counted at the meter's position in the actions, even without output, and whatever the
NIC supports."""
from lab import Daemon, check, nicsim_config, wait_for

N_PACKETS = 40
# Three kinds of packets: no output at all, a drop in a later table, an output before the meter.
FLOWS = ['table=0,priority=9,dl_type=0x88b5,actions=meter:1',
         'table=0,priority=9,dl_type=0x88b6,actions=meter:2,goto_table:1', 'table=1,actions=drop',
         'table=0,priority=9,udp,actions=output:2,resubmit(,2)', 'table=2,actions=meter:3']


def frames(lab, i, kind):
    from scapy.all import IP, UDP, Ether, Raw
    head = Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02', type=kind)
    body = IP(src='10.0.0.1', dst='10.0.0.2') / UDP(sport=7, dport=7) if kind == 0x800 else Raw(bytes(46))
    return lab.pcap(f'meter{i}.pcap', [head / body] * N_PACKETS)


def counts(d):
    return {m['meter']: m['packets'] for m in d.json('meter', 'dump', 'br0', '--stats')}


def test_dropped_packets_are_metered(lab):
    near = [lab.netns(n) for n in ('wire', 'vf0')]
    d = Daemon(lab, nicsim_config(lab, near[0], near[1:]), pmd=True)
    for meter in (1, 2, 3):
        d('meter', 'add', 'br0', f'meter={meter},pktps,bands=type=drop,rate=100000')
    for flow in FLOWS:
        d('flow', 'add', 'br0', flow)
    for i, kind in enumerate((0x88b5, 0x88b6, 0x800), 1):
        sent = lab.finish(lab.replay('wire', frames(lab, i, kind), pps=400, seconds=1))['sent']
        wait_for(f'meter {i} has counted {sent}', lambda: counts(d)[i] == sent)
    check(lab.received('vf0') == counts(d)[3], f'{lab.received("vf0")} of {counts(d)[3]} have come')
    # No device has meters, so these are in software, with the reason reported.
    flows = d.json('megaflow', 'dump', 'type=sw')
    check(len(flows) == 3, f'{flows}')
    for flow in flows:
        why = d('offload', 'why', flow['ufid'])
        check('action-unsupported' in why and 'meter' in why, why)
    d('audit')
