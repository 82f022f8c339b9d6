"""Mutated inputs of every kind that comes from outside: image files, reports, tables, model folders, answers of language models, replies of an archive.
Whatever comes out must be a proper result or a named error, in time, with little memory, from a process that lives on."""
import argparse, collections, contextlib, copy, io, json, multiprocessing, os, re, struct, sys, tempfile, time, warnings, zlib
from pathlib import Path

def dicom_seeds(folder):
    "Small DICOM files, one for each kind of compression and some with look-up tables and padding."
    import numpy as np, pydicom
    from PIL import Image
    from pydicom.dataset import Dataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless
    from radzero.data.images import write_dicom
    y,x = np.mgrid[:48,:40]
    image = ((np.sin(y/7)*np.cos(x/5)+1)/2.2+.05*np.random.default_rng(0).random((48,40))).astype('f4').clip(0, 1)
    def made(name, syntax=None, bits=12, **attributes):
        ds = pydicom.dcmread(write_dicom(folder/name, image, bits=bits, monochrome1=name.startswith('mono1')))
        for k,v in attributes.items(): ds.add_new('PixelPaddingValue', 'US', v) if k=='padding' else setattr(ds, k, v)
        if syntax==JPEGBaseline8Bit:
            Image.fromarray(ds.pixel_array).save(stream := io.BytesIO(), 'jpeg')
            ds.file_meta.TransferSyntaxUID,ds.PixelData = syntax,encapsulate([stream.getvalue()])
            ds['PixelData'].VR = 'OB'
        elif syntax==DeflatedExplicitVRLittleEndian: ds.file_meta.TransferSyntaxUID = syntax
        elif syntax: ds.compress(syntax)
        ds.save_as(folder/name)
        return (folder/name).read_bytes()
    lut = Dataset()
    lut.LUTDescriptor,lut.LUTData = [4096,0,8],(np.arange(4096)//16).astype('u1').tobytes()
    lut['LUTDescriptor'].VR,lut['LUTData'].VR = 'US','OW'
    return [made('plain'), made('mono1', padding=0), made('lut', VOILUTSequence=[lut]), made('slope', RescaleSlope=-2), made('deflated', DeflatedExplicitVRLittleEndian),
            *(made(s.name.replace(' ', '')[:20], s, bits=b) for s,b in ((RLELossless,12),(JPEG2000Lossless,12),(JPEGLSLossless,12),(JPEGBaseline8Bit,8)))]

def picture_seeds(kind):
    "Small pictures in the modes and compressions of a format."
    import numpy as np
    from PIL import Image
    y,x = np.mgrid[:48,:40]
    grey = np.uint8((np.sin(y/7)*np.cos(x/5)+1)*127)
    byte = Image.fromarray(grey)
    deep = Image.fromarray(grey.astype(np.uint16)*257)
    ways = {'png':[(byte,{}), (deep,{}), (byte.convert('P'),{}), (byte.convert('RGBA'),{})], 'jpeg':[(byte,{}), (byte.convert('RGB'),{}), (byte,dict(progressive=True))],
            'tiff':[(byte,{}), (deep,{}), (deep,dict(tiffinfo={262:0})), (byte,dict(compression='tiff_lzw')), (byte,dict(compression='tiff_adobe_deflate')), (byte.convert('1'),dict(compression='group4'))]}
    def saved(im, **kw): im.save(stream := io.BytesIO(), kind, **kw); return stream.getvalue()
    return [saved(im, **kw) for im,kw in ways[kind]]

def mutated(seed, rng):
    "A damaged copy: bytes flipped, set to a limit, taken out, doubled, or the end cut off; half of the time in the head."
    b = bytearray(seed)
    for _ in range(int(rng.choice([1,1,2,4,16]))):
        at,n = int(rng.integers(0, min(len(b), 1500) if rng.random()<.5 else len(b))),int(rng.integers(1, 16))
        way = rng.choice(6, p=[.3,.3,.2,.07,.07,.06])
        if way==0: b[at] ^= 1<<int(rng.integers(0, 8))
        elif way==1: b[at] = int(rng.integers(0, 256))
        elif way==2: b[at:at+n] = bytes(rng.choice([0,255,127,128], 1).astype('u1'))*n
        elif way==3: del b[at:at+n]
        elif way==4: b[at:at] = b[at:at+n]
        elif rng.random()<.3: del b[max(at,1):]
        if not b: b = bytearray(seed[:1])
    return bytes(b)

def png_mended(b):
    "The same PNG with checksums that fit, so that the damage gets past the first check."
    out,at = bytearray(b[:8]),8
    while at+12<=len(b):
        n = int.from_bytes(b[at:at+4], 'big')
        body = b[at+4:at+8+n]
        out += b[at:at+4]+body+zlib.crc32(body).to_bytes(4, 'big')
        at += 12+n
    return bytes(out)

def longer(b, rng):
    "A piece of it repeated, up to 80,000 bytes: what takes time that grows faster than the text shows here."
    at,n = int(rng.integers(0, len(b))),int(rng.integers(1, 40))
    return b[:at]+(b[at:at+n]*80_000)[:int(rng.integers(1000, 80_000))]+b[at:]

ODD = None, True, 0, -1, 3, 10**9, 10**30, 1e308, .5, '', 'x', '../x', [], [1], {}, {'a':1}, 'There is \u202e nodule'

def places(o, at=()):
    "The way to every value in a JSON object."
    yield at
    for k,v in (o.items() if isinstance(o, dict) else enumerate(o) if isinstance(o, list) else ()): yield from places(v, (*at, k))

def json_mutated(b, rng):
    "A value or two replaced by an odd one, taken out or doubled: still JSON."
    o = json.loads(b)
    for _ in range(int(rng.choice([1,1,2]))):
        ways = list(places(o))[1:]
        if not ways: break
        *above,last = ways[int(rng.integers(0, len(ways)))]
        inside = o
        for k in above: inside = inside[k]
        how = rng.random()
        if how<.7: inside[last] = copy.deepcopy(ODD[int(rng.integers(0, len(ODD)))])
        elif how<.85: del inside[last]
        elif isinstance(inside, list): inside.append(copy.deepcopy(inside[last]))
        else: inside[f'{last}x'] = inside.pop(last)
    return json.dumps(o).encode()

class Kind:
    "Seeds, how they are damaged, and what is done with the result."
    errors = ()
    def __init__(self, folder): self.folder,self.path = Path(folder),Path(folder)/'fuzz'
    def damaged(self, seed, rng): return mutated(seed, rng)
    def said(self, f, *args):
        "'read', the first words of a complaint, or what should never come."
        from radzero.core import InputError
        try: out = f(*args)
        except InputError as e: return 'refused',re.sub(r'\d+', '#', e.problem.split(' (')[0])[:48]
        except self.errors as e: return 'refused',re.sub(r'\d+', '#', str(e))[:48]
        except BaseException as e: return f'ESCAPED {type(e).__name__}',str(e)[:120]
        return out or ('read','')

class Images(Kind):
    "All that reads a file of pixels."
    def __init__(self, folder, kind): super().__init__(folder); self.kind = kind
    def seeds(self): return dicom_seeds(self.folder) if self.kind=='dicom' else picture_seeds(self.kind)
    def damaged(self, seed, rng):
        b = mutated(seed, rng)
        return png_mended(b) if self.kind=='png' and rng.random()<.7 else b

    def tried(self, b):
        import numpy as np
        from radzero.data.images import RECIPES, header_doubts, read, sides, size_of
        self.path.write_bytes(b)
        def proper(f):
            out = f(self.path)
            if isinstance(out, np.ndarray) and not (out.dtype==np.float32 and np.isfinite(out).all() and 0<=out.min()<=out.max()<=1): return 'WRONG PICTURE',''
        found = [self.said(proper, f) for f in (*(lambda p,r=r: read(p, r) for r in RECIPES), size_of, sides, header_doubts)]
        return next((f for f in found if f[0] not in ('read','refused')), found[0])

class Reports(Kind):
    "Text of a report → sentences, each of which can be parsed again."
    def seeds(self):
        from radzero.phantom.patients import phantom
        return [phantom(i, size=32).report.encode() for i in range(40)]+[b'FINDINGS: No pneumothorax, small left effusion; not excluded: pneumonia.\r\nIMPRESSION:\\.br\\1. [ ] mass (-) 2. <br>nodule~3. ADDENDUM: none']
    def damaged(self, seed, rng): return longer(seed, rng) if rng.random()<.05 else mutated(seed, rng)
    def tried(self, b): return self.said(self.read, b.decode('utf-8', 'replace' if b[0]%2 else 'surrogateescape'))
    def read(self, text):
        from radzero.reports.sentences import FindingSentence, extract
        if any(FindingSentence.parse(str(s))!=s for s in extract(text)): return 'WRONG SENTENCE',''

class Answers(Kind):
    "The body of a chat completion → the sentences in it."
    errors = ValueError,
    def seeds(self):
        right = '{"sentences": ["There is nodule of the left lung", "There is no pneumothorax"]}'
        quoted = '{"sentences": [{"sentence": "There is nodule", "quote": "a nodule is seen"}]}'
        said = [right, quoted, f'<think>Hm.</think>\n```json\n{right}\n```', f'<|channel|>final<|message|>{right}<|return|>', '{"sentences": []}']
        bodies = [dict(choices=[dict(message=dict(content=c), finish_reason='stop')], usage=dict(prompt_tokens=100, completion_tokens=9, prompt_tokens_details=dict(cached_tokens=3))) for c in said]
        parts = dict(choices=[dict(message=dict(content=[dict(type='text', text=right)], refusal=None), finish_reason='length')], usage=None)
        return [json.dumps(o).encode() for o in (*bodies, parts)]
    def damaged(self, seed, rng): return longer(seed, rng) if rng.random()<.05 else (json_mutated if rng.random()<.5 else mutated)(seed, rng)
    def tried(self, b): return self.said(self.read, b)
    def read(self, b):
        from radzero.reports.llm import check, read_reply
        reply = read_reply(b)
        for report in (None, 'A nodule is seen. No pneumothorax.'):
            o = check(reply.content, report)
            if o.sentences is None and not o.reason: return 'NO REASON',''

class Tables(Kind):
    "An index in its three forms → rows, each complaint counted."
    def seeds(self):
        import pandas as pd
        from PIL import Image
        for i in range(4): Image.new('L', (8,8), i).save(self.folder/f'{i}.png')
        t = pd.DataFrame(dict(image=[f'{i}.png' for i in range(4)], patient=list('abcd'), report=['FINDINGS: Nodule.','No pneumothorax.','Clear lungs.','Left effusion.'], split=['train','train','valid','test']))
        t.to_csv(self.folder/'index.csv', index=False); t.to_json(self.folder/'index.jsonl', orient='records', lines=True); t.to_parquet(self.folder/'index.parquet')
        found = [s.encode()+b':'+(self.folder/f'index.{s}').read_bytes() for s in ('csv','jsonl','parquet')]
        for s in ('csv','jsonl','parquet'): (self.folder/f'index.{s}').unlink()
        return found
    def damaged(self, seed, rng):
        kind,_,body = seed.partition(b':')
        return kind+b':'+mutated(body, rng)
    def tried(self, b):
        kind,_,body = b.partition(b':')
        path = self.folder/f'fuzz.{kind.decode()}'
        path.write_bytes(body)
        return self.said(self.read, path)
    def read(self, path):
        from radzero.data.dataset import read_index
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()): df = read_index(path)
        if not len(df) or df.image.duplicated().any(): return 'WRONG TABLE',''

class Models(Kind):
    "A folder with one damaged file → a model that answers, or a complaint."
    def seeds(self):
        import torch
        from radzero import RadZero, RadZeroConfig
        from radzero.model.text import word_tokenizer
        torch.manual_seed(0)
        RadZero(RadZeroConfig.demo(size=32, width=32, channels=(16,32), extra=0, align_layers=1), word_tokenizer(['There is pneumothorax'])).save_pretrained(self.folder/'model')
        self.files = {str(f.relative_to(self.folder/'model')):f.read_bytes() for f in sorted((self.folder/'model').rglob('*')) if f.is_file() and f.suffix in ('.json','.safetensors')}
        return [name.encode()+b':'+body for name,body in self.files.items() for _ in range(3 if name in ('config.json','model.safetensors') else 1)]
    def damaged(self, seed, rng):
        name,_,body = seed.partition(b':')
        way = json_mutated if rng.random()<.6 else mutated
        if not name.endswith(b'.safetensors'): return name+b':'+way(body, rng)
        head = 8+struct.unpack('<Q', body[:8])[0]
        if way is json_mutated:
            new = json_mutated(body[8:head], rng)
            return name+b':'+struct.pack('<Q', len(new))+new+body[head:]
        return name+b':'+mutated(body[:head], rng)+body[head:]
    def tried(self, b):
        name,_,body = b.partition(b':')
        path = self.folder/'model'/name.decode()
        path.write_bytes(body)
        try: return self.said(self.read)
        finally: path.write_bytes(self.files[name.decode()])
    def read(self):
        import numpy as np
        from radzero import RadZero
        p = RadZero.from_pretrained(self.folder/'model').predict(np.linspace(0, 1, 1024, dtype=np.float32).reshape(32,32), 'There is pneumothorax', calibration=False)
        if not ((0<=p.probs) & (p.probs<=1)).all(): return 'WRONG ANSWER',''

class Replies(Kind):
    "What a DICOMweb archive sends → rows, a header, an image, or trouble that is named."
    def __init__(self, folder):
        super().__init__(folder)
        from radzero.show.pacs import Trouble
        self.errors = Trouble,
    def seeds(self):
        import numpy as np, pydicom
        from radzero.data.images import write_dicom
        path = write_dicom(self.folder/'one.dcm', np.linspace(0, 1, 640, dtype=np.float32).reshape(32,20))
        ds = pydicom.dcmread(path)
        ds.StationName,ds.BodyPartExamined = 'ROOM1','CHEST'
        head = ds.to_json_dict(); head.pop('7FE00010')
        ds.save_as(buffer := io.BytesIO(), enforce_file_format=True)
        part = b'--b\r\nContent-Type: application/dicom\r\n\r\n'+buffer.getvalue()+b'\r\n--b--\r\n'
        refused = {'00081198':dict(vr='SQ', Value=[{'00081197':dict(vr='US', Value=[43264])}])}
        self.row = str(ds.SOPInstanceUID),str(ds.StudyInstanceUID),str(ds.SeriesInstanceUID)
        return [b'q:'+json.dumps([head]).encode(), b'h:'+json.dumps([head]).encode(), b'f:'+part, b's:'+json.dumps(refused).encode(), b'n:'+json.dumps([head]*3).encode()]
    def damaged(self, seed, rng): return seed[:2]+(json_mutated if seed[:1]!=b'f' and rng.random()<.6 else mutated)(seed[2:], rng)
    def tried(self, b): return self.said(self.read, b[:1].decode(), b[2:])
    def read(self, what, body):
        import pydicom, requests
        from radzero.show.pacs import Archive, Row
        class Adapter(requests.adapters.BaseAdapter):
            def send(self, request, **_):
                r = requests.Response()
                r.status_code,r.raw,r.url,r.request = 200,io.BytesIO(body),request.url,request
                r.headers['Content-Type'] = 'multipart/related; type="application/dicom"; boundary=b' if what=='f' else 'application/dicom+json'
                return r
            def close(self): pass
        a,row = Archive('http://localhost:1/dicom-web'),Row(*self.row)
        a.client._session.mount('http://', Adapter())
        if what in 'qn':
            for rows in a.find('DX'):
                if any(not re.fullmatch(r'[0-9.]{1,64}', u) for r in rows for u in r[:3]): return 'WRONG ROW',''
        elif what=='h': a.header(row)
        elif what=='f': a.fetch(row, self.folder/'fetched.dcm')
        else: a.store([self.folder/'one.dcm'], row.study)

KINDS = dict(dicom=lambda d: Images(d, 'dicom'), png=lambda d: Images(d, 'png'), jpeg=lambda d: Images(d, 'jpeg'), tiff=lambda d: Images(d, 'tiff'),
             reports=Reports, answers=Answers, tables=Tables, models=Models, dicomweb=Replies)

def made(kind, name, seeds, i):
    "Input number i of a kind."
    import numpy as np
    return kind.damaged(seeds[i%len(seeds)], np.random.default_rng([i, *name.encode()]))

def worker(kind, name, seeds, first, n, send):
    "Tries inputs first … first+n-1 of a kind, each told before and after, so that a death names its input."
    warnings.simplefilter('ignore')
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for i in range(first, first+n):
        b = made(kind, name, seeds, i)
        send.send(("begin",i))
        start = time.perf_counter()
        said = kind.tried(b)
        send.send(('end',i,*said,time.perf_counter()-start,int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])/1024))
    send.send(('done',))

def fuzz(name, n, seconds, first=0, chunk=2000, limit=10):
    "Counts, the slowest, the peak of memory; a child that dies or takes longer than `limit` seconds is counted and replaced."
    import radzero.data.dataset, radzero.model.network, radzero.show.pacs, torch # once, for all children
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as d:
        kind = KINDS[name](d)
        seeds = kind.seeds()
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for s in seeds: # undamaged they are read, or the damage tells nothing
                if name!='dicomweb' and kind.tried(s)[0]!='read': raise SystemExit(f'{name}: a seed cannot be read: {kind.tried(s)}')
        count,errors,bad,slowest,peak,i,begin = collections.Counter(),collections.Counter(),[],0,0,first,time.perf_counter()
        while i<first+n and (seconds is None or time.perf_counter()-begin<seconds):
            get,send = multiprocessing.Pipe(False)
            child = multiprocessing.Process(target=worker, args=(kind, name, seeds, i, min(chunk, first+n-i), send))
            child.start(); send.close()
            while True:
                try: said = get.recv() if get.poll(limit) else None
                except EOFError: said = ('died',)
                if said is None or said[0]=='died':
                    child.kill(); child.join()
                    count['SLOW' if said is None else f'DIED {child.exitcode}'] += 1; bad.append(i); i += 1; break
                if said[0]=='done': break
                if said[0]=='begin': i = said[1]; continue
                _,i,what,why,took,mib = said
                count[what] += 1; errors[why] += what=='refused'; slowest,peak,i = max(slowest, took),max(peak, mib),i+1
                if what not in ('read','refused'): bad.append(i-1); print(name, i-1, what, why, file=sys.stderr, flush=True)
                if seconds is not None and time.perf_counter()-begin>seconds: child.kill(); break
            child.join()
    return dict(kind=name, seeds=len(seeds), inputs=sum(count.values()), outcomes=dict(count), complaints=dict(errors.most_common(12)), bad=bad[:20], slowest_s=round(slowest, 3), peak_mib=round(peak), seconds=round(time.perf_counter()-begin))

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--n', type=int, default=20000, help='inputs a kind')
    p.add_argument('--first', type=int, default=0, help='number of the first input: others than those that faults were found with')
    p.add_argument('--kinds', nargs='+', default=list(KINDS), choices=KINDS)
    p.add_argument('--seconds', type=float, help='stop a kind after so long')
    p.add_argument('--out', help='JSON file to write')
    args = p.parse_args()
    rows = []
    for kind in args.kinds:
        rows.append(fuzz(kind, args.n, args.seconds, args.first)); print(json.dumps(rows[-1]), flush=True)
        if args.out: Path(args.out).write_text(json.dumps(dict(command=' '.join(['python benchmarks/fuzz.py',*(w for w in sys.argv[1:] if w not in ('--out',args.out)),'--out nbs/results/fuzz.json']), rows=rows), indent=1)+'\n')
    sys.exit(any(set(r['outcomes'])-{'read','refused'} for r in rows))
