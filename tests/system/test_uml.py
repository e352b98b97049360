# SPDX-License-Identifier: Apache-2.0
"""Programs in user-mode Linux (lib/uml.py, lib/uml_server.py): their status and output come back, and nothing remains of a
kernel, or of one case in another."""
import os
import subprocess

import uml
from lab import LIB, Failed, check
from uml_server import Server

SHELL = f"""import subprocess, sys
sys.path.insert(0, {LIB!r})
from uml_server import serve
serve(lambda line: subprocess.run(line, shell=True).returncode)"""
LEAVE = 'ip link add left0 type veth peer name left1; ip netns add left2; touch /run/left3; sleep 4444 & echo done'
LOOK = 'ip -o link; ls /run /run/netns; ps ax'


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


def test_cases_of_one_kernel_share_nothing(lab):
    """What a case leaves is not there for the next one. A case that fails ends the kernel, and the next one has another."""
    server = Server(('/usr/bin/python3', '-c', SHELL), modules=('veth',))
    try:
        check(server.run(LEAVE) == 'done\n', 'it was not run')
        first, seen = server.kernel, server.run(LOOK)
        check(' lo:' in seen and 'left' not in seen and '4444' not in seen, f'seen by the next case:\n{seen}')
        check(server.kernel == first, 'a boot for each case')
        try:
            server.run('echo before; exit 3')
        except Failed as e:
            check('exit 3' in str(e) and 'before' in str(e), f'unexpected: {e}')
        else:
            raise Failed('a case that fails succeeded')
        server.run('true')
        check(server.kernel != first, 'the kernel of a case that failed is used again')
    finally:
        server.end()
    check(not processes(), 'processes remain')
