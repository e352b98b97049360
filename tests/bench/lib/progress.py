# SPDX-License-Identifier: Apache-2.0
"""Progress on standard error: one line that changes on a terminal, else a line for each step."""
import sys
import time


class Progress:
    def __init__(self, n_steps, quiet=False):
        self.n_steps, self.quiet, self.step, self.what = n_steps, quiet, 0, ''
        self.terminal, self.begin = sys.stderr.isatty(), time.monotonic()

    def next(self, what):
        """Begins the next step."""
        self.step += 1
        self.what = what
        if not self.terminal:
            self.write('', '\n')

    def __call__(self, detail):
        """Shows what the step does."""
        if self.terminal:
            self.write(detail, '\r')

    def write(self, detail, end):
        if self.quiet:
            return
        minutes, seconds = divmod(int(time.monotonic() - self.begin), 60)
        text = f'{minutes}:{seconds:02} {self.step}/{self.n_steps} {self.what}{": " if detail else ""}{detail}'
        print(f'{text:100.100}' if end == '\r' else text, end=end, file=sys.stderr, flush=True)

    def clear(self):
        if self.terminal and not self.quiet:
            print(f'{"":100}', end='\r', file=sys.stderr, flush=True)
