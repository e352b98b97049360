# SPDX-License-Identifier: Apache-2.0
"""From the rounds of a case to figures: the best variant of each system, spreads, and ratios within a round.

A result is {'name', 'what', 'measures', 'wanted', 'rounds': [{system: {variant: {figure: number}}}]}."""
import statistics

# The figure by which the best variant is chosen, and whether more of it is better.
BEST_BY = {'rate': ('mpps', True), 'setup': ('setups', True), 'storm': ('p99_us', False), 'order': ('overtaken', False),
           'flood': ('p99_us', False), 'idle': ('cpu_percent', False)}
LIMIT, OURS, PEER = 'testpmd', 'tandemd', 'ovs'
SYSTEMS = (LIMIT, OURS, PEER)


def spread(values):
    """Returns the least, the median and the greatest; None without values."""
    values = [v for v in values if v is not None]
    if not values:
        return None
    return {'min': min(values), 'median': statistics.median(values), 'max': max(values)}


def best_variant(rounds, system, figure, more):
    """Returns the variant whose median is best. One variant counts for all rounds, so that luck in one does not."""
    def median(variant):
        s = spread([r[system][variant].get(figure) for r in rounds if system in r])
        return s['median'] if s else float('-inf') if more else float('inf')
    variants = next(r[system] for r in rounds if system in r)
    return (max if more else min)(variants, key=median)


def pairs(rounds, a, b, of):
    """Returns of(a's row, b's row) of each round that has both; None where the second figure is 0."""
    out = []
    for r in rounds:
        if a in r and b in r:
            x, y = of(r[a]), of(r[b])
            out.append(x / y if x is not None and y else None)
    return out


def chosen_rows(result):
    """Returns the rounds as {system: row}, and the variant of each system."""
    figure, more = BEST_BY[result['measures']]
    present = [s for s in SYSTEMS if any(s in r for r in result['rounds'])]
    variants = {s: best_variant(result['rounds'], s, figure, more) for s in present}
    rounds = [{s: dict(r[s][variants[s]]) for s in present if s in r} for r in result['rounds']]
    return rounds, variants


def above_add(rounds):
    """Adds to each row the cycles above those of testpmd in the same round."""
    for r in rounds:
        if LIMIT in r:
            for row in r.values():
                row['above'] = row['cycles'] - r[LIMIT]['cycles']


def summary(result):
    """Returns {'systems': {system: {'variant', figure: spread}}, 'ratios': {name: spread}, 'fair': bool or None}.

    Ratios are tandemd's figure to Open vSwitch's. fair: whether both held all megaflows in every round."""
    rounds, variants = chosen_rows(result)
    if result['measures'] == 'rate':
        above_add(rounds)
    systems = {}
    for s, variant in variants.items():
        rows = [r[s] for r in rounds if s in r]
        systems[s] = {'variant': variant, **{f: spread([float(row[f]) if row[f] is not None else None for row in rows])
                                             for f in rows[0]}}
    ratios = {f: spread(pairs(rounds, OURS, PEER, lambda row, f=f: row.get(f)))
              for f in ('mpps', 'cycles', 'above', 'setups', 'p50_us', 'p99_us', 'p999_us', 'cpu_percent')}
    held = [held_all(r[s], result['wanted']) for r in rounds for s in (OURS, PEER) if s in r and 'settled' in r[s]]
    return {'systems': systems, 'ratios': {k: v for k, v in ratios.items() if v}, 'fair': all(held) if held else None}


def held_all(row, wanted):
    return bool(row['settled']) and (wanted is None or row.get('megaflows') is None or row['megaflows'] >= wanted)
