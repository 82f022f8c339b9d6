"""How long `from radzero import RadZero` takes beside `import torch, transformers`, and `import radzero` beside nothing, in fresh processes by turns.

usage: imports.py [--times N] [--out DIR]"""
import argparse, json, statistics, subprocess, sys, time
from pathlib import Path

WAYS = {'python': 'pass', 'import radzero': 'import radzero', 'import torch, transformers': 'import torch, transformers', 'from radzero import RadZero': 'from radzero import RadZero'}


def seconds(code):
    start = time.monotonic()
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True)
    return time.monotonic()-start


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--times', type=int, default=5)
    p.add_argument('--out', type=Path)
    args = p.parse_args()
    taken = {k: [] for k in WAYS}
    for _ in range(args.times):
        for k, code in WAYS.items(): taken[k].append(seconds(code))
    t = {k: statistics.median(v) for k, v in taken.items()}
    found = dict(seconds={k: round(v, 2) for k, v in t.items()}, ratio=round(t['from radzero import RadZero']/t['import torch, transformers'], 2))
    print(json.dumps(found, indent=1))
    if args.out: (args.out/'imports.json').write_text(json.dumps(found, indent=1))
