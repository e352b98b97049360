# SPDX-License-Identifier: Apache-2.0
"""Checks that documents name what exists. Used by lint.py."""
import fnmatch
import functools
import itertools
import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Of DPDK, POSIX and the kernel, what documents may name though no source does.
FOREIGN = {'PACKET_FANOUT_FLAG_DEFRAG'}
PREFIXES = 'flow|nic|dp|xlate|upc|ofl|swp|rteflow|mlxdr|ctl|ofp|agent|cli'


@functools.cache
def files():
    return subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], cwd=TOP,
                          capture_output=True, text=True, check=True).stdout.split()


@functools.cache
def words():
    """What C and Python call or define, and names in capitals; of C: structs and enums, all."""
    called, types, capitals, every = set(), set(), set(), set()
    for path in files():
        if path.endswith(('.c', '.h', '.py', '.def')) or path.startswith('tools/'):
            if not os.path.isfile(os.path.join(TOP, path)):
                continue
            with open(os.path.join(TOP, path), errors='replace') as f:
                text = f.read()
            called.update(re.findall(r'\b([a-z_]\w*)\)?\(', text))
            capitals.update(re.findall(r'\b[A-Z][A-Z0-9]*_\w+', text))
            if not path.endswith(('.c', '.h', '.def')):
                continue
            types.update(re.findall(r'\b((?:struct|enum) \w+)', text))
            every.update(re.findall(r'\b[a-z]\w*', text))
    return called, types, capitals, every


def glob(pattern):
    """Words in capitals stand for what varies."""
    return re.sub(r'\b[A-Z]+\b|(?<=_)[A-Z]+(?=\.)', '*', pattern)


def exists(pattern):
    """pattern: a path or a file's name."""
    pattern = glob(pattern)
    if '/' not in pattern:
        return any(fnmatch.fnmatch(os.path.basename(f), pattern) for f in files())
    pattern = pattern.rstrip('/')
    return any(fnmatch.fnmatch(f, p) for f in files() for p in (pattern, f'{pattern}/*', f'*/include/{pattern}'))


def path_of(span):
    """The path that a code span names, or None."""
    word = span.split()[0].split(':')[0] if span.split() else ''
    top = {f.split('/')[0] for f in files() if '/' in f}
    if word.startswith('./'):
        word = word[2:]
    if re.fullmatch(r'[\w.*/-]+', word) and '/' in word and word.split('/')[0] in top:
        return word
    return word if re.fullmatch(r'[\w*]+\.(c|h|py|md|def)', word) else None


def documents():
    return [f for f in files() if re.fullmatch(r'(README|CONTRIBUTING|SECURITY)\.md|docs/.*\.md', f) and
            os.path.exists(os.path.join(TOP, f))]


def faults(file, line):
    called, types, capitals, every = words()
    for name in re.findall(r'(?<![\w>.-])([a-z_]\w*)\(\)', line):
        if name not in called:
            yield f'no function {name}()'
    for span in re.findall(r'(?<!`)`([^`]+)`(?!`)', line):
        path = path_of(span)
        if path and not path.startswith('build/') and not exists(path):
            yield f'no file {path}'
        for name in re.findall(r'\b(?:struct|enum) \w+', span):
            if name not in types:
                yield f'no {name}'
        for name in re.findall(r'\b[A-Z][A-Z0-9]*_\w+', span):
            if name not in capitals and name not in FOREIGN and not re.search(r'[a-z]', name):
                yield f'no {name}'
        for name in re.findall(rf'(?<![\w.-])(?:{PREFIXES})_\w+', span):
            if name not in every and not name.endswith('_') and not any(name in f for f in files()):
                yield f'no {name}'
    for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', line):
        if not os.path.exists(os.path.join(TOP, os.path.dirname(file), link)):
            yield f'no file {link}'


def row_faults(line):
    """Of a row of a table that names functions, then files: each function is in one of the files."""
    cells = [c for c in line.split('|')[1:-1]]
    spans = [re.findall(r'`([^`]+)`', c) for c in cells]
    paths = [p for span in (spans[-1] if spans else []) if (p := path_of(span)) and p.endswith(('.c', '.h'))]
    if not paths or not all(os.path.exists(os.path.join(TOP, p)) for p in paths):
        return
    text = ''
    for path in paths:
        with open(os.path.join(TOP, path)) as f:
            text += f.read()
    for span in itertools.chain(*spans[:-1]):
        if (m := re.fullmatch(r'(\w+)\(\)|([A-Z]+_[A-Z_]+)', span)) and not re.search(rf'\b{m[1] or m[2]}\b', text):
            yield f'no {span} in {", ".join(paths)}'


def checklist_faults(section):
    """Of a checklist "As `text` (`NAME`)": it names each file of the product that has NAME."""
    m = re.search(r'^As `[^`]+` \(`(\w+)`\)', section, re.M)
    if not m:
        return
    patterns = [glob(p) for span in re.findall(r'`([^`]+)`', section) if (p := path_of(span))]
    found = subprocess.run(['git', 'grep', '-lw', m[1], '--', '*.[ch]', '*.def', ':!tests'], cwd=TOP, capture_output=True,
                           text=True, check=False).stdout.split()
    for path in found:
        if not any(fnmatch.fnmatch(path, p) for p in patterns):
            yield f'{m[1]} is in {path}, too'


def printer_faults():
    """Members and structs that tools/gdb.py prints exist."""
    path = 'tools/gdb.py'
    _, types, _, every = words()
    with open(os.path.join(TOP, path)) as f:
        text = f.read()
    members = set(re.findall(r"\w\]?\[['\"](\w+)['\"]\]", text)) | set(re.findall(r"\('(\w+)', (?:int|be|mac|ip|lambda)", text))
    for name in sorted(members):
        if name not in every:
            yield f'{path}:1: no member {name}'
    for name in re.findall(r"'(\w+)': [A-Z]\w+[,}]", text):
        if f'struct {name}' not in types:
            yield f'{path}:1: no struct {name}'


def folder_faults():
    """The picture of folders has each one with C files, and the rooms of xlate."""
    path = 'docs/architecture.md'
    with open(os.path.join(TOP, path)) as f:
        picture = f.read().split('## Folders')[1].split('\n## ')[0]
    folders = {f.split('/')[0] for f in files() if f.endswith('.c')} - {'tests', 'drivers'}
    folders |= {'/'.join(f.split('/')[:2]) for f in files() if f.endswith('.c') and f.startswith('drivers/')}
    rooms = {f.split('/')[1] for f in files() if re.match(r'xlate/\w+/.*\.c$', f)}
    for name in sorted(folders | rooms):
        if not re.search(rf'(?<![\w/]){name}\b', picture):
            yield f'{path}:1: the picture of folders has no {name}'


def check_docs():
    """Functions, files, types and constants that documents name exist."""
    yield from printer_faults()
    yield from folder_faults()
    for file in documents():
        with open(os.path.join(TOP, file)) as f:
            text = f.read()
            for section in text.split('\n### ')[1:]:
                n = text[:text.index(section)].count('\n') + 1
                yield from (f'{file}:{n}: {fault}' for fault in checklist_faults(section))
            for n, line in enumerate(text.splitlines(), 1):
                for fault in itertools.chain(faults(file, line), row_faults(line)):
                    yield f'{file}:{n}: {fault}'


def check_reference(build):
    """docs/reference/ is what tools/reference writes."""
    r = subprocess.run([os.path.join(TOP, 'tools/reference'), '--build', build, '--check'], cwd=TOP,
                       capture_output=True, text=True)
    yield from (r.stdout + r.stderr).splitlines() if r.returncode else ()
