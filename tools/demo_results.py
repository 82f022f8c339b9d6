"""Run the demo for some seeds and keep its numbers and pictures for the front page; the first model becomes the embedded one.

usage: demo_results.py WORK_FOLDER SEED…     (about three minutes a seed on two cores)"""
import shutil, subprocess, sys
from dataclasses import replace
from pathlib import Path
from radzero import RadZero
from radzero.demo import EMBEDDED

results = Path(__file__).resolve().parent.parent/'nbs'/'results'
work, seeds = Path(sys.argv[1]), sys.argv[2:]
results.mkdir(exist_ok=True)
for seed in seeds:
    out = work/f'demo-{seed}'
    subprocess.run(['radzero-demo', '--seed', seed, '--out', out], check=True)
    shutil.copy(out/'metrics.json', results/f'demo-{seed}.json')
first = work/f'demo-{seeds[0]}'
for picture in ('findings', 'sides'): shutil.copy(first/f'{picture}.png', results/f'{picture}.png')
subprocess.run(['radzero-eval', '--model', first/'model', '--data', first/'data', '--sets', 'phantom', '--out', first/'eval', '--study'], check=True)
shutil.copy(first/'eval'/'results.json', results/f'eval-{seeds[0]}.json')
shutil.copy(first/'eval'/'phantom-templates.csv', results/f'templates-{seeds[0]}.csv')

model = RadZero.from_pretrained(first/'model')
model.cfg = replace(model.cfg, provenance=f'{model.cfg.provenance} (radzero-demo --seed {seeds[0]})',
                    training_data=f'Synthetic radiographs drawn by radzero.phantom (seed {seeds[0]}) and the finding-sentences of their templated reports; the frozen stem saw others (tools/train_stem.py). No patient is in it.')
shutil.rmtree(EMBEDDED, ignore_errors=True)
model.save_pretrained(EMBEDDED)
