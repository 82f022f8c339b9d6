"""Train the small vision encoder that the demo freezes, and write radzero/assets/stem.safetensors.

The recipe is `radzero.training.recipes.recipe('stem')`: the images are phantoms, and what is said of them are the sentences of their
reports; no label, mask or box takes part. The phantom patients are of a seed of their own, and no combination in `HELD_OUT` occurs.
usage: train_stem.py WORK_FOLDER [--images N] [--epochs N | --seconds S] [--start FILE]"""
import argparse, json, torch
from importlib.metadata import version
from pathlib import Path
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from radzero.data.dataset import read_index
from radzero.phantom.patients import write_phantoms
from radzero.training.recipes import STEM, fit_recipe, loaders, recipe, start_model
from radzero.model.weights import load_weights

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('folder', type=Path)
parser.add_argument('--images', type=int, default=12_000)
parser.add_argument('--epochs', type=int, default=25)
parser.add_argument('--seconds', type=float)
parser.add_argument('--lr', type=float, default=1e-3)
parser.add_argument('--seed', type=int, default=1000)
parser.add_argument('--start', type=Path, help='weights to go on from')
args = parser.parse_args()


def history(path):
    "What a file of weights says about its own making."
    with safe_open(path, 'pt') as f: return {k: json.loads(v) for k, v in (f.metadata() or {}).items()}


if not (args.folder/'data'/'index.csv').exists():
    for split, n in (('train', args.images), ('valid', 300)): write_phantoms(args.folder/'data', n, seed=args.seed, split=split)
df = read_index(args.folder/'data')
r = recipe('stem').changed(epochs=args.epochs, lr=args.lr)
model = start_model(r, df, args.seed)
if args.start: load_weights(model.vision, {k: v.float() for k, v in load_file(args.start).items()}, args.start)
before = history(args.start) if args.start else {}
model.vision.forward = torch.autocast('cpu', torch.bfloat16)(model.vision.forward)
learn = fit_recipe(r, model, loaders(r, df, model, args.seed, cache=True, device='cpu'), args.folder/'run', args.seed, seconds=args.seconds)

made = dict(recipe=r.to_dict(), images=args.images, seed=args.seed, steps=len(learn.rates), valid_loss=float(learn.kept.best), started_from=before,
            threads=torch.get_num_threads(), versions={p: version(p) for p in ('radzero', 'torch')})
STEM.parent.mkdir(exist_ok=True)
save_file({k: v.half().contiguous() for k, v in model.vision.state_dict().items()}, STEM, metadata={k: json.dumps(v) for k, v in made.items()})
print(f'{STEM}: {STEM.stat().st_size/1e6:.1f} MB, {made["steps"]} steps')
