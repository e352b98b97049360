# SPDX-License-Identifier: Apache-2.0
"""Programs in user-mode Linux (lib/uml.py): their status and output come back, and nothing remains of a kernel."""
import os
import subprocess

import uml
from lab import Failed, check


def processes():
    """Numbers of the kernels of this test."""
    found = subprocess.run(['pgrep', '-f', f'linux.uml.*tandem-test-{os.getpid()}-'], capture_output=True, text=True)
    return found.stdout.split()


def test_status_output_and_modules(lab):
    """A program fails by its own status; the modules are loaded; the host's files cannot be changed."""
    status, text = uml.run(lab, 'sh', '-c', 'cut -d" " -f1 /proc/modules; touch /root/x; ip link; exit 3', ok=False)
    check(status == 3, f'status {status}:\n{text}')
    for name in uml.MODULES:
        check(name.replace('-', '_') in text.split(), f'{name} is not loaded:\n{text}')
    check('Read-only file system' in text, f'the root can be changed:\n{text}')
    check('ovs-system' not in text and ' lo:' in text, f'not a kernel of its own:\n{text}')
    status, text = uml.run(lab, 'cat', '/proc/modules', modules=())
    check('openvswitch' not in text, f'a module that was not asked for:\n{text}')
    check(not processes(), 'processes remain')


def test_a_program_that_hangs(lab):
    """A kernel that does not end is ended, and reported with what was printed."""
    try:
        uml.run(lab, 'sh', '-c', 'echo before; sleep 1000', modules=(), seconds=3)
    except Failed as e:
        check('not within 3 s' in str(e) and 'before' in str(e), f'unexpected: {e}')
    else:
        raise Failed('a program that hangs succeeded')
    check(not processes(), 'processes remain')
