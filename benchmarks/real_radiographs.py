"""Train on real radiographs from stored features and say, within each collection, how good that is: the numbers of the tutorial.

INDEX is one of `radzero-data collect`, FEATURES those of `radzero-data features --recipe small-statements`. Every choice was made on
the training patients alone; the test patients are asked here, for each row and seed once. With --phantoms, an index of phantoms and
the folder of their features, two more rows are trained, on phantoms alone and on both, and the embedded model is asked as well.
usage: real_radiographs.py INDEX FEATURES WORK --vision DIR --text DIR     (writes nbs/results/real.json, and goes on with what is missing in it; about 5 minutes a training on one core)"""
import argparse, json, resource, time
import numpy as np, pandas as pd, torch
from dataclasses import replace
from pathlib import Path
from PIL import Image
from radzero.evaluation.collected import evaluate_collected, highest, traps
from radzero.data.dataset import read_index
from radzero.demo import pretrained
from radzero.model.features import ask, open_features, write_features
from radzero.model.network import RadZero
from radzero.training.recipes import fit_recipe, loaders, recipe, start_model
from radzero.data.shards import write_store

ours = recipe('small-statements')
ROWS = {"the paper's loss": replace(ours, loss=recipe('paper').loss).changed(patch_dropout=0., attention_from=None),
        'statements': ours.changed(dense=0., region=0.),
        'statements, dark patches': ours.changed(region=0.),
        'statements, dark patches, lungs: the recipe': ours}
SIM = {'phantoms alone': ours.changed(region=0.), 'phantoms and radiographs': ours}


def plain(o):
    "What JSON can hold."
    if isinstance(o, pd.DataFrame): return json.loads(o.reset_index().to_json(orient='records', double_precision=4))
    return {k: plain(v) for k, v in o.items()} if isinstance(o, dict) else o


def training(name, seed, r, rows, store, args):
    "A model of a row, trained unless its folder has it, and what that took."
    folder = args.work/f'{name.replace(" ", "-")}-{seed}'
    if not (folder/'run.json').exists():
        model = start_model(r, rows, seed, offline=True, vision_weights=args.vision, text_weights=args.text)
        fit_recipe(r, model, loaders(r, rows, model, seed, prepared=store), folder, seed, progress='none')
        (folder/'peak.json').write_text(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/2**20))
    run = json.loads((folder/'run.json').read_text())
    print(seed, name, f'{run["seconds_taken"]:.0f} s', flush=True)
    return RadZero.from_pretrained(folder/'model'), dict(row=name, seed=seed, images=run['images']['train'], seconds=round(run['seconds_taken']), threads=run['threads'], peak_gib=round(json.loads((folder/'peak.json').read_text()), 1))


def maxima(model, store, df):
    "Where the map of tuberculosis is highest in the films of Shenzhen that have it: (n, 2) in shares of width and height."
    rows = df[(df.split == 'test') & (df.source == 'shenzhen') & df.sentences.map(lambda o: any(s.finding == 'tuberculosis' and s.status == 'present' for s in o))]
    xy, sizes = highest(ask(model, store, list(rows.image), ['There is tuberculosis'])[1][:, 0], rows.image, model.cfg.geometry)
    return (xy/sizes[:, ::-1]).round(3).tolist()


def mean_lungs(df):
    "The average of the lung masks of the Shenzhen test films on 32 x 32 squares."
    paths = df.lungs[(df.split == 'test') & (df.source == 'shenzhen') & (df.lungs != '')]
    return np.mean([np.asarray(Image.open(p).convert('L').resize((32, 32), Image.BOX))/255 for p in paths], 0).round(2).tolist()


def pace(model, df, folder, n=64):
    "Seconds that the frozen encoder takes for an image."
    start = time.monotonic()
    write_features(model, df.iloc[:n], folder)
    return round((time.monotonic()-start)/n, 3)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('index', 'features', 'work'): p.add_argument(name, type=Path)
    p.add_argument('--vision', required=True); p.add_argument('--text', required=True)
    p.add_argument('--phantoms', type=Path, nargs=2, metavar=('INDEX', 'FEATURES'), help='phantoms, and their features by the same encoder')
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--rows', nargs='+', help='names, or what they begin with; all if not given')
    p.add_argument('--out', type=Path, default=Path(__file__).resolve().parent.parent/'nbs'/'results'/'real.json')
    return p.parse_args()


def phantom_rows(path):
    "Phantoms for training and validation only."
    df = read_index(path)
    return df[df.split.isin(['train', 'valid'])].assign(source='phantom', lungs='')


def joined(stores, folder):
    "Several stores of one encoder as one."
    names = [n for s in stores for n in s.names]
    row = lambda n: next(s[s.place[n]] for s in stores if n in s.place)
    return write_store(folder, stores[0].key, names, stores[0].shape, torch.float16, lambda some: (torch.stack([row(n) for n in some]), {}), shard_rows=200)


def main(args):
    df = read_index(args.index).assign(lungs=lambda d: d.lungs.fillna(''))
    boxes, learnt = pd.read_csv(args.index/'regions.csv'), df[df.split != 'test']
    sim = phantom_rows(args.phantoms[0]) if args.phantoms else None
    of = {k: (r, learnt) for k, r in ROWS.items()} | ({} if sim is None else {k: (r, sim if 'alone' in k else pd.concat([sim, learnt])) for k, r in SIM.items()})
    model = start_model(ours, learnt, 0, offline=True, vision_weights=args.vision, text_weights=args.text)
    store = open_features(model, args.features)
    if sim is not None: store = joined([store, open_features(model, args.phantoms[1])], args.work/'joined')
    said = json.loads(args.out.read_text()) if args.out.exists() else dict(images=plain(df.groupby(['source', 'split']).size().unstack(fill_value=0)), recipe=ours.to_dict(), runs=[], mean_lungs=mean_lungs(df),
        features=dict(images=len(df), seconds_each=pace(model, df, args.work/'pace'), threads=torch.get_num_threads(), mib=round(sum(p.stat().st_size for p in args.features.iterdir())/2**20)), **plain(traps(store, df)))
    args.out.write_text(json.dumps(said, indent=1))
    done = {(o['row'], o['seed']) for o in said['runs']}
    if sim is not None and 'embedded' not in said:
        model = pretrained()
        far = write_features(model, df[df.split == 'test'], args.work/'embedded')
        said['embedded'] = plain(evaluate_collected(model, far, df[df.split == 'test'], boxes))
    for seed in args.seeds:
        for name, (r, rows) in of.items():
            if (name, seed) in done or args.rows and not name.startswith(tuple(args.rows)): continue
            model, facts = training(name, seed, r, rows, store, args)
            said['runs'].append(facts | plain(evaluate_collected(model, store, df, boxes)) | dict(maxima=maxima(model, store, df)))
            args.out.write_text(json.dumps(said, indent=1))


if __name__ == '__main__': main(arguments())
