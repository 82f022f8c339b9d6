"Dice at 101 thresholds and pixel AUROC of maps of 1024 x 1024: one map at a time, against stacking all of them and sweeping."
import json, sys, time

def pictures(n, size=1024):
    "Smooth maps and elliptic masks, one after the other; every fourth image has no mask."
    import numpy as np
    y,x = np.mgrid[:size,:size].astype(np.float32)/size
    for i in range(n):
        rng = np.random.default_rng(i)
        cx,cy,a,b = *rng.uniform(.25,.75,2),*rng.uniform(.04,.15,2)
        d = ((x-cx)/a)**2+((y-cy)/b)**2
        score = rng.uniform(0,4)*np.exp(-d/2*rng.uniform(.5,1.5))-2+.3*np.sin(rng.uniform(5,20)*x+rng.uniform(5,20)*y)
        yield (1/(1+np.exp(-score))).astype(np.float32),(d<1) & bool(i%4)

def streaming(n):
    "Seconds of the scoring alone, peak memory of the process above one picture, and the numbers."
    import measure
    from radzero.evaluation.metrics import SegmentationScores
    next(pictures(1)); s,seconds = SegmentationScores(),0
    open('/proc/self/clear_refs','w').write('5'); start = measure.status('VmRSS')
    for m,k in pictures(n):
        t = time.perf_counter(); s.update(m, k); seconds += time.perf_counter()-t
    t = time.perf_counter(); curve,area = s.dice_curve,s.pixel_auroc; seconds += time.perf_counter()-t
    return dict(seconds=seconds, mib=measure.status('VmHWM')-start, curve=curve.tolist(), pixel_auroc=area, bound=s.pixel_auroc_error)

def stacked(n):
    "The same with all maps in memory, one threshold after the other, and scikit-learn's AUROC over all pixels."
    import measure, numpy as np
    from sklearn.metrics import roc_auc_score
    from radzero.evaluation.metrics import THRESHOLDS
    open('/proc/self/clear_refs','w').write('5'); start = measure.status('VmRSS')
    maps,masks = map(np.stack, zip(*pictures(n)))
    begin,some = time.perf_counter(),masks.any((1,2))
    size,curve = masks[some].sum((1,2)),[]
    positive,truth = maps[some],masks[some]
    for t in THRESHOLDS:
        above = positive>t
        curve.append((2*(above & truth).sum((1,2))/(above.sum((1,2))+size)).mean())
    sweep = time.perf_counter()-begin
    area = roc_auc_score(masks.ravel(), maps.ravel())
    return dict(seconds=time.perf_counter()-begin, sweep=sweep, mib=measure.status('VmHWM')-start, curve=curve, pixel_auroc=area)

if __name__=='__main__':
    if len(sys.argv)>2 and sys.argv[1] in ('streaming','stacked'): print(json.dumps(globals()[sys.argv[1]](int(sys.argv[2]))))
    else:
        import measure
        runs = {(k,n):measure.own_process(__file__, k, n) for k,n in (('streaming',50),('streaming',200),('stacked',200))}
        ref,rows = runs['stacked',200],[]
        for (k,n),r in runs.items():
            same = n==200
            rows.append(dict(way=k, images=n, seconds=r['seconds'], of_it_sweep=r.get('sweep'), mib=r['mib'], times_faster=ref['seconds']/r['seconds'] if same else None,
                             dice_difference=max(abs(a-b) for a,b in zip(r['curve'], ref['curve'])) if same else None, pixel_auroc_difference=abs(r['pixel_auroc']-ref['pixel_auroc']) if same else None))
        measure.report('streaming', rows, side=1024, thresholds=101)
