"VL-CABS and its loss, forward and backward: ours beside a plain transcription of the formula. `python benchmarks/vlcabs.py [--out FOLDER]`"
import json, sys
import measure, torch, torch.nn.functional as F
from radzero.training.losses import mp_nce
from radzero.model.vlcabs import vl_cabs

def plain(tokens, texts, temperature):
    "Section 3.2 of the paper, one equation a line."
    v,t = F.normalize(tokens, dim=-1),F.normalize(texts, dim=-1)
    s = torch.einsum('bkd,nd->bnk', v, t)
    a = (s/temperature).softmax(-1)
    pooled = torch.einsum('bnk,bkd->bnd', a, v)
    return torch.einsum('bnd,nd->nb', F.normalize(pooled, dim=-1), t)

def ragged(B, per):
    "As many sentences as `per` an image on average, from one to almost twice as many."
    counts = torch.tensor([1+i%(2*per-1) for i in range(B)])
    return torch.arange(B).repeat_interleave(counts)

def step_of(kind, B, per, L, D, uneven):
    g = torch.Generator().manual_seed(0)
    image_of = ragged(B, per) if uneven else torch.arange(B).repeat_interleave(per)
    inputs = [torch.randn(B, 1+L, D, generator=g), torch.randn(len(image_of), D, generator=g), torch.tensor(.07)]
    for o in inputs: o.requires_grad_()
    f = dict(plain=plain, ours=vl_cabs)[kind]
    def step():
        for o in inputs: o.grad = None
        mp_nce(f(*inputs), image_of, inputs[-1]).backward()
    return step

def child(what, kind, *size):
    size = [int(o) for o in size]
    step_of(kind, 2, 2, 16, 8, 0)()
    step = step_of(kind, *size)
    if what=='memory': return dict(mib=measure.peak_mib(step))
    small = size[0]*size[0]*size[1]*size[2]<2**24
    for _ in range(3): step()
    return dict(seconds=measure.cpu_seconds(step, 100 if small else 3))

SIZES = [(64,6,1369,768,0), (64,6,1369,768,1), (16,6,256,384,1), (8,6,196,64,0), (3,2,49,32,1), (1,4,1369,768,0), (32,1,400,128,0)]

if __name__=='__main__':
    if sys.argv[1:2]==['memory'] or sys.argv[1:2]==['time']: print(json.dumps(child(*sys.argv[1:])))
    else:
        rows = []
        for size in SIZES:
            m = measure.memory_and_time(__file__, ('plain','ours'), *size)
            rows.append(dict(zip(('images','sentences an image','patches','width','ragged'), size)) | {f'{k}_{n}':r[n] for n in ('mib','seconds') for k,r in m.items()}
                        | dict(memory_ratio=m['ours']['mib']/m['plain']['mib'] if m['plain']['mib']>1 else None, time_ratio=m['ours']['seconds']/m['plain']['seconds']))
        measure.report('vlcabs', rows)
