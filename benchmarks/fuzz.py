"Mutated image files of every kind the reader knows: whatever comes out must be a picture or an `InputError`, from a process that lives on."
import argparse, collections, io, json, multiprocessing, os, re, sys, tempfile, time, warnings
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

def tried(path):
    "What reading says: 'read', the first words of a complaint, or what should never come."
    import numpy as np
    from radzero.core import InputError
    from radzero.data.images import RECIPES, header_doubts, read, sides, size_of
    def one(f):
        try: out = f(path)
        except InputError as e: return 'refused',re.sub(r'\d+', '#', e.problem.split(' (')[0])[:48]
        except BaseException as e: return f'ESCAPED {type(e).__name__}',''
        bad = isinstance(out, np.ndarray) and not (out.dtype==np.float32 and np.isfinite(out).all() and 0<=out.min()<=out.max()<=1)
        return ('WRONG PICTURE' if bad else 'read'),''
    found = [one(f) for f in (*(lambda p,r=r: read(p, r) for r in RECIPES), size_of, sides, header_doubts)]
    return next((f for f in found if f[0] not in ('read','refused')), found[0])

def worker(kind, seeds, first, n, folder, send):
    "Tries inputs first … first+n-1 of a kind, each told before and after, so that a death names its input."
    import numpy as np
    warnings.simplefilter('ignore')
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    path = Path(folder)/'fuzz'
    for i in range(first, first+n):
        rng = np.random.default_rng([i, len(kind)])
        path.write_bytes(mutated(seeds[i%len(seeds)], rng))
        send.send(('begin',i))
        start = time.perf_counter()
        said = tried(path)
        send.send(('end',i,*said,time.perf_counter()-start,int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])/1024))
    send.send(('done',))

def fuzz(kind, n, seconds, chunk=2000, limit=10):
    "Counts, the slowest, the peak of memory; a child that dies or takes longer than `limit` seconds is counted and replaced."
    import radzero.data.images # once, for all children
    with tempfile.TemporaryDirectory() as d:
        seeds = dicom_seeds(Path(d)) if kind=='dicom' else picture_seeds(kind)
        count,errors,bad,slowest,peak,i,begin = collections.Counter(),collections.Counter(),[],0,0,0,time.perf_counter()
        while i<n and (seconds is None or time.perf_counter()-begin<seconds):
            get,send = multiprocessing.Pipe(False)
            child = multiprocessing.Process(target=worker, args=(kind, seeds, i, min(chunk, n-i), d, send))
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
                if what not in ('read','refused'): bad.append(i-1)
                if seconds is not None and time.perf_counter()-begin>seconds: child.kill(); break
            child.join()
    return dict(kind=kind, seeds=len(seeds), inputs=sum(count.values()), outcomes=dict(count), complaints=dict(errors.most_common(12)), bad=bad[:20], slowest_s=round(slowest, 3), peak_mib=round(peak), seconds=round(time.perf_counter()-begin))

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--n', type=int, default=20000, help='inputs a kind')
    p.add_argument('--kinds', nargs='+', default=['dicom','png','jpeg','tiff'], choices=['dicom','png','jpeg','tiff'])
    p.add_argument('--seconds', type=float, help='stop a kind after so long')
    p.add_argument('--out', help='JSON file to write')
    args = p.parse_args()
    rows = []
    for kind in args.kinds:
        rows.append(fuzz(kind, args.n, args.seconds)); print(json.dumps(rows[-1]), flush=True)
        if args.out: Path(args.out).write_text(json.dumps(dict(command=' '.join(['python benchmarks/fuzz.py',*sys.argv[1:]]), rows=rows), indent=1)+'\n')
    sys.exit(any(set(r['outcomes'])-{'read','refused'} for r in rows))
