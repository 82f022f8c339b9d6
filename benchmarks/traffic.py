"Bytes over the network in a step of two processes: text vectors and logits, beside all image tokens. `python benchmarks/traffic.py [--out FOLDER]` (Linux; counts the loopback device)"
import json, os, subprocess, sys
from pathlib import Path
import torch

def loopback():
    "Bytes that this machine has sent to itself."
    return int(next(l for l in open('/proc/net/dev') if l.strip().startswith('lo:')).split(':')[1].split()[0])

def child(what, B, L, D, per_image, world):
    import torch.distributed as dist
    from radzero.training.scale import Peers
    dist.init_process_group('gloo')
    peers,b,n = Peers(),B//world,int(B*per_image)//world
    peers.begin(b, n, 'cpu')
    tokens,texts,logits = torch.randn(b, 1+L, D, requires_grad=True),torch.randn(n, D, requires_grad=True),torch.randn(n*world, b, requires_grad=True)
    dist.barrier(); before = loopback(); dist.barrier()
    if what=='tokens': peers._gather(tokens, peers.images).sum().backward()
    else: (peers.gather_texts(texts).sum()+peers.gather_images(logits).sum()).backward()
    dist.barrier()
    if not peers.rank: print(json.dumps(dict(wire=loopback()-before, counted=peers.received)))

if __name__=='__main__':
    if sys.argv[1:2]==['child']: child(sys.argv[2], *map(int, sys.argv[3:6]), float(sys.argv[6]), int(sys.argv[7]))
    else:
        import measure
        size,rows = (256,1369,768,6.45,2),[]
        for what in ('tokens','texts and logits'):
            done = subprocess.run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2', __file__, 'child', what, *map(str, size)],
                                  env=os.environ|dict(OMP_NUM_THREADS='1'), capture_output=True, text=True)
            if done.returncode: sys.exit(done.stderr)
            r = json.loads(done.stdout.splitlines()[-1])
            rows.append(dict(gathered=what, wire_mib=r['wire']/2**20, counted_mib_per_process=r['counted']/2**20))
        for r in rows: r['share'] = r['wire_mib']/rows[0]['wire_mib']
        measure.report('traffic', rows, images=size[0], processes=size[-1])
