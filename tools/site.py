"""Build the site from `_proc` (made by nbdev-proc-nbs) with smalldocs, which needs no Quarto, and look for what a reader would stumble over.

usage: site.py [OUT]     (the pages, by default _site; exit code 1 and a list where something is wrong)"""
import html.parser, re, shutil, subprocess, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
number = re.compile(r'(?<![\w-])\d+[a-z0-9]*_(?=[a-z_]+\.(?:ipynb|html))')
MAIN = ('index', 'first_look', 'reports', 'vlcabs', 'losses', 'zeroshot', 'demo')


class Page(html.parser.HTMLParser):
    "Links, targets, title, and pictures without a description."
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.title, self.bare, self.inside = [], set(), '', 0, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if 'id' in a: self.ids.add(a['id'])
        if tag == 'a' and 'href' in a: self.links.append(a['href'])
        if tag == 'img' and not a.get('alt'): self.bare += 1
        self.inside = tag == 'title'

    def handle_data(self, data):
        if self.inside: self.title += data.strip()

    def handle_endtag(self, tag): self.inside = False


def named_as_published(proc):
    "Pages by the names that nbdev gives them, without the numbers of the notebooks."
    for p in [*proc.rglob('*.ipynb'), *proc.glob('*.yml')]:
        p.write_text(number.sub('', p.read_text(encoding='utf-8')), encoding='utf-8')
        if (name := number.sub('', p.name)) != p.name: p.rename(p.with_name(name))


def build(out):
    "Render a copy of `_proc`."
    proc = out/'proc'
    shutil.copytree(root/'_proc', proc)
    named_as_published(proc)
    subprocess.run([shutil.which('smalldocs') or 'smalldocs', 'render', '-q', str(proc)], check=True, stderr=subprocess.DEVNULL)
    return proc/'_docs'


def broken(site, pages):
    "Links inside the site that lead nowhere."
    for path, page in pages.items():
        for link in page.links:
            if re.match(r'[a-z]+:|//', link): continue
            where, _, mark = link.partition('#')
            target = (path.parent/where.split('?')[0]).resolve() if where else path
            if target.is_dir(): target = target/'index.html'
            if not target.exists(): yield f'{path.relative_to(site)}: {link}'
            elif mark and target in pages and mark not in pages[target].ids: yield f'{path.relative_to(site)}: {link} (no such place)'


def overflowing(site):
    "Pages of the main line whose body is wider than a phone, in Chromium where it is installed."
    from radzero.show.browser import browser, lacking
    if missing := lacking(): return print(f'not opened in a browser: {missing}') or []
    found = []
    for width in (1400, 420):
        with browser(width, 900) as driver:
            for name in MAIN:
                page = next(p for p in site.rglob(f'{name}.html'))
                driver.get(page.as_uri())
                wide = driver.execute_script('return document.documentElement.scrollWidth - window.innerWidth')
                if wide > 4: found.append(f'{page.relative_to(site)}: {wide} pixels wider than a window of {width}')
                driver.save_screenshot(str(site/f'{name}-{width}.png'))
    return found


def main(out):
    shutil.rmtree(out, ignore_errors=True); out.mkdir(parents=True)
    site = build(out)
    pages = {p.resolve(): Page(p.read_text(encoding='utf-8')) for p in site.rglob('*.html')}
    wrong = [*broken(site.resolve(), pages), *(f'{p.name}: no title' for p, o in pages.items() if not o.title)]
    wrong += [f'{p.name}: {o.bare} pictures without a description' for p, o in pages.items() if o.bare and p.stem in MAIN]
    wrong += overflowing(site)
    print('\n'.join(wrong[:40]+[f'and {len(wrong)-40} more']*(len(wrong) > 40)) or f'{len(pages)} pages, nothing to stumble over')
    return int(bool(wrong))


if __name__ == '__main__': sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else root/'_site')))
