# SPDX-License-Identifier: Apache-2.0
"""./run shows the main task and ends by itself, with a clean audit and nothing left behind."""
import os
import re

from lab import TOP, check, sh

ALONE = 'the demonstration takes huge pages'


def namespaces():
    """Returns those of demonstrations, also of others."""
    return {n for n in sh('ip', 'netns', 'list').stdout.split() if n.startswith('demo')}


def shown(lab, *options):
    before = namespaces()
    r = sh(os.path.join(TOP, 'run'), '--seconds', '4', *options, timeout=120)
    check(r.stdout.rstrip().endswith('balanced'), f'the audit:\n{r.stdout}{r.stderr}')
    left = namespaces() - before
    check(not left, f'namespaces left: {left}')
    share = float(re.search(r'packets: hardware \d+ \(([\d.]+)%\)', r.stdout).group(1))
    lab.remark(f'{share}% by hardware')
    return share


def test_on_nicsim(lab):
    check(shown(lab) > 60, 'most packets go by hardware')


def test_on_mlx5(lab):
    check(shown(lab, '--mlx5') > 60, 'most packets go by rules of libmlx5')


def test_fallback(lab):
    check(shown(lab, '--fallback') == 0, 'no hardware, no packets there')
