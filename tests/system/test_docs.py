# SPDX-License-Identifier: Apache-2.0
"""README and docs/ work as written: their commands run, in order, on a host of stand-ins.

A command is a line of an indented or fenced block. It runs unchanged, from the top of the tree, with tandemd and
tandem in PATH, but for the substitutions below. A block of the kind "text" has no commands. In a block of the kind
"console" a command begins with "# ", and other lines are its output: the words of the first of these, but for those with
digits or "..", are in the first line that the command prints.

  0000:3b:00.0[,representor=vfN]   the wire of a nicsim and its VFs, also in docs/examples/host.yaml,
                                   which names nicsim as a driver
  /sys/bus/pci/devices/0000:3b:00.0, /sys/bus/pci/drivers/mlx5_core  folders
  UFID                             a megaflow that is in software
  devlink, lspci, modprobe         programs that accept only the arguments in STAND_INS

A command without a rule in RUN fails the test. The host has its own namespaces, which hide /run, /var/log,
PCI devices and interfaces of the machine.
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
# Output of programs on a host with a ConnectX, by their arguments; from their documentation, not from a host.
STAND_INS = {
    'devlink': {f'dev eswitch set pci/{PCI} mode switchdev': '',
                f'dev eswitch show pci/{PCI}': f'pci/{PCI}: mode switchdev inline-mode none encap-mode basic'},
    'lspci': {'-D -d 15b3:': f'{PCI} Ethernet controller: Mellanox Technologies MT2892 Family [ConnectX-6 Dx]'},
    'modprobe': {'mlx5_ib': ''},
}


def lines_of_blocks(file):
    """Yields (line number, kind, text) of each line of the file's indented and fenced blocks."""
    fence, before = None, ''
    with open(os.path.join(TOP, file)) as f:
        for n, line in enumerate(f.read().splitlines(), 1):
            if m := re.match(r' *```(\w*)', line):
                fence = None if fence is not None else m.group(1)
            elif fence is not None:
                yield n, fence, line.strip()
            elif line.startswith('    ') and (not before.strip() or before.startswith('    ')):
                yield n, '', line.strip()
            before = line
    check(fence is None, f'{file}: a fence is open at the end')


def blocks(file):
    """Yields (line number, command, first line of its output or None) of each command."""
    lines = list(lines_of_blocks(file))
    for i, (n, kind, text) in enumerate(lines):
        if kind == 'console' and text.startswith('# '):
            after = lines[i + 1] if i + 1 < len(lines) else (0, '', '')
            output = after[2] if after[:2] == (n + 1, kind) and not after[2].startswith('# ') else None
            yield n, text[2:], output
        elif kind == '' and text and not text.startswith('#'):
            yield n, text, None


def spans(file):
    """Yields (line number, text) of each code span outside blocks."""
    in_blocks = {n for n, *_ in lines_of_blocks(file)}
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
        for name, answers in STAND_INS.items():
            with open(os.path.join(self.bin, name), 'w') as f:
                cases = ''.join(f'"{words}") echo "{out}" ;;\n' for words, out in answers.items())
                f.write(f'#!/bin/sh\ncase "$*" in\n{cases}*) exit 1 ;;\nesac\n')
            os.chmod(os.path.join(self.bin, name), 0o755)
        self.config = os.path.join(lab.dir, 'host.yaml')
        with open(os.path.join(TOP, EXAMPLE)) as f, open(self.config, 'w') as out:
            text = self.substitute(f.read())
            check('drivers: []' in text, f'{EXAMPLE}: drivers')
            out.write(text.replace('drivers: []', f'drivers: [{lab.pmd()}]'))

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
        """Ends the namespaces' first process, and all others with it."""
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
        self.lab.capture()
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
        for folder in (f'/sys/bus/pci/devices/{PCI}', '/sys/bus/pci/drivers/mlx5_core'):
            text = text.replace(folder, os.path.join(self.lab.dir, 'pci'))
        text = re.sub(re.escape(PCI) + r',representor=vf(\d)', r'net_nicsim0_vf\1', text)
        return re.sub(r'(?<!pci/)' + re.escape(PCI), NIC, text)

    def ufid(self):
        """Returns the UFID of a megaflow in software; the senders cause some."""
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
    output = host.shell(command).stdout
    if command.startswith('tandem exit'):
        host.serving = False
    return output


def run_endless(host, command):
    """Runs a command that serves and prints until it is interrupted."""
    p = host.spawn(f'exec env {command}')
    time.sleep(2)
    check(p.poll() is None, f'ended by itself: {p.stdout.read() if p.poll() is not None else ""}')
    os.killpg(p.pid, signal.SIGTERM)
    return p.communicate(timeout=10)[0]


def run_help(host, command):
    """A command that installs, builds or tests for long: checks that it exists and accepts --help."""
    host.shell(f'{command.split()[0]} --help')


def run_make(host, command):
    """Checks that a target of make exists."""
    host.shell(f'make -n {command.split()[1]}')


def run_huge_pages(host, command):
    """A test must not change the machine's setting: the present value is written."""
    before = host.shell('sysctl -n vm.nr_hugepages').stdout.strip()
    return host.shell(re.sub(r'=\d+', f'={before}', command)).stdout


RUN = [
    (r'tandemd .*--daemon', run_daemon),
    (r'tandem watch|OVS_RUNDIR=/run/tandem ovs-ofctl snoop ', run_endless),
    (r'(tandem|ovs-ofctl|ovs-appctl|devlink|lspci|modprobe|ip|grep) ', run_command),
    (r'echo [\w:.]+ > /run/', run_command),
    (r'make \w+', run_make),
    (r'sysctl vm\.nr_hugepages=\d+$', run_huge_pages),
    (r'\./(run|test)( |$)', run_help),
]


def run(host, command, expected=None):
    command = host.substitute(command)
    how = next((how for pattern, how in RUN if re.match(pattern, command)), None)
    check(how, f'the test does not know how to run "{command}": add it to RUN')
    output = how(host, command) or ''
    if expected is not None:
        words = [w for w in expected.split() if not re.search(r'\d|\.\.', w)]
        line = next((line for line in output.splitlines() if line.strip()), '')
        check(all(w in line.split() for w in words), f'prints "{line}", not "{expected}"')


def run_document(lab, file, n_min):
    commands = list(blocks(file))
    check(len(commands) >= n_min, f'{file}: only {len(commands)} commands found')
    with Host(lab) as host:
        if not any(c.startswith('tandemd ') for _, c, _ in commands):
            run(host, f'tandemd -c {EXAMPLE} --daemon')
        for n, command, expected in commands:
            try:
                run(host, command, expected)
            except (Failed, subprocess.TimeoutExpired) as e:
                log = host.shell('cat /var/log/tandemd.log', ok=False).stdout
                raise Failed(f'{file}:{n}: {command}\n{e}\n{log}') from e
        host.stop()
    lab.remark(f'{len(commands)} commands')


def test_readme(lab):
    run_document(lab, 'README.md', 15)


def test_guide(lab):
    run_document(lab, 'docs/guide.md', 8)


def test_hardware(lab):
    run_document(lab, 'docs/hardware.md', 15)


def test_service(lab):
    """The unit's options exist, and its pid file is the daemon's."""
    text = sh(os.path.join(lab.build, 'control/tandemd'), '--help').stdout
    with open(os.path.join(TOP, 'docs/examples/tandemd.service')) as f:
        unit = dict(line.strip().split('=', 1) for line in f if '=' in line)
    for option in re.findall(r'(?<!\S)--?[\w-]+', unit['ExecStart']):
        check(option in text, f'tandemd has no option {option}')
    check(unit['PIDFile'] == '/run/tandem/tandemd.pid' and '(/run/tandem)' in text, 'another run directory')


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
    """Returns whether the first one or two words are a command, whatever arguments follow."""
    words = [w for w in text.split()[1:] if not w.startswith('-')]
    words = words[:next((i for i, w in enumerate(words) if not re.fullmatch('[a-z-]+', w)), len(words))]
    for n in (2, 1):
        if len(words) >= n:
            r = sh(os.path.join(lab.build, 'cli/tandem'), *words[:n], '--help', ok=False, env=lab.env)
            if not r.returncode:
                return True
    return not words


def test_named_in_text(lab):
    """Commands, files and tests named in the text exist."""
    n_names = 0
    for file in ('README.md', 'CONTRIBUTING.md', 'docs/guide.md', 'docs/hardware.md', 'docs/troubleshooting.md', 'docs/openflow.md',
                 'docs/limits.md'):
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
