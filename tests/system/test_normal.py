# SPDX-License-Identifier: Apache-2.0
"""The NORMAL action compared with Open vSwitch's, for cases outside the random tables: addresses that bridges
do not forward, and VLAN modes of ports."""
import re

from lab import Daemon, check, sh
from oracle import Ovs
from traces import copies, line_of

# The first address of each reserved range, and how many follow it.
RESERVED = ((0x0180c2000000, 15), (0x00e02b000000, 0), (0x00e02b000004, 0), (0x00e02b000006, 0), (0x01000c000000, 0),
            (0x01000ccccccc, 1), (0x01000ccdcdcd, 0), (0x01000cccccc0, 7))


def mac(number):
    return ':'.join(re.findall('..', f'{number:012x}'))


def sent(s, flow):
    """Returns the datapath actions of a trace of either switch."""
    text = s.trace(flow) if isinstance(s, Ovs) else s('trace', 'br0', flow)
    return re.search('^Datapath actions: (.*)', text, re.M).group(1)


def test_reserved_addresses(lab):
    """Each of them and its neighbours, with forward-bpdu at its default, from the file, and by command."""
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


# Name: mode, tag and trunks; None: not given.
MODES = {'p1': ('trunk', None, None), 'p2': (None, None, [0, 10, 20]), 'p3': ('access', 10, None), 'p4': (None, 20, None),
         'p5': ('native-tagged', 10, None), 'p6': ('native-tagged', 10, [20]), 'p7': ('native-untagged', 10, None),
         'p8': ('native-untagged', 20, [0, 10]), 'p9': ('native-untagged', 30, [10]), 'p10': (None, None, [20])}
# Stacks of tags (VLAN, priority) of received frames.
STACKS = ([], [(0, 0)], [(0, 5)], [(10, 0)], [(10, 3)], [(20, 0)], [(30, 0)], [(40, 0)], [(4095, 0)], [(10, 0), (20, 1)],
          [(20, 0), (10, 0)], [(0, 2), (10, 0)], [(10, 0), (0, 3)], [(30, 1), (30, 0)])


def words_of(mode, tag, trunks):
    """Returns the settings for ovs-vsctl and for tandem."""
    listed = ','.join(map(str, trunks or ()))
    theirs = [f'vlan_mode={mode}' * bool(mode), f'tag={tag}' * bool(tag), f'trunks={listed}' * bool(trunks)]
    return [w for w in theirs if w], [w.replace('vlan_mode', 'vlan-mode') for w in theirs if w]


def traces(ovs, d, port, stack):
    """Returns the datapath actions of a broadcast frame in Tandem and in Open vSwitch, which gets bytes:
    ovs-appctl cannot express a second tag."""
    fields = [f'in_port={port}', 'dl_src=02:00:00:00:00:01', 'dl_dst=ff:ff:ff:ff:ff:ff', 'dl_type=0x88b5']
    packet = 'ff' * 6 + '020000000001'
    for i, (vlan, priority) in enumerate(stack):
        tci = 0x1000 | priority << 13 | vlan
        fields.append(f'vlan_tci{i or ""}={tci:#x}')
        packet += f'8100{tci & 0xefff:04x}'
    theirs = ovs.appctl('ofproto/trace', 'br0', f'in_port={port}', packet + '88b5' + '00' * 46, '--names').stdout
    return [line_of(text, 'Datapath actions') for text in (d('trace', 'br0', ','.join(fields)), theirs)]


def tags_sent(actions, stack):
    """Returns the tags with which the frame is sent to each port, without tags of VID 0: by
    ovs-vswitchd.conf.db(5), "priority-tags", these are not sent by default. Tandem complies; Open vSwitch 3.1
    sends them."""
    found = copies(actions, {}, [(0x8100, vlan, priority) for vlan, priority in stack])
    return {port: [[tag for tag in state.vlans if tag[1]] for state in states] for port, states in found.items()}


def expected(theirs, stack):
    """Returns the tags expected of Tandem. At a native-untagged port Open vSwitch removes the first tag and
    thereby exposes a second one, which may move the frame to another VLAN; Tandem sends such a frame only with
    its first tag, as both do to access ports. Open vSwitch also loses the second tag of a frame from an access
    port."""
    if len(stack) < 2 or not stack[1][0]:
        return theirs
    second, found = (0x8100, *stack[1]), {}
    for port, (tags,) in theirs.items():
        brought_out = tags == [second] and MODES[port][0] == 'native-untagged'
        if tags and not brought_out:
            found[port] = [tags if second in tags else [*tags, second]]
    return found


def test_vlan_modes(lab):
    """Frames with every stack of tags from ports of every mode are sent to the same ports with the same tags."""
    ovs = Ovs(lab)
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    ports = {}
    for n, (name, words) in enumerate(MODES.items(), 1):
        theirs, ours = words_of(*words)
        ports[name] = (n, theirs)
        d('port', 'add', 'br0', name, f'dev=net_null{n},no-rx=1', f'id={n}', *ours)
    ovs.bridge(ports)
    ovs.vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=2', wait=True)
    sh('ovs-ofctl', 'add-flow', f'unix:{ovs.path("br0.mgmt")}', 'actions=NORMAL', env=ovs.env)
    n, wrong = 0, []
    for source in range(1, len(MODES) + 1):
        for stack in STACKS:
            a, b = (tags_sent(actions, stack) for actions in traces(ovs, d, source, stack))
            n += 1
            if a != expected(b, stack):
                wrong.append(f'from p{source} with {stack}:\n  tandem {a}\n  theirs {b}')
    check(not wrong, f'{len(wrong)} of {n} differ:\n' + '\n'.join(wrong[:10]))
    lab.remark(f'{n} frames')
