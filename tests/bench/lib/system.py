# SPDX-License-Identifier: Apache-2.0
"""A system that is measured: a started program with one polling thread, whose ports are net_bench devices."""
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from board import Board
from lab import Failed, wait_for


def thread_find(pid, name):
    """Returns the ID of the process's thread whose name begins with 'name'."""
    for t in Path(f'/proc/{pid}/task').iterdir():
        try:
            if (t / 'comm').read_text().startswith(name):
                return int(t.name)
        except FileNotFoundError:  # it has ended
            pass
    return None


def run_s(schedstat):
    return int(schedstat.read_text().split()[0]) / 1e9


class Files:
    """The rules and the traffic of a case, which all systems read."""

    def __init__(self, folder, case):
        self.case, self.input = case, case.build()
        self.rules = Path(folder, f'{case.name}.flows')
        self.rules.write_text('\n'.join(self.input.rules) + '\n')
        self.traffic = {}
        for port, traffic in self.input.traffic.items():
            self.traffic[port] = Path(folder, f'{case.name}.{port}.traffic')
            traffic.write(self.traffic[port])

    def remove(self):
        for path in (self.rules, *self.traffic.values()):
            path.unlink(missing_ok=True)


class System:
    """Subclasses start the program and count its megaflows and misses.

    variants: settings that are tried in one run, of which the best counts."""
    name = title = None
    variants = ('', )
    has_flows = True

    def __init__(self, machine, files):
        self.machine, self.files, self.case = machine, files, files.case
        self.dir = Path(tempfile.mkdtemp(prefix=f'{self.name}-', dir=machine.dir))
        self.boards = {n: Board(self.dir / f'board{n}') for n in range(1, files.input.n_ports + 1)}
        self.processes, self.pid, self.tid = [], None, None

    def device(self, n):
        """Returns the name and arguments of the device of port n."""
        traffic = f',traffic={self.files.traffic[n]}' if n in self.files.traffic else ''
        return f'net_bench{n},board={self.boards[n].path}{traffic}'

    def __enter__(self):
        try:
            self.start()
        except Failed as e:
            log = self.log()
            self.__exit__()
            raise Failed(f'{e}\n{log}') from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def log(self):
        """Returns the end of what the programs wrote."""
        path = self.dir / 'log'
        return path.read_text(errors='replace')[-3000:] if path.exists() else ''

    def __exit__(self, *_):
        for p in reversed(self.processes):
            if p.poll() is None:
                p.terminate()
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def spawn(self, *argv, env=None):
        with open(self.dir / 'log', 'a') as log:
            p = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *map(str, argv)], stdout=log,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, start_new_session=True)
        self.processes.append(p)
        return p

    def thread_set(self, process, name):
        self.pid = process.pid
        self.tid = wait_for(f'{self.title}: thread {name}', lambda: self.alive() and thread_find(process.pid, name), 30)

    def alive(self):
        for p in self.processes:
            if p.poll() is not None:
                raise Failed(f'{self.title}: {" ".join(p.args[3:6])} ended: exit {p.returncode}')
        return True

    def prefer(self):
        """Prefers the polling thread to other programs, as if it had a core of its own. The kernel shares a core among
        sessions first, where it has autogroups."""
        os.setpriority(os.PRIO_PROCESS, self.tid, -20)
        group = Path(f'/proc/{self.pid}/autogroup')
        if group.exists():
            group.write_text('-20')

    def polling_s(self):
        """Returns the seconds that the polling thread was on its core."""
        return run_s(Path(f'/proc/{self.pid}/task/{self.tid}/schedstat'))

    def total_s(self):
        """Returns the seconds of CPU of all threads."""
        ticks = Path(f'/proc/{self.pid}/stat').read_text().rsplit(')', 1)[1].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf('SC_CLK_TCK')

    def pause(self, seconds):
        time.sleep(seconds)
        self.alive()

    def counted(self):
        """Returns the sums of all ports' counters."""
        rows = [b.counters() for b in self.boards.values()]
        return {k: sum(r[k] for r in rows) for k in rows[0]}

    def senders(self):
        return [self.boards[n] for n in self.files.traffic]

    def variant_set(self, variant):
        """Changes to one of 'variants', while packets are forwarded."""

    def n_megaflows(self):
        return None

    def n_misses(self):
        return 0
