"""What the machine does to a command: signals, twice in a row, a full disk, a folder that cannot be written to, too little memory, two runs at once, a clock that runs backwards.
After each of them the same command is given once more, and must leave what an undisturbed run leaves."""
import argparse, collections, contextlib, hashlib, importlib, json, os, resource, shutil, signal, subprocess, sys, tempfile, time, traceback
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', TQDM_DISABLE='1', HF_HUB_OFFLINE='1', MPLBACKEND='agg')

MODULES = 'radzero.demo radzero.commands.demo radzero.commands.extract radzero.commands.train radzero.commands.eval radzero.commands.calibrate radzero.commands.predict radzero.commands.report radzero.commands.score'
SMALL = ['--epochs','3','--device','cpu','--batch-size','16']

def stages(work, out):
    "Stage → where its command is, and its words."
    model,data = ['--model',work/'model'],work/'data'
    return dict(
        extract=('extract.extract', [work/'reports.csv','--out',out]),
        collect=('train.data', ['collect',f'kermany={work/"kermany"}','--out',out]),
        prepare=('train.data', ['prepare',data,'--out',out,'--workers','1']),
        features=('train.data', ['features',data,'--out',out,'--workers','1','--device','cpu','--shard-mib','1']),
        train=('train.train', [data,'--out',out,*SMALL]),
        eval=('eval.evaluate', [*model,'--data',work/'sets','--out',out,'--n-boot','20','--workers','1','--device','cpu','--sets','phantom','rsna','siim']),
        calibrate=('calibrate.calibrate', [*model,'--data',data,'--least','2','--out',out/'calibration.json','--date','2026-01-01']),
        predict=('predict.predict', [*model,*sorted((data/'images').glob('*.dcm'))[:4],'--prompt','pneumothorax','--out',out]),
        report=('report.report', [data/'images',*model,'--prompt','pneumothorax','--out',out/'page.html']),
        score=('score.score', [data/'images',*model,'--prompt','pneumothorax','--shard','8','--out',out,'--device','cpu','--maps','--dicom']),
        demo=('demo.demo', ['--size','tiny','--threads','1','--out',out]))

def prepare(work):
    "Inputs of all stages: phantoms, their reports, small test sets, an untrained model."
    import pandas as pd, torch
    from PIL import Image
    from radzero import RadZero, RadZeroConfig
    from radzero.evaluation.miniatures import miniature
    from radzero.model.text import word_tokenizer
    from radzero.phantom.patients import write_phantoms
    for split,n in dict(train=32, valid=40).items(): write_phantoms(work/'data', n, seed=n, split=split, size=96, workers=0, progress=False)
    write_phantoms(work/'sets'/'phantom', 12, split='test', size=96, workers=0, progress=False)
    for k in ('rsna','siim'): miniature(k, work/'sets'/k)
    for i in range(24):
        path = work/'kermany'/f'{"NORMAL/IM" if i%2 else "PNEUMONIA/person"}{i}{"-0001" if i%2 else "_virus_1"}.jpeg'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('L', (16,16), i).save(path)
    pd.DataFrame(dict(study=range(3000), text=[f'FINDINGS: There is {"no " if i%2 else ""}pneumothorax. Small left pleural effusion {i}.' for i in range(3000)])).to_csv(work/'reports.csv', index=False)
    torch.manual_seed(0)
    RadZero(RadZeroConfig.demo(size=32, width=32, channels=(16,32), extra=0, align_layers=1, provenance='untrained'), word_tokenizer(['There is pneumothorax'])).save_pretrained(work/'model')

def child(where, words, log, disturb=None):
    "The command in a process forked from this one, which has imported everything."
    if pid := os.fork(): return pid
    code = 70
    try:
        os.setsid()
        for s in (signal.SIGINT,signal.SIGTERM): signal.signal(s, signal.default_int_handler if s==signal.SIGINT else signal.SIG_DFL)
        fd = os.open(log, os.O_CREAT|os.O_WRONLY|os.O_TRUNC)
        os.dup2(fd, 1); os.dup2(fd, 2)
        if disturb: disturb()
        module,name = where.split('.')
        sys.argv = [where,*map(str, words)] # as on a command line: what comes after a stop is ignored
        code = getattr(importlib.import_module(f'radzero.commands.{module}'), name)()
        sys.stdout.flush(); sys.stderr.flush()
    except SystemExit as e: code = e.code if isinstance(e.code, int) else 71
    except BaseException: traceback.print_exc()
    finally: os._exit(code or 0)

def ended(pid, limit=300):
    "Exit code of a child; a negative one for the signal it died of, None if it had to be killed."
    end = time.monotonic()+limit
    while time.monotonic()<end:
        done,status = os.waitpid(pid, os.WNOHANG)
        if done: return os.waitstatus_to_exitcode(status)
        time.sleep(.003)
    os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)

TIMES = {'seconds','time','stages','date','pace','command','out','started','made','images_per_second','waiting','seconds_taken','key'} # the key of an evaluation holds the times of its files

def plain(o):
    "A JSON value without what is different every time."
    if isinstance(o, dict): return {k:plain(v) for k,v in o.items() if k not in TIMES}
    return [plain(v) for v in o] if isinstance(o, list) else o

def timeless(path):
    "A DICOM object without dates and times."
    import pydicom
    ds = pydicom.dcmread(path)
    ds.walk(lambda d, e: d.__delitem__(e.tag) if e.VR in ('DA','TM','DT') else None)
    return ds.to_json()

def content(path):
    "What a file says, as a short text."
    import pandas as pd
    if path.suffix=='.parquet': said = pd.read_parquet(path).to_json()
    elif path.suffix=='.json': said = json.dumps(plain(json.loads(path.read_text())))
    elif path.suffix=='.csv': said = pd.read_csv(path).drop(columns=list(TIMES), errors='ignore').to_json()
    elif path.suffix=='.dcm': said = timeless(path)
    elif path.name in ('curves.png','times.png') or path.suffix in ('.log','.sqlite'): return 'there'
    else: return hashlib.sha256(path.read_bytes().replace(str(path.parent).encode(), b'')).hexdigest()[:12]
    return hashlib.sha256(said.encode()).hexdigest()[:12]

def left(out): return {str(p.relative_to(out)):content(p) for p in sorted(out.rglob('*')) if p.is_file()}
def size(out): return sum(p.stat().st_size for p in out.rglob('*') if p.is_file())

@contextlib.contextmanager
def small_disk(folder, kib):
    "A file system of its own with so much room; None where this user may not mount one."
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(['mount','-t','tmpfs','-o',f'size={kib}k','tmpfs',folder], capture_output=True).returncode: yield None; return
    def again(options): subprocess.run(['mount','-o',f'remount,{options}',folder], check=True)
    try: yield again
    finally: subprocess.run(['umount','-l',folder])

class Trial:
    "One stage: the undisturbed run, and disturbed ones to be compared with it."
    def __init__(self, stage, work):
        self.stage,self.work,self.rows,self.bad = stage,work,collections.defaultdict(collections.Counter),[]
        self.log = work/f'{stage}.log'
        out = work/'out'/stage/'plain'
        begin = time.monotonic()
        self.code,said = self.run(out)
        self.seconds,self.left,self.size = time.monotonic()-begin,left(out),size(out)
        if self.code not in (0,1): raise SystemExit(f'{stage} does not run undisturbed: {said}')

    def start(self, out, disturb=None, log=None):
        out.mkdir(parents=True, exist_ok=True)
        return child(*stages(self.work, out)[self.stage], log or self.log, disturb)

    def run(self, out, disturb=None): return ended(self.start(out, disturb)),self.log.read_text(errors='replace')

    def judge(self, fault, code, said, out, wanted):
        "Counts what happened; keeps what should not have."
        problem = None
        if code is None: problem = 'had to be killed'
        elif code not in (self.code,*wanted): problem = f'exit code {code}'
        elif 'Traceback' in said: problem = 'a traceback'
        elif code in wanted and code!=self.code and not said.strip(): problem = 'no word'
        again = 'not run again'
        if out is not None:
            code2,said2 = self.run(out)
            here = left(out)
            again = 'equal' if code2==self.code and here==self.left else 'different'
            if again!='equal': problem = f'{problem or ""} afterwards exit code {code2}; different: {sorted(k for k in {*here,*self.left} if here.get(k)!=self.left.get(k))[:6]} {said2[-300:]}'
        self.rows[fault][f'exit {code}, again {again}'] += 1
        if problem: self.bad.append(dict(stage=self.stage, fault=fault, problem=problem, said=said[-600:]))

    def signals(self, n, rng):
        for number in (signal.SIGINT,signal.SIGTERM):
            for i in range(n):
                out = self.work/'out'/self.stage/f'{number.name}{i}'
                pid = self.start(out)
                time.sleep(.05+float(rng.uniform(.02, .98))*self.seconds) # the command has begun
                for wait in (0, float(rng.choice([0,.002,.05]))):
                    time.sleep(wait)
                    with contextlib.suppress(ProcessLookupError): os.kill(pid, number)
                code = ended(pid)
                self.judge(f'{number.name} twice', code, self.log.read_text(errors='replace'), out, (128+number,))
                shutil.rmtree(out)

    def full_disk(self, shares):
        for share in shares:
            out = self.work/'out'/self.stage/'disk'
            with small_disk(out, max(4, int(self.size*share/1024))) as remount:
                if remount is None: self.rows['full disk']['not tried: this user may not mount'] += 1; return
                code,said = self.run(out)
                remount(f'size={self.size*4//1024+65536}k')
                self.judge('full disk', code, said, out, (1,2))

    def read_only(self):
        out = self.work/'out'/self.stage/'ro'
        with small_disk(out, 1024) as remount:
            if remount is None: self.rows['read-only folder']['not tried: this user may not mount'] += 1; return
            remount('ro')
            code,said = self.run(out)
            self.judge('read-only folder', code, said, None, (2,))
            if code==self.code: self.bad.append(dict(stage=self.stage, fault='read-only folder', problem='it says that all is well', said=said[-300:]))

    def little_memory(self, mib):
        def limit():
            now = int(next(l for l in open('/proc/self/status') if l.startswith('VmSize')).split()[1])*1024
            resource.setrlimit(resource.RLIMIT_AS, (now+mib*2**20,)*2)
        out = self.work/'out'/self.stage/f'memory{mib}'
        code,said = self.run(out, limit)
        killed = code is None or code<0 or code==127 # by the system, by a library in C, or a thread that Python cannot begin: nothing can turn these into a line
        self.judge(f'{mib} MiB more', 'killed' if killed else code, said, out, (1,2,'killed'))
        shutil.rmtree(out)

    def two_at_once(self):
        out,log = self.work/'out'/self.stage/'two',self.work/f'{self.stage}-2.log'
        pids = self.start(out),self.start(out, log=log)
        codes = [ended(p) for p in pids]
        for c,l in zip(codes, (self.log.read_text(errors='replace'), log.read_text(errors='replace'))): self.judge('two at once', c, l, None, (2,))
        if self.code not in codes: self.bad.append(dict(stage=self.stage, fault='two at once', problem=f'neither was done: {codes}', said=''))
        self.judge('two at once, then alone', self.code, '', out, ())
        shutil.rmtree(out)

    def clock(self):
        def backwards():
            real,calls = time.time,[0]
            def t(): calls[0] += 1; return real()-60*calls[0]
            time.time = t
        out = self.work/'out'/self.stage/'clock'
        code,said = self.run(out, backwards)
        self.judge('clock runs backwards', code, said, out, ())
        shutil.rmtree(out)

def tried(stage, work, n, shares, memory):
    import numpy as np
    t = Trial(stage, work)
    print(f'{stage}: undisturbed {t.seconds:.1f} s, {t.size/1024:.0f} KiB, {len(t.left)} files', file=sys.stderr, flush=True)
    t.signals(n, np.random.default_rng(len(stage)))
    t.full_disk(shares); t.read_only(); t.two_at_once(); t.clock()
    for m in memory: t.little_memory(m)
    for b in t.bad: print(json.dumps(b), file=sys.stderr, flush=True)
    return dict(stage=stage, seconds=round(t.seconds, 1), kib=t.size//1024, files=len(t.left), faults={k:dict(v) for k,v in t.rows.items()}, bad=[{k:v for k,v in b.items() if k!='said'} for b in t.bad])

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--stages', nargs='+', default=list(stages(Path(), Path())), help='some of them')
    p.add_argument('--n', type=int, default=5, help='stops by each signal')
    p.add_argument('--shares', type=float, nargs='+', default=[.05,.3,.6,.9], help='of the room that the results need, on the disk that fills up')
    p.add_argument('--memory', type=int, nargs='*', default=[8,64], help='MiB that a run may take beside what is loaded')
    p.add_argument('--out', help='JSON file to write')
    args = p.parse_args()
    import numpy, pandas, sqlite3, torch, torchvision, transformers, timm, matplotlib.pyplot, pyarrow.parquet, scipy.stats, skimage.measure, sklearn.metrics
    from fastai.vision import all as _
    for m in MODULES.split(): importlib.import_module(m)
    with tempfile.TemporaryDirectory() as d:
        work,rows = Path(d),[]
        if not (pid := os.fork()):
            try: prepare(work); os._exit(0)
            except BaseException: traceback.print_exc(); os._exit(1)
        if ended(pid, 600)!=0: sys.exit('the inputs could not be made')
        for stage in args.stages:
            rows.append(tried(stage, work, args.n, args.shares, args.memory))
            if args.out: Path(args.out).write_text(json.dumps(dict(command=' '.join(['python benchmarks/faults.py',*(w for w in sys.argv[1:] if w not in ('--out',args.out)),'--out nbs/results/faults.json']), rows=rows), indent=1)+'\n')
    print(json.dumps(rows, indent=1))
    sys.exit(any(r['bad'] for r in rows))
