#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names with external linkage: whose they are, and whether anything needs them.

    names.py BUILDDIR [exported | declared | unused]     BUILDDIR is built, with its tests

exported  A name begins with its module's prefix, or with a word of its file's name: ledger_add() in
          ledger.c.
declared  A header that is not public declares the names of its own .c file alone.
unused    A name is used by another file of the product, or by its own file and a test. The list of exceptions
          may only shrink. A library that no program links yet has its public names used by tests.

The exit status is 1 if a rule is broken.
"""
import os
import re
import subprocess
import sys

from symbols import TOP, Symbols, is_test

# Module: its prefixes. Libraries that tests alone link have none.
PREFIXES = {
    'base': ('clock_', 'err_', 'log_', 'rcu_'),
    'flow': ('flow_', 'text_', 'dp_', 'nic_', 'wire_'),
    'xlate': ('xlate_', 'run_'),
    'offload': ('ofl_',),
    'upcall': ('upc_',),
    'swpath': ('swp_',),
    'drivers/rteflow': ('rteflow_',),
    'drivers/kernel': ('kdp_',),
    'drivers/mlx5': ('mlxdr_',),
    'drivers/nicsim': ('nicsim_',),
    'drivers/netdev': ('netdev_',),
    'loop': ('loop_',),
    'openflow': ('ofp_', 'agent_', 'peer_'),
    'control': ('ctl_',),
    'cli': ('cli_',),
}
# Tests play a thread or a peer with these, wait for others, or look at the state.
FOR_TESTS = {
    'ctl_rpc_n_clients', 'ctl_rpc_total_set', 'flow_actions_parse_dp', 'frozens_count', 'ofl_counters_wait', 'ofl_step',
    'ofl_wait', 'upc_settle', 'upc_sweep_wait',
}
# Libraries that no program links yet: names of their public headers may be used by tests alone.
NOT_LINKED = ()
# The table of commands, whose rows the compiler sees in the same file.
UNUSED = FOR_TESTS | {'ctl_list_commands'}
# Used in a build with ThreadSanitizer alone.
FOR_SANITIZER = {'rcu_grace_tag'}


def module_of(unit):
    return max((m for m in PREFIXES if unit.startswith(m + '/')), key=len, default=None)


def is_prefixed(name, unit):
    """By its module, its room, or a word of its file: table_ and policy_ in table/table_policy.c."""
    module = module_of(unit)
    *rooms, stem = unit[len(module) + 1:].split('/')
    return name.startswith((*PREFIXES[module], *rooms, *stem.split('_')))


def check_exported(symbols):
    for name, unit in sorted(symbols.owner.items()):
        if not is_prefixed(name, unit):
            yield f'{unit}.c: {name} has no prefix of its module: {" ".join(PREFIXES[module_of(unit)])}'


def names_declared(header):
    """Names before a parenthesis at the begin of lines: prototypes, without inline functions and macros."""
    with open(os.path.join(TOP, header)) as f:
        text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
    text = re.sub(r'^static inline.*?^}', '', text, flags=re.S | re.M)
    text = re.sub(r'^#(?:.*\\\n)*.*$', '', text, flags=re.M)
    return re.findall(r'^[a-z][\w\s*]*?\b(\w+)\((?!\*)', text, re.M)


def check_declared(symbols):
    listed = subprocess.run(['git', 'ls-files', '*.h'], cwd=TOP, capture_output=True, text=True, check=True)
    for header in listed.stdout.split():
        if is_test(header) or '/include/' in header:
            continue
        for name in names_declared(header):
            owner = symbols.owner.get(name)
            if owner not in (None, header.removesuffix('.h')):
                yield f'{header}: {name} is of {owner}.c'


def uses_itself(name, unit):
    """The name occurs in its file in more places than its definition."""
    with open(os.path.join(TOP, unit + '.c')) as f:
        text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
    return len(re.findall(rf'\b{name}\b', text)) > 1


def public_names(module):
    folder = os.path.join(module, 'include', os.path.basename(module))
    return {n for h in os.listdir(os.path.join(TOP, folder)) for n in names_declared(os.path.join(folder, h))}


def linked(symbols):
    """Modules of NOT_LINKED that another module of the product uses."""
    for module in NOT_LINKED:
        users = {u for u, names in symbols.used.items() if names & public_names(module)
                 and not is_test(u) and not u.startswith(module + '/')}
        if users:
            yield f'{module} is linked, by {min(users)}.c: take it out of NOT_LINKED'


def check_unused(symbols):
    by_product = {n for u, names in symbols.used.items() if not is_test(u) for n in names}
    by_tests = {n for u, names in symbols.used.items() if is_test(u) for n in names}
    found = {}
    for name, unit in sorted(symbols.owner.items()):
        own = name not in by_product and uses_itself(name, unit)
        if name in by_product or (own and name in by_tests):
            continue
        if module_of(unit) in NOT_LINKED and name in by_tests and name in public_names(module_of(unit)):
            continue
        found[name] = f'{unit}.c: {name}: ' + ('used in its file alone: make it static' if own else
                                              'used by tests alone' if name in by_tests else 'used by nothing')
    yield from linked(symbols)
    yield from (line for name, line in found.items() if name not in UNUSED | FOR_SANITIZER)
    yield from (f'{name} is used: take it out of the list' for name in sorted(UNUSED - set(found)))


CHECKS = {'exported': check_exported, 'declared': check_declared, 'unused': check_unused}


def main():
    args = sys.argv[1:]
    symbols = Symbols(args[0])
    bad = 0
    for name in args[1:] or CHECKS:
        found = list(CHECKS[name](symbols))
        for line in found:
            print(line)
        left = len(UNUSED) if name == 'unused' else 0
        print(f'lint {name}: {f"{len(found)} broken" if found else "ok"}, {left} exceptions of '
              f'{len(symbols.owner)} names')
        bad |= bool(found)
    return bad


if __name__ == '__main__':
    sys.exit(main())
