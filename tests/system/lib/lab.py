# SPDX-License-Identifier: Apache-2.0
"""A laboratory for one system test: namespaces, veth pairs, daemons and senders, which are all removed at the
end in any case. Names contain the process ID, so that laboratories do not collide."""
import contextlib
import ctypes
import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(LIB)))
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40


# Of a daemon that is asked more than it forwards: its idle workers leave the processor to other tests.
IDLE = 'workers: {idle-sleep-us: 2000}\n'


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def sh(*argv, ok=True, timeout=60, **kw):
    r = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=timeout, **kw)
    if ok and r.returncode:
        raise Failed(f'{" ".join(map(str, argv))}: exit {r.returncode}\n{r.stdout}{r.stderr}')
    return r


def wait_for(what, condition, seconds=10, step=0.05):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f'not within {seconds} s: {what}')
        time.sleep(step)


@contextlib.contextmanager
def inside(ns):
    """This thread, and the processes that it starts, are in a network namespace meanwhile; /sys remains as it was."""
    with open('/proc/thread-self/ns/net') as before, open(f'/run/netns/{ns}') as there:
        netns_enter(there)
        try:
            yield
        finally:
            netns_enter(before)


def netns_enter(file):
    if LIBC.setns(file.fileno(), CLONE_NEWNET):
        raise Failed(f'setns {file.name}: {os.strerror(ctypes.get_errno())}')


def ipv6(interface, setting, value):
    """Sets what the kernel does with IPv6 at an interface, if it has IPv6."""
    path = f'/proc/sys/net/ipv6/conf/{interface}/{setting}'
    if os.path.exists(path):
        with open(path, 'w') as f:
            f.write(str(value))


def runs(interface):
    """Returns whether an interface sends what it is given. The kernel lets it a while after its link is up, in which it drops that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack('16sh14x', interface.encode(), 0))
    return struct.unpack('16sh14x', request)[1] & IFF_RUNNING


class Daemon:
    """A tandemd with its own rundir. files: limit of its file descriptors. connectx: vports of an emulated ConnectX, which
    decides for a nicsim of the personality 'connectx'."""

    def __init__(self, lab, config=None, args=(), eal=None, pmd=False, files=None, connectx=0):
        self.lab = lab
        self.rundir = tempfile.mkdtemp(prefix='run-', dir=lab.dir)
        self.log_path = os.path.join(self.rundir, 'tandemd.log')
        argv = [os.path.join(lab.build, 'control/tandemd'), '--rundir', self.rundir]
        words = ['--no-huge', '-m', '512'] if lab.asan else []
        if pmd:
            words += ['-d', lab.pmd()]
        if eal:
            words += eal.split()
        if words:
            argv += ['--eal', ' '.join(words)]
        if config is not None:
            path = os.path.join(self.rundir, 'tandem.yaml')
            with open(path, 'w') as f:
                f.write(config)
            argv += ['-c', path]
        if connectx:
            argv = ['env', f'LD_PRELOAD={lab.build}/tests/mlx5emu/libmlx5emu.so',
                    f'MLX5EMU=format=1,vports={connectx},metadata=1,device=net_nicsim0', *argv]
        if files:
            argv = ['prlimit', f'--nofile={files}:{files}', *argv]
        self.log = open(self.log_path, 'w')
        self.process = subprocess.Popen([*argv, *args], stdout=self.log, stderr=subprocess.STDOUT,
                                        env=lab.env)
        lab.daemons.append(self)
        wait_for('tandemd answers', self.answers, 60 if lab.asan else 30)

    def answers(self):
        check(self.process.poll() is None, f'tandemd ended: exit {self.process.returncode}')
        return os.path.exists(os.path.join(self.rundir, 'tandemd.ctl')) and not self.run('version', ok=False).returncode

    def run(self, *words, ok=True, timeout=60, **kw):
        return sh(os.path.join(self.lab.build, 'cli/tandem'), '-d', self.rundir, *words, ok=ok,
                  timeout=timeout, env=self.lab.env, **kw)

    def __call__(self, *words, **kw):
        """Runs a 'tandem' command that must succeed; returns its output."""
        return self.run(*words, **kw).stdout

    def json(self, *words):
        return json.loads(self(*words, '--json'))

    def appctl(self, *words, ok=True):
        return sh('ovs-appctl', '-t', os.path.join(self.rundir, 'tandemd.ctl'), *words, ok=ok)

    def stop(self, seconds=60):
        """Stops the daemon cleanly; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed('tandemd did not stop on SIGTERM') from None
        self.log.close()
        return self.process.returncode


class Lab:
    serial = itertools.count(1)

    def __init__(self, build, keep=False):
        self.build, self.keep = build, keep
        self.asan = os.path.basename(build).startswith('asan')
        self.env = dict(os.environ)
        self.daemons, self.namespaces, self.processes, self.remarks_ = [], [], [], []
        self.dir = None

    def __enter__(self):
        # Under /run: EAL loads drivers only from folders that no other user can write to.
        self.dir = tempfile.mkdtemp(prefix=f'tandem-test-{os.getpid()}-', dir='/run')
        os.chmod(self.dir, 0o755)
        return self

    def __exit__(self, *_):
        for p in self.processes:
            if p.poll() is None:
                p.terminate()
                p.wait()
        for d in self.daemons:
            try:
                d.stop()
            except Failed as e:
                print(f'      {e}', file=sys.stderr)
        for name in self.namespaces:
            subprocess.run(['ip', 'netns', 'del', name], check=False)
        self.saved = self.read_logs()
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def check_daemons(self):
        """Checks that every daemon stops cleanly; a sanitizer's finding changes the exit code, too."""
        for d in self.daemons:
            was_stopped = d.process.poll() is not None
            code = d.stop()
            check(code == 0 or (was_stopped and code == -signal.SIGKILL), f'tandemd: exit {code}')

    def read_logs(self):
        out = []
        for d in self.daemons:
            with open(d.log_path, errors='replace') as f:
                out.append(f'--- {d.log_path}\n' + ''.join(f.readlines()[-60:]))
        return '\n'.join(out)

    def logs(self):
        return self.saved

    def remark(self, text):
        """Prints a figure beside the verdict."""
        self.remarks_.append(text)

    def remarks(self):
        return f'  ({"; ".join(self.remarks_)})' if self.remarks_ else ''

    def pmd(self):
        """Returns the path of nicsim, copied to a folder from which EAL loads it."""
        path = os.path.join(self.dir, 'librte_net_nicsim.so')
        if not os.path.exists(path):
            shutil.copy(os.path.join(self.build, 'drivers/nicsim/librte_net_nicsim.so'), path)
        return path

    def netns(self, name, address=None, mac=None, mtu=1500, offloads=False):
        """Creates a namespace with one interface 'eth0'; returns the name of the peer in the test's namespace.

        Without 'offloads', frames are as on a wire. With them the kernel has its defaults: checksums are left
        to the receiver, and frames are up to 64 KiB long."""
        # A link is removed some time after its namespace, so no name is used twice.
        ns, near = f'tdm{os.getpid()}{name}', f'tdm{os.getpid()}.{next(Lab.serial)}'
        sh('ip', 'netns', 'add', ns)
        self.namespaces.append(ns)
        sh('ip', 'link', 'add', near, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'mtu', mtu,
           'netns', ns)
        ipv6(near, 'disable_ipv6', 1)
        if not offloads:
            sh('ethtool', '-K', near, 'tx', 'off', 'gro', 'off', 'rxvlan', 'off', 'txvlan', 'off', ok=False)
        with inside(ns):
            ipv6('eth0', 'accept_dad', 0)
            if not address:  # silent: the kernel itself must not add packets
                ipv6('eth0', 'disable_ipv6', 1)
            if not offloads:
                sh('ethtool', '-K', 'eth0', 'tx', 'off', 'gro', 'off', 'tso', 'off', 'gso', 'off', ok=False)
            up = ['link set lo up', *([f'link set eth0 address {mac}'] if mac else []),
                  *(f'addr add {one} dev eth0' for one in (address or '').split()), 'link set eth0 up']
            sh('ip', '-batch', '-', input='\n'.join(up))
        sh('ip', 'link', 'set', near, 'up')
        with inside(ns):
            wait_for('eth0 sends', lambda: runs('eth0'))
        return near

    def netns_of(self, name, interface, address, mtu=1500):
        """Creates a namespace, and moves an interface of the test's namespace (a TAP) into it as its 'eth0'."""
        ns = f'tdm{os.getpid()}{name}'
        if ns not in self.namespaces:
            sh('ip', 'netns', 'add', ns)
            self.namespaces.append(ns)
        sh('ip', 'link', 'set', interface, 'netns', ns, 'name', 'eth0', 'mtu', mtu)
        with inside(ns):
            ipv6('eth0', 'accept_dad', 0)
            up = ['link set lo up', *(f'addr add {one} dev eth0' for one in address.split()), 'link set eth0 up']
            sh('ip', '-batch', '-', input='\n'.join(up))

    def exec(self, name, *argv, ok=True, timeout=120, **kw):
        ns = f'tdm{os.getpid()}{name}'
        if argv[0] == 'ip':
            return sh('ip', '-n', ns, *argv[1:], ok=ok, timeout=timeout, **kw)
        return sh('ip', 'netns', 'exec', ns, *argv, ok=ok, timeout=timeout, **kw)

    def pinged(self, name, target, *options, count=5, interval=0.05, late=True):
        """Pings from a namespace. Returns how many of the first 'count' pings are answered. With 'late' an answer may
        take up to ten seconds, in which ping sends more; without, the last one is waited for no longer than the interval."""
        wait = ('-w', 10) if late else ('-W', 1)
        out = self.exec(name, 'ping', '-c', count, '-i', interval, *wait, *options, target, ok=False).stdout
        return sum(n <= count for n in {int(n) for n in re.findall(r'bytes from .* icmp_seq=(\d+)', out)})

    def spawn(self, name, *argv):
        p = subprocess.Popen(['ip', 'netns', 'exec', f'tdm{os.getpid()}{name}', *map(str, argv)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.processes.append(p)
        return p

    def replay(self, name, pcap, **options):
        """Starts a sender in a namespace; finish() returns its count."""
        argv = [os.path.join(TOP, 'tools/replay'), 'eth0', pcap]
        for key, value in options.items():
            argv += [f'--{key}', value]
        return self.spawn(name, *argv)

    @staticmethod
    def finish(process, seconds=120):
        out, err = process.communicate(timeout=seconds)
        check(process.returncode == 0, f'{process.args}: exit {process.returncode}: {err}')
        return json.loads(out) if out.startswith('{') else out

    def received(self, name):
        """Returns the packets that a namespace received on eth0."""
        out = self.exec(name, 'cat', '/sys/class/net/eth0/statistics/rx_packets').stdout
        return int(out)

    def counted(self, name):
        """Returns the kernel's counts of a namespace's eth0: packets and bytes sent, then received."""
        names = ('tx_packets', 'tx_bytes', 'rx_packets', 'rx_bytes')
        out = self.exec(name, 'cat', *(f'/sys/class/net/eth0/statistics/{n}' for n in names)).stdout
        return tuple(map(int, out.split()))

    def capture(self, *options):
        """Returns the captures of tools/capture, in the laboratory's folder."""
        sh('/usr/bin/python3', os.path.join(TOP, 'tools/capture'), self.dir, *options)
        return self.dir

    def pcap(self, file, packets):
        """Writes scapy packets to a new file, since a sender may still use an older one."""
        from scapy.all import wrpcap
        path = os.path.join(self.dir, file)
        check(not os.path.exists(path), f'{path} was written before')
        wrpcap(path, packets)
        return path

    def nicsim(self, control, command):
        """Sends a command to a nicsim (control=PATH); returns its answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            own = f'{control}.{os.getpid()}'
            s.bind(own)
            try:
                s.settimeout(5)
                s.sendto(command.encode(), control)
                return s.recv(256).decode()
            finally:
                os.unlink(own)

    def fault(self, control, command):
        """Makes a nicsim (control=PATH) misbehave."""
        check(self.nicsim(control, command) == 'ok', f'nicsim refused "{command}"')

    def nicsim_counts(self, control):
        """Returns the counters of a nicsim: rules now, and events: insertions, resets, stale, unfit."""
        words = self.nicsim(control, 'show').split()
        return dict(zip(words[::2], map(int, words[1::2])))


# Separator of device and number in the name of a VF's port.
VF_NAMES = {'plain': 'vf', 'mlx5': 'representor_vf', 'e810': 'vf', 'connectx': 'representor_vf'}


def nicsim_config(lab, wire, vfs, options='', workers=1, more='', personality='plain', **settings):
    """Returns the configuration of one bridge on a nicsim whose ports are veth ends: wire, vf0, vf1, ... The personality
    'connectx' is mlx5's ports, with rules of libmlx5 (Daemon)."""
    args = f'net_nicsim0,personality={personality},vfs={len(vfs)},wire=[net_netdev9,iface={wire}]'
    if personality == 'connectx':
        args = args.replace('connectx', 'mlx5,steering=connectx')
        settings['offload'] = ','.join(filter(None, ('driver: rteflow', 'devices: [net_nicsim0=mlx5]', settings.get('offload'))))
    for i, near in enumerate(vfs):
        args += f',vf{i}=[net_netdev{i},iface={near}]'
    if options:
        args += ',' + options
    return configuration(['wire', *(f'vf{i}' for i in range(len(vfs)))],
                         [args, *(f'net_nicsim0_{VF_NAMES[personality]}{i}' for i in range(len(vfs)))],
                         workers=workers, more=more, **settings)


def veth_config(lab, names, nears, workers=1, more='', **settings):
    """Returns the configuration of one bridge on AF_PACKET ports, which cannot offload."""
    return configuration(names, [f'net_netdev{i},iface={near}' for i, near in enumerate(nears)],
                         workers=workers, more=more, **settings)


def configuration(names, devices, workers=1, more='', tags=None, flows=None, upcall='', offload=''):
    lines = ['workers:', f'  n: {workers}', '  idle-sleep-us: 100']
    for section, text in (('upcall', upcall), ('offload', offload)):
        if text:
            lines += [f'{section}:', *(f'  {t.strip()}' for t in text.split(','))]
    lines += ['bridges:', '  - name: br0', '    ports:']
    for i, (name, device) in enumerate(zip(names, devices), 1):
        lines += [f'      - name: {name}', f'        dev: "{device}"', f'        id: {i}']
        if tags and tags.get(name):
            lines.append(f'        tag: {tags[name]}')
    if flows:
        lines += ['    flows:', *(f'      - "{f}"' for f in flows)]
    return '\n'.join(lines) + '\n' + more
