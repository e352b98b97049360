# SPDX-License-Identifier: Apache-2.0
"""Full flow tables, by Debian's ovs-ofctl: limits, eviction and vacancy as in Open vSwitch."""
import json
import os
import re
import subprocess
import time

from lab import check, sh, wait_for
from test_ofctl import both, on_both, same

PROTOCOLS = ('OpenFlow14', 'OpenFlow15')


def test_full_tables_are_alike(lab):
    theirs, ours, d = both(lab)
    theirs.ovs.vsctl('--id=@t', 'create', 'Flow_Table', 'flow_limit=3', '--', 'set', 'bridge', 'br0',
                     'flow_tables:7=@t')
    d('table', 'set', 'br0', '7', 'flow-limit=3')
    for protocol in PROTOCOLS:
        def mod(*words, ok=True):
            on_both(ours, theirs, protocol, *words, ok=ok)

        mod('del-flows')
        for n in range(3):
            mod('add-flow', f'table=7,priority={n + 1},importance={3 - n},idle_timeout={100 + n},actions=drop')
        mod('add-flow', 'table=7,priority=9,actions=drop', ok=False)
        mod('mod-table', '7', 'evict')
        same(ours, theirs, protocol, 'dump-table-desc', drop='table [^7]')
        mod('add-flow', 'table=7,priority=9,actions=drop')
        same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
        mod('mod-table', '7', 'vacancy:20,80')
        same(ours, theirs, protocol, 'dump-table-desc', drop='table [^7]')
        mod('mod-table', '7', 'noevict')
        mod('mod-table', '7', 'novacancy')
        mod('add-flow', 'table=7,priority=8,actions=drop', ok=False)
        same(ours, theirs, protocol, 'dump-flows', '--no-stats', ordered=False)
        same(ours, theirs, protocol, 'dump-table-desc', drop='table [^7]')
    row = json.loads(d('table', 'show', 'br0', '7', '--json'))[0]
    check(row['flow_limit'] == 3 and row['evicted'] == 2 and row['rejected'] == 4, f'{row}')


def test_vacancy_is_told(lab):
    _, ours, d = both(lab)
    d('table', 'set', 'br0', '7', 'flow-limit=4', 'vacancy:30,60', 'name=tenants')
    out = os.path.join(lab.dir, 'monitor')
    with open(out, 'w') as f:
        lab.processes.append(subprocess.Popen(
            ['ovs-ofctl', '-O', 'OpenFlow14', 'monitor', ours.management, '64', '--unixctl',
             os.path.join(lab.dir, 'ofctl.ctl')], stdout=f, stderr=f, env=lab.env))

    def seen(pattern):
        with open(out) as f:
            return re.search(pattern, f.read(), re.S)

    time.sleep(1)
    # Both switches send it only on request: SET_ASYNC, a property of table status.
    sh('ovs-appctl', '-t', os.path.join(lab.dir, 'ofctl.ctl'), 'ofctl/send', '051c0010000000020009000800000018')
    for n in range(3):
        ours.run('OpenFlow14', 'add-flow', f'table=7,priority={n + 1},actions=drop')
    wait_for('vacancy down', lambda: seen(r'TABLE_STATUS.*reason=VACANCY_DOWN.*vacancy_down=30%'))
    ours.run('OpenFlow14', 'del-flows', 'table=7')
    wait_for('vacancy up', lambda: seen(r'TABLE_STATUS.*reason=VACANCY_UP.*vacancy=100%'))


def test_names_are_alike(lab):
    theirs, ours, d = both(lab)
    for protocol in ('OpenFlow13', 'OpenFlow14', 'OpenFlow15'):
        for table, setting in ((3, 'name:foo'), (253, 'name:bar'), (3, 'name:baz'), ('baz', 'name:tenants'),
                               (254, 'name:x'), ('foo', 'name:x')):
            on_both(ours, theirs, protocol, 'mod-table', table, setting, ok=False)
        on_both(ours, theirs, protocol, 'add-flow', 'table=bar,priority=3,actions=resubmit(,tenants)')
        for words in (['--names', 'table=bar'], ['table=253']):
            same(ours, theirs, protocol, 'dump-flows', *words)
        for command in ('dump-tables', 'dump-table-features'):
            names = [re.findall(r'table \d+ \(".*"\)', s.run(protocol, command).stdout) for s in (ours, theirs)]
            check(names[0] == names[1] and (names[0] or command == 'dump-tables'), f'{protocol} {command}: {names}')
        check(d.json('table', 'show', 'br0', '3')[0]['name'] == 'tenants', 'the name is not shown')
        on_both(ours, theirs, protocol, 'mod-table', 'tenants', 'name:')
        on_both(ours, theirs, protocol, 'mod-table', 'bar', 'name:')
