# SPDX-License-Identifier: Apache-2.0
"""A kernel that runs several cases, one after another, as each of them is shorter than a boot.

The two sides share a folder. The host writes N.case, the name of a case; the program in the kernel runs it, writes what
it printed to N.output, then its exit status to N.status. A case has processes, mounts, /run, interfaces and whatever
else belongs to a network of its own, which all end with it. It shares with later cases what the kernel has but once:
modules, and settings like net.core.rmem_max. A case that changes these needs a kernel of its own: uml.run()."""
import ctypes
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time

import uml
from lab import CLONE_NEWNET, LIBC, Failed, check, wait_for

CLONE_NEWNS, CLONE_NEWPID = 0x20000, 0x20000000
POLL_SECONDS = 0.02


def written(path, text):
    """Writes a file that the other side sees whole or not at all."""
    with open(f'{path}.new', 'w') as f:
        f.write(text)
    os.rename(f'{path}.new', path)


class Server:
    """The host's side. Boots when the first case is run, and again after a case that failed."""

    def __init__(self, argv, **options):
        """argv: a program that calls serve(); options: of uml.boot()."""
        self.argv, self.options, self.kernel = argv, options, None
        self.folder, self.serial = None, None

    def boot(self):
        self.folder = os.path.join(tempfile.mkdtemp(prefix=f'tandem-test-{os.getpid()}-', dir='/run'), 'uml')
        self.serial = itertools.count(1)
        self.kernel = uml.boot(self.folder, self.argv, **self.options)

    def run(self, name, seconds=60):
        """Runs a case. Returns what it printed; fails if its exit status is not 0."""
        if not self.kernel:
            self.boot()
        try:
            return self.answer(name, seconds)
        except Failed as e:
            texts = uml.texts(self.folder)
            self.end()
            raise Failed(f'{e}\n{texts}') from None

    def answer(self, name, seconds):
        path = os.path.join(self.folder, str(next(self.serial)))
        written(f'{path}.case', name)
        wait_for(f'{name} ends in user-mode Linux',
                 lambda: os.path.exists(f'{path}.status') or self.kernel.poll() is not None, seconds)
        status, output = uml.read(f'{path}.status'), uml.read(f'{path}.output')
        check(status, f'{name}: user-mode Linux ended by itself, exit {self.kernel.returncode}\n{output[-3000:]}')
        check(status == '0', f'{name}: exit {status}\n{output}')
        return output

    def end(self):
        """Ends the kernel, if there is one."""
        if self.kernel:
            uml.kill(self.kernel)
            shutil.rmtree(os.path.dirname(self.folder), ignore_errors=True)
            self.kernel = None


def serve(run):
    """The kernel's side: calls run(name), which returns an exit status, for each case. It ends with the kernel."""
    folder = os.getcwd()
    for n in itertools.count(1):
        path = os.path.join(folder, str(n))
        while not os.path.exists(f'{path}.case'):
            time.sleep(POLL_SECONDS)
        written(f'{path}.status', str(isolated(uml.read(f'{path}.case'), f'{path}.output', run)))


def isolated(name, output, run):
    """Runs a case in namespaces of its own, which end with all processes in them. Returns its exit status."""
    pid = os.fork()
    if not pid:
        ended(lambda: in_namespaces(name, output, run))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_namespaces(name, output, run):
    with open(output, 'w') as f:
        os.dup2(f.fileno(), 1)
        os.dup2(f.fileno(), 2)
    unshare()
    first = os.fork()  # process 1 of the namespace
    if not first:
        ended(lambda: settled() or run(name))
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


def ended(work):
    """Ends this process with the status that 'work' returns."""
    status = 125
    try:
        status = work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status & 0xff)


def unshare():
    if LIBC.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, f'unshare: {os.strerror(error)}')


def settled():
    """Makes the namespaces of a case what a kernel has after its boot."""
    subprocess.run(['sh', '-ec', 'mount --make-rprivate /; mount -t proc proc /proc; mount -t sysfs sys /sys; '
                                 'mount -t tmpfs run /run; ip link set lo up'], check=True)
    os.environ.update(HOME='/run', TMPDIR='/run')
    os.chdir('/run')
