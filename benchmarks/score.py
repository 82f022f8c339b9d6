"An archive by radzero-score and by calling `predict` image by image, and the memory that ten times the images take. `python benchmarks/score.py [--out FOLDER] [--images 300] [--size 224]`"
import argparse, json, os, shutil, statistics, sys, tempfile, time
from pathlib import Path

FINDINGS = 'pneumothorax','pleural effusion','consolidation','nodule'

def loaded(threads=2):
    import torch
    from radzero.demo import pretrained
    torch.set_num_threads(threads)
    return pretrained()

def one_by_one(folder):
    "Seconds of `predict` for each image in turn, with the points and boxes that the other way gives too; the sum of all probabilities."
    from radzero.model.zeroshot import as_prompt,predict
    model,prompts,total = loaded(),[as_prompt(f) for f in FINDINGS],0
    files = sorted(str(p) for p in Path(folder).rglob('*.dcm'))
    predict(model, files[0], prompts)
    start,cpu = time.perf_counter(),time.process_time()
    for f in files:
        preds = predict(model, f, prompts)
        preds.points,preds.boxes(),preds.calibrated
        total += float(preds.probs.sum())
    return dict(seconds=time.perf_counter()-start, cpu=time.process_time()-cpu, images=len(files), total=total)

def in_shards(folder, shard=100):
    "The same by `radzero-score`'s plan and work, and the peak memory of the process."
    import measure
    from functools import partial
    from radzero.evaluation.archive import answers,plan,read_scores,work
    from radzero.model.zeroshot import as_prompt,predict
    model,prompts,out = loaded(),[as_prompt(f) for f in FINDINGS],tempfile.mkdtemp()
    predict(model, next(Path(folder).rglob('*.dcm')), prompts)
    Path('/proc/self/clear_refs').write_text('5')
    before,start,cpu = measure.status('VmRSS'),time.perf_counter(),time.process_time()
    job = work(plan(out, folder, shard_images=shard, prompts={p:[p] for p in prompts}), partial(answers, model, prompts, folder, batch_size=16))
    seconds,cpu,peak = time.perf_counter()-start,time.process_time()-cpu,measure.status('VmHWM')
    total = float(read_scores(out).probability.astype(float).sum())
    shutil.rmtree(out)
    return dict(seconds=seconds, cpu=cpu, images=job.manifest['images'], total=total, mib=peak, above=peak-before)

def archive(images, size):
    "Phantoms, and ten times as many names for them."
    from radzero.phantom.patients import write_phantoms
    folder = Path(tempfile.mkdtemp())
    write_phantoms(folder/'one', images, size=size, workers=2, progress=False)
    for k in range(10):
        (folder/'ten'/str(k)).mkdir(parents=True)
        for p in (folder/'one'/'images').iterdir(): os.link(p, folder/'ten'/str(k)/p.name)
    return folder

def compare(images, size, rounds=3):
    import measure
    folder,found = archive(images, size),dict(one_by_one=[], in_shards=[])
    for _ in range(rounds):
        for k,r in found.items(): r.append(measure.own_process(__file__, k, folder/'one'))
    slow,fast = ({k:statistics.median(o[k] for o in found[w]) for k in found[w][0]} for w in found)
    assert abs(slow['total']-fast['total'])<1e-3*images
    ten = measure.own_process(__file__, 'in_shards', folder/'ten')
    shutil.rmtree(folder)
    def row(way, r): return dict(way=way, size=size, images=r['images'], images_per_second=r['images']/r['seconds'], cpu_seconds_per_image=r['cpu']/r['images'], mib=r.get('mib'), mib_above_model=r.get('above'))
    ratios = [a['seconds']/b['seconds'] for a,b in zip(*found.values())]
    return [row('image by image', slow), row('radzero-score', fast)|dict(times_faster=statistics.median(ratios)), row('radzero-score', ten)|dict(memory_ratio=ten['mib']/fast['mib'])]

if __name__=='__main__':
    if len(sys.argv)>2 and sys.argv[1] in ('one_by_one','in_shards'): print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))
    else:
        import measure
        p = argparse.ArgumentParser(); p.add_argument('--images', type=int, default=300); p.add_argument('--size', type=int, default=224)
        args = p.parse_known_args()[0]
        measure.report('score', compare(args.images, args.size), prompts=len(FINDINGS), threads=2, batch=16, shard=100)
