"""From a typed prompt to the pictures on the screen, the image being open: the explorer with the embedded model.

`milliseconds` is the explorer's own work, all three pictures drawn and encoded; `browser` what passes on the page of
`radzero-explore` between the end of typing and the new picture, in Chromium on the same machine (empty without one)."""
import contextlib, json, socket, subprocess, sys, tempfile, time
from pathlib import Path

def film(height, width, folder):
    "A PNG of noise, the slowest thing to draw."
    import numpy as np
    from PIL import Image
    path = Path(folder)/'image.png'
    Image.fromarray((np.random.default_rng(0).random((height,width))*255).astype(np.uint8)).save(path)
    return path

def prompts(n):
    from radzero.phantom.lesions import FINDINGS
    return [f'There is {f} of the {side} lung' for f in FINDINGS for side in ('left','right')][:n]

def typing(height, width, n=26):
    "Milliseconds of `n` new prompts, each with its negation and mirror image, the list of what was asked growing; and of opening the image."
    import numpy as np
    from radzero.demo import pretrained
    from radzero.show.explorer import Explorer
    with tempfile.TemporaryDirectory() as folder:
        path = film(height, width, folder)
        e = Explorer(pretrained(), [path], prompt='There is mass')
        start = time.perf_counter(); e.load(path); opened = time.perf_counter()-start
        times = []
        for p in prompts(n):
            start = time.perf_counter(); e.prompt.value = p; times.append(time.perf_counter()-start)
            if e.message.value: raise RuntimeError(e.message.value)
    return dict(milliseconds=1e3*float(np.median(times)), slowest=1e3*max(times), opening=1e3*opened)

TYPE = """const [words,done]=arguments,box=document.querySelector('input[type=text]'),shown=document.querySelector('img'),start=performance.now();
shown.addEventListener('load',()=>requestAnimationFrame(()=>done(performance.now()-start)),{once:true});
box.value=words;box.dispatchEvent(new Event('change',{bubbles:true}))"""

@contextlib.contextmanager
def page(path):
    "The address of the explorer's page."
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    server = subprocess.Popen([sys.executable, '-u', '-m', 'radzero.commands.explore', str(path), '--port', str(port), '--no-browser'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield next(line.strip() for line in server.stdout if '?token=' in line)
    finally: server.terminate(); server.wait(30)

def in_browser(height, width, n=26):
    "The same on the page: from the end of typing to the new picture."
    import numpy as np
    from radzero.show.browser import browser,lacking,until
    if missing := lacking('voila', 'ipykernel', 'ipyevents'): print(f'no browser: {missing}', file=sys.stderr); return dict(browser=None, browser_slowest=None)
    with tempfile.TemporaryDirectory() as folder, page(film(height, width, folder)) as url, browser() as driver:
        until(lambda: driver.get(url) or True)
        until(lambda: driver.find_elements('css selector', '.radzero-prompt'))
        times = [driver.execute_async_script(TYPE, p) for p in prompts(n)]
    return dict(browser=float(np.median(times)), browser_slowest=max(times))

if __name__=='__main__':
    if sys.argv[1:2]==['child']: print(json.dumps(typing(*map(int, sys.argv[2:])) | in_browser(*map(int, sys.argv[2:]))))
    else:
        import measure
        measure.report('answers', [dict(height=h, width=w, **measure.own_process(__file__, 'child', h, w)) for h,w in ((256,279),(1024,1024),(3000,2500))])
