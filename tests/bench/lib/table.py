# SPDX-License-Identifier: Apache-2.0
"""Tables and bars of results, for a terminal or as Markdown."""
from summary import LIMIT, OURS, PEER, summary

TITLES = {LIMIT: 'testpmd', OURS: 'tandemd', PEER: 'Open vSwitch'}
BAR = 40


def number(value, digits=None):
    """Three significant digits, thousands separated."""
    if value is None:
        return '-'
    if digits is None:
        digits = max(0, 2 - len(str(int(abs(value)))) + 1) if abs(value) < 100 else 0
    return f'{value:,.{digits}f}'


def of(s, system, figure, digits=None, factor=1):
    spread = s['systems'].get(system, {}).get(figure)
    return number(spread['median'] * factor if spread else None, digits)


def ratio(s, figure):
    """Least, median and greatest."""
    r = s['ratios'].get(figure)
    return ' '.join(f'{v:.2f}' if v >= 0.1 else f'{v:.2g}' for v in r.values()) if r else '-'


def variant(s):
    return s['systems'].get(PEER, {}).get('variant') or '-'


def held(s, result):
    """Megaflows of both, and whether a ratio is fair."""
    counts = '/'.join(of(s, system, 'megaflows', 0) for system in (OURS, PEER) if system in s['systems'])
    return counts + {True: '', False: ' (not all)', None: ''}[s['fair']]


def rate_row(result, s):
    return [of(s, LIMIT, 'mpps'), of(s, LIMIT, 'cycles'), of(s, OURS, 'mpps'), of(s, OURS, 'cycles'),
            of(s, OURS, 'above'), of(s, PEER, 'mpps'), of(s, PEER, 'cycles'), of(s, PEER, 'above'), variant(s),
            ratio(s, 'mpps'), ratio(s, 'above'), held(s, result)]


def setup_row(result, s):
    return [of(s, OURS, 'setups', 0), of(s, PEER, 'setups', 0), ratio(s, 'setups'), of(s, OURS, 'forwarded_pps', 0),
            of(s, PEER, 'forwarded_pps', 0)]


def storm_row(result, s):
    cells = [of(s, system, f) for f in ('p50_us', 'p99_us', 'p999_us') for system in (OURS, PEER)]
    return cells + [ratio(s, 'p99_us')] + [of(s, system, 'loss', 2, 100) for system in (OURS, PEER)] + [
        of(s, system, 'setups', 0) for system in (OURS, PEER)] + [of(s, system, 'on_core', 0, 100) for system in (OURS, PEER)]


def order_row(result, s):
    return [of(s, system, figure, digits, factor) for figure, digits, factor in (('overtaken', 3, 100), ('by_us', None, 1), ('flows', 0, 1),
                                                                                 ('on_core', 0, 100))
            for system in (OURS, PEER)]


def flood_row(result, s):
    def pair(figure, digits=None, factor=1):
        return [of(s, system, figure, digits, factor) for system in (OURS, PEER)]
    return (pair('kept', 1, 100) + pair('loss', 2, 100) + pair('alone_p90_us') + pair('alone_p99_us') + pair('p50_us')
            + pair('p90_us') + pair('p99_us') + pair('p999_us') + pair('p90_times') + pair('p99_times')
            + [ratio(s, 'p99_us')] + pair('attack', 2, 1e-6) + pair('setups', 0) + pair('on_core', 0, 100))


def idle_row(result, s):
    return [of(s, OURS, 'cpu_percent'), of(s, PEER, 'cpu_percent'), variant(s), ratio(s, 'cpu_percent')]


# Kind of measurement: title, heads and the cells of a case.
KINDS = {
    'rate': ('Forwarding: Mpps, cycles per packet (c/p), cycles above testpmd; ratios and megaflows tandemd to '
             'Open vSwitch; ratios of the least, the median and the greatest round',
             ['testpmd Mpps', 'c/p', 'tandemd Mpps', 'c/p', 'above', 'OVS Mpps', 'c/p', 'above', 'caches', 'ratio of Mpps',
              'ratio of cycles above', 'megaflows held'], rate_row),
    'setup': ('Set-up: megaflows installed a second, packets forwarded a second',
              ['tandemd', 'OVS', 'ratio', 'tandemd pps', 'OVS pps'], setup_row),
    'storm': ('Established traffic in a set-up storm: latency in microseconds, loss in percent, new megaflows a second; percent '
              'of the time that the polling thread was on its core',
              ['tandemd p50', 'OVS p50', 'tandemd p99', 'OVS p99', 'tandemd p99.9', 'OVS p99.9', 'ratio of p99',
               'tandemd loss', 'OVS loss', 'tandemd set-ups', 'OVS set-ups', 'tandemd on core', 'OVS on core'], storm_row),
    'order': ('Order in new flows: percent of the packets after a flow\'s first that leave after a later one of their flow, the most '
              'time that such a packet was due before it, in microseconds; flows a second; percent of the time that the polling '
              'thread was on its core',
              [f'{system} {what}' for what in ('overtaken', 'by', 'flows', 'on core') for system in ('tandemd', 'OVS')], order_row),
    'flood': ('Established traffic at one port beside an attacker at another: percent of the rate alone, loss in percent, '
              'latency in microseconds, 90th and 99th percentile to those alone; Mpps of the attacker, new megaflows a second; percent '
              'of the time that the polling thread was on its core',
              [f'{system} {what}' for what in ('rate kept', 'loss', 'p90 alone', 'p99 alone', 'p50', 'p90', 'p99',
                                              'p99.9', 'p90 to alone', 'p99 to alone')
               for system in ('tandemd', 'OVS')]
              + ['ratio of p99'] + [f'{system} {what}' for what in ('attack Mpps', 'set-ups', 'on core')
                                    for system in ('tandemd', 'OVS')], flood_row),
    'idle': ('CPU without packets: percent of one core', ['tandemd', 'OVS', 'OVS is', 'ratio'], idle_row),
}


def without_empty(heads, rows):
    """Leaves out the columns of which no row has a figure."""
    keep = [i for i in range(len(heads)) if any(row[i] != '-' for row in rows)]
    return [heads[i] for i in keep], [[row[i] for i in keep] for row in rows]


def text_table(heads, rows):
    """Heads of two words take two lines."""
    n_lines = max(len(h.split(' ', 1)) for h in heads)
    lines = [h.split(' ', 1) for h in heads]
    cells = [[(line[i - n_lines + len(line)] if i >= n_lines - len(line) else '') for line in lines]
             for i in range(n_lines)] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    return '\n'.join('  '.join(c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip()
                     for row in cells)


def markdown_table(heads, rows):
    lines = ['| ' + ' | '.join(heads) + ' |', '|---|' + '---:|' * (len(heads) - 1)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows])


def tables(results, markdown=False):
    """Returns the text of all results, a table for each kind of measurement."""
    out = []
    for kind, (title, heads, cells) in KINDS.items():
        some = [r for r in results if r['measures'] == kind]
        if some:
            rows = [[r['what'] if markdown else r['name'], *cells(r, summary(r))] for r in some]
            make = markdown_table if markdown else text_table
            out.append(f'{title}\n\n{make(*without_empty(["case", *heads], rows))}')
    return '\n\n'.join(out)


def bar(value, most, width=BAR):
    """A bar of eighths of a character."""
    eighths = round(8 * width * value / most) if most else 0
    full, part = divmod(eighths, 8)
    return '█' * full + (' ▏▎▍▌▋▊▉'[part] if part else '')


# The figure that bars show, its unit, and which way is better.
PLOTS = {'rate': ('mpps', 'Mpps', 'longer is better'), 'setup': ('setups', 'set-ups a second', 'longer is better'),
         'storm': ('p99_us', 'microseconds, p99', 'shorter is better'),
         'flood': ('p99_us', 'microseconds, p99', 'shorter is better'),
         'idle': ('cpu_percent', 'percent of a core', 'shorter is better')}


def plot(results):
    """Returns bars of all results; those of one kind have one scale."""
    out = []
    for kind, (figure, unit, better) in PLOTS.items():
        rows = [(r, summary(r)['systems']) for r in results if r['measures'] == kind]
        values = [s[figure]['median'] for _, systems in rows for s in systems.values() if s.get(figure)]
        if not values:
            continue
        out.append(f'{unit} ({better})')
        for r, systems in rows:
            for i, (name, s) in enumerate(systems.items()):
                if s.get(figure):
                    value = s[figure]['median']
                    out.append(f'{r["name"] if not i else "":20} {TITLES[name]:12} {bar(value, max(values))} {number(value)}')
        out.append('')
    return '\n'.join(out).rstrip()
