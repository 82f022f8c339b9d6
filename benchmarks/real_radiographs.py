"""Train on real radiographs from stored features and say, within each collection, how good that is: the numbers of the tutorial.

The index is one of `radzero-data collect`, the features are those of the frozen encoder of the recipe. Every choice was made on
the training patients alone; the test patients are asked once, here.
usage: real_radiographs.py INDEX FEATURES WORK --vision DIR --text DIR [--seeds 0 1 2]     (writes nbs/results/real.json; about 25 minutes on two cores)"""
import argparse, json, resource, time
import numpy as np, pandas as pd, torch
from dataclasses import replace
from pathlib import Path
from PIL import Image
from radzero.calibration import fit_calibration
from radzero.data import read_index
from radzero.features import ask, open_features
from radzero.images import Geometry
from radzero.metrics import calibration
from radzero.recipes import fit_recipe, loaders, recipe, start_model
from radzero.sanity import balanced_side, pointing, pooled, probe, source_shortcut, statement_or_negation, within_sources
from radzero.zeroshot import as_prompt

FINDINGS = ('tuberculosis', 'pneumonia', 'pleural effusion', 'pulmonary edema', 'infiltration', 'atelectasis', 'consolidation', 'cardiomegaly', 'nodule', 'mass')
ours = recipe('small-statements')
ROWS = {"the paper's loss": replace(ours, loss=recipe('paper').loss).changed(patch_dropout=0.),
        '+ statements': ours.changed(dense=0., region=0.),
        '+ dark patches': ours.changed(region=0.),
        '+ nothing outside the lungs (the recipe)': ours}


def labels_of(df):
    "1, 0 or NaN for what a collection did not read for: (images, findings)."
    said = [{s.finding: float(s.status == 'present') for s in o if s.location is None} for o in df.sentences]
    return np.array([[o.get(f, np.nan) for f in FINDINGS] for o in said])


def sides(df):
    "The side on which a reading puts tuberculosis, '' for both and for none."
    found = [{w for s in o if s.finding == 'tuberculosis' and s.status == 'present' and s.location for w in ('left', 'right') if w in s.location.split()} for o in df.sentences]
    return np.array([next(iter(f)) if len(f) == 1 else '' for f in found])


def points(scores, paths, mode):
    "Where the map is highest, in original pixels, and the size of the image: (B, 2) xy, (B, 2) height and width."
    grid, sizes = int(scores.shape[-1]**.5), np.array([Image.open(p).size[::-1] for p in paths])
    maps = [Geometry(mode, grid, *s).maps_to_original(m.view(grid, grid)) for m, s in zip(scores, sizes.tolist())]
    return np.array([np.unravel_index(int(m.argmax()), m.shape)[::-1] for m in maps]), sizes


def evaluate(model, store, df, boxes):
    "All numbers of one model on the test patients."
    test, valid = df[df.split == 'test'], df[df.split == 'valid']
    ask_ = lambda rows, prompts: ask(model, store, list(rows.image), prompts)
    plain, (logits, scores) = [as_prompt(f) for f in FINDINGS], ask_(test, [as_prompt(f) for f in FINDINGS])
    logits, y, who = logits.numpy(), labels_of(test), test.patient.to_numpy()
    out = dict(auroc=within_sources(logits, y, FINDINGS, test.source, who, pooled=True))
    out['ece'] = {'before': calibration(torch.tensor(logits).sigmoid().numpy(), y).attrs['ece'], 'after': fitted_error(ask_(valid, plain)[0].numpy(), valid, logits, test)}
    negation = ask_(test, [as_prompt(f, status='absent') for f in FINDINGS])[0].numpy()
    out['negation'] = statement_or_negation(logits, negation, y, FINDINGS, who)
    right, left = ask_(test, ['There is tuberculosis of the right lung', 'There is tuberculosis of the left lung'])[0].numpy().T
    out['side'] = balanced_side(right, left, sides(test), who)
    k = np.flatnonzero((test.source == 'shenzhen') & (y[:, 0] == 1) & (test.lungs != ''))
    masks = [np.asarray(Image.open(p).convert('L')) > 127 for p in test.lungs.iloc[k]]
    xy, sizes = points(scores[k, 0], test.image.iloc[k], model.cfg.geometry)
    out['lungs'] = pointing(['inside the lungs']*len(k), xy, masks, sizes, who[k])
    out['boxes'] = boxed(scores, test, boxes, model.cfg.geometry)
    return out


def fitted_error(valid_logits, valid, logits, test):
    "The calibration error after Platt's scaling, fitted within each collection's validation patients."
    p, y = np.full(logits.shape, np.nan), labels_of(test)
    for s in set(test.source):
        a, b = (valid.source == s).to_numpy(), (test.source == s).to_numpy()
        known = fit_calibration(valid_logits[a], labels_of(valid)[a], list(FINDINGS), least=5)
        p[b] = known.probabilities(logits[b], [as_prompt(f) for f in FINDINGS])
    y[np.isnan(p)] = np.nan
    return calibration(p, y).attrs['ece']


def boxed(scores, test, boxes, mode):
    "Pointing into the boxes of the test images, beside another film's maximum."
    at, cases = {p: i for i, p in enumerate(test.image)}, []
    for (image, finding), b in boxes.groupby(['image', 'finding']):
        if image in at and finding in FINDINGS: cases.append((finding, at[image], b[['x0', 'y0', 'x1', 'y1']].to_numpy()))
    if not cases: return None
    rows = [i for _, i, _ in cases]
    one = torch.stack([scores[i, FINDINGS.index(f)] for f, i, _ in cases])
    xy, sizes = points(one, test.image.iloc[rows], mode)
    return pointing([f for f, *_ in cases], xy, [t for *_, t in cases], sizes, test.patient.to_numpy()[rows])


def plain(o):
    "What JSON can hold."
    if isinstance(o, pd.DataFrame): return json.loads(o.reset_index().to_json(orient='records'))
    return {k: plain(v) for k, v in o.items()} if isinstance(o, dict) else o


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('index', type=Path); parser.add_argument('features', type=Path); parser.add_argument('work', type=Path)
    parser.add_argument('--vision', required=True); parser.add_argument('--text', required=True)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--rows', nargs='+', type=int, default=range(len(ROWS)), help='numbers of the rows')
    args = parser.parse_args()
    target = Path(__file__).resolve().parent.parent/'nbs'/'results'/'real.json'
    df = read_index(args.index)
    df['lungs'] = df.lungs.fillna('')
    boxes = pd.read_csv(args.index/'regions.csv')
    encoders, rows = dict(vision_weights=args.vision, text_weights=args.text), df[df.split != 'test']
    model = start_model(ours, rows, 0, offline=True, **encoders)
    store = open_features(model, args.features)
    at = [store.place[n] for n in df.image.map(__import__('radzero.data').data.signed)]
    x = np.concatenate([pooled(torch.stack([store[i] for i in at[k:k+100]]).float()) for k in range(0, len(at), 100)])
    normal = np.array([all(s.status == 'absent' for s in o) for o in df.sentences])
    said = dict(images=df.groupby(['source', 'split']).size().unstack().reset_index().to_dict('records'), recipe=ours.to_dict(), runs=[],
                probe=plain(probe(x, labels_of(df), df.patient.to_numpy(), (df.split != 'test').to_numpy(), FINDINGS, df.source.to_numpy())),
                shortcut=plain(source_shortcut(x, df.source.to_numpy(), df.patient.to_numpy(), normal)))
    for seed in args.seeds:
        for name in [list(ROWS)[i] for i in args.rows]:
            r, start = ROWS[name], time.monotonic()
            model = start_model(r, rows, seed, offline=True, **encoders)
            fit_recipe(r, model, loaders(r, rows, model, seed, prepared=store), args.work/f'{list(ROWS).index(name)}-{seed}', seed, progress='none')
            took = time.monotonic()-start
            said['runs'].append(dict(row=name, seed=seed, training_seconds=round(took), peak_gib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/2**20, 1), **plain(evaluate(model.eval(), store, df, boxes))))
            target.write_text(json.dumps(said, indent=1))
            print(seed, name, f'{took:.0f} s', flush=True)
