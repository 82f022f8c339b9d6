"Throughput of radzero.reports.extraction against the stand-in server, beside the ideal: `python benchmarks/extraction.py [reports] [seconds a request] [concurrency] [rounds]`."
import json, sys, tempfile
from pathlib import Path
import pandas as pd
from radzero.reports.extraction import extract_reports
from radzero.reports.llm import LLM
from radzero.reports.rehearsal import rehearsal

n,delay,concurrency,rounds = [t(a) for t,a in zip((int,float,int,int), [*sys.argv[1:], *'5000 .05 64 3'.split()[len(sys.argv)-1:]])]
reports = pd.DataFrame({'study':[str(i) for i in range(n)], 'text':[f'Nodule number {i} in the right upper lobe. No pleural effusion or pneumothorax. '*4 for i in range(n)]})
ideal,out = n*delay/concurrency,[]
with tempfile.TemporaryDirectory() as folder:
    for i in range(rounds):
        with rehearsal('--delay', delay) as url:
            run = extract_reports(reports, LLM('rehearsal',url), Path(folder)/f'{i}.sqlite', concurrency, progress=False).attrs['run']
        out.append(dict(seconds=run['seconds'], ideal=ideal, ratio=ideal/run['seconds'], extracted=run['extracted']))
        print(json.dumps(out[-1]), flush=True)
print(f'{n} requests of {delay} s at concurrency {concurrency}: best ratio {max(o["ratio"] for o in out):.3f}, median {sorted(o["ratio"] for o in out)[len(out)//2]:.3f}')
