# SPDX-License-Identifier: Apache-2.0
"""The figures in a document: between two marks, replaced as a whole."""
from pathlib import Path

from lab import Failed

BEGIN, END = '<!-- figures -->\n', '<!-- end of figures -->\n'


def replaced(text, figures, name):
    """Returns a document's text with new figures."""
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin or text.count(BEGIN) > 1:
        raise Failed(f'{name}: one line "{BEGIN.strip()}" and after it "{END.strip()}" are expected')
    return f'{text[:begin]}{BEGIN}\n{figures.strip()}\n\n{text[end:]}'


def write(path, figures):
    path = Path(path)
    path.write_text(replaced(path.read_text(), figures, path))
