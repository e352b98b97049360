# SPDX-License-Identifier: Apache-2.0
"""Behaviour of a bridge before it has controllers, without them, and after their loss."""
import random

from lab import Daemon, check, sh, veth_config, wait_for
from oracle import Ovs
from test_controller import free_port, pings

NOBODY = 'tcp:127.0.0.1:1'


def rules(mgmt):
    """Returns the rules that ovs-ofctl shows, without counters and times."""
    lines = sh('ovs-ofctl', '--no-stats', 'dump-flows', f'unix:{mgmt}').stdout.splitlines()
    return sorted(line.strip() for line in lines)


def test_fail_mode_as_open_vswitch(lab):
    """After any sequence of fail modes, controllers and rules, the rules are the same as in Open vSwitch."""
    ovs = Ovs(lab)
    ovs.bridge({'p1': (1, [])})
    ovs.vsctl('del-fail-mode', 'br0', wait=True)
    d = Daemon(lab, 'bridges: [{name: br0, ports: [{name: p1, dev: net_null1, id: 1}]}]\n')
    mgmts = [ovs.path('br0.mgmt'), f'{d.rundir}/br0.mgmt']
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    done, seen = [], set()

    def flow():
        text = f'priority={rng.randrange(1, 9)},actions=drop'
        for mgmt in mgmts:
            sh('ovs-ofctl', 'add-flow', f'unix:{mgmt}', text)

    def both(theirs, ours):
        def run():
            ovs.vsctl(*theirs, wait=True)
            d(*ours)
        return run

    steps = {
        'add a rule': flow,
        'auto': both(['del-fail-mode', 'br0'], ['bridge', 'set', 'br0', 'fail-mode=auto']),
        'secure': both(['set-fail-mode', 'br0', 'secure'], ['bridge', 'set', 'br0', 'fail-mode=secure']),
        'standalone': both(['set-fail-mode', 'br0', 'standalone'], ['bridge', 'set', 'br0', 'fail-mode=standalone']),
        'one controller': both(['set-controller', 'br0', NOBODY], ['controller', 'set', 'br0', NOBODY]),
        'two controllers': both(['set-controller', 'br0', NOBODY, 'tcp:127.0.0.1:2'],
                                ['controller', 'set', 'br0', NOBODY, 'tcp:127.0.0.1:2']),
        'no controllers': both(['del-controller', 'br0'], ['controller', 'del', 'br0']),
    }
    for i in range(60):
        # Open vSwitch gives up controllers after 15 s; both start over long before that.
        name = 'no controllers' if i % 10 == 9 else rng.choice([*steps])
        steps[name]()
        done.append(name)
        theirs, ours = map(rules, mgmts)
        check(theirs == ours, f'seed {seed}, after {", ".join(done)}:\nOpen vSwitch {theirs}\nTandem {ours}')
        seen.add(('NORMAL' in str(ours), 'drop' in str(ours)))
    check({(True, False), (False, False)} <= seen, f'seed {seed}: the walk met only {seen}')


def silent(lab, d):
    """Checks that no host reaches another one."""
    check(not pings(lab, 'a', '10.0.0.2'), d('flow', 'dump', 'br0'))


def test_closed_until_told(lab):
    """A bridge with controllers forwards nothing until one of them adds flows, whether configured by file,
    after a restart, or by command. A secure bridge without controllers behaves the same."""
    nears = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('ab', 1)]
    config = veth_config(lab, ['p1', 'p2'], nears)
    controllers = f'    controllers: ["tcp:127.0.0.1:{free_port()}"]\n'
    for more in (controllers, controllers + '    fail-mode: secure\n', controllers + '    fail-mode: standalone\n',
                 '    fail-mode: secure\n'):
        d = Daemon(lab, config + more)
        check(not d.json('flow', 'dump', 'br0'), f'{more}: {d("flow", "dump", "br0")}')
        silent(lab, d)
        if more == controllers:
            check(d.json('bridge', 'show', 'br0')['fail_mode'] == 'auto', d('bridge', 'show', 'br0'))
            # Flows that a former controller left are removed by a restart.
            d('flow', 'add', 'br0', 'actions=NORMAL')
            check(pings(lab, 'a', '10.0.0.2'), 'NORMAL does not forward')
        d.stop()
    d = Daemon(lab, config)
    check(pings(lab, 'a', '10.0.0.2'), 'a bridge of nobody is no switch')
    d('controller', 'set', 'br0', NOBODY)
    silent(lab, d)
    d('controller', 'del', 'br0')
    wait_for('a switch again', lambda: pings(lab, 'a', '10.0.0.2'))
    d('bridge', 'set', 'br0', 'fail-mode=secure')
    silent(lab, d)
    # The bridge's own rules are in force from the start, with any controllers.
    d.stop()
    d = Daemon(lab, veth_config(lab, ['p1', 'p2'], nears, flows=['priority=7,actions=NORMAL']) + controllers)
    check([r['priority'] for r in d.json('flow', 'dump', 'br0')] == [7], d('flow', 'dump', 'br0'))
    check(pings(lab, 'a', '10.0.0.2'), 'the rules of the file are not in force')
