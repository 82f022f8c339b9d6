"""Train the small vision encoder that the demo freezes, and write radzero/assets/stem.safetensors.

The loss is the paper's, the images are phantoms, and what is said of them are the sentences of their reports; no label,
mask or box takes part. The phantom patients are of a seed of their own, and no combination in `HELD_OUT` occurs.
usage: train_stem.py WORK_FOLDER [--images N] [--seconds S]"""
import argparse, json, torch
from importlib.metadata import version
from pathlib import Path
from safetensors.torch import save_file
from radzero.data import Augment, dataloaders, read_index
from radzero.demo import STEM, demo_model, demo_tokenizer
from radzero.phantom import write_phantoms
from radzero.train import fit

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('folder', type=Path)
parser.add_argument('--images', type=int, default=10_000)
parser.add_argument('--seconds', type=float, default=2400)
parser.add_argument('--seed', type=int, default=1000)
args = parser.parse_args()

for split, n in (('train', args.images), ('valid', 300)): write_phantoms(args.folder/'data', n, seed=args.seed, split=split)
df = read_index(args.folder/'data')
model = demo_model(demo_tokenizer(df), args.seed, stem=None, align_scale=1.)
model.forward = torch.autocast('cpu', torch.bfloat16)(model.forward)
dls = dataloaders(df, model.tokenizer, model.cfg.image_size, bs=32, seed=args.seed, augment=Augment(), max_length=model.cfg.max_text_length, device='cpu')
learn = fit(model, dls, epochs=100, seconds=args.seconds, folder=args.folder/'run', seed=args.seed, lr=1e-3, patience=None)

made = dict(command=f'tools/train_stem.py --images {args.images} --seconds {args.seconds:g} --seed {args.seed}', steps=len(learn.rates),
            valid_loss=float(learn.kept.best), threads=torch.get_num_threads(), versions={p: version(p) for p in ('radzero', 'torch')})
STEM.parent.mkdir(exist_ok=True)
save_file({k: v.half().contiguous() for k, v in model.vision.state_dict().items()}, STEM, metadata={k: json.dumps(v) for k, v in made.items()})
print(f'{STEM}: {STEM.stat().st_size/1e6:.1f} MB')
