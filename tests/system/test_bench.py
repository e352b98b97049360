# SPDX-License-Identifier: Apache-2.0
"""The benchmark works: three small cases with tandemd alone. Its figures mean nothing here."""
import json
import os

from lab import TOP, check, sh

ALONE = 'it takes huge pages and both processors'


def test_bench(lab):
    saved = os.path.join(lab.dir, 'run.json')
    run = os.path.join(TOP, 'tests/bench/run')
    ran = sh(run, '--build', lab.build, '--systems', 'tandemd', '--case', '1k-m8+churn', 'storm-20k', 'flood-macs',
             '--rounds', 1, '--seconds', 0.5, '--quiet', '--beside', '--json', '--save', saved, timeout=120)
    rate, storm, flood = json.loads(ran.stdout)['results']
    row = rate['rounds'][0]['tandemd']['']
    check(rate['fair'] and row['megaflows'] > 1000, f'flows do not come: {row}\n{ran.stderr}')
    check(row['mpps'] > 0.01 and 0.5 < row['forwarded'] <= 1.01, f'packets do not pass: {row}')
    row = storm['rounds'][0]['tandemd']['']
    check(row['settled'] and row['setups'] > 100, f'no storm: {row}')
    check(0 < row['p50_us'] <= row['p99_us'] <= row['p999_us'] and row['loss'] < 1, f'no latencies: {row}')
    row = flood['rounds'][0]['tandemd']['']
    check(row['attack'] > 1000 and row['misses'] > 100 and row['setups'] > 100, f'no attack: {row}')
    check(0 < row['alone_p99_us'] and 0 < row['p99_us'] and 0 < row['kept'], f'no victim: {row}')
    text = sh(run, '--load', saved, '--markdown').stdout
    check('| 1,000 flows, 8 masks, while' in text and '| p99' not in text, text)
