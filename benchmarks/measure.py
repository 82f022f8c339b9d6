"Peak memory and processor time of a step, each in a process of its own, and the table of several."
import argparse, json, os, platform, statistics, subprocess, sys, time
from pathlib import Path
import pandas as pd

def status(name):
    "A line of /proc/self/status in MiB (Linux)."
    return next(int(l.split()[1])/1024 for l in open('/proc/self/status') if l.startswith(name+':'))

def peak_mib(step):
    "How far the resident memory rises above where it is now."
    Path('/proc/self/clear_refs').write_text('5')
    start = status('VmRSS')
    step()
    return status('VmHWM')-start

def cpu_seconds(step, n=3):
    "Processor time of each of `n` steps, all threads together."
    out = []
    for _ in range(n):
        start = time.process_time(); step(); out.append(time.process_time()-start)
    return out

def own_process(script, *args, threads=2, **env):
    "What `script` prints as the last line, as JSON, when it is run on its own."
    env = os.environ | dict(OMP_NUM_THREADS=str(threads)) | env
    done = subprocess.run([sys.executable, script, *map(str, args)], env=env, capture_output=True, text=True)
    if done.returncode: sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])

def memory_and_time(script, kinds, *args, threads=2, rounds=3):
    "Peak MiB and median processor seconds of each kind; the kinds take turns. While they are timed, freed memory stays with the process: arithmetic is compared, not paging."
    calm = dict(MALLOC_MMAP_THRESHOLD_='1000000000', MALLOC_TRIM_THRESHOLD_='100000000000')
    rows = {k:dict(mib=own_process(script, 'memory', k, *args, threads=threads, MALLOC_MMAP_THRESHOLD_='65536')['mib'], seconds=[]) for k in kinds}
    for _ in range(rounds):
        for k in kinds: rows[k]['seconds'] += own_process(script, 'time', k, *args, threads=threads, **calm)['seconds']
    return {k:dict(mib=r['mib'], seconds=statistics.median(r['seconds'])) for k,r in rows.items()}

def machine():
    "What a reader of the figures has to know."
    import torch
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return dict(device=gpu or platform.processor() or platform.machine(), cores=os.cpu_count(), torch=torch.__version__)

def report(name, rows, **facts):
    "Print the table, and with --out FOLDER keep it as FOLDER/name.json."
    print(pd.DataFrame(rows).to_string(index=False, float_format='{:.3g}'.format))
    p = argparse.ArgumentParser(); p.add_argument('--out')
    if out := p.parse_known_args()[0].out:
        Path(out).mkdir(parents=True, exist_ok=True)
        (Path(out)/f'{name}.json').write_text(json.dumps(dict(machine=machine(), **facts, rows=rows), indent=1))
