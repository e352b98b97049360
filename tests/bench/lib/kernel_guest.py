# SPDX-License-Identifier: Apache-2.0
"""What tests/bench/kernel runs in user-mode Linux: tandemd and Open vSwitch in turn on the kernel's datapath.

    kernel_guest.py BUILDDIR ROUNDS SETUPS FLOWS,FLOWS

Prints a line of JSON for each round of each switch."""
import json
import os
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, 'tests/system/lib'))
sys.dont_write_bytecode = True

from lab import Daemon, Failed, Lab, check, sh, wait_for  # noqa: E402
from oracle import Ovs  # noqa: E402

PORTS = ('p1', 'p2')  # the peers are p1x and p2x
WINDOW = 256
REST_SECONDS = 2  # for the last packets of a step
WINDOW_SECONDS, CHANGES = 6, 3
IDLE_MS = 3600000
# Every address and port is a megaflow.
RULE = ('table=0,in_port=1,udp,actions=move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],'
        'move:NXM_OF_UDP_SRC[]->NXM_NX_REG1[0..15],output:2')


def cpu_seconds(pid, thread=''):
    """Returns the CPU time of a process' threads whose names have 'thread'."""
    n = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/comm') as f:
                name = f.read()
            with open(f'/proc/{pid}/task/{task}/schedstat') as f:
                n += int(f.read().split()[0]) if thread in name else 0
        except FileNotFoundError:  # it ended
            pass
    return n / 1e9


class Tandem:
    name, revalidators = 'tandemd', 'reval'

    def __init__(self, lab):
        self.d = Daemon(lab, f'upcall: {{handlers: 1, revalidators: 1, idle-ms: {IDLE_MS}}}\n',
                        args=('--datapath', 'kernel:bench'))
        self.pid = self.d.process.pid
        self.d('bridge', 'add', 'br0')
        for i, port in enumerate(PORTS, 1):
            self.d('port', 'add', 'br0', port, f'dev={port}', f'id={i}')
        self.env, self.management = lab.env, f'unix:{self.d.rundir}/br0.mgmt'

    def flows(self):
        return sh('ovs-dpctl', 'show', 'bench').stdout

    def purge(self):
        self.d.appctl('revalidator/purge')

    def stop(self):
        check(self.d.stop() == 0, 'tandemd')


class GuestOvs(Ovs):
    """On the kernel's datapath. ovsdb-server needs a /tmp that it can write to."""
    options = ()
    prefix = ('unshare', '-m', 'sh', '-c', 'mount -t tmpfs tmp /tmp && exec "$@"', 'sh')


class OpenVswitch:
    name, revalidators = 'ovs', 'revalidator'

    def __init__(self, lab):
        self.ovs = GuestOvs(lab)
        self.pid = self.ovs.vswitchd.pid
        self.ovs.vsctl('set', 'Open_vSwitch', '.', f'other_config:max-idle={IDLE_MS}',
                       'other_config:n-handler-threads=1', 'other_config:n-revalidator-threads=1')
        self.ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'fail_mode=secure',
                       'protocols=OpenFlow10,OpenFlow13,OpenFlow14', *(word for i, port in enumerate(PORTS, 1) for word in (
                           '--', 'add-port', 'br0', port, '--', 'set', 'interface', port, f'ofport_request={i}')), wait=True)
        self.env, self.management = self.ovs.env, f'unix:{self.ovs.path("br0.mgmt")}'

    def flows(self):
        return sh('ovs-dpctl', 'show', 'ovs-system').stdout

    def purge(self):
        self.ovs.appctl('revalidator/purge')

    def stop(self):
        self.ovs.vsctl('del-br', 'br0', wait=True)
        for program in ('ovs-vswitchd', 'ovsdb-server'):
            sh('ovs-appctl', '-t', self.ovs.path(program + '.ctl'), 'exit', env=self.env)
        wait_for('Open vSwitch ends', lambda: self.ovs.vswitchd.poll() is not None, 30)
        sh('ovs-dpctl', 'del-dp', 'ovs-system', ok=False)
        sh('rm', '-r', self.ovs.dir)


def ofctl(switch, *words):
    return sh('ovs-ofctl', '-O', 'OpenFlow14', words[0], switch.management, *words[1:], env=switch.env)


def n_flows(switch):
    return int(switch.flows().split('flows: ')[1].split()[0])


def send(lab, first, n):
    return json.loads(sh(os.path.join(lab.build, 'tests/bench/newflows/bench_newflows'), *(f'{port}x' for port in PORTS), first, n, WINDOW,
                         timeout=600).stdout)


def measure_setup(lab, switch, n):
    """New flows a second while each is awaited by one of WINDOW packets, and the CPU time of the daemon for each."""
    before = cpu_seconds(switch.pid)
    r = send(lab, 0, n)
    time.sleep(REST_SECONDS)
    return {'rate': r['received'] / r['seconds'], 'cpu_us': 1e6 * (cpu_seconds(switch.pid) - before) / n,
            'lost': n - r['received'], 'flows': n_flows(switch)}


def window(switch, change=None):
    """Returns the share of a core that the revalidators use, and how often there was a change."""
    before, start = cpu_seconds(switch.pid, switch.revalidators), time.monotonic()
    for i in range(CHANGES):
        if change:
            change(i)
        time.sleep(max(0, start + (i + 1) * WINDOW_SECONDS / CHANGES - time.monotonic()))
    return cpu_seconds(switch.pid, switch.revalidators) - before, time.monotonic() - start


def measure_revalidation(lab, switch, n):
    """The CPU time of the revalidators: percent of a core without changes; milliseconds for a change that concerns no
    megaflow, and for one that alters all."""
    switch.purge()
    wait_for('the megaflows go', lambda: n_flows(switch) < 10, 60)
    r = send(lab, 0, n)
    time.sleep(REST_SECONDS)
    idle, seconds = window(switch)
    # Open vSwitch holds fewer if its dumps take long: it lowers its limit.
    held = n_flows(switch)
    check(held >= 0.99 * n or switch.name != Tandem.name, f'{switch.name} has {held} megaflows of {n}')
    other, _ = window(switch, lambda i: ofctl(switch, 'add-flow', f'table=9,priority={i},tcp,actions=drop'))
    # Open vSwitch removes megaflows with few packets after a change, if a sweep takes long.
    kept = n_flows(switch)
    every, _ = window(switch, lambda i: ofctl(switch, 'mod-flows', RULE + ',output:2' * (i + 1)))
    ofctl(switch, 'mod-flows', RULE)
    return {'held_percent': 100 * held / n, 'kept_percent': 100 * kept / n, 'lost': n - r['received'], 'idle_percent': 100 * idle / seconds,
            'other_ms': 1e3 * (other - idle) / CHANGES, 'every_ms': 1e3 * (every - idle) / CHANGES}


def measure(lab, switch, n_setups, sizes):
    ofctl(switch, 'del-flows')
    ofctl(switch, 'add-flow', RULE)
    send(lab, 0, 100)
    out = {'system': switch.name, 'setup': measure_setup(lab, switch, n_setups)}
    for n in sizes:
        out[f'flows-{n}'] = measure_revalidation(lab, switch, n)
    return out


def pairs_make():
    for name in PORTS:
        sh('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', f'{name}x')
        for end in (name, f'{name}x'):
            sh('sysctl', '-qw', f'net.ipv6.conf.{end}.disable_ipv6=1', ok=False)
            sh('ip', 'link', 'set', end, 'up')


def main():
    build, rounds, n_setups, sizes = sys.argv[1:]
    with Lab(build) as lab:
        pairs_make()
        # Before that, Open vSwitch 3.1 takes the number of processors for 0, and starts no handler.
        wait_for('the kernel is 10 s old', lambda: time.monotonic() > 10.5, 20)
        try:
            for _ in range(int(rounds)):
                for system in (OpenVswitch, Tandem):
                    switch = system(lab)
                    print(json.dumps(measure(lab, switch, int(n_setups), [int(n) for n in sizes.split(',')])), flush=True)
                    switch.stop()
        except Failed as e:
            print(f'{e}\n{lab.read_logs()}')
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
