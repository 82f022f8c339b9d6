"A prompt over the kept tokens of 10,000 images: seconds for all patches and for coarser grids, and how many of the hundred best of all patches a grid finds. The images are 1,000 phantoms; for the time each counts ten times."
import sys, tempfile, time
from pathlib import Path

PROMPTS = ['There is pleural effusion','There is pneumothorax','There is cardiomegaly','There is consolidation of the right lung','There is nodule']

def many(kept, folder, times):
    "The store of an archive in which each image occurs so many times."
    import torch
    from radzero.data.shards import write_store
    s = kept.store
    names = [f'{i}/{n}' for i in range(times) for n in s.names]
    def produce(part): return torch.stack([s[s.place[n.split('/', 1)[1]]] for n in part]),{}
    return write_store(folder, s.key, names, s.shape, torch.float16, produce, 2000)

if __name__=='__main__':
    import measure, torch
    from radzero import RadZero
    from radzero.evaluation.tokens import Kept, keep_tokens, ranked
    from radzero.phantom import write_phantoms
    torch.set_num_threads(2)
    model,rows,best = RadZero.from_pretrained('embedded'),[],None
    with tempfile.TemporaryDirectory() as d:
        home = Path(d)
        write_phantoms(home/'data', 1000, seed=5, size=224, workers=2, truth=False)
        for grid in (None, 14, 7, 4):
            kept = Kept(model, keep_tokens(model, home/'data'/'images', folder=home/f'tokens-{grid}', grid=grid).folder)
            top = {p:set(t.image) for p,t in ranked(kept, PROMPTS, 100).items()}
            best = best or top
            kept.store = many(kept, home/f'many-{grid}', 10)
            seconds = []
            for _ in range(3): # the first one finds the files in the page cache, since they were just written
                begin = time.perf_counter(); ranked(kept, PROMPTS[:1], 100); seconds.append(time.perf_counter()-begin)
            size = sum(f.stat().st_size for f in (home/f'many-{grid}').glob('*.safetensors'))/2**20
            rows.append(dict(grid='all patches' if grid is None else f'{grid} × {grid}', patches=kept.store.shape[0]-1, images=10_000, mib=round(size), seconds=min(seconds), recall_at_100=sum(len(top[p] & best[p]) for p in PROMPTS)/100/len(PROMPTS)))
        measure.report('tokens', rows, prompts=PROMPTS)
