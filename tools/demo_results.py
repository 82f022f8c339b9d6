"""Run the demo for some seeds and keep its numbers and pictures for the front page; the model with the lowest validation loss becomes the embedded one.

usage: demo_results.py WORK_FOLDER SEED…     (about three minutes a seed on two cores)"""
import json, shutil, subprocess, sys
from dataclasses import replace
from pathlib import Path
from radzero import RadZero
from radzero.model.weights import EMBEDDED

results = Path(__file__).resolve().parent.parent/'nbs'/'results'
work, seeds = Path(sys.argv[1]), sys.argv[2:]
results.mkdir(exist_ok=True)
for seed in seeds:
    out = work/f'demo-{seed}'
    if not (out/'metrics.json').exists(): subprocess.run(['radzero-demo', '--seed', seed, '--out', out], check=True)
    shutil.copy(out/'metrics.json', results/f'demo-{seed}.json')
loss = lambda seed: json.loads((work/f'demo-{seed}'/'run.json').read_text())['best_valid_loss']
best = min(seeds, key=loss)
first = work/f'demo-{best}'
for picture in ('findings', 'sides'): shutil.copy(first/f'{picture}.png', results/f'{picture}.png')
subprocess.run(['radzero-eval', '--model', first/'model', '--data', first/'data', '--sets', 'phantom', '--out', first/'eval', '--study'], check=True)
shutil.copy(first/'eval'/'results.json', results/'eval.json')
shutil.copy(first/'eval'/'phantom-templates.csv', results/'templates.csv')

model = RadZero.from_pretrained(first/'model')
model.cfg = replace(model.cfg, provenance=f'{model.cfg.provenance} (radzero-demo --seed {best})',
                    training_data=f'Synthetic radiographs drawn by radzero.phantom.patients (seed {best}) and the finding-sentences of their templated reports; the frozen stem saw others (tools/train_stem.py). No patient is in it.')
shutil.rmtree(EMBEDDED, ignore_errors=True)
model.save_pretrained(EMBEDDED)
