# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch with DPDK: a database, a run directory and a network namespace of its own, one PMD thread, one
revalidator."""
import os
import re
import time

from lab import Failed, sh, wait_for
from system import System

VSWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk'
SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
# Its two caches: probability of an insertion into the EMC (0: it is off), and whether the SMC is on.
CACHES = {'EMC': (100, 'false'), 'SMC': (0, 'true'), 'EMC+SMC': (100, 'true'), 'none': (0, 'false')}
# Longest sleep of an idle PMD thread in microseconds, an experimental setting.
SLEEPS = {'polling': 0, 'sleeping': 500}
LIMIT_EVERY_S = 0.5
# Open vSwitch begins at 10,000 megaflows whatever is configured, adds 1,000 after each short sweep, and divides its limit
# by the seconds of each long one. From here it stays above what any case needs until it is set again.
FLOW_LIMIT = 1000000000


class Ovs(System):
    name, title = 'ovs', 'Open vSwitch'

    def __init__(self, machine, files):
        super().__init__(machine, files)
        d = str(self.dir)
        self.env = {**os.environ, 'OVS_RUNDIR': d, 'OVS_DBDIR': d, 'OVS_LOGDIR': d}
        self.db = f'unix:{d}/db.sock'
        if self.case.measures == 'rate':
            self.variants = tuple(CACHES)
        elif self.case.measures == 'idle':
            self.variants = tuple(SLEEPS)

    def start(self):
        m = self.machine
        sh('ovsdb-tool', 'create', self.dir / 'conf.db', SCHEMA)
        self.spawn('taskset', '-c', m.other, 'ovsdb-server', self.dir / 'conf.db', f'--remote=p{self.db}', '--log-file',
                   env=self.env)
        wait_for('ovsdb-server', lambda: self.alive() and (self.dir / 'db.sock').exists())
        self.vsctl('--no-wait', 'init')
        self.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'other_config:dpdk-init=true',
                   f'other_config:pmd-cpu-mask={1 << m.core:#x}', f'other_config:dpdk-lcore-mask={1 << m.other:#x}',
                   f'other_config:flow-limit={FLOW_LIMIT}', f'other_config:max-idle={self.case.idle_ms}',
                   'other_config:n-revalidator-threads=1', 'other_config:min-revalidate-pps=0',
                   f'other_config:dpdk-extra=--no-pci --no-telemetry {" ".join(m.memory)}')
        p = self.spawn('unshare', '--net', 'taskset', '-c', m.other, VSWITCHD, self.db, '--log-file', env=self.env)
        wait_for('ovs-vswitchd', lambda: self.alive() and list(self.dir.glob('ovs-vswitchd*.ctl')), 30)
        self.ctl = str(next(iter(self.dir.glob('ovs-vswitchd*.ctl'))))
        self.bridge()
        self.thread_set(p, f'pmd-c{m.core:02}')
        self.limit_keep()

    def bridge(self):
        self.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure')
        wait_for('the bridge of Open vSwitch', (self.dir / 'br0.mgmt').exists)
        sh('ovs-ofctl', '-O', 'OpenFlow13', 'add-flows', f'unix:{self.dir}/br0.mgmt', self.files.rules, env=self.env)
        for n in self.boards:
            name = f'p{n}'
            self.vsctl('add-port', 'br0', name, '--', 'set', 'Interface', name, 'type=dpdk', f'ofport_request={n}',
                       f'options:dpdk-devargs="{self.device(n)}"')
            error = self.vsctl('get', 'Interface', name, 'error').strip()
            if error != '[]':
                raise Failed(f'Open vSwitch: {name}: {error}')

    def vsctl(self, *words):
        return sh('ovs-vsctl', f'--db={self.db}', '--timeout=60', *words, env=self.env, timeout=90).stdout

    def appctl(self, *words):
        return sh('ovs-appctl', '-t', self.ctl, *words, env=self.env).stdout

    def limit_keep(self):
        self.appctl('upcall/set-flow-limit', str(FLOW_LIMIT))

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LIMIT_EVERY_S))
            if left > LIMIT_EVERY_S:
                self.limit_keep()
        self.alive()

    def variant_set(self, variant):
        if variant in CACHES:
            emc, smc = CACHES[variant]
            self.vsctl('set', 'Open_vSwitch', '.', f'other_config:emc-insert-inv-prob={emc}',
                       f'other_config:smc-enable={smc}')
        elif variant in SLEEPS:
            self.vsctl('set', 'Open_vSwitch', '.', f'other_config:pmd-maxsleep={SLEEPS[variant]}')

    def n_megaflows(self):
        self.limit_keep()
        return int(re.search(r'\(current (\d+)\)', self.appctl('upcall/show')).group(1))

    def n_misses(self):
        text = self.appctl('dpif-netdev/pmd-stats-show')
        text = text[text.index('pmd thread'):].split('main thread')[0]
        return sum(int(re.search(rf'{what}: (\d+)', text).group(1))
                   for what in ('miss with success upcall', 'miss with failed upcall'))
