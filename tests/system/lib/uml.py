# SPDX-License-Identifier: Apache-2.0
"""Programs in user-mode Linux: a kernel of its own with Open vSwitch's datapath, as a process. It boots in two seconds.

Its root is that of the host, which it cannot change; /run is its own, and the folder of the laboratory is
shared. It has one processor and no network but what the program makes."""
import glob
import os
import shlex
import signal
import subprocess

from lab import Failed, check, sh, wait_for

# The datapath with its tunnels, and what a test connects to it.
MODULES = ('openvswitch', 'vport-vxlan', 'vport-geneve', 'vport-gre', 'veth', 'tun', 'nf_conntrack', 'nf_conntrack_netlink')
BOOT_SECONDS = 120  # two on a machine that has nothing else to do
INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -p {folder}
mount -t hostfs -o {folder} shared {folder}
cd {folder}
export HOME={folder} TMPDIR={folder} PATH=/usr/sbin:/usr/bin:/sbin:/bin
(
ip link set lo up
{insmod}
{command}
) >output 2>&1 </dev/null
echo $? >status
echo o >/proc/sysrq-trigger
sleep 60
"""


def insmods(names):
    """Commands that load the modules, each after those that it needs."""
    folders = glob.glob('/usr/lib/uml/modules/*')
    check(len(folders) == 1, f'modules of user-mode Linux: {folders}; expected one folder: run tools/setup --test')
    needs, loaded = {}, []
    with open(os.path.join(folders[0], 'modules.dep')) as f:
        for line in f:
            path, _, others = line.partition(':')
            needs[path] = others.split()
    path_of = {os.path.basename(path).removesuffix('.ko'): path for path in needs}

    def load(path):
        if path not in loaded:
            for other in needs[path]:
                load(other)
            loaded.append(path)

    for name in names:
        load(path_of[name])
    return '\n'.join(f'insmod {os.path.join(folders[0], path)} || exit 125' for path in loaded)


def boot(folder, argv, modules=MODULES, memory='256M'):
    """Boots a kernel whose first program this is, with a new folder, in which the kernel's files "output" and "status"
    are the program's, and "console" is its own. Returns the process of the kernel, which kill() ends."""
    os.mkdir(folder)
    init, console = os.path.join(folder, 'init'), os.path.join(folder, 'console')
    with open(init, 'w') as f:
        f.write(INIT.format(folder=shlex.quote(folder), insmod=insmods(modules), command=shlex.join(map(str, argv))))
    os.chmod(init, 0o755)
    with open(console, 'wb') as out:
        kernel = subprocess.Popen(['linux.uml', f'mem={memory}', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro',
                                   f'init={init}', 'con=null', 'con0=fd:0,fd:1', f'uml_dir={folder}', 'umid=kernel'],
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                  start_new_session=True)
    try:
        wait_for('user-mode Linux boots',
                 lambda: kernel.poll() is not None or os.path.exists(os.path.join(folder, 'output')), BOOT_SECONDS)
    except BaseException:
        kill(kernel)
        raise
    return kernel


def run(lab, *argv, seconds=60, ok=True, **options):
    """Runs a program in a kernel that is booted for it, with options of boot(). Returns its exit status and what it
    printed; with 'ok' the status must be 0. Fails if the program does not end within the seconds, or the kernel does
    not boot within BOOT_SECONDS; no process of it remains in any case."""
    folder = os.path.join(lab.dir, f'uml{len(os.listdir(lab.dir))}')
    kernel = boot(folder, argv, **options)
    try:
        kernel.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f'{shlex.join(map(str, argv))}: not within {seconds} s in user-mode Linux\n{texts(folder)}') from None
    finally:
        kill(kernel)
    try:
        with open(os.path.join(folder, 'status')) as f:
            status = int(f.read())
    except (FileNotFoundError, ValueError):
        raise Failed(f'user-mode Linux ended by itself, exit {kernel.returncode}\n{texts(folder)}') from None
    check(not ok or status == 0, f'{shlex.join(map(str, argv))}: exit {status}\n{texts(folder)}')
    return status, read(os.path.join(folder, 'output'))


def kill(kernel):
    """Ends the kernel with its processes, which are of its session."""
    try:
        os.killpg(kernel.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    kernel.wait()
    wait_for('the processes of user-mode Linux end',
             lambda: not sh('pgrep', '-s', kernel.pid, '-r', 'R,S,D,T,t', ok=False).stdout)


def read(path):
    try:
        with open(path, errors='replace') as f:
            return f.read()
    except FileNotFoundError:
        return ''


def texts(folder):
    """The ends of what the program and the kernel printed."""
    return '\n'.join(f'--- {name}\n{read(os.path.join(folder, name))[-3000:]}' for name in ('output', 'console'))
