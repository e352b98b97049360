# SPDX-License-Identifier: Apache-2.0
"""The NORMAL action beside Open vSwitch's, on what is not in random tables: addresses that bridges keep back, and modes
of ports."""
import re

from lab import Daemon, check, sh
from oracle import Ovs

# The first of each kind that is kept back, and how many follow it.
RESERVED = ((0x0180c2000000, 15), (0x00e02b000000, 0), (0x00e02b000004, 0), (0x00e02b000006, 0), (0x01000c000000, 0),
            (0x01000ccccccc, 1), (0x01000ccdcdcd, 0), (0x01000cccccc0, 7))


def mac(number):
    return ':'.join(re.findall('..', f'{number:012x}'))


def sent(s, flow):
    """The datapath actions of a trace, of either switch."""
    text = s.trace(flow) if isinstance(s, Ovs) else s('trace', 'br0', flow)
    return re.search('^Datapath actions: (.*)', text, re.M).group(1)


def test_reserved_addresses(lab):
    """Each of them and its neighbours, with forward-bpdu as it is at first, from the file, and by command."""
    ovs = Ovs(lab)
    ports = {'p1': 1, 'p2': 2}
    ovs.bridge({name: (n, []) for name, n in ports.items()})
    config = 'bridges:\n' + ''.join(
        f'  - {{name: {name}, forward-bpdu: {setting}, ports: [{{name: {name}-p, dev: "net_null{n},no-rx=1"}}]}}\n'
        for n, (name, setting) in enumerate((('forwards', 'true'), ('keeps', 'false')), 5))
    d = Daemon(lab, config)
    d('bridge', 'add', 'br0')
    for name, n in ports.items():
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}')
    check([b['forward_bpdu'] for b in d.json('bridge', 'list')] == [False, True, False], d('bridge', 'list', '--json'))
    sh('ovs-ofctl', 'add-flow', f'unix:{ovs.path("br0.mgmt")}', 'actions=NORMAL', env=ovs.env)
    addresses = {first + i for first, more in RESERVED for i in range(-1, more + 2)}
    for setting in ('false', 'true'):
        ovs.vsctl('set', 'bridge', 'br0', f'other-config:forward-bpdu={setting}', wait=True)
        d('bridge', 'set', 'br0', f'forward-bpdu={setting}')
        n_kept = 0
        for address in sorted(addresses):
            flow = f'in_port=1,dl_src=02:00:00:00:00:01,dl_dst={mac(address)},dl_type=0x05ff'
            ours, theirs = (sent(s, flow) for s in (d, ovs))
            kept = setting == 'false' and any(first <= address <= first + more for first, more in RESERVED)
            n_kept += kept
            check(ours.startswith('drop') == kept and (ours == 'p2') != kept, f'{mac(address)}: sent to {ours}')
            check((theirs == 'drop') == kept, f'{mac(address)}: Open vSwitch sends to {theirs}')
        lab.remark(f'forward-bpdu={setting}: {n_kept} of {len(addresses)} kept back')
    r = d.run('bridge', 'set', 'br0', 'forward-bpdu=maybe', ok=False)
    check('forward-bpdu=true' in r.stderr, r.stderr)
