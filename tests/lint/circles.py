#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Circles of units that call each other.

    circles.py [-v] BUILDDIR     BUILDDIR is built

A unit is a source file. It calls another one when it uses a function or variable that the other one defines.
-v also prints the names that make each arrow of a circle. The exit status is 1 above a limit below.
"""
import os
import sys

from symbols import Symbols

IN_CIRCLES_MAX = 30
LARGEST_MAX = 6
ACROSS_FOLDERS_MAX = 0


def arrows_of(symbols):
    """unit -> unit that it calls -> names."""
    arrows = {u: {} for u in symbols.units()}
    for unit, to in arrows.items():
        for name in symbols.used.get(unit, ()):
            owner = symbols.owner.get(name)
            if owner and owner != unit:
                to.setdefault(owner, set()).add(name)
    return arrows


def reached(arrows, start):
    seen, todo = set(), [start]
    while todo:
        for unit in arrows[todo.pop()]:
            if unit not in seen:
                seen.add(unit)
                todo.append(unit)
    return seen


def circles_of(arrows):
    """Sets of units that all reach each other, the largest first."""
    reach = {u: reached(arrows, u) for u in arrows}
    found = {frozenset(v for v in reach[u] if u in reach[v]) for u in arrows if u in reach[u]}
    return sorted(found, key=lambda c: (-len(c), sorted(c)))


def show(circle, arrows, verbose):
    print(f'{len(circle):3}  {" ".join(sorted(circle))}')
    for unit in sorted(circle) if verbose else ():
        for to, names in sorted(arrows[unit].items()):
            if to in circle:
                print(f'       {unit} -> {to}: {" ".join(sorted(names))}')


def main():
    args = [a for a in sys.argv[1:] if a != '-v']
    arrows = arrows_of(Symbols(args[0]))
    circles = circles_of(arrows)
    for circle in circles:
        show(circle, arrows, '-v' in sys.argv)
    n_units = sum(len(c) for c in circles)
    largest = max(map(len, circles), default=0)
    n_across = sum(len({os.path.dirname(u) for u in c}) > 1 for c in circles)
    bad = n_units > IN_CIRCLES_MAX or largest > LARGEST_MAX or n_across > ACROSS_FOLDERS_MAX
    print(f'lint circles: {"too many" if bad else "ok"}: {len(arrows)} units, {n_units} in circles '
          f'({IN_CIRCLES_MAX} at most), the largest of {largest} ({LARGEST_MAX} at most), '
          f'{n_across} across folders ({ACROSS_FOLDERS_MAX} at most)')
    return bad


if __name__ == '__main__':
    sys.exit(main())
