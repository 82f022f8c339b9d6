"""An archive that is killed ten times, and one of a million images. `python benchmarks/archive.py [--images 2000] [--names 1000000] [--out FOLDER]` (Linux)

The first: phantoms, the embedded model, SIGKILL at random moments; the table has to be that of an undisturbed run, and no shard that was finished may be written again.
The second: names in a table and a constant in place of the model, killed at half; what listing, writing, going on and reading cost for each 100,000 images."""
import argparse, json, os, random, shutil, signal, subprocess, sys, tempfile, time, zlib
from functools import partial
from pathlib import Path

PROMPTS = ['There is pneumothorax','There is pleural effusion','There is consolidation','There is nodule']

def job(folder, out, shard):
    "The work of `radzero-score` on phantoms, from the start or where it stands."
    import torch
    from radzero.demo import pretrained
    from radzero.evaluation.archive import answers, plan, work
    torch.set_num_threads(2)
    model,asked = pretrained(),plan(out, folder, shard_images=int(shard), prompts={p:[p] for p in PROMPTS})
    print('ready', flush=True)
    start = time.perf_counter()
    work(asked, partial(answers, model, PROMPTS, folder, batch_size=16))
    print(json.dumps(dict(seconds=time.perf_counter()-start)))

def constant(table, out, shard, most=10**9):
    "A million rows: listing, writing until `most` shards are there, reading."
    import numpy as np, pyarrow as pa
    from radzero.evaluation.archive import SCHEMA, best, counts, plan, work
    import measure
    def answer(names):
        if len(done.missing)<=len(done)-int(most): os.kill(os.getpid(), signal.SIGKILL)
        n = len(names)
        p = np.random.default_rng(zlib.crc32(names[0].encode())).random(n, dtype=np.float32)
        null,text = partial(pa.nulls, n),partial(pa.array, type=pa.string())
        return pa.table(dict(image=names, prompt=pa.array(PROMPTS[:1]*n).dictionary_encode(), probability=p, calibrated=null(pa.float64()), decision=text([None]*n).dictionary_encode(), x=p*100, y=p*200,
                             boxes=['[[10,20,30,40,0.9]]']*n, familiarity=null(pa.float64()), warning=null(pa.string())), schema=SCHEMA),[]
    marks = [time.perf_counter()]
    done = plan(out, table, shard_images=int(shard), prompts={PROMPTS[0]:PROMPTS[:1]}); marks.append(time.perf_counter())
    before = len(done.finished); todo = len(done)-before
    work(done, answer); marks.append(time.perf_counter())
    n = counts(done); best(out, PROMPTS[0], 100); marks.append(time.perf_counter())
    seconds = [b-a for a,b in zip(marks, marks[1:])]
    print(json.dumps(dict(begun_with=before, shards=len(done), plan=seconds[0], write=seconds[1], written=todo, read=seconds[2], rows=n['rows'], mib=measure.status('VmHWM'))))

def finished(out): return {p.name:p.stat().st_mtime_ns for p in (out/'scores').glob('*.parquet')}

def begin(*args): return subprocess.Popen([sys.executable, __file__, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ|dict(OMP_NUM_THREADS='2', TQDM_DISABLE='1'))

def killed(images, size, shard, deaths=10):
    "One row: what ten deaths cost, and whether anything is different afterwards."
    import pandas as pd
    from radzero.evaluation.archive import read_scores
    from radzero.phantom.patients import write_phantoms
    home,rng = Path(tempfile.mkdtemp()),random.Random(0)
    write_phantoms(home/'data', images, size=size, workers=2, truth=False, progress=False)
    undisturbed = json.loads(begin('job', home/'data', home/'plain', shard).communicate()[0].splitlines()[-1])['seconds']
    spent,again = 0,0
    for _ in range(deaths):
        before = finished(home/'killed')
        p = begin('job', home/'data', home/'killed', shard)
        p.stdout.readline(); start = time.perf_counter()
        time.sleep(rng.uniform(.02, .13)*undisturbed)
        p.kill(); p.wait(); spent += time.perf_counter()-start
        after = finished(home/'killed')
        again += sum(after.get(k)!=v for k,v in before.items())
    spent += json.loads(begin('job', home/'data', home/'killed', shard).communicate()[0].splitlines()[-1])['seconds']
    a,b = read_scores(home/'plain'),read_scores(home/'killed')
    equal = a.astype(dict(prompt=str, decision=str)).equals(b.astype(dict(prompt=str, decision=str)))
    shutil.rmtree(home)
    return dict(images=images, shards=-(-images//shard), deaths=deaths, finished_shards_written_again=again, shards_lost_a_death=(spent-undisturbed)/undisturbed*(images/shard)/deaths,
                seconds=undisturbed, seconds_with_deaths=spent, rows=len(b), twice=int(b.duplicated(['image','prompt']).sum()), equal=bool(equal))

def million(names, shard=1000):
    "One row: costs for each 100,000 images."
    import pandas as pd
    home = Path(tempfile.mkdtemp())
    pd.DataFrame(dict(image=[f'{i%997:03d}/{i:07d}.dcm' for i in range(names)])).to_parquet(home/'names.parquet')
    half = begin('constant', home/'names.parquet', home/'out', shard, names//shard//2)
    half.communicate()
    r = json.loads(begin('constant', home/'names.parquet', home/'out', shard).communicate()[0].splitlines()[-1])
    fresh = json.loads(begin('constant', home/'names.parquet', home/'fresh', shard).communicate()[0].splitlines()[-1])
    mib = sum(p.stat().st_size for p in (home/'out').rglob('*.parquet'))/2**20
    shutil.rmtree(home)
    per = names/1e5
    return dict(names=names, shards=fresh['shards'], died_with=half.returncode, went_on_at=r['begun_with'], rows=r['rows'], peak_mib=max(r['mib'], fresh['mib']), table_mib=mib,
                list_seconds=fresh['plan']/per, write_seconds=fresh['write']/per, go_on_seconds=r['plan'], best_seconds=fresh['read']/per)

if __name__=='__main__':
    if len(sys.argv)>1 and sys.argv[1] in ('job','constant'): globals()[sys.argv[1]](*sys.argv[2:])
    else:
        import measure
        p = argparse.ArgumentParser()
        for k,v in dict(images=2000, size=224, shard=50, names=1_000_000).items(): p.add_argument(f'--{k}', type=int, default=v)
        args = p.parse_known_args()[0]
        big = million(args.names)
        measure.report('archive', [killed(args.images, args.size, args.shard)], million=big, prompts=len(PROMPTS))
        print(json.dumps(big, indent=1))
