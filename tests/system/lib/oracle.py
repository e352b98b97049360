# SPDX-License-Identifier: Apache-2.0
"""Open vSwitch as an oracle: a private instance."""
import os
import subprocess

from lab import sh, wait_for

SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'


class Ovs:
    """ovsdb-server and ovs-vswitchd with their own rundir, on dummy devices only unless a derived class says otherwise."""

    options = ('--enable-dummy', '--disable-system')
    prefix = ()  # what runs the programs

    def __init__(self, lab):
        self.dir = os.path.join(lab.dir, 'ovs')
        os.mkdir(self.dir)
        self.env = dict(os.environ, OVS_RUNDIR=self.dir, OVS_DBDIR=self.dir, OVS_LOGDIR=self.dir)
        sh('ovsdb-tool', 'create', self.path('conf.db'), SCHEMA, env=self.env)
        self.spawn(lab, 'ovsdb-server', self.path('conf.db'), f'--remote=punix:{self.path("db.sock")}')
        wait_for('ovsdb-server answers', lambda: not self.vsctl('init', ok=False).returncode)
        self.vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=0')
        self.start(lab)

    def start(self, lab):
        """Starts ovs-vswitchd, or restarts it after its end. The bridge is restored, without flows."""
        self.vswitchd = self.spawn(lab, 'ovs-vswitchd', f'unix:{self.path("db.sock")}', *self.options)
        wait_for('ovs-vswitchd answers', lambda: not self.appctl('version', ok=False).returncode)

    def path(self, name):
        return os.path.join(self.dir, name)

    def spawn(self, lab, program, *args):
        with open(self.path(program + '.out'), 'w') as out:
            process = subprocess.Popen([*self.prefix, program, *args, f'--unixctl={self.path(program + ".ctl")}'],
                                       stdout=out, stderr=out, env=self.env)
        lab.processes.append(process)
        return process

    def vsctl(self, *words, ok=True, wait=False):
        """Runs ovs-vsctl. wait: wait until ovs-vswitchd has applied the change."""
        return sh('ovs-vsctl', f'--db=unix:{self.path("db.sock")}', *([] if wait else ['--no-wait']), *words,
                  ok=ok, env=self.env)

    def appctl(self, *words, ok=True):
        return sh('ovs-appctl', '-t', self.path('ovs-vswitchd.ctl'), *words, ok=ok, env=self.env)

    def bridge(self, ports, captures=()):
        """Creates br0. ports: {name: (OpenFlow number, settings of the Port row)}; captures: {name: file} for
        sent frames."""
        words = ['add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=dummy',
                 'fail_mode=secure', 'protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15']
        for name, (number, settings) in ports.items():
            words += ['--', 'add-port', 'br0', name, *settings]
            words += ['--', 'set', 'interface', name, 'type=dummy', f'ofport_request={number}']
            if name in captures:
                words.append(f'options:tx_pcap={captures[name]}')
        self.vsctl(*words)
        self.ready(ports)

    def ready(self, ports):
        wait_for('ports of br0', lambda: all(f': {name} (dummy)' in self.appctl('dpctl/show', ok=False).stdout
                                             for name in ports))

    def trace(self, flow):
        return self.appctl('ofproto/trace', 'br0', flow, '--names').stdout
