# SPDX-License-Identifier: Apache-2.0
"""The same random tables and frames through the software path and through the kernel's datapath, which runs in user-mode
Linux (tests/integration/kernel/test_paths.c)."""
import os
import re

import uml
from lab import check, sh

LINE = re.compile(r'^(\d+)\.\d+\.\d+( malformed)?(.*)$')
SET_FRAMES = 40
# Megaflows that the kernel cannot have are executed packet by packet. Were all refused, nothing would be compared.
REFUSED_MAX = 0.2


def frames_of(text):
    """Returns what became of each well-formed frame; the kernel reads malformed headers in its own way."""
    found = [LINE.match(line) for line in text.splitlines()]
    return {m.group(0)[:-len(m.group(3)) or None]: m.group(3) for m in found if m and not m.group(2)}


def outputs(lab, seed, sets, *options):
    """Returns what the software path printed, and what the kernel."""
    program = os.path.join(os.path.abspath(lab.build), 'tests/integration/kernel/test_kernel_paths')
    seconds = 60 + sets
    software = sh(program, 'software', seed, sets, *options, timeout=seconds).stdout
    _, kernel = uml.run(lab, program, 'kernel', seed, sets, *options, seconds=seconds)
    return software, kernel


def compare(lab, seed, sets):
    """Returns the number of frames that were compared, and those that differ as (frame, of software, of the kernel)."""
    software, kernel = outputs(lab, seed, sets)
    n, refused = map(int, re.search(r'# (\d+) frames, (\d+) megaflows refused', kernel).groups())
    check(n == sets * SET_FRAMES and refused < REFUSED_MAX * n, f'{n} frames, {refused} megaflows refused')
    ours, theirs = frames_of(software), frames_of(kernel)
    check(len(ours) > 0.9 * n and ours.keys() == theirs.keys(), f'{len(ours)} and {len(theirs)} of {n} frames')
    return len(ours), [(frame, ours[frame], theirs[frame]) for frame in ours if ours[frame] != theirs[frame]]
