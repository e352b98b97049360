# SPDX-License-Identifier: Apache-2.0
"""The machine during a run: cores, huge pages, a folder. The end restores its settings."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import Failed, sh

HUGE_PAGES = 640
DRIVER = 'tests/bench/driver/librte_net_bench.so'


def huge_pages():
    text = Path('/proc/meminfo').read_text()
    return [int(re.search(rf'{what}: +(\d+)', text).group(1)) for what in ('HugePages_Free', 'HugePages_Total')]


class Machine:
    """core: of the polling thread that is measured; other: of everything else, this process included."""

    def __init__(self, build):
        self.build = build
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise Failed('needs two cores: one for the thread that is measured, one for the rest')
        self.core, self.other = cores[1], cores[0]
        self.huge_before, self.cores_before = None, cores

    def __enter__(self):
        # Under /run: EAL loads drivers only from folders that no other user can write to.
        self.dir = Path(tempfile.mkdtemp(prefix='tandem-bench-', dir='/run'))
        free, total = huge_pages()
        if free < HUGE_PAGES:
            self.huge_before = total
            self.huge_set(total + HUGE_PAGES - free)
        self.huge = huge_pages()[0] >= HUGE_PAGES
        driver = shutil.copy(self.build / DRIVER, self.dir)
        # For EAL of each system.
        self.memory = ['-d', driver] + ([] if self.huge else ['--no-huge', '-m', '1024'])
        os.sched_setaffinity(0, {self.other})
        return self

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.cores_before)
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.huge_before is not None:
            self.huge_set(self.huge_before)

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
