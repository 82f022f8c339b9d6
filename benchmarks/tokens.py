"A prompt over the kept tokens of 10,000 images: seconds for all patches, for coarser grids, and for all patches of the candidates that an index of vectors finds (needs faiss-cpu); and how many of the hundred best of all patches each finds. The images are 1,000 phantoms; for the time each counts ten times."
import sys, tempfile, time
from pathlib import Path

PROMPTS = ['There is pleural effusion','There is pneumothorax','There is cardiomegaly','There is consolidation of the right lung','There is nodule','There is mass','There is atelectasis of the left lung']

def many(kept, folder, times):
    "The store of an archive in which each image occurs so many times."
    import torch
    from radzero.data.shards import write_store
    s = kept.store
    names = [f'{i}/{n}' for i in range(times) for n in s.names]
    def produce(part): return torch.stack([s[s.place[n.split('/', 1)[1]]] for n in part]),{}
    return write_store(folder, s.key, names, s.shape, torch.float16, produce, 2000)

def repeated(near, kept, times):
    "The index of an archive in which each image occurs so many times."
    import copy, faiss
    out,vectors = copy.copy(near),near.index.reconstruct_n(0, near.index.ntotal)
    out.kept,out.index = kept,faiss.clone_index(near.index)
    for _ in range(times-1): out.index.add(vectors)
    return out

def took(f, n=5):
    "Seconds of the fastest of some calls; the first one finds the files in the page cache, since they were just written."
    seconds = []
    for _ in range(n): begin = time.perf_counter(); f(); seconds.append(time.perf_counter()-begin)
    return min(seconds)

def found(tables, best): return sum(len({*tables[p].image} & best[p]) for p in PROMPTS)/sum(map(len, best.values()))

def mib(path): return round(sum(f.stat().st_size for f in path.parent.glob(path.name))/2**20)

if __name__=='__main__':
    import measure, torch
    from radzero import RadZero
    from radzero.evaluation.nearest import Nearest, write_index
    from radzero.evaluation.tokens import Kept, keep_tokens, ranked
    from radzero.phantom import write_phantoms
    torch.set_num_threads(2)
    model,rows,best = RadZero.from_pretrained('embedded'),[],None
    with tempfile.TemporaryDirectory() as d:
        home = Path(d)
        write_phantoms(home/'data', 1000, seed=6, size=224, workers=2, truth=False)
        for grid in (None, 14, 7, 4):
            kept = Kept(model, keep_tokens(model, home/'data'/'images', folder=home/f'tokens-{grid}', grid=grid).folder)
            top = ranked(kept, PROMPTS, 100)
            best = best or {p:set(t.image) for p,t in top.items()}
            large = Kept(model, kept.store.folder); large.store = many(kept, home/f'many-{grid}', 10)
            rows.append(dict(first='', exact='all patches' if grid is None else f'{grid} × {grid}', images=10_000, mib=mib(home/f'many-{grid}'/'*.safetensors'), seconds=took(lambda: ranked(large, PROMPTS[:1], 100)), recall_at_100=found(top, best)))
            if grid is None: every = kept,large
        for k in (8, 16, 32):
            begin = time.perf_counter()
            small = Nearest(every[0], write_index(every[0], home/f'{k}.faiss', k))
            spent = time.perf_counter()-begin
            large = repeated(small, every[1], 10)
            rows.append(dict(first=f'2,000 candidates by {k} vectors', exact='all patches', images=10_000, mib=10*mib(home/f'{k}.faiss'), seconds=took(lambda: large.ranked(PROMPTS[:1], 100, first=2000)), recall_at_100=found(small.ranked(PROMPTS, 100, first=200), best), written_per_1000=spent))
        measure.report('tokens', rows, prompts=PROMPTS)
