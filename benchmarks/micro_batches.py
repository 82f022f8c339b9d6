"A training step of the demo model with 256 images at once, and in micro-batches. `python benchmarks/micro_batches.py [--out FOLDER]`"
import json, sys
import measure, torch
from radzero.model.config import RadZeroConfig
from radzero.training.losses import mp_nce
from radzero.model.network import RadZero
from radzero.model.text import word_tokenizer

SENTENCES = [f'There is {a}{b}' for a in ('pleural effusion','no pneumothorax','consolidation','a nodule') for b in ('',' of the right lung',' of the left lower lung')]

def step_of(micro_batch, frozen, B=256, per=6):
    torch.manual_seed(0)
    model = RadZero(RadZeroConfig.demo(freeze_vision=frozen), word_tokenizer(SENTENCES)).train()
    size = model.cfg.image_size
    images,said = torch.rand(B, 1, size, size),model.tokenize([SENTENCES[i%len(SENTENCES)] for i in range(B*per)])
    image_of = torch.arange(B).repeat_interleave(per)
    model.micro_batch = micro_batch
    def step():
        model.zero_grad()
        logits,T = model(images, **said)
        mp_nce(logits, image_of, T).backward()
    return step

def child(what, kind, frozen):
    micro_batch = None if kind=='whole' else int(kind)
    step_of(None, True, 2, 1)()
    step = step_of(micro_batch, frozen=='frozen')
    if what=='memory': return dict(mib=measure.peak_mib(step))
    step()
    return dict(seconds=measure.cpu_seconds(step, 2))

if __name__=='__main__':
    if sys.argv[1:2]==['memory'] or sys.argv[1:2]==['time']: print(json.dumps(child(*sys.argv[1:])))
    else:
        rows = []
        for encoder in ('frozen','trained'):
            m = measure.memory_and_time(__file__, ('whole','64','16'), encoder, rounds=2)
            rows += [dict(encoder=encoder, micro_batch=k, mib=r['mib'], seconds=r['seconds'], memory_ratio=r['mib']/m['whole']['mib'], time_ratio=r['seconds']/m['whole']['seconds']) for k,r in m.items()]
        measure.report('micro_batches', rows, images=256)
