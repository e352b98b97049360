#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Habits of language that make comments hard to read, counted in the C sources.

    dialect.py [-v] [BUILDDIR]

Prints how often each occurs in 1,000 comments of four words or more, and with -v the same of each folder. The
exit status is 1 above a limit.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORDS_MIN = 4

# Habit: pattern, occurrences in 1,000 comments at most. In brackets: plain English for it.
HABITS = {
    'what': (r'(?:^|[.:;]\s+)What\b', 10),                       # ("Returns the flows that ...")
    'say': (r'\b(?:say|says|said|tell|tells|told)\b', 10),       # (reports, specifies)
    'go': (r'\b(?:go|goes|went|gone|lets? go|let go)\b', 10),    # (is removed, continues)
    'come': (r'\b(?:comes?|came)\b', 10),                        # (arrives, is added)
    'there': (r'\b(?:is|are|was|were) (?:not )?there\b', 5),     # (exists)
    'who': (r'\bwho\b', 8),                                     # (the caller, the thread that)
}


def sources():
    listed = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '*.c', '*.h'], cwd=TOP,
                            capture_output=True, text=True, check=True)
    return [f for f in listed.stdout.split() if os.path.exists(os.path.join(TOP, f))]


def comments(path):
    with open(os.path.join(TOP, path)) as f:
        text = f.read()
    for m in re.finditer(r'/\*(.*?)\*/|"(?:\\.|[^"\\\n])*"', text, re.S):
        words = re.sub(r'\n\s*\*', ' ', m[1] or '').split()
        if len(words) >= WORDS_MIN and words[0] != 'SPDX-License-Identifier:':
            yield ' '.join(words)


class Counts:
    def __init__(self):
        self.n, self.found = 0, dict.fromkeys(HABITS, 0)

    def add(self, comment):
        self.n += 1
        for habit, (pattern, _) in HABITS.items():
            self.found[habit] += len(re.findall(pattern, comment, re.I if habit != 'what' else 0))

    def per_1000(self, habit):
        return 1000 * self.found[habit] / self.n if self.n else 0

    def show(self, name):
        figures = '  '.join(f'{h} {self.per_1000(h):5.1f}' for h in HABITS)
        print(f'{name:24} {self.n:5} comments  {figures}')


def main():
    folders, total = {}, Counts()
    for path in sources():
        for comment in comments(path):
            total.add(comment)
            folders.setdefault(os.path.dirname(path), Counts()).add(comment)
    if '-v' in sys.argv:
        for name, counts in sorted(folders.items()):
            counts.show(name)
    total.show('all')
    bad = [h for h, (_, limit) in HABITS.items() if total.per_1000(h) > limit]
    for habit in bad:
        print(f'"{habit}" occurs {total.per_1000(habit):.1f} times in 1,000 comments; {HABITS[habit][1]} at most')
    print(f'lint dialect: {f"{len(bad)} broken" if bad else "ok"}  (Comments are in plain English)')
    return bool(bad)


if __name__ == '__main__':
    sys.exit(main())
