# SPDX-License-Identifier: Apache-2.0
"""Packet-ins as ovs-ofctl monitor shows them for tandemd and for Open vSwitch: in each format and version, with
the pipeline's fields. The reason is not compared here."""
import os
import re
import subprocess
import time

from lab import check, wait_for
from test_ofctl import both, flow_file, normalise, options, read

ACTIONS = '''controller
controller(max_len=20)
controller(max_len=0)
set_field:5->reg0,set_field:6->reg15,set_field:7->metadata,controller
set_field:0x500000000->tun_id,controller
set_field:9->pkt_mark,controller
controller(userdata=01.02.03.04.05)
controller(max_len=64,userdata=aa.bb)
set_field:0x1->xreg3,set_field:2->xxreg2,controller
set_field:1.2.3.4->tun_src,set_field:4.3.2.1->tun_dst,controller
set_field:fd00::1->tun_ipv6_dst,controller
mod_vlan_vid:5,controller
dec_ttl,controller
push_mpls:0x8847,controller
resubmit(,3)
note:01,clone(controller)
mod_nw_tos:4,controller,mod_nw_tos:8,controller
mod_dl_dst:02:00:00:00:00:07,mod_tp_dst:9,controller'''.splitlines()
OF_PACKET_OUT = ('controller', 'controller(userdata=05)', 'set_field:3->reg3,controller')
UDP = ('020000000001' '020000000002' '0800' '4500002e000000004011f96b0a0000010a000002' '00010002001a0000' + '00' * 18)
ARP = ('ffffffffffff' '020000000002' '0806' '0001080006040001' '020000000002' '01010101' '000000000000' '01010102' +
       '00' * 18)
# Prefix of packet-outs in OpenFlow 1.5.
PIPELINES = ('metadata=0x5', 'reg0=1,reg15=0xffffffff,metadata=0x500000006', 'xreg2=0x100000002',
             'tun_id=0x77,metadata=1', 'tun_src=1.2.3.4,tun_dst=4.3.2.1', 'tun_ipv6_dst=fd00::1,tun_flags=oam')
MONITORS = (('OpenFlow10', 'standard'), ('OpenFlow10', 'nxt_packet_in'), ('OpenFlow10', 'nxt_packet_in2'),
            ('OpenFlow13', 'standard'), ('OpenFlow13', 'nxt_packet_in2'), ('OpenFlow14', 'standard'),
            ('OpenFlow15', 'standard'), ('OpenFlow15', 'nxt_packet_in'), ('OpenFlow15', 'nxt_packet_in2'))


def monitor(lab, switch, protocol, form, path):
    with open(path, 'w') as f:
        p = subprocess.Popen(['ovs-ofctl', *options(protocol), '-P', form, 'monitor', switch.management, '65534',
                              '--unixctl', path + '.ctl'], stdout=f, stderr=f, env=switch.env)
    lab.processes.append(p)
    return p


def packets(text):
    text = re.sub(r'\(via \w+\)', '(via)', normalise(text))
    return re.split(r'(?=^\w+PACKET_IN)', text, flags=re.M)[1:]


def seen_by(lab, switch, name, flows):
    switch.run('OpenFlow10', 'del-flows')
    switch.run('NXM', 'add-flows', flows)
    paths = [os.path.join(lab.dir, f'{name}.{i}') for i in range(len(MONITORS))]
    processes = [monitor(lab, switch, *of, path) for of, path in zip(MONITORS, paths)]
    for path in paths:
        wait_for('the monitor is there', lambda p=path: os.path.exists(p + '.ctl'))
    time.sleep(0.3)
    for i in range(len(ACTIONS)):
        switch.run('OpenFlow10', 'packet-out', f'in_port=1 packet={UDP} actions=resubmit(,{10 + i})')
    for action in OF_PACKET_OUT:
        switch.run('OpenFlow10', 'packet-out', f'in_port=controller packet={ARP} actions={action}')
    for fields in PIPELINES:
        for actions in ('controller', 'resubmit(,4)'):
            switch.run('OpenFlow15', 'packet-out', f'in_port=2 {fields} packet={UDP} actions={actions}')
    n = len(ACTIONS) + 1 + len(OF_PACKET_OUT) + 2 * len(PIPELINES)
    for path, of in zip(paths, MONITORS):
        wait_for(f'{name} {of}: {n} packets', lambda p=path: len(packets(read(p))) >= n)
    time.sleep(0.1)
    found = [packets(read(path)) for path in paths]
    for p in processes:
        p.terminate()
        p.wait()
    return found


def test_packets_are_shown_alike(lab):
    theirs, ours, _ = both(lab)
    flows = ''.join(f'table={10 + i},cookie={256 + i},udp,actions={action}\n' for i, action in enumerate(ACTIONS))
    flows += 'table=3,cookie=0x77,actions=controller\n'
    for i, fields in enumerate(PIPELINES):
        flows += f'table=4,priority=9,cookie={1024 + i},{fields},actions=set_field:{i}->reg7,controller\n'
    path = flow_file(lab, 'controllers', flows)
    a, b = seen_by(lab, ours, 'tandem', path), seen_by(lab, theirs, 'ovs', path)
    for of, one, other in zip(MONITORS, a, b):
        for x, y in zip(one, other):
            check(x == y, f'{of}: tandem\n{x}--- Open vSwitch\n{y}')
        check(len(one) == len(other), f'{of}: {len(one)} packets, theirs {len(other)}')
