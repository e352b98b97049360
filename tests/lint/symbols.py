# SPDX-License-Identifier: Apache-2.0
"""Names with external linkage, read from the objects of a build.

A unit is a source file: 'xlate/table' for xlate/table.c.
"""
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Symbols:
    """'defined' and 'used': unit -> names. 'owner': name -> unit, of product units alone. Units of tests are in
    'used' only."""

    def __init__(self, build):
        self.defined, self.used, self.owner = {}, {}, {}
        unit_of = dict(objects(build))
        missing = [o for o in unit_of if not os.path.exists(o)]
        if missing:
            sys.exit(f'{missing[0]} is missing, and {len(missing) - 1} others: build {build} first')
        listed = subprocess.run(['nm', '-A', '-P', '-g', *unit_of], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            path, name, kind = line.split()[:3]
            unit = unit_of[path.rstrip(':')]
            if kind in 'Uwv':
                self.used.setdefault(unit, set()).add(name)
            elif not is_test(unit):
                self.defined.setdefault(unit, set()).add(name)
        for unit, names in self.defined.items():
            self.owner.update(dict.fromkeys(names - {'main'}, unit))

    def units(self):
        """Product units."""
        return sorted(u for u in set(self.defined) | set(self.used) if not is_test(u))


def is_test(unit):
    return unit.startswith('tests/')


def objects(build):
    """(object, unit) of each source of the project. A source that tests compile again counts once."""
    with open(os.path.join(build, 'compile_commands.json')) as f:
        entries = json.load(f)
    for entry in entries:
        source = os.path.relpath(os.path.join(entry['directory'], entry['file']), TOP)
        if source.startswith('..') or (is_test(entry['output']) and not is_test(source)):
            continue
        yield os.path.join(build, entry['output']), source.removesuffix('.c')
