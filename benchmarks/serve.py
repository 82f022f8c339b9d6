"""Many clients at once against `radzero-serve` with the embedded model, in turn with one client that waits for every answer.

Every request has to be answered or refused with 429; who is refused waits as long as he is told. `python benchmarks/serve.py [--clients 64] [--seconds 10] [--rounds 2] [--out FOLDER]` (Linux)
`ratio` is answers a second over those of one client alone with the same server and over those of 64 clients where images are encoded one at a time (`--batch 1`)."""
import argparse, asyncio, contextlib, os, re, shutil, signal, socket, subprocess, sys, tempfile, time
from pathlib import Path
import httpx, numpy as np
import measure

BOUNDARY = 'radzero-benchmark'

def body(path, prompts):
    "One request, made once."
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="prompts"\r\n\r\n{p}\r\n'.encode() for p in prompts]
    return b''.join(parts)+f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'.encode()+Path(path).read_bytes()+f'\r\n--{BOUNDARY}--\r\n'.encode()

@contextlib.contextmanager
def server(folder, *argv):
    "The command in a process of its own: address, process number and log."
    env = os.environ|dict(RADZERO_TOKEN='benchmark', OMP_NUM_THREADS='1')
    folder = tempfile.mkdtemp(dir=folder)
    with open(Path(folder)/'log', 'w') as log: process = subprocess.Popen([sys.executable, '-m', 'radzero.commands.serve', '--port', '0', *map(str, argv)], env=env, stdout=log, stderr=log)
    try:
        while not (found := re.search(r'http://127.0.0.1:\d+', (Path(folder)/'log').read_text())):
            if process.poll() is not None: sys.exit((Path(folder)/'log').read_text())
            time.sleep(.1)
        yield found[0],process.pid,Path(folder)/'log'
    finally:
        process.terminate()
        if process.wait(60)!=128+signal.SIGTERM: sys.exit('the server did not end in order')

def mib(pid): return next(int(l.split()[1])/1024 for l in open(f'/proc/{pid}/status') if l.startswith('VmRSS:'))

async def visit(client, content, until, rows):
    "One client: status and seconds of each of its requests."
    while time.monotonic()<until:
        start = time.perf_counter()
        r = await client.post('/answers', content=content)
        rows.append((r.status_code,time.perf_counter()-start))
        if r.status_code==429: await asyncio.sleep(min(float(r.headers['retry-after']), max(0, until-time.monotonic())))

async def crowd(url, content, n, seconds):
    "n clients for some seconds."
    rows,headers = [],{'Authorization':'Bearer benchmark', 'Content-Type':f'multipart/form-data; boundary={BOUNDARY}'}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120, limits=httpx.Limits(max_connections=n)) as client:
        start = time.monotonic()
        await asyncio.gather(*(visit(client, content, start+seconds, rows) for _ in range(n)))
        return rows,time.monotonic()-start

def late(seconds, size):
    "A body that arrives in pieces, slowly or without an end."
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'.encode()
    for _ in range(size): yield bytes(2**20); time.sleep(seconds)

def cut(url, content):
    "A connection that ends in the middle of a request."
    host,port = url.removeprefix('http://').split(':')
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(f'POST /answers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer benchmark\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(content)}\r\n\r\n'.encode()+content[:len(content)//2])
    return 'cut'

def rude(url, pid, content):
    "What may not hurt: rows of what was sent, the status, seconds, and what the server holds afterwards."
    headers = {'Authorization':'Bearer benchmark', 'Content-Type':f'multipart/form-data; boundary={BOUNDARY}'}
    def post(body, **more): return lambda: httpx.post(f'{url}/answers', content=body, headers=headers|more, timeout=120).status_code
    kinds = {'300 MB, announced':post(bytes(300*10**6)), '300 MB in pieces':post(late(0, 300)), 'a slow client':post(late(.5, 60)), 'no body':post(b''), 'half a body':post(content[:len(content)//2]), 'noise':post(os.urandom(10**6)),
             'an image of noise':post(content.replace(content[200:4000], os.urandom(3800))), 'no token':post(content, Authorization=''), 'a wrong token':post(content, Authorization='Bearer no'), 'a connection cut 50 times':lambda: {cut(url, content) for _ in range(50)}.pop(), 'a proper request':post(content)}
    rows = []
    for what,f in kinds.items():
        start = time.perf_counter()
        try: status = f()
        except httpx.TransportError as e: status = type(e).__name__
        rows.append(dict(what=what, status=status, seconds=time.perf_counter()-start, server_mib=mib(pid)))
    return rows

def by_schema(url):
    "What schemathesis finds with the service's own description; None where it is not installed."
    if not shutil.which('schemathesis'): return None
    with tempfile.TemporaryDirectory() as here: done = subprocess.run(['schemathesis','run',f'{url}/openapi.json','-H','Authorization: Bearer benchmark','--checks','not_a_server_error,status_code_conformance,response_schema_conformance,content_type_conformance','--max-examples','100','--workers','1','--seed','1'], cwd=here, capture_output=True, text=True) # it leaves files where it runs
    return dict(failed=done.returncode, said=[l.strip() for l in done.stdout.splitlines() if re.search(r'generated|No issues|failures?,|Undocumented|Server error', l)])

def run(url, pid, log, content, clients, seconds):
    "One row of the table; what refusals took inside the server stands in its log."
    before = log.stat().st_size
    rows,took = asyncio.run(crowd(url, content, clients, seconds))
    with open(log) as f: f.seek(before); inside = [float(t) for t in re.findall(r' 429 ([\d.]+) s', f.read())]
    good,no = ([t for s,t in rows if s==k] for k in (200,429))
    if len(good)+len(no)!=len(rows): sys.exit(f'neither answered nor refused: {set(s for s,_ in rows)-{200,429}}')
    late = lambda times, q: 1e3*float(np.quantile(times, q)) if times else None
    return dict(clients=clients, answered=len(good), refused=len(no), a_second=len(good)/took, median_ms=late(good, .5), p99_ms=late(good, .99), refusal_p99_ms=late(no, .99), inside_p99_ms=late(inside, .99), server_mib=mib(pid))

if __name__=='__main__':
    p = argparse.ArgumentParser()
    for k,v in dict(clients=64, seconds=10, rounds=2, queue=48, batch=16, size=512).items(): p.add_argument(f'--{k}', type=int, default=v)
    p.add_argument('--out')
    args = p.parse_args()
    from radzero.phantom.patients import write_phantoms
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        write_phantoms(folder, 1, seed=1, split='test', size=args.size, workers=0, truth=False, progress=False)
        content = body(next((Path(folder)/'images').iterdir()), ['There is pleural effusion','There is mass','There is pneumothorax'])
        rows = []
        servers = {b:stack.enter_context(server(folder, '--batch', b, '--queue', args.queue)) for b in (args.batch, 1)}
        for s in servers.values(): asyncio.run(crowd(s[0], content, 4, 2)) # warm
        for k in range(args.rounds):
            for b,n in ((args.batch,1),(args.batch,args.clients),(1,args.clients)): rows.append(dict(round=k, batch=b, **run(*servers[b], content, n, args.seconds)))
        rudeness,schema = rude(*servers[args.batch][:2], content),by_schema(servers[args.batch][0])
    speed = {k:float(np.median([r['a_second'] for r in rows if (r['batch'],r['clients'])==k])) for k in ((args.batch,1),(args.batch,args.clients),(1,args.clients))}
    many = speed[args.batch,args.clients]
    held = [r['server_mib'] for r in rows if (r['batch'],r['clients'])==(args.batch,args.clients)] # after each round of the crowd
    measure.report('serve', rows, rude=rudeness, schema=schema, held_mib=held, memory_ratio=max(held)/held[0], ratio_to_one_client=many/speed[args.batch,1], ratio_to_batches_of_one=many/speed[1,args.clients])
    print(*rudeness, schema, sep='\n')
    print(f'ratio to one client {many/speed[args.batch,1]:.2f}, to batches of one {many/speed[1,args.clients]:.2f}')
