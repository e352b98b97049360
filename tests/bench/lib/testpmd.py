# SPDX-License-Identifier: Apache-2.0
"""dpdk-testpmd: the limit. It passes packets from port to port and does not look at them."""
from lab import wait_for
from system import System, thread_find

MBUFS = 32768


class Testpmd(System):
    name = title = 'testpmd'
    has_flows = False

    def start(self):
        m = self.machine
        devices = [word for n in self.boards if n <= 2 for word in ('--vdev', self.device(n))]
        p = self.spawn('dpdk-testpmd', '-l', f'{m.other},{m.core}', '--main-lcore', m.other, '--no-pci', '--no-telemetry',
                       *m.memory, *devices, '--', '--forward-mode=io', '--auto-start',
                       '--stats-period=1', '--nb-cores=1', f'--total-num-mbufs={MBUFS}', '--no-mlockall')
        name = wait_for('the polling thread of testpmd', lambda: self.alive() and next(
            (n for n in ('rte-worker', 'lcore-worker') if thread_find(p.pid, n)), None), 30)
        self.thread_set(p, name)
        for board in self.senders():
            board.flood()
        wait_for('testpmd forwards', lambda: self.alive() and self.counted()['tx_packets'], 30)
