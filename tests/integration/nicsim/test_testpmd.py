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
DEVICES = ['--vdev', 'net_null9,no-rx=1',
           '--vdev', 'net_nicsim0,vfs=2,wire=net_null9,vf0=[net_null1,no-rx=1],capacity=4,unsupported=dec_ttl']
FROM = 'transfer pattern represented_port ethdev_port_id is'

# Command, and what the answer must hold.
SESSION = [
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


def main():
    # EAL takes drivers only from where nobody else may write.
    folder = tempfile.mkdtemp(dir='/run')
    os.chmod(folder, 0o755)
    try:
        so = shutil.copy(sys.argv[1], folder)
        script = '\n'.join(c for c, _ in SESSION) + '\nquit\n'
        r = subprocess.run(['stdbuf', '-oL', 'dpdk-testpmd', '--no-huge', '-m', '256', '--no-pci', '--no-telemetry',
                            '--lcores', '0@0,1@0', '--file-prefix', f'nicsim{os.getpid()}', '-d', so, *DEVICES,
                            '--', '-i', '--total-num-mbufs=2048', '--no-mlockall'],
                           input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    finally:
        shutil.rmtree(folder)
    if r.returncode:
        print(r.stdout)
        sys.exit(f'testpmd: exit {r.returncode}')
    answers = re.split(r'^testpmd> ', r.stdout, flags=re.M)[1:]
    bad = 0
    for (command, want), answer in zip(SESSION, answers):
        if re.fullmatch(r'\d rules', want):
            good = len(re.findall(r'^\d+\t', answer, flags=re.M)) == int(want[0])
        else:
            good = want in answer
        if not good:
            bad += 1
            print(f'{command}\n  wanted: {want}\n  got: {answer}')
    print(f'{len(SESSION) - bad} of {len(SESSION)} answers as wanted')
    sys.exit(1 if bad or len(answers) < len(SESSION) else 0)


main()
