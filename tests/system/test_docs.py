# SPDX-License-Identifier: Apache-2.0
"""README and docs/ work as written: their commands run, in order, on a host of stand-ins.

A command is a line of an indented or fenced block. It runs as it stands, from the top of the tree, with
tandemd and tandem in PATH, but for these substitutions:

  0000:3b:00.0[,representor=vfN]   the wire of a nicsim and its VFs, also in docs/examples/host.yaml,
                                   which names nicsim as a driver
  /sys/bus/pci/devices/0000:3b:00.0  a folder
  UFID                             a megaflow that is in software
  devlink                          a program that takes only "dev eswitch set pci/ADDRESS mode switchdev"

A command that none of RUN knows fails the test. The host has namespaces of its own: /run, /var/log, PCI
devices and interfaces of the machine are out of sight.
"""
import os
import re
import signal
import subprocess
import time

from lab import TOP, Failed, check, sh, wait_for

PCI = '0000:3b:00.0'
NIC = ('net_nicsim0,vfs=3,wire=[net_af_packet9,iface=wire],' +
       ','.join(f'vf{i}=[net_af_packet{i},iface=vf{i}]' for i in range(3)))
LINKS = ('wire', 'vf0', 'vf1', 'vf2')
EXAMPLE = 'docs/examples/host.yaml'


def blocks(file):
    """(line number, command) of each line of the file's indented and fenced blocks."""
    fence, before = None, ''
    with open(os.path.join(TOP, file)) as f:
        for n, line in enumerate(f.read().splitlines(), 1):
            if re.match(r' *```', line):
                fence = None if fence else 'fence'
            elif fence == 'fence':
                yield n, line.strip()
            elif line.startswith('    ') and (not before.strip() or before.startswith('    ')):
                yield n, line.strip()
            before = line
    check(not fence, f'{file}: a fence is open at the end')


def spans(file):
    """(line number, text) of each code span outside blocks."""
    in_blocks = {n for n, _ in blocks(file)}
    with open(os.path.join(TOP, file)) as f:
        for n, line in enumerate(f.read().splitlines(), 1):
            if n not in in_blocks:
                for text in re.findall(r'(?<!`)`([^`]+)`(?!`)', line):
                    yield n, text


class Host:
    """Namespaces with the links of the stand-in NIC, and guests that send."""

    def __init__(self, lab):
        self.lab, self.serving = lab, False
        self.bin = os.path.join(lab.dir, 'bin')
        os.mkdir(self.bin)
        os.mkdir(os.path.join(lab.dir, 'pci'))
        for name in ('control/tandemd', 'cli/tandem'):
            os.symlink(os.path.join(lab.build, name), os.path.join(self.bin, os.path.basename(name)))
        with open(os.path.join(self.bin, 'devlink'), 'w') as f:
            f.write(f'#!/bin/sh\n[ "$*" = "dev eswitch set pci/{PCI} mode switchdev" ]\n')
        os.chmod(os.path.join(self.bin, 'devlink'), 0o755)
        self.config = os.path.join(lab.dir, 'host.yaml')
        with open(os.path.join(TOP, EXAMPLE)) as f, open(self.config, 'w') as out:
            text = self.substitute(f.read())
            check('drivers: []' in text, f'{EXAMPLE}: drivers')
            out.write(text.replace('drivers: []', f'drivers: [{lab.pmd()}]'))
        lab.capture()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Everything in the namespaces ends with their first process."""
        self.holder.kill()
        self.holder.wait()

    def start(self):
        argv = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sleep', '3600']
        self.holder = subprocess.Popen(argv)
        children = f'/proc/{self.holder.pid}/task/{self.holder.pid}/children'

        def first():
            with open(children) as f:
                pid = f.read().strip()
            return pid and os.readlink(f'/proc/{pid}/exe').endswith('sleep') and pid
        self.pid = wait_for('namespaces', first)
        run = os.path.join(self.lab.dir, 'newrun')
        os.mkdir(run)
        self.shell(f'''set -e
            mount -t tmpfs -o mode=755 tmpfs {run}
            mkdir {run}/{os.path.basename(self.lab.dir)}
            mount --bind {self.lab.dir} {run}/{os.path.basename(self.lab.dir)}
            mount -n --move {run} /run
            mount -t tmpfs tmpfs /var/log
            mount -t sysfs sysfs /sys
            mount -t tmpfs tmpfs /sys/bus/pci/devices
            mount --bind {self.config} {EXAMPLE}
            ip link set lo up
            sysctl -qw net.ipv6.conf.default.disable_ipv6=1
            for l in {' '.join(LINKS)}; do
                ip link add $l type veth peer name $l-peer
                ip link set $l up
                ip link set $l-peer up
            done''')
        for link in ('wire', 'vf0', 'vf1'):
            self.spawn(f'exec tools/replay {link}-peer {self.lab.dir}/{link}.pcap --pps 200 --seconds 600')

    def argv(self, command):
        return ['nsenter', '-t', self.pid, '-m', '-n', '-p', '--', 'env', f'PATH={self.bin}:{os.environ["PATH"]}',
                'bash', '-c', f'cd {TOP} && {command}']

    def shell(self, command, ok=True):
        return sh(*self.argv(command), ok=ok, env=self.lab.env)

    def spawn(self, command):
        p = subprocess.Popen(self.argv(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             start_new_session=True, env=self.lab.env)
        self.lab.processes.append(p)
        return p

    def substitute(self, text):
        text = text.replace(f'/sys/bus/pci/devices/{PCI}', os.path.join(self.lab.dir, 'pci'))
        text = re.sub(re.escape(PCI) + r',representor=vf(\d)', r'net_nicsim0_vf\1', text)
        return re.sub(r'(?<!pci/)' + re.escape(PCI), NIC, text)

    def ufid(self):
        """A megaflow in software: the senders make some."""
        found = wait_for('a megaflow in software', lambda: re.search(
            r'ufid:([0-9a-f-]{36})', self.shell('tandem megaflow dump -m type=sw').stdout))
        return found.group(1)

    def stop(self):
        if self.serving:
            self.shell('tandem exit')


def run_daemon(host, command):
    check(not host.serving, 'a daemon serves already')
    host.shell(command)
    host.serving = True


def run_command(host, command):
    if 'UFID' in command:
        command = command.replace('UFID', host.ufid())
    host.shell(command)
    if command.startswith('tandem exit'):
        host.serving = False


def run_endless(host, command):
    """Serves until it is interrupted, and prints meanwhile."""
    p = host.spawn(f'exec env {command}')
    time.sleep(2)
    check(p.poll() is None, f'ended by itself: {p.stdout.read() if p.poll() is not None else ""}')
    os.killpg(p.pid, signal.SIGTERM)
    p.communicate(timeout=10)


def run_help(host, command):
    """What installs, builds or tests for long: it exists and takes --help."""
    host.shell(f'{command.split()[0]} --help')


def run_huge_pages(host, command):
    """The machine's own setting is not for a test to change: the value is left as it is."""
    before = host.shell('sysctl -n vm.nr_hugepages').stdout.strip()
    host.shell(re.sub(r'=\d+', f'={before}', command))


RUN = [
    (r'tandemd .*--daemon', run_daemon),
    (r'tandem watch|OVS_RUNDIR=/run/tandem ovs-ofctl snoop ', run_endless),
    (r'(tandem|ovs-ofctl|ovs-appctl|devlink) ', run_command),
    (r'echo \d+ > /run/', run_command),
    (r'sysctl vm\.nr_hugepages=\d+$', run_huge_pages),
    (r'\./(run|test)( |$)', run_help),
]


def run(host, command):
    command = host.substitute(command)
    how = next((how for pattern, how in RUN if re.match(pattern, command)), None)
    check(how, f'the test does not know how to run "{command}": add it to RUN')
    how(host, command)


def run_document(lab, file, n_min):
    commands = [(n, c) for n, c in blocks(file) if c and not c.startswith('#')]
    check(len(commands) >= n_min, f'{file}: only {len(commands)} commands found')
    with Host(lab) as host:
        if not any(c.startswith('tandemd ') for _, c in commands):
            run(host, f'tandemd -c {EXAMPLE} --daemon')
        for n, command in commands:
            try:
                run(host, command)
            except (Failed, subprocess.TimeoutExpired) as e:
                log = host.shell('cat /var/log/tandemd.log', ok=False).stdout
                raise Failed(f'{file}:{n}: {command}\n{e}\n{log}') from e
        host.stop()
    lab.remark(f'{len(commands)} commands')


def test_readme(lab):
    run_document(lab, 'README.md', 15)


def test_guide(lab):
    run_document(lab, 'docs/guide.md', 8)


def test_openflow(lab):
    run_document(lab, 'docs/openflow.md', 5)


def test_unknown_command_fails(lab):
    host = Host(lab)
    for command in ('tandemctl show', 'unknown --help', 'ls'):
        try:
            run(host, command)
        except Failed as e:
            check('does not know' in str(e), f'{command}: {e}')
        else:
            raise Failed(f'{command} was run')


def tandem_exists(lab, text):
    """The longest run of its words that is a command, whatever arguments follow."""
    words = [w for w in text.split()[1:] if not w.startswith('-')]
    words = words[:next((i for i, w in enumerate(words) if not re.fullmatch('[a-z-]+', w)), len(words))]
    for n in (2, 1):
        if len(words) >= n:
            r = sh(os.path.join(lab.build, 'cli/tandem'), *words[:n], '--help', ok=False, env=lab.env)
            if not r.returncode:
                return True
    return not words


def test_named_in_text(lab):
    """Commands, files and tests that the text names exist."""
    n_names = 0
    for file in ('README.md', 'docs/guide.md', 'docs/openflow.md', 'docs/limits.md'):
        with open(os.path.join(TOP, file)) as f:
            for link in re.findall(r'\]\(([^)#:]+)\)', f.read()):
                path = os.path.join(TOP, os.path.dirname(file), link)
                check(os.path.exists(path), f'{file}: {link} does not exist')
        for n, text in spans(file):
            if text.startswith('tandem '):
                check(tandem_exists(lab, text), f'{file}:{n}: no command of tandem: {text}')
            elif re.match(r'(\./|tests/|docs/|tools/)[\w./-]+( |$)', text):
                path = os.path.join(TOP, text.split()[0])
                check(os.path.exists(path), f'{file}:{n}: {text} does not exist')
            elif re.fullmatch(r'test_[\w*]+\.py', text):
                folder = os.listdir(os.path.join(TOP, 'tests/system'))
                pattern = text.replace('.', r'\.').replace('*', '.*')
                check(any(re.fullmatch(pattern, f) for f in folder), f'{file}:{n}: {text} does not exist')
            else:
                continue
            n_names += 1
    check(n_names > 40, f'only {n_names} names found')
    lab.remark(f'{n_names} names')
