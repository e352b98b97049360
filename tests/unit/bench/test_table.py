#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's tables and bars, and the choice of cases."""
import unittest

import parts  # noqa: F401

import cases
from document import replaced
from lab import Failed
from table import bar, markdown_table, number, plot, ratio, tables, text_table, without_empty


def row(mpps, cycles):
    return {'': {'mpps': mpps, 'cycles': cycles, 'forwarded': 1.0, 'megaflows': 10, 'settled': True}}


def result(name, *systems):
    return {'name': name, 'what': f'{name} flows', 'measures': 'rate', 'wanted': 10,
            'rounds': [dict(zip(('testpmd', 'tandemd', 'ovs'), systems))]}


RESULTS = [result('a', row(40, 50), row(20, 150), row(10, 250)), result('b', row(40, 50), row(5, 550), row(10, 250))]


class Tables(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual([number(v) for v in (0.123, 1.234, 12.345, 123.4, 12345.6, None)],
                         ['0.12', '1.23', '12.3', '123', '12,346', '-'])

    def test_text_is_aligned(self):
        text = text_table(['case', 'two words', 'x'], [['a', '1', '22'], ['bbbb', '333', '4']]).splitlines()
        self.assertEqual(text, ['        two', 'case  words   x', 'a         1  22', 'bbbb    333   4'])

    def test_markdown(self):
        self.assertEqual(markdown_table(['case', 'x'], [['a', '1']]), '| case | x |\n|---|---:|\n| a | 1 |')

    def test_columns_without_figures_are_left_out(self):
        self.assertEqual(without_empty(['case', 'x', 'y'], [['a', '-', '1'], ['b', '-', '-']]),
                         (['case', 'y'], [['a', '1'], ['b', '-']]))
        alone = tables([{**r, 'rounds': [{'tandemd': r['rounds'][0]['tandemd']}]} for r in RESULTS])
        self.assertNotIn('OVS', alone.split('\n\n')[1])

    def test_figures(self):
        line = next(w for w in tables(RESULTS).splitlines() if w.startswith('b '))
        self.assertEqual(line.split(), ['b', '40.0', '50.0', '5.00', '550', '500', '10.0', '250', '200', '0.50', '0.50',
                                        '0.50', '2.50', '2.50', '2.50', '10/10'])
        self.assertIn('| b flows | 40.0 | 50.0 |', tables(RESULTS, markdown=True))

    def test_small_ratios_keep_two_digits(self):
        self.assertEqual(ratio({'ratios': {'p99_us': {'min': 0.00042, 'median': 0.0666, 'max': 12.345}}}, 'p99_us'),
                         '0.00042 0.067 12.35')

    def test_bars(self):
        self.assertEqual(bar(10, 10, 4), '████')
        self.assertEqual(bar(5, 10, 4), '██')
        self.assertEqual(bar(1, 32, 4), '▏')
        self.assertEqual(bar(0, 10, 4), '')
        lines = [w for w in plot(RESULTS).splitlines() if 'tandemd' in w]
        self.assertEqual([w.count('█') for w in lines], [20, 5])


class Choice(unittest.TestCase):
    def names(self, *args):
        return [c.name for c in cases.chosen(*args)]

    def test_names(self):
        self.assertEqual(self.names(['10k-m8', '1-m1'], False), ['1-m1', '10k-m8'])
        self.assertEqual(self.names(['10k-m8'], True), ['10k-m8', '10k-m8+churn'])
        self.assertEqual(self.names(['10k-m8+churn'], False), ['10k-m8+churn'])
        self.assertEqual(self.names(['storm*', '1-m?'], False), ['1-m1', '1-m8', 'storm-20k', 'storm-100k'])
        self.assertEqual(self.names(['60k*-zipf'], False), ['60k-m20-zipf', '60k-m60-zipf'])
        self.assertEqual(self.names(['60k*-zipf+churn'], False), ['60k-m20-zipf+churn', '60k-m60-zipf+churn'])
        for unknown in ('11k', 'x*'):
            with self.assertRaises(KeyError):
                cases.chosen(['1-m1', unknown], False)

    def test_all(self):
        plain, both = self.names([], False), self.names([], True)
        self.assertFalse([n for n in plain if 'churn' in n])
        self.assertEqual([n for n in both if 'churn' not in n], plain)
        self.assertEqual(len(both) - len(plain), len([c for c in cases.cases().values() if c.measures == 'rate']))

    def test_flow_limits_hold_all(self):
        for case in cases.chosen([], True):
            churned = (case.fresh_pps or 0) * case.idle_ms // 1000 if case.measures == 'rate' else 0
            self.assertGreater(case.flow_limit, 4 * (case.n_flows + churned), case.name)


class Document(unittest.TestCase):
    def test_only_the_figures_are_replaced(self):
        text = 'before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n'
        new = replaced(text, 'new\n', 'x.md')
        self.assertEqual(new, 'before\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nafter\n')
        self.assertEqual(replaced(new, 'new', 'x.md'), new)

    def test_marks_are_expected(self):
        for text in ('none\n', '<!-- end of figures -->\n<!-- figures -->\n', '<!-- figures -->\n'):
            with self.assertRaisesRegex(Failed, 'x.md: one line'):
                replaced(text, 'new', 'x.md')


if __name__ == '__main__':
    unittest.main()
