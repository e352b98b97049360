#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program that knows nothing of Tandem drives nicsim: Debian's dpdk-testpmd, through rte_flow.

    test_testpmd.py librte_net_nicsim.so
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Ethdevs: 0 is the wire's backing, 1 the uplink, 2 vf0's backing, 3 and 4 the representors.
NICSIM = 'vfs=2,wire=net_null9,vf0=[net_null1,no-rx=1],capacity=4'
FROM = 'transfer pattern represented_port ethdev_port_id is'

# Command, and what the answer must hold.
PLAIN = [
    (f'flow validate 1 {FROM} 1 / eth / ipv4 src is 10.0.0.1 / end actions represented_port ethdev_port_id 3 / end',
     'Flow rule validated'),
    (f'flow validate 1 {FROM} 1 / eth / ipv4 / end actions represented_port ethdev_port_id 0 / end',
     'configuration out of range'),  # the backing device is no port of the e-switch
    (f'flow validate 1 {FROM} 1 / eth / vxlan / end actions drop / end', 'item not supported'),
    (f'flow validate 1 {FROM} 1 / eth / ipv4 / end actions dec_ttl / represented_port ethdev_port_id 3 / end',
     'action not supported'),
    (f'flow validate 1 {FROM} 1 / eth / end actions set_ipv4_src ipv4_addr 1.2.3.4 / drop / end',
     'the pattern lacks the header'),
    (f'flow validate 1 {FROM} 1 / eth / end actions drop / represented_port ethdev_port_id 3 / end',
     'one of represented_port, jump and drop'),
    (f'flow validate 1 {FROM} 1 / eth / end actions count / end', 'no represented_port, jump, drop or mark'),
    ('flow validate 1 ingress pattern eth / end actions drop / end', 'only transfer rules'),
    (f'flow create 1 priority 1 {FROM} 1 / eth / ipv4 / tcp dst is 80 / end '
     'actions count / set_ttl ttl_value 5 / represented_port ethdev_port_id 3 / end', 'Flow rule #0 created'),
    (f'flow create 1 priority 1 {FROM} 1 / eth / ipv4 / tcp dst is 80 / end actions drop / end',
     'a rule with this match and priority exists'),
    ('flow indirect_action 1 create action_id 7 transfer action count / end', 'Indirect action #7 created'),
    (f'flow create 1 {FROM} 4 / eth / vlan tci is 5 / ipv6 / end '
     'actions indirect 7 / of_pop_vlan / represented_port ethdev_port_id 1 / end', 'Flow rule #1 created'),
    (f'flow create 1 group 2 {FROM} 4 / eth / end actions mark id 9 / end', 'Flow rule #2 created'),
    (f'flow create 1 {FROM} 3 / eth / end actions jump group 2 / end', 'Flow rule #3 created'),
    (f'flow create 1 {FROM} 3 / eth / ipv6 / end actions drop / end', 'table full'),
    ('flow list 1', '4 rules'),
    ('flow query 1 0 count', ' hits: 0'),
    ('flow indirect_action 1 query 7', 'hits'),
    ('flow indirect_action 1 destroy action_id 7', 'a rule still counts here'),
    ('flow destroy 1 rule 1', 'Flow rule #1 destroyed'),
    ('flow indirect_action 1 destroy action_id 7', 'Indirect action #7 destroyed'),
    ('flow flush 1', ''),
    ('flow list 1', '0 rules'),
]


OUT = 'represented_port ethdev_port_id 3 / end'


def mlx5(pattern, actions, want, command='validate'):
    """A rule for the uplink."""
    return f'flow {command} 1 {FROM} 1 / {pattern} / end actions {actions}', want


VALID = 'Flow rule validated'
# What DPDK 22.11's mlx5 driver answers, by its sources.
MLX5 = [
    ('show port 3 flow transfer proxy', 'Transfer proxy port ID: 1'),
    (f'flow validate 3 {FROM} 1 / eth / end actions drop / end', 'taken by the proxy port only'),
    mlx5('eth', OUT, VALID),
    mlx5('eth', f'drop / {OUT}', 'can have only one fate actions'),
    mlx5('eth', f'{OUT[:-6]} / {OUT}', 'can have only one fate actions'),
    mlx5('eth', 'dec_ttl / drop / end', 'no IP protocol in pattern'),
    mlx5('eth / ipv4', 'dec_ttl / drop / end', 'Drop action is mutually-exclusive'),
    mlx5('eth / ipv4', 'count / end', 'no fate action is found'),
    mlx5('eth / vlan tci is 5 / ipv4', OUT, VALID),
    mlx5('eth / vlan tci is 5 / vlan tci is 6 / ipv4', OUT, 'multiple VLAN layers not supported'),
    mlx5('eth type is 0x86dd / ipv4', OUT, 'IPv4 cannot follow'),
    mlx5('eth / ipv4 proto spec 6 proto mask 4', OUT, 'partial mask is not supported for protocol'),
    mlx5('eth / ipv4 proto is 17 / tcp', OUT, 'protocol filtering not compatible'),
    mlx5('eth / sctp', OUT, 'item not supported'),
    mlx5('eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x3fff', OUT, VALID),
    mlx5('eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x1fff', OUT, VALID),
    mlx5('eth / ipv4 fragment_offset spec 0x2000 fragment_offset mask 0x3fff', OUT, 'first fragment not supported'),
    mlx5('eth / ipv4 fragment_offset spec 1 fragment_offset mask 0x3fff fragment_offset last 0x3fff', OUT, VALID),
    mlx5('eth / ipv4 fragment_offset spec 1 fragment_offset mask 0x3fff fragment_offset last 0x1fff', OUT,
         'specified range not supported'),
    mlx5('eth / ipv4 fragment_offset spec 1 fragment_offset mask 0x3fff', OUT, 'specified value not supported'),
    mlx5('eth / ipv4 fragment_offset spec 1 fragment_offset mask 0x1fff', OUT, 'must use full mask'),
    mlx5('eth / ipv6 proto is 44', OUT, 'should not be set as extension header'),
    mlx5('eth', f'of_pop_vlan / {OUT}', 'cannot pop vlan without a match'),
    mlx5('eth / vlan', f'of_pop_vlan / of_pop_vlan / {OUT}', 'no support for multiple VLAN actions'),
    mlx5('eth / vlan', f'of_set_vlan_vid vlan_vid 7 / {OUT}', VALID),
    mlx5('eth / vlan', f'of_set_vlan_vid vlan_vid 4095 / {OUT}', 'VLAN VID value is too big'),
    mlx5('eth / vlan', f'of_set_vlan_pcp vlan_pcp 3 / {OUT}', 'must follow the push VLAN action'),
    mlx5('eth', f'of_set_vlan_vid vlan_vid 7 / {OUT}', 'must follow push VLAN action or match'),
    mlx5('eth', f'of_push_vlan ethertype 0x8100 / of_set_vlan_vid vlan_vid 7 / of_set_vlan_pcp vlan_pcp 3 / {OUT}',
         VALID),
    mlx5('eth / vlan', 'of_pop_vlan / of_push_vlan ethertype 0x8100 / of_set_vlan_vid vlan_vid 7 / '
         f'of_set_vlan_pcp vlan_pcp 3 / {OUT}', VALID),
    # Validation takes what creation refuses.
    mlx5('eth / ipv4 / icmp type is 8', OUT, VALID),
    mlx5('eth / ipv4 / icmp type is 8', OUT, 'cannot create matcher', 'create'),
    mlx5('eth', f'of_push_vlan ethertype 0x8100 / set_mac_src mac_addr 02:00:00:00:00:01 / {OUT}', VALID),
    mlx5('eth', f'of_push_vlan ethertype 0x8100 / set_mac_src mac_addr 02:00:00:00:00:01 / {OUT}',
         'hardware refuses to create flow', 'create'),
    mlx5('eth', f'set_mac_src mac_addr 02:00:00:00:00:01 / of_push_vlan ethertype 0x8100 / {OUT}',
         'Flow rule #0 created', 'create'),
    mlx5('eth', 'drop / end', 'Flow rule #1 created', 'create'),  # the same match: it waits behind the first
    mlx5('eth / ipv4', 'drop / end', 'Flow rule #2 created', 'create'),
    mlx5('eth / ipv6', 'drop / end', 'Flow rule #3 created', 'create'),
    mlx5('eth / ipv6 / tcp', 'drop / end', 'hardware refuses to create flow', 'create'),  # there is no room
]


# What its ice driver answers.
DST = 'eth dst is 02:00:00:00:00:01'
E810 = [
    (f'flow validate 1 {FROM} 1 / eth / end actions drop / end', 'Only support ingress'),
    (f'flow validate 1 ingress group 1 pattern {DST} / end actions drop / end', 'Not support group'),
    (f'flow validate 1 ingress priority 2 pattern {DST} / end actions drop / end', 'Only support priority 0 and 1'),
    ('flow validate 1 ingress pattern eth / end actions drop / end', 'Invalid input set'),
    ('flow validate 1 ingress pattern eth type is 0x0800 / end actions drop / end', 'Unsupported ether_type'),
    ('flow validate 1 ingress pattern eth / vlan / ipv4 / end actions drop / end', 'Invalid pattern'),
    ('flow validate 1 ingress pattern eth / ipv4 dst spec 10.0.0.0 dst mask 255.0.0.0 / end actions drop / end',
     'Invalid IPv4 mask'),
    (f'flow validate 1 ingress pattern {DST} / end actions represented_port ethdev_port_id 3 / end', 'Invalid action'),
    ('flow indirect_action 1 create action_id 7 ingress action count / end', 'Function not implemented'),
    (f'flow create 1 ingress pattern {DST} / end actions count / drop / end', 'Flow rule #0 created'),
    (f'flow create 1 ingress pattern {DST} / end actions drop / end', 'a rule with this match and priority exists'),
    ('flow query 1 0 count', 'bytes_set: 0'),
]


def session(so, personality, commands):
    """Runs testpmd; returns how many answers are not as wanted."""
    devices = ['--vdev', 'net_null9,no-rx=1', '--vdev', f'net_nicsim0,{personality},{NICSIM}']
    script = '\n'.join(c for c, _ in commands) + '\nquit\n'
    r = subprocess.run(['stdbuf', '-oL', 'dpdk-testpmd', '--no-huge', '--no-shconf', '-m', '256', '--no-pci', '--no-telemetry',
                        '--lcores', '0@0,1@0', '--file-prefix', 'tandem-test', '-d', so, *devices,
                        '--', '-i', '--total-num-mbufs=2048', '--no-mlockall'],
                       input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if r.returncode:
        print(r.stdout)
        sys.exit(f'testpmd: exit {r.returncode}')
    answers = re.split(r'^testpmd> ', r.stdout, flags=re.M)[1:]
    bad = max(0, len(commands) - len(answers))
    for (command, want), answer in zip(commands, answers):
        if re.fullmatch(r'\d rules', want):
            good = len(re.findall(r'^\d+\t', answer, flags=re.M)) == int(want[0])
        else:
            good = want in answer
        if not good:
            bad += 1
            print(f'{command}\n  wanted: {want}\n  got: {answer}')
    print(f'{personality}: {len(commands) - bad} of {len(commands)} answers as wanted')
    return bad


def main():
    # EAL takes drivers only from where nobody else may write.
    folder = tempfile.mkdtemp(dir='/run')
    os.chmod(folder, 0o755)
    try:
        so = shutil.copy(sys.argv[1], folder)
        bad = session(so, 'personality=plain,unsupported=dec_ttl', PLAIN) + session(so, 'personality=mlx5', MLX5)
        bad += session(so, 'personality=e810', E810)
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if bad else 0)


main()
