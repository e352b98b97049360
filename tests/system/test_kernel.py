# SPDX-License-Identifier: Apache-2.0
"""The driver of the kernel's datapath (drivers/kernel) against the real module, in user-mode Linux: programs of
tests/integration/kernel."""
import os

import uml


def program(lab, name):
    return os.path.join(lab.build, 'tests/integration/kernel', f'test_kernel_{name}')


def test_without_the_module(lab):
    """The refusal names the module."""
    uml.run(lab, program(lab, 'absent'), modules=())


def test_datapath(lab):
    """Datapaths, ports, flows, meters, and what someone else deletes."""
    uml.run(lab, program(lab, 'datapath'), seconds=240)


def test_matches_and_actions(lab):
    """2,000 random matches and a list of all actions: accepted, and given back as they were."""
    uml.run(lab, program(lab, 'matches'), seconds=240)


def test_upcalls(lab):
    """Misses and actions by port and by processor; a port that floods."""
    uml.run(lab, program(lab, 'upcalls'), seconds=240)
