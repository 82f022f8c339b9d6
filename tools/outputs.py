"Take warnings with paths of this machine, and progress bars, out of the saved outputs of the notebooks; run it after `nbdev-test --save`."
import json, re
from pathlib import Path

root = Path(__file__).resolve().parent.parent
noise = re.compile(r'/\S+\.py:\d+: \w*Warning|\r')
said = lambda o: ''.join(o.get('text', ''))

for path in sorted((root/'nbs').rglob('*.ipynb')):
    nb = json.loads(path.read_text(encoding='utf-8'))
    before = json.dumps(nb)
    for c in nb['cells']:
        if c['cell_type'] == 'code': c['outputs'] = [o for o in c['outputs'] if not (o.get('name') == 'stderr' and noise.search(said(o)))]
    if json.dumps(nb) != before: path.write_text(json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True)+'\n', encoding='utf-8')
