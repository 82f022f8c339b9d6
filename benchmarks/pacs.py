"""Sixty studies in an Orthanc, `radzero-pacs` killed ten times at random moments, the archive stopped and started in between: each image has one segmentation, one report and one picture in the end. `python benchmarks/pacs.py [--studies 60] [--deaths 10] [--out FOLDER]` (needs Orthanc with DICOMweb)"""
import argparse, collections, os, random, subprocess, sys, tempfile, time
from pathlib import Path

def objects(archive):
    "Modality → how many, for each study."
    found = collections.defaultdict(collections.Counter)
    n = 0
    while page := archive.client.search_for_instances(fields=['Modality','StudyInstanceUID'], limit=100, offset=n):
        for o in page: found[o['0020000D']['Value'][0]][o['00080060']['Value'][0]] += 1
        n += len(page)
    return found

def begin(home, url): return subprocess.Popen([sys.executable, '-m', 'radzero.commands.pacs', url, '--model', 'embedded', '--prompt', 'pleural effusion', 'pneumothorax', '--state', str(home/'state.sqlite'), '--date', '19000101-21000101', '--once', '--batch', '4', '--pause', '0'],
    env=os.environ|dict(OMP_NUM_THREADS='1'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

def killed(home, studies, deaths):
    "One row."
    from radzero.phantom.patients import write_phantoms
    from radzero.show.dicom_out import source
    from radzero.show.pacs import Archive, TrialArchive
    import pydicom
    rng,reached = random.Random(0),[]
    write_phantoms(home/'phantoms', studies, size=224, workers=0, truth=False, progress=False)
    with TrialArchive(home/'orthanc') as trial:
        archive = Archive(trial.url)
        for f in sorted((home/'phantoms'/'images').iterdir())[:studies]:
            ds = pydicom.dcmread(f); ds.StudyDate = '20260102'; ds.save_as(f)
            archive.store([f], str(source(f).StudyInstanceUID))
        before = sum(c['DX'] for c in objects(archive).values())
        for k in range(deaths):
            p = begin(home, trial.url)
            for line in p.stderr: # it has begun
                if 'stored' in line or 'found' in line: break
            time.sleep(rng.uniform(0, 4))
            p.kill(); p.communicate()
            reached.append(sum(c['SEG'] for c in objects(archive).values()))
            if k==deaths//2: trial.stop(); trial.start()
        p = begin(home, trial.url)
        said = p.communicate()[0].strip()
        found = objects(archive)
    whole = sum(c['SEG']==c['SR']==c['OT']==c['DX'] for c in found.values())
    return dict(images=before, deaths=deaths, segmentations_at_each_death=reached, studies=len(found), studies_with_one_of_each_an_image=whole, objects=sum(sum(c.values()) for c in found.values()), code=p.returncode, said=said)

if __name__=='__main__':
    import measure
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--studies', type=int, default=60); p.add_argument('--deaths', type=int, default=10)
    args = p.parse_known_args()[0]
    with tempfile.TemporaryDirectory() as d: measure.report('pacs', [killed(Path(d), args.studies, args.deaths)])
