# SPDX-License-Identifier: Apache-2.0
"""tandemd with one worker, one handler and one revalidator."""
import json

from lab import Failed, sh, wait_for
from system import System


class Tandemd(System):
    name = title = 'tandemd'

    def start(self):
        m, case = self.machine, self.case
        # Polls without sleeping, except where idle CPU is measured.
        sleep_us = 100 if case.measures == 'idle' else 0
        ports = '\n'.join(f'      - {{name: p{n}, dev: "{self.device(n)}", id: {n}}}' for n in self.boards)
        config = self.dir / 'tandem.yaml'
        config.write_text(f'workers: {{n: 1, cores: [{m.core}], idle-sleep-us: {sleep_us}}}\n'
                          f'upcall: {{handlers: 1, revalidators: 1, flow-limit: {case.flow_limit}, '
                          f'idle-ms: {case.idle_ms}}}\n'
                          f'bridges:\n  - name: br0\n    ports:\n{ports}\n    flows-file: {self.files.rules}\n')
        p = self.spawn('taskset', '-c', m.other, m.build / 'control/tandemd', '--rundir', self.dir, '-c', config,
                       '--eal', ' '.join(m.memory))
        wait_for('tandemd answers', lambda: self.alive() and self.answers(), 60)
        self.thread_set(p, 'swp-worker')

    def tandem(self, *words):
        return json.loads(sh(self.machine.build / 'cli/tandem', '-d', self.dir, *words, '--json').stdout)

    def answers(self):
        try:
            return self.tandem('version')
        except Failed:
            return None

    def n_megaflows(self):
        return self.tandem('upcall', 'show')['flows']

    def n_misses(self):
        return sum(w['misses'] for w in self.tandem('worker', 'show'))
