# SPDX-License-Identifier: Apache-2.0
"""Groups, meters and table descriptions by Debian's ovs-ofctl: effects, errors and output are the same as in
Open vSwitch."""
import re

from lab import check, sh
from test_ofctl import both

PROTOCOLS = ('OpenFlow13', 'OpenFlow14', 'OpenFlow15')

# Arguments after the bridge in commands of ovs-ofctl.
STEPS = '''
add-group group_id=1,type=all,bucket=output:1,bucket=output:2
add-group group_id=2,type=select,selection_method=hash,fields(ip_src,tcp_dst),bucket=weight:3,output:1,bucket=output:2
add-group group_id=3,type=indirect,bucket=output:4
add-group group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:2,output:2
add-group group_id=5,type=all,bucket=group:1,bucket=group:2
add-group group_id=6,type=indirect,bucket=group:77
mod-group group_id=99,type=all,bucket=output:1
add-group group_id=1,type=all,bucket=output:1
add-group group_id=0xffffff01,type=all,bucket=output:1
add-group group_id=10,type=indirect
add-group group_id=11,type=all
add-group group_id=12,type=ff,bucket=watch_port:77,output:1
add-group group_id=13,type=select,bucket=output:77
add-group group_id=14,type=all,bucket=set_field:1->reg0,output:1,output:2
insert-buckets group_id=1,command_bucket_id=last,bucket=bucket_id:9,output:3
insert-buckets group_id=1,command_bucket_id=first,bucket=bucket_id:8,output:3
insert-buckets group_id=1,command_bucket_id=9,bucket=bucket_id:7,output:3
insert-buckets group_id=1,command_bucket_id=9,bucket=bucket_id:7,output:3
insert-buckets group_id=1,command_bucket_id=55,bucket=bucket_id:6,output:3
insert-buckets group_id=91,command_bucket_id=last,bucket=bucket_id:6,output:3
dump-groups
remove-buckets group_id=1,command_bucket_id=7
remove-buckets group_id=1,command_bucket_id=7
remove-buckets group_id=1,command_bucket_id=first
remove-buckets group_id=1,command_bucket_id=last
remove-buckets group_id=91,command_bucket_id=last
dump-groups
dump-groups 2
dump-group-stats
dump-group-stats group_id=5
dump-group-stats group_id=66
--may-create mod-group group_id=70,type=all,bucket=output:1
add-flow priority=3,tcp,actions=group:66
add-flow priority=3,tcp,actions=group:5
add-flow priority=3,udp,actions=write_actions(group:5)
dump-group-stats
del-groups group_id=66
del-groups group_id=1
dump-flows --no-stats
add-meter meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100
add-meter meter=1,kbps,bands=type=drop,rate=1000
add-meter meter=3,pktps,bands=type=drop,rate=500
add-meter meter=4,kbps,bands=
add-meter meter=0,kbps,bands=type=drop,rate=1
add-meter meter=0xffff0001,kbps,bands=type=drop,rate=1
add-meter meter=6,kbps,bands=type=drop,rate=0
add-meter meter=7,kbps,bands=type=drop,rate=10,type=drop,rate=20
mod-meter meter=3,pktps,stats,bands=type=drop,rate=600
mod-meter meter=33,pktps,bands=type=drop,rate=600
add-flow priority=9,udp,actions=meter:1,output:1
add-flow priority=9,tcp,actions=meter:12,output:1
dump-meter meter=3
dump-meter meter=31
meter-stats meter=31
del-meter meter=31
del-meter meter=1
dump-flows --no-stats
add-meter meter=controller,pktps,stats,bands=type=drop,rate=2
add-meter meter=controller,pktps,stats,bands=type=drop,rate=2
add-meter meter=slowpath,kbps,bands=type=drop,rate=7
dump-meters
dump-meter meter=controller
meter-stats meter=controller
meter-stats meter=slowpath
mod-meter meter=controller,pktps,stats,bands=type=dscp_remark,rate=2,prec_level=1
mod-meter meter=controller,kbps,burst,bands=type=drop,rate=3,burst_size=4
mod-meter meter=slowpath,kbps,bands=type=drop,rate=8
dump-meters
del-meter meter=slowpath
mod-meter meter=slowpath,kbps,bands=type=drop,rate=8
del-meters
dump-meters
mod-table 253 vacancy:10,20
mod-table ALL noevict
mod-table 0 controller
'''.strip().splitlines()

# Open vSwitch accepts a loop of groups, and drops its packets.
LOOPS = ('add-group group_id=7,type=indirect,bucket=group:7', 'mod-group group_id=1,type=all,bucket=group:5')


def said(switch, protocol, step):
    words = step.split()
    more = [words.pop(0)] if words[0].startswith('--') else []
    r = sh('ovs-ofctl', '-O', protocol, *more, words[0], switch.management, *words[1:], ok=False, env=switch.env)
    text = (r.stderr + r.stdout).replace(switch.management, 'BRIDGE')
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', re.sub(r'duration[=:][\d.]+s', 'duration', text)).splitlines()
    # Replies are in hash order.
    return r.returncode, sorted(text) if words[0].startswith('dump') else text


def test_groups_and_meters_are_refused_alike(lab):
    theirs, ours, _ = both(lab)
    n_refused = 0
    for protocol in PROTOCOLS:
        for s in (ours, theirs):
            for command in ('del-flows', 'del-groups', 'del-meters'):
                s.run(protocol, command)
        for step in STEPS:
            a, b = said(ours, protocol, step), said(theirs, protocol, step)
            check(a == b, f'{protocol} {step}: {a}\\n--- Open vSwitch: {b}')
            n_refused += a[0] != 0
        ours.run(protocol, 'add-group', STEPS[0].split()[1])
        for step in LOOPS:
            code, text = said(ours, protocol, step)
            check(code and 'OFPGMFC_LOOP' in text[0], f'{protocol} {step}: {text}')
    check(n_refused > 10 * len(PROTOCOLS), f'only {n_refused} were refused')
