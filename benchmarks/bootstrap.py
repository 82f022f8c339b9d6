"Bootstrap intervals of AUROC and average precision for a set of PadChest's size: 39,053 images of 24,491 patients, 192 classes, 1,000 draws."
import json, sys, time

def data(images=39053, patients=24491, classes=192, seed=0):
    "Scores and labels; positives from one image in eight down to one in the whole set."
    import numpy as np
    rng = np.random.default_rng(seed)
    share = np.geomspace(1/8, 1/images, classes)
    labels = (rng.random((images,classes))<share).astype(float)
    labels[rng.integers(0, images, classes),np.arange(classes)] = 1
    return rng.normal(size=labels.shape)+labels,labels,rng.integers(0, patients, images)

def shared(n_boot):
    import measure
    from radzero.evaluation.metrics import classification
    s,y,patients = data()
    open('/proc/self/clear_refs','w').write('5'); start = measure.status('VmRSS')
    begin = time.perf_counter()
    t = classification(s, y, [f'class {j}' for j in range(y.shape[1])], patients, n_boot)
    return dict(seconds=time.perf_counter()-begin, mib=measure.status('VmHWM')-start, auroc=t.loc['macro',['auroc','auroc_low','auroc_high']].astype(float).tolist())

def plain(n_boot, every=24):
    "Draws anew for each class, sorting and adding up all of them, for some of the classes: seconds for all if they take as long."
    import numpy as np
    from radzero.evaluation.metrics import draws,weighted_auc
    s,y,patients = data()
    begin,chosen = time.perf_counter(),range(0, y.shape[1], every)
    for j in chosen:
        for w in draws(len(y), patients, n_boot): weighted_auc(s[:,j], y[:,j], w)
    return dict(seconds=(time.perf_counter()-begin)*y.shape[1]/len(chosen), extrapolated_from=len(chosen))

if __name__=='__main__':
    if sys.argv[1:2] and sys.argv[1] in ('shared','plain'): print(json.dumps(globals()[sys.argv[1]](int(sys.argv[2]))))
    else:
        import measure
        rows = []
        for k in ('shared','plain'):
            r = measure.own_process(__file__, k, 1000 if k=='shared' else 50)
            if k=='plain': r = dict(seconds=r['seconds']*20, note=f'from {r["extrapolated_from"]} classes and 50 draws')
            rows.append(dict(way=k, seconds=r['seconds'], mib=r.get('mib'), note=r.get('note', '')))
        for r in rows: r['times_faster'] = rows[1]['seconds']/r['seconds']
        measure.report('bootstrap', rows, images=39053, classes=192, draws=1000)
