# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch as an oracle: the same tables and packets give the same treatment in both.

On failure prints the seed, the packet, both traces and a minimal set of rules. Longer runs: oracle_run."""
from cases import FORMS, Oracle
from lab import check

N_SETS = 350
N_SETS_OF_FRAMES = 60
N_PACKETS = 62
N_PACKETS_OF_FRAMES = 42
FIRST_SEED = 20000
# Open vSwitch has no copy_ttl_in and copy_ttl_out.
ACTIONS = (
    'output controller CONTROLLER IN_PORT ALL FLOOD NORMAL LOCAL group bucket meter clear_actions '
    'write_actions write_metadata goto_table resubmit learn multipath bundle bundle_load note '
    'clone sample push pop exit fin_timeout load move set_field push_vlan pop_vlan mod_vlan_vid mod_vlan_pcp '
    'push_mpls pop_mpls set_mpls_ttl dec_mpls_ttl dec_ttl mod_nw_ttl mod_nw_tos mod_dl_src mod_dl_dst '
    'mod_nw_src mod_nw_dst mod_tp_src mod_tp_dst set_tunnel set_queue pop_queue enqueue ct ct_clear nat').split() + [
        'group all', 'group ff', 'group indirect', 'group select', *FORMS]
FIELDS = (
    'in_port dl_src dl_dst dl_vlan dl_vlan_pcp vlan_tci ip ipv6 tcp udp sctp icmp tcp6 udp6 icmp6 arp mpls nw_src nw_dst '
    'nw_tos nw_ecn nw_ttl nw_frag ipv6_src ipv6_dst ipv6_label tp_src tp_dst tcp_flags icmp_type icmp_code nd_target '
    'nd_sll arp_op arp_spa arp_tpa arp_sha arp_tha mpls_label mpls_tc mpls_bos mpls_ttl metadata reg0 reg1 reg2 reg3 '
    'reg4 reg5 reg6 reg10 reg15 xreg0 xreg1 xreg5 xxreg0 xxreg3 pkt_mark tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst ct_state '
    'ct_zone ct_mark ct_label ct_nw_src ct_nw_dst ct_ipv6_src ct_ipv6_dst ct_nw_proto ct_tp_src ct_tp_dst conj_id actset_output').split()


def test_random_tables_are_treated_alike(lab):
    oracle = Oracle(lab)
    for seed in range(FIRST_SEED, FIRST_SEED + N_SETS):
        oracle.table_set(seed, N_PACKETS)
    tally = oracle.tally
    for line in tally.lines():
        lab.remark(line)
    missing = set(ACTIONS) - set(tally.actions) | set(FIELDS) - set(tally.matched)
    check(not missing, f'no packet met {", ".join(sorted(missing))}')
    check(tally.n >= 20000, f'only {tally.n} packets were compared')
    check(tally.n_as_wide >= 0.95 * tally.n_flows, 'narrower megaflows than Open vSwitch has')


def test_frames_leave_with_the_same_bytes(lab):
    """Each frame twice: without a megaflow, and with one."""
    oracle = Oracle(lab, exact=True)
    for seed in range(FIRST_SEED, FIRST_SEED + N_SETS_OF_FRAMES):
        oracle.table_set(seed, N_PACKETS_OF_FRAMES)
    tally = oracle.tally
    ports = oracle.daemon.json('port', 'stats')
    n_hits, n_upcalls = (sum(p[key] for p in ports) for key in ('sw_hits', 'upcalls'))
    lab.remark(f'{tally.n_frames} frames in and {tally.n_sent} out, the same bytes on the same ports; '
               f'{n_upcalls} upcalls, {n_hits} hits')
    check(tally.n_frames >= 2 * 2000, f'only {tally.n_frames} frames were compared')
    check(n_hits > tally.n_frames / 3, f'only {n_hits} hits: known flows are not tested')
    oracle.daemon('audit')
