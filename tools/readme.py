"Write README.md from nbs/index.ipynb and its saved outputs; needs nothing but Python."
import base64, json, re
from pathlib import Path

root = Path(__file__).resolve().parent.parent
images = root/'nbs'/'images'
hidden = re.compile(r'^\s*#\s*\|\s*(hide|default_exp)\b', re.M)
directive = re.compile(r'^\s*#\s*\|.*\n?', re.M)
text = lambda s: ''.join(s) if isinstance(s, list) else s

def picture(png, n):
    "Save the n-th picture of the page and return the Markdown that shows it."
    images.mkdir(exist_ok=True)
    path = images/f'readme-{n}.png'
    data = base64.b64decode(text(png))
    if not path.exists() or path.read_bytes() != data: path.write_bytes(data)
    return f'![]({path.relative_to(root).as_posix()})'

def output(out, shown):
    "One saved output as Markdown: a picture, a table, or the text itself."
    data = out.get('data', {})
    if 'image/png' in data:
        shown.append(data)
        return picture(data['image/png'], len(shown))
    if 'text/markdown' in data: return text(data['text/markdown'])
    plain = text(data.get('text/plain', out.get('text', '')))
    return '\n'.join('    ' + line for line in plain.rstrip().splitlines())

def readme(nb):
    "The page in order: prose as it is, code fenced unless its cell says `echo: false`, outputs below."
    parts, shown = [], []
    for cell in nb['cells']:
        source = text(cell['source'])
        if hidden.search(source): continue
        body = directive.sub('', source).strip()
        if cell['cell_type'] == 'markdown': parts.append(body)
        else:
            if body and not re.search(r'echo:\s*false', source): parts.append(f'```python\n{body}\n```')
            parts += [output(o, shown) for o in cell['outputs']]
    page = '\n\n'.join(p for p in parts if p)
    page = re.sub(r'\]\(([\w/]+\.ipynb)\)', r'](nbs/\1)', page)
    return f'<!-- Written by tools/readme.py from nbs/index.ipynb; edit that. -->\n\n{page}\n'

nb = json.loads((root/'nbs'/'index.ipynb').read_text(encoding='utf-8'))
(root/'README.md').write_text(readme(nb), encoding='utf-8')
