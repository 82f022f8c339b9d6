"From a typed prompt to the pictures on the screen, the image being open: the explorer with the embedded model."
import json, sys, time

def typing(size, n=30):
    "Milliseconds of `n` new prompts, each with its negation and mirror image, all three drawn and encoded as PNG, the list of what was asked growing; and of opening the image."
    import numpy as np, tempfile
    from pathlib import Path
    from PIL import Image
    from radzero.demo import pretrained
    from radzero.explorer import Explorer
    from radzero.lesions import FINDINGS
    h,w = size
    path = Path(tempfile.mkdtemp())/'image.png'
    Image.fromarray((np.random.default_rng(0).random((h,w))*255).astype(np.uint8)).save(path)
    words = [f'There is {f} of the {side} lung' for f in FINDINGS for side in ('left','right')]
    e = Explorer(pretrained(), [path], prompt='There is mass')
    start = time.perf_counter(); e.load(path); opened = time.perf_counter()-start
    times = []
    for p in words[:n]:
        start = time.perf_counter(); e.prompt.value = p; times.append(time.perf_counter()-start)
        if e.message.value: raise RuntimeError(e.message.value)
    return dict(milliseconds=1e3*float(np.median(times)), slowest=1e3*max(times), opening=1e3*opened)

if __name__=='__main__':
    if sys.argv[1:2]==['child']: print(json.dumps(typing((int(sys.argv[2]),int(sys.argv[3])))))
    else:
        import measure
        measure.report('answers', [dict(height=h, width=w, **measure.own_process(__file__, 'child', h, w)) for h,w in ((256,279),(1024,1024),(3000,2500))])
