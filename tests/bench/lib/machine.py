# SPDX-License-Identifier: Apache-2.0
"""The machine during a run: cores, huge pages, a folder. The end restores its settings."""
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lab import Failed, sh

HUGE_PAGES = 640
LOCK = '/run/tandem-bench.lock'
DRIVER = 'tests/bench/driver/librte_net_bench.so'


def huge_pages():
    text = Path('/proc/meminfo').read_text()
    return [int(re.search(rf'{what}: +(\d+)', text).group(1)) for what in ('HugePages_Free', 'HugePages_Total')]


class Machine:
    """core: of the polling thread that is measured; other: of everything else, this process included. One run at a time
    has the machine, unless it may be 'beside' another."""

    def __init__(self, build, beside=False):
        self.build, self.beside, self.lock = build, beside, None
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise Failed('needs two cores: one for the thread that is measured, one for the rest')
        self.core, self.other = cores[1], cores[0]
        self.huge_added, self.cores_before = 0, cores

    def lock_take(self):
        self.lock = open(LOCK, 'w')
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print('bench: waits for the end of another run', file=sys.stderr, flush=True)
            fcntl.flock(self.lock, fcntl.LOCK_EX)

    def __enter__(self):
        if not self.beside:
            self.lock_take()
        # Under /run: EAL loads drivers only from folders that no other user can write to.
        self.dir = Path(tempfile.mkdtemp(prefix='tandem-bench-', dir='/run'))
        free, total = huge_pages()
        if free < HUGE_PAGES:
            self.huge_added = HUGE_PAGES - free
            self.huge_set(total + self.huge_added)
        self.huge = huge_pages()[0] >= HUGE_PAGES
        driver = shutil.copy(self.build / DRIVER, self.dir)
        # For EAL of each system.
        self.memory = ['-d', driver] + (['--in-memory'] if self.huge else ['--no-huge', '--no-shconf', '-m', '1024'])
        os.sched_setaffinity(0, {self.other})
        return self

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.cores_before)
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.huge_added:  # another run may have added more meanwhile
            self.huge_set(huge_pages()[1] - self.huge_added)
        if self.lock:
            self.lock.close()

    @staticmethod
    def huge_set(n):
        subprocess.run(['sysctl', '-qw', f'vm.nr_hugepages={n}'], check=False, stderr=subprocess.DEVNULL)

    def description(self):
        """Returns what a reader must know of the machine."""
        model = re.search(r'model name\s*: (.*)', Path('/proc/cpuinfo').read_text())
        vm = sh('systemd-detect-virt', '--vm', ok=False).stdout.strip()
        return {'cpu': model.group(1) if model else '?', 'cores': os.cpu_count(),
                'virtual': vm if vm not in ('', 'none') else None, 'kernel': os.uname().release,
                'huge_pages': self.huge, 'core': self.core, 'load': round(os.getloadavg()[0], 1)}


def description_text(d):
    return (f'{d["cpu"]}, {d["cores"]} cores{", " + d["virtual"] if d["virtual"] else ""}, Linux {d["kernel"]}, '
            f'{"2 MB huge pages" if d["huge_pages"] else "no huge pages"}, load {d["load"]} at the start; the polling '
            f'thread is on core {d["core"]}')
