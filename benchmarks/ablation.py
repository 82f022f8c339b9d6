"""What each part of the demo's recipe brings: the recipe without it, or with something else in its place, three seeds each.

The small demo (1,200 training phantoms, 200 for the test) on one stem; the features of a seed are computed once.
usage: ablation.py WORK_FOLDER [--seeds 21 22 23]     (writes nbs/results/ablation.csv; about 20 minutes on two cores)"""
import argparse, shutil, warnings
import pandas as pd
from dataclasses import replace
from pathlib import Path
from radzero.evaluation.testsets import load_set
from radzero.data.dataset import read_index
from radzero.demo import SIZES, make_data, metrics
from radzero.evaluation.runner import evaluate
from radzero.model.features import write_features
from radzero.training.recipes import fit_recipe, loaders, recipe, start_model

DEMO = recipe('demo').changed(epochs=5)
config = lambda **changes: replace(DEMO, config=DEMO.config | changes)
stem = lambda **changes: config(stem=DEMO.config['stem'] | changes)
ROWS = {
    'the demo recipe': DEMO,
    'Transformer layer, contrast alone, no patch hidden': replace(config(align='transformer'), loss=DEMO.changed(statement=0.).loss).changed(patch_dropout=0.),
    'without the statement loss': DEMO.changed(statement=0.),
    'attention not opened at the start': replace(DEMO, schedule=replace(DEMO.schedule, attention_from=None)),
    'no patch hidden': DEMO.changed(patch_dropout=0.),
    'half of the patches hidden': DEMO.changed(patch_dropout=.5),
    'one Transformer layer in its place (LayerScale 0.1)': config(align='transformer'),
    'one Transformer layer that starts nearly closed (LayerScale 0.001)': config(align='transformer', align_scale=.001),
    'linear layer from random weights': config(align_start='random'),
    'patches not averaged with their neighbours (no halo)': stem(halo=None),
    'with dark patches (dense 0.5)': DEMO.changed(dense=.5),
    'silence left open': DEMO.changed(silence='open'),
    'silence counted half': DEMO.changed(silence=.5),
}
COLUMNS = {'AUROC': ('classification', 'macro_auroc'), 'unseen combinations': ('compositions', 'macro_auroc'), 'right side': ('side', 'accuracy'), 'negation': ('negation', 'accuracy'),
           'pointing': ('pointing', 'macro'), 'pixel AUROC': ('pixel_auroc', 'macro'), 'Dice': ('dice_held_out', 'macro'),
           'if present': ('probability', 'present'), 'if absent': ('probability', 'absent'), 'calibration error': ('calibration', 'ece')}


def one(r, df, ts, seed, folder):
    "Train one row and evaluate it."
    model = start_model(r, df, seed).eval()
    store = write_features(model, df, folder/f'features-{r.config["stem"]["halo"]}')
    fit_recipe(r, model, loaders(r, df, model, seed, prepared=store), seed=seed, progress='none')
    m = metrics(evaluate(model, ts, batch_size=32, n_boot=0))
    return {name: m[a][b] for name, (a, b) in COLUMNS.items()}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--seeds', type=int, nargs='+', default=[21, 22, 23])
    parser.add_argument('--size', default='small')
    args, out = parser.parse_args(), []
    warnings.filterwarnings('ignore', '.*undefined.*')
    for seed in args.seeds:
        folder = args.folder/str(seed)
        if not (folder/'data'/'index.csv').exists(): make_data(folder/'data', SIZES[args.size], seed)
        df, ts = read_index(folder/'data'), load_set('phantom', folder/'data')
        for name, r in ROWS.items():
            out.append(dict(row=name, seed=seed) | one(r, df[df.split != 'test'], ts, seed, folder))
            print(seed, name, {k: round(v, 3) for k, v in out[-1].items() if isinstance(v, float)}, flush=True)
            pd.DataFrame(out).to_csv(Path(__file__).resolve().parent.parent/'nbs'/'results'/'ablation.csv', index=False)
        for store in folder.glob('features-*'): shutil.rmtree(store)
