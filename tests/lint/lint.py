#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules of docs/design.md as checks.

    lint.py BUILDDIR [CHECK ...]     BUILDDIR has a compile_commands.json of clang

Each check prints what breaks the rule, as FILE:LINE: what; the exit code is 1 if any did.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

from docs import check_docs, check_reference

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Folder: the folders whose public headers it may include, and whether DPDK's.
MAY_INCLUDE = {
    'base': ((), False),
    'flow': (('base',), False),
    'flow/text': (('base', 'flow'), False),
    'xlate': (('base', 'flow'), False),
    'offload': (('base', 'flow'), False),
    'upcall': (('base', 'flow', 'xlate', 'offload'), False),
    'loop': (('base', 'upcall'), False),
    'swpath': (('base', 'flow'), True),
    'drivers/rteflow': (('base', 'flow'), True),
    'drivers/kernel': (('base', 'flow'), False),
    'drivers/mlx5': (('base', 'flow'), False),
    'drivers/nicsim': ((), True),
    'drivers/netdev': ((), True),
    'openflow/wire': (('base', 'flow', 'xlate'), False),
    'openflow/fields': (('base', 'flow', 'xlate'), False),
    'openflow/actions': (('base', 'flow', 'xlate'), False),
    'openflow/messages': (('base', 'flow', 'xlate'), False),
    'openflow/replies': (('base', 'flow', 'xlate'), False),
    'openflow/connection': (('base', 'loop'), False),
    'openflow/peers': (('base', 'flow', 'xlate', 'upcall', 'loop'), False),
    'openflow/packets': (('base', 'flow', 'xlate', 'upcall', 'loop'), False),
    'openflow/agent': (('base', 'flow', 'xlate', 'upcall', 'loop'), True),
    'openflow': (('base', 'flow', 'xlate'), False),
    'control': (('base', 'flow', 'xlate', 'offload', 'upcall', 'loop', 'swpath', 'rteflow', 'kernel', 'mlx5', 'openflow'), True),
    'cli': ((), False),
    # Not the product's: it may include none of it.
    'tests/mlx5emu': ((), False),
}
MODULES = ('base', 'flow', 'xlate', 'offload', 'upcall', 'loop', 'swpath', 'rteflow', 'kernel', 'mlx5', 'openflow',
           'control', 'cli')
# Folder of rooms: each room, from below to above, and the rooms that it may include. '': the folder's own files.
ROOMS = {
    'xlate': {
        'classifier': (),
        'action': ('classifier',),
        'action/text': ('classifier', 'action'),
        'table': ('classifier', 'action'),
        'bridge': ('classifier', 'action', 'table'),
        'text': ('action', 'action/text', 'table', 'bridge'),
        'change': ('classifier', 'action', 'table', 'bridge'),
        'record': ('classifier', 'action', 'table', 'bridge', 'change'),
        'run': ('classifier', 'action', 'table', 'bridge', 'change', 'record'),
        'translate': ('classifier', 'action', 'table', 'bridge', 'change', 'record', 'run'),
        '': ('classifier', 'action', 'table', 'bridge', 'change', 'record', 'run', 'translate'),
    },
    'openflow': {
        'wire': (),
        'fields': ('wire',),
        'actions': ('wire', 'fields'),
        'messages': ('wire', 'fields', 'actions'),
        'replies': ('wire', 'fields', 'actions', 'messages'),
        'connection': (),
        'peers': ('wire', 'fields', 'actions', 'messages', 'replies', 'connection'),
        'packets': ('wire', 'fields', 'actions', 'messages', 'replies', 'connection', 'peers'),
        'agent': ('wire', 'fields', 'actions', 'messages', 'replies', 'connection', 'peers', 'packets'),
    },
    'control': {
        'util': (),
        'socket': (),
        'operate': ('util',),
        'config': ('util', 'operate'),
        'command': ('util', 'socket', 'operate'),
        'daemon': ('util', 'socket', 'operate', 'config', 'command'),
    },
}
# Folders whose public headers are of rooms, too.
ROOMS_OF_PUBLIC = ('openflow',)
# Files with the compiler's own atomics: RCU pointers, which are plain members. The rest of the code has C11's.
BUILTIN_ATOMICS = {'base/include/base/rcu.h'}
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 80


def sources(*suffixes):
    files = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], cwd=TOP,
                           capture_output=True, text=True, check=True).stdout.split()
    return [f for f in files if f.endswith(suffixes) and os.path.exists(os.path.join(TOP, f))]


def lines(path):
    with open(os.path.join(TOP, path)) as f:
        return f.read().splitlines()


def folder_of(path):
    return max((f for f in MAY_INCLUDE if path.startswith(f + '/')), key=len, default=None)


def public_room(folder, header):
    """The room of a public header: that of the .c file of its name. None: it has types only, or no room."""
    name = header[:-2] + '.c'
    return next((r for r in ROOMS[folder] if os.path.exists(os.path.join(TOP, folder, r, name))), None)


def broken_rooms():
    """Includes of a room that ROOMS does not allow. An include names its room, in the same room too."""
    for path in sources('.c', '.h'):
        folder = next((f for f in ROOMS if path.startswith(f + '/') and not path.startswith(f + '/include/')), None)
        if not folder:
            continue
        rooms, room = ROOMS[folder], os.path.dirname(path)[len(folder) + 1:]
        if room not in rooms:
            yield f'{path}:1: {folder}/{room}/ is no room of {folder}/'
            continue
        for n, line in enumerate(lines(path), 1):
            m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            to = os.path.dirname(m.group(1)) if m else room
            if not m and folder in ROOMS_OF_PUBLIC:
                m = re.match(rf'\s*#\s*include\s+<{folder}/([^/>]+)>', line)
                to = m and public_room(folder, m.group(1)) or room
            if to != room and to not in rooms[room]:
                yield f'{path}:{n}: {os.path.join(folder, room)}/ must not include {m.group(1)}'


def check_folders():
    """Folders and rooms include only what the tables of the design allow."""
    yield from broken_rooms()
    for path in sources('.c', '.h'):
        folder = folder_of(path)
        if not folder:
            continue
        allowed, dpdk = MAY_INCLUDE[folder]
        own = folder.split('/')[-1]
        for n, line in enumerate(lines(path), 1):
            m = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
            if not m:
                continue
            target = m.group(1)
            first = target.split('/')[0]
            if first.startswith(('rte_', 'ethdev_', 'bus_')) and not dpdk:
                yield f'{path}:{n}: {folder}/ includes no DPDK header: {target}'
            if '/' in target and first in MODULES and first not in (own, path.split('/')[0], *allowed):
                yield f'{path}:{n}: {folder}/ must not include {target}'
            room = f'{folder.split("/")[0]}/{first}' if path.split('/')[0] not in ROOMS else folder
            if '/' in target and room in MAY_INCLUDE and room != folder and first not in allowed:
                yield f'{path}:{n}: {folder}/ must not include {target}'
            if target.startswith('../'):
                yield f'{path}:{n}: includes across folders: {target}'


def check_spdx():
    """Every source begins with its licence."""
    for path in sources('.c', '.h', '.py', 'meson.build', 'run', 'test', 'tools/setup'):
        if not any('SPDX-License-Identifier: Apache-2.0' in line for line in lines(path)[:2]):
            yield f'{path}:1: no SPDX line'


def functions(path):
    """(name, first line, number of lines) of each function: from the line before '{' in column 0."""
    text = lines(path)
    start = None
    for n, line in enumerate(text, 1):
        if line == '{':
            start = n
        elif line == '}' and start:
            head = next((t for t in reversed(text[:start - 1]) if re.match(r'[a-z_].*\(', t)), '?')
            yield head.split('(')[0], start, n - start + 1
            start = None


def check_sizes():
    """Files up to 800 lines, functions up to 80."""
    for path in sources('.c', '.h'):
        n_lines = len(lines(path))
        if n_lines > FILE_LINES_MAX:
            yield f'{path}:{n_lines}: {n_lines} lines; a file has {FILE_LINES_MAX} at most'
        for name, start, n in functions(path):
            if n > FUNCTION_LINES_MAX:
                yield f'{path}:{start}: {name}() has {n} lines; {FUNCTION_LINES_MAX} at most'


def check_format():
    """clang-format leaves every file as it is."""
    r = subprocess.run(['clang-format-14', '--dry-run', *sources('.c', '.h')], cwd=TOP, capture_output=True, text=True)
    found = dict.fromkeys(':'.join(line.split(':')[:2]) for line in r.stderr.splitlines()
                          if '[-Wclang-format-violations]' in line)
    for place in found:
        yield f'{place}: not as clang-format-14 writes it'
    if r.returncode:
        yield f'clang-format-14 ended with status {r.returncode}: {r.stderr.strip()}'


def check_words():
    """No unfinished work, and one dialect of atomics."""
    for path in sources('.c', '.h', '.py', 'meson.build'):
        if path == 'tests/lint/lint.py':
            continue
        for n, line in enumerate(lines(path), 1):
            if re.search(r'\b(TODO|FIXME|XXX|HACK)\b', line):
                yield f'{path}:{n}: {line.strip()}'
            if re.search(r'\b__(atomic|sync)_\w+\(', line) and path not in BUILTIN_ATOMICS:
                yield f'{path}:{n}: not an atomic of C11: {line.strip()}'


def check_ports():
    """The input port in a struct xlate_key is its in_port, of OpenFlow, and not flow.in_port."""
    for path in sources('.c', '.h'):
        for n, line in enumerate(lines(path), 1):
            if re.search(r'\bflow(\.|->)in_port\b', line):
                yield f'{path}:{n}: {line.strip()}'


def check_state():
    """No mutable file-scope state outside control/ and tests/ (the drivers' own entries in EAL's list
    excepted)."""
    mutable = re.compile(r'^(static )?(?!const|extern|inline|typedef|struct \w+ \{|enum|union)'
                         r'[a-z_]\w*[ *]+(?:\w+[ *]+)*(\w+)(\[[^\]]*\])*( = .*)?;$')
    allowed = {'base/rcu.c': {'rcu_grace_tag'},
               'drivers/nicsim/device.c': {'nicsim_driver'},
               'drivers/netdev/device.c': {'netdev_driver'}}
    for path in sources('.c'):
        folder = folder_of(path)
        if not folder or folder == 'control' or folder.startswith('tests/'):
            continue
        for n, line in enumerate(lines(path), 1):
            m = mutable.match(line)
            if m and ' const ' not in f' {line}' and m.group(2) not in allowed.get(path, ()):
                yield f'{path}:{n}: mutable file-scope state: {m.group(2)}'


def commands(build):
    with open(os.path.join(build, 'compile_commands.json')) as f:
        return json.load(f)


def project_file(build, entry):
    path = os.path.relpath(os.path.join(entry['directory'], entry['file']), TOP)
    return None if path.startswith('..') else path


def flags_of(command):
    """What of a compile command says where headers are and how they are read."""
    words = command.split()
    for i, word in enumerate(words):
        if word in ('-isystem', '-include'):
            yield (word, words[i + 1])
        elif word.startswith(('-I', '-D', '-isystem', '-std', '-march', '-f')):
            yield (word,)


def each(check, paths):
    """What a check finds in each of the files, of which it looks at several at a time."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(check, paths):
            yield from found


def included_first(build):
    """The headers that a source file of the build includes before all else: it compiles, so they compile alone."""
    headers = sources('.h')
    for entry in commands(build):
        path = project_file(build, entry)
        text = lines(path) if path and path.endswith('.c') else []
        first = next((line for line in text if line.startswith('#')), '')
        m = re.match(r'#\s*include\s+[<"]([^>"]+)[>"]', first)
        named = [h for h in headers if m and h.endswith('/' + m.group(1))]
        beside = [h for h in named if os.path.dirname(h) == os.path.dirname(path)]
        yield from beside or (named if len(named) == 1 else [])


def check_headers(build):
    """Every header compiles alone."""
    flags, shown = {}, set(included_first(build))
    for entry in commands(build):
        path = project_file(build, entry)
        if path and folder_of(path):
            # A folder may hold libraries that see different folders: a header has what any of them has.
            for folder in (folder_of(path), path.split('/')[0]):
                flags.setdefault(folder, {}).update(dict.fromkeys(flags_of(entry['command'])))

    def compile_alone(path):
        keep = [word for words in flags[folder_of(path)] for word in words]
        r = subprocess.run(['clang-14', *keep, '-Wall', '-Wextra', '-Wno-unused', '-fsyntax-only',
                            '-x', 'c', '-include', os.path.join(TOP, path), '/dev/null'],
                           cwd=build, capture_output=True, text=True)
        if not r.returncode and 'warning:' not in r.stderr:
            return []
        found = [line for line in r.stderr.splitlines() if 'error:' in line or 'warning:' in line]
        return [f'{path}:1: does not compile alone: {found[0] if found else r.stderr.strip()}']

    yield from each(compile_alone, [path for path in sources('.h') if folder_of(path) in flags and path not in shown])


def check_tidy(build):
    """clang-tidy has nothing to say (.clang-tidy)."""
    todo = [p for e in commands(build) if (p := project_file(build, e)) and folder_of(p)]

    def tidy(path):
        r = subprocess.run(['clang-tidy-14', '--quiet', '-p', build, os.path.join(TOP, path)],
                           capture_output=True, text=True)
        found = [line for line in r.stdout.splitlines() if re.search(r'(warning|error):', line)]
        if r.returncode and not found:
            return [f'{path}:1: clang-tidy-14 ended with status {r.returncode}: {r.stdout}{r.stderr}']
        return [line.replace(TOP + '/', '') for line in found]

    yield from each(tidy, sorted(set(todo)))


def starts_threads(program):
    r = subprocess.run(['nm', '--dynamic', '--undefined-only', program], capture_output=True, text=True, check=True)
    return ' pthread_create' in r.stdout


def check_threads(build):
    """Unit and model tests that link pthread_create() are in the suite threads, which ThreadSanitizer runs."""
    with open(os.path.join(build, 'meson-info/intro-tests.json')) as f:
        tests = json.load(f)
    for test in tests:
        program, suites = test['cmd'][0], {s.split(':')[-1] for s in test['suite']}
        if not suites & {'unit', 'model'} or not program.startswith(os.path.abspath(build)):
            continue
        if starts_threads(program) != ('threads' in suites):
            yield f"{test['name']}: suites {', '.join(sorted(suites))}; {'remove' if 'threads' in suites else 'add'} threads"


def check_subject():
    """The newest commit's message is as tools/hooks/commit-msg asks."""
    message = subprocess.run(['git', 'log', '-1', '--format=%B'], cwd=TOP, capture_output=True, text=True, check=True)
    with tempfile.NamedTemporaryFile('w') as f:
        f.write(message.stdout)
        f.flush()
        r = subprocess.run([os.path.join(TOP, 'tools/hooks/commit-msg'), f.name], capture_output=True, text=True)
    if r.returncode:
        yield r.stderr.strip()


CHECKS = {'folders': check_folders, 'spdx': check_spdx, 'sizes': check_sizes, 'format': check_format,
          'words': check_words, 'ports': check_ports, 'state': check_state, 'subject': check_subject, 'docs': check_docs,
          'reference': check_reference, 'headers': check_headers, 'tidy': check_tidy,
          'threads': check_threads}


def main():
    build, names = sys.argv[1], sys.argv[2:] or list(CHECKS)
    bad = 0
    for name in names:
        check = CHECKS[name]
        found = list(check(build) if check in (check_headers, check_tidy, check_reference, check_threads) else check())
        for line in found:
            print(line)
        print(f'lint {name}: {"ok" if not found else f"{len(found)} broken"}  ({check.__doc__.splitlines()[0]})')
        bad += bool(found)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
