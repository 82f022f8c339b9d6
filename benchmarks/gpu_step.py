"""A whole training step of the published model (random weights) and its inference on a GPU: peak memory and images a second, with data in memory.

usage: gpu_step.py [--batch 256] [--micro-batch 32] [--size 518] [--steps 5] [--compile] [--out FOLDER]"""
import argparse, time
import measure, torch
from radzero.model.config import MPNET_BASE,RadZeroConfig
from radzero.training.losses import mp_nce
from radzero.model.network import RadZero
from radzero.training.learner import adamw
from radzero.model.text import word_tokenizer

PAPER = dict(training=37.7, inference=94.93) # images/s a GPU: 13 h of 20 epochs on 4 H100, and section 4 (RadZero)

def timed(f, n, device):
    "Seconds of one call, after two to warm up."
    sync = torch.cuda.synchronize if device.type=='cuda' else (lambda: None)
    for _ in range(2): f()
    sync(); start = time.perf_counter()
    for _ in range(n): f()
    sync()
    return (time.perf_counter()-start)/n

def peak_gib(device): return torch.cuda.max_memory_allocated()/2**30 if device.type=='cuda' else float('nan')

def main(a):
    device = torch.device(a.device)
    cuda = device.type=='cuda'
    torch.manual_seed(0)
    words = word_tokenizer([f'There is no finding {i} of the right lower lung' for i in range(200)])
    model = RadZero(RadZeroConfig(image_size=a.size, text_config=MPNET_BASE), words).to(device).train()
    model.micro_batch = a.micro_batch
    if a.compile: model.compile()
    images = torch.rand(a.batch, 1, a.size, a.size).to(device)
    counts = torch.tensor([1+i%12 for i in range(a.batch)]) # 6.5 sentences an image
    image_of = torch.arange(a.batch).repeat_interleave(counts).to(device)
    said = model.tokenize([f'There is no finding {i%200} of the right lower lung' for i in range(int(counts.sum()))])
    opt = adamw(model, 1e-4, .05)
    def step():
        with torch.autocast(device.type, torch.bfloat16): logits,T = model(images, **said)
        mp_nce(logits.float(), image_of, T).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.)
        opt.step(); opt.zero_grad()
    @torch.inference_mode()
    def answer():
        with torch.autocast(device.type, torch.bfloat16):
            for part in images.split(a.micro_batch or a.batch): model.logits(model.encode_images(part), prompts)
    if cuda: torch.cuda.reset_peak_memory_stats()
    train = timed(step, a.steps, device)
    rows = [dict(what='training', seconds=train, images_per_second=a.batch/train, peak_gib=peak_gib(device))]
    model.eval()
    prompts = model.text_vectors([f'There is no finding {i} of the right lower lung' for i in range(14)])
    opt.clear_state(); model.zero_grad()
    if cuda: torch.cuda.empty_cache(); torch.cuda.reset_peak_memory_stats()
    infer = timed(answer, a.steps, device)
    rows.append(dict(what='inference', seconds=infer, images_per_second=a.batch/infer, peak_gib=peak_gib(device)))
    for r in rows: r['times the paper'] = r['images_per_second']/PAPER[r['what']]
    measure.report('gpu_step', rows, batch=a.batch, micro_batch=a.micro_batch, size=a.size, compiled=a.compile, sentences=int(counts.sum()))

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__)
    for name,default in dict(batch=256, micro_batch=32, size=518, steps=5).items(): p.add_argument('--'+name.replace('_','-'), type=int, default=default)
    p.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu'); p.add_argument('--compile', action='store_true'); p.add_argument('--out')
    main(p.parse_args())
