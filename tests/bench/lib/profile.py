# SPDX-License-Identifier: Apache-2.0
"""Where the polling thread spends its time, by perf."""
import subprocess


def profile(system, seconds):
    """Returns the functions with 0.7% of the time at least; '' if perf does not work."""
    data = system.dir / 'perf.data'
    for event in ('cycles', 'cpu-clock'):
        r = subprocess.run(['perf', 'record', '-q', '-e', event, '-F', '1999', '-t', str(system.tid), '-o', str(data),
                            '--', 'sleep', str(seconds)], capture_output=True, check=False)
        if not r.returncode and data.exists():
            break
    text = subprocess.run(['perf', 'report', '-i', str(data), '--stdio', '--no-children', '-s', 'dso,symbol',
                           '--percent-limit', '0.7'], capture_output=True, text=True, check=False).stdout
    return ''.join(f'  {line}\n' for line in text.splitlines() if line.strip() and line[0] != '#')
