# SPDX-License-Identifier: Apache-2.0
"""The driver of the kernel's datapath (drivers/kernel) against the real module, in user-mode Linux: programs of
tests/integration/kernel."""
import os

import sides
import uml
from lab import check
from uml_server import Server

PROCESSES = 3  # the cases of each are run in one kernel
HERE = os.path.dirname(os.path.abspath(__file__))
servers = []


def program(lab, name):
    return os.path.join(lab.build, 'tests/integration/kernel', f'test_kernel_{name}')


def test_without_the_module(lab):
    """The refusal names the module."""
    uml.run(lab, program(lab, 'absent'), modules=())


def test_datapath(lab):
    """Datapaths, ports, flows, meters, and what someone else deletes."""
    uml.run(lab, program(lab, 'datapath'), seconds=240)


def test_matches_and_actions(lab):
    """2,000 random matches and a list of all actions: accepted, and given back as they were."""
    uml.run(lab, program(lab, 'matches'), seconds=240)


def test_upcalls(lab):
    """Misses and actions by port and by processor; a port that floods."""
    uml.run(lab, program(lab, 'upcalls'), seconds=240)


def test_same_as_software(lab):
    """20,000 frames through random tables leave as from the software path: the same bytes at the same ports."""
    n, differences = sides.compare(lab, 1, 500)
    check(n > 18000 and not differences, f'{len(differences)} of {n}: {differences[:3]}')


def kernel_run(lab, *names):
    return '/usr/bin/python3', os.path.join(HERE, 'kernel_run'), os.path.abspath(lab.build), *names


def case(lab, name):
    """Runs a case of kernel_run, in namespaces of its own of a kernel that runs other cases too. Returns what it printed."""
    if not servers:
        servers.append(Server(kernel_run(lab), modules=(*uml.MODULES, '8021q')))
    return servers[0].run(name, seconds=240)


def case_alone(lab, name):
    """Runs a case that changes what a kernel has but once."""
    return uml.run(lab, *kernel_run(lab, name), seconds=240)[1]


def end():
    """Ends the kernel of the cases."""
    while servers:
        servers.pop().end()


def test_daemon_forwards(lab):
    """Two hosts joined by tandemd: ping, TCP; both dumps agree, and counts are exact."""
    case(lab, 'forward')


def test_daemon_refuses(lab):
    """Commands and settings of the software path."""
    case(lab, 'refusals')


def test_daemon_vlan(lab):
    """A trunk and an access port."""
    case(lab, 'vlan')


def test_daemon_local(lab):
    """LOCAL ports; ports that leave."""
    case(lab, 'local')


def test_daemon_drops_for_ports_without_a_bridge(lab):
    """A megaflow of the kernel does."""
    case(lab, 'unowned')


def test_daemon_follows_interfaces(lab):
    """They are renamed, removed and made again, moved to another namespace; ports are removed by other programs."""
    case(lab, 'follows')


def test_daemon_waits_for_interfaces(lab):
    """Ports of the file whose interfaces do not exist yet."""
    case(lab, 'waits_for_interfaces')


def test_daemon_knows_interfaces_after_lost_reports(lab):
    """The socket of reports overruns."""
    case_alone(lab, 'overrun')


def test_daemon_audit(lab):
    """Flows that another program removed, changed or added."""
    case(lab, 'audit_names')


def test_daemon_audit_churn(lab):
    """Nothing false while megaflows change."""
    lab.remark(case(lab, 'audit_churn').splitlines()[-1])


def test_daemon_top(lab):
    """What each port costs."""
    case(lab, 'top')


def test_daemon_killed(lab):
    """The next daemon forwards by the megaflows of the one that was killed, or that left: no packet is lost."""
    case(lab, 'killed')


def test_daemon_restarts_with_other_rules(lab):
    """Megaflows of the daemon before follow them."""
    case(lab, 'changed')


def test_daemon_killed_with_learned_addresses(lab):
    """Nothing is flooded after it."""
    case(lab, 'learned')


def test_daemon_waits_for_rules(lab):
    """flow-restore-wait."""
    case(lab, 'waits_for_rules')


def test_daemon_killed_with_tracked_connections(lab):
    """Numbers of recirculation end with their daemon."""
    case(lab, 'recirculated')


def test_daemon_killed_with_many_megaflows(lab):
    """10,000 of them."""
    lab.remark(case(lab, 'ten_thousand').splitlines()[-1])


def test_daemon_slow_path(lab):
    """What the kernel cannot change in a packet."""
    case(lab, 'slow')


def test_daemon_tracks(lab):
    """Connection tracking: states, marks, labels."""
    case(lab, 'tracking')


def test_daemon_nat(lab):
    """Translation of addresses and ports."""
    case(lab, 'nat')


def test_daemon_flush(lab):
    """Connections are shown and forgotten."""
    case(lab, 'flush')


def test_daemon_many_connections(lab):
    """Walks over several parts of a dump."""
    case(lab, 'many')


def test_daemon_limits(lab):
    """Limits of connections."""
    case(lab, 'limits')


def test_daemon_timeouts(lab):
    """Timeouts of connections by zone."""
    case_alone(lab, 'timeouts')


def test_daemon_original_direction(lab):
    """Replies are matched by what their connection's first packet had."""
    case(lab, 'original')


def test_daemon_zones(lab):
    """What the kernel lacks of connection tracking."""
    case(lab, 'zones')


def test_daemon_lengths(lab):
    """check_pkt_larger."""
    case(lab, 'lengths')


def test_daemon_meters(lab):
    """Rate and counts of a meter."""
    case(lab, 'meters')


def test_daemon_dispatch(lab):
    """Upcalls by port and by processor."""
    case(lab, 'by_port')
    case(lab, 'by_processor')


def test_daemon_tunnels(lab):
    """VXLAN, Geneve and GRE to devices of the kernel."""
    case(lab, 'tunnels_by_actions')


def test_daemon_tunnel_ports(lab):
    """Tunnel ports with an address and a key."""
    case(lab, 'tunnels_of_ports')


def test_daemon_tunnel_options(lab):
    """Geneve options of a device of the kernel are matched."""
    case(lab, 'tunnel_options')


def test_daemon_tunnel_device_lost(lab):
    """The ports of a tunnel device that is removed, and of one that drops."""
    case(lab, 'tunnel_device_lost')


def test_daemon_without_the_module(lab):
    """The host of the tests has no such module, or no right to it."""
    program = os.path.join(lab.build, 'control/tandemd')
    _, text = uml.run(lab, program, '--datapath', 'kernel', '--rundir', 'run', modules=(), ok=False)
    check('no netlink family ovs_datapath' in text and 'modprobe openvswitch' in text, text)
