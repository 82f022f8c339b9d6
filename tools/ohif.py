"""What OHIF shows of our results: `python tools/ohif.py DIST --out FOLDER` puts radiographs and their SEG, SR and capture into an Orthanc on this machine and opens them with OHIF's built pages in headless Chromium.
DIST is the folder `dist` of the npm package @ohif/app (`npm pack @ohif/app`, then unpack it); needs Orthanc with DICOMweb, chromium and chromium-driver."""
import argparse, http.client, json, tempfile, threading, time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = dict(routerBasename='/', extensions=[], modes=[], customizationService={}, showStudyList=True, maxNumberOfWebWorkers=1, showCPUFallbackMessage=False, showWarningMessageForCrossOrigin=False, investigationalUseDialog=dict(option='never'), defaultDataSourceName='here',
    dataSources=[dict(namespace='@ohif/extension-default.dataSourcesModule.dicomweb', sourceName='here', configuration=dict(friendlyName='Orthanc', name='orthanc', wadoUriRoot='/dicom-web', qidoRoot='/dicom-web', wadoRoot='/dicom-web',
        qidoSupportsIncludeField=False, imageRendering='wadors', thumbnailRendering='wadors', enableStudyLazyLoad=True, supportsFuzzyMatching=False, supportsWildcard=True, bulkDataURI=dict(enabled=True, relativeResolution='studies')))])

def handler(dist, port):
    "Pages out of a folder, one configuration, and what is below /dicom-web from Orthanc."
    class Pages(SimpleHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def __init__(self, *args): super().__init__(*args, directory=str(dist))
        def log_message(self, *_): pass
        def send(self, status, kind, body):
            self.send_response(status)
            for k,v in {'Content-Type':kind, 'Content-Length':len(body), 'Cross-Origin-Opener-Policy':'same-origin', 'Cross-Origin-Embedder-Policy':'require-corp'}.items(): self.send_header(k, str(v))
            self.end_headers(); self.wfile.write(body)
        def do_GET(self):
            if self.path.startswith('/dicom-web'):
                there = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
                there.request('GET', self.path, headers={'Accept':self.headers.get('Accept', '*/*'), 'Host':self.headers['Host']})
                r = there.getresponse()
                return self.send(r.status, r.headers.get('Content-Type', 'application/octet-stream'), r.read())
            path = dist/self.path.split('?')[0].lstrip('/')
            if path.name=='app-config.js': return self.send(200, 'text/javascript', f'window.config = {json.dumps(CONFIG)};'.encode())
            if not path.is_file(): path = dist/'index.html'
            self.send(200, self.guess_type(str(path)), path.read_bytes())
    return Pages

def filled(trial, folder, n, fractional):
    "Studies with their results, in Orthanc; their UIDs."
    from radzero.demo import pretrained
    from radzero.phantom.patients import read_truth, write_phantoms
    from radzero.show.dicom_out import source
    from radzero.show.pacs import Archive, Question, write_results
    write_phantoms(folder, 60, seed=5, split='test', size=512, workers=0, progress=False)
    truth,model,archive,studies = read_truth(folder),pretrained(),Archive(trial.url),[]
    prompts = ['There is pleural effusion','There is cardiomegaly']
    for name in truth[truth.finding=='pleural effusion'].image.unique()[:n]:
        (out := folder/'results'/Path(name).stem).mkdir(parents=True)
        asked,study = Question(prompts, fractional=fractional),str(source(folder/name).StudyInstanceUID)
        archive.store([folder/name, *write_results(out, model.predict(folder/name, prompts), asked, asked.identity(model))], study)
        studies.append(study)
    return studies

def browser():
    from selenium import webdriver
    options = webdriver.ChromeOptions()
    for o in ('--headless=new','--no-sandbox','--disable-dev-shm-usage','--window-size=1400,900','--use-angle=swiftshader','--enable-unsafe-swiftshader','--ignore-gpu-blocklist'): options.add_argument(o)
    options.set_capability('goog:loggingPrefs', {'browser':'ALL'})
    return webdriver.Chrome(options=options)

def _press(driver, *texts):
    "Press a button with one of these texts, if there is one."
    from selenium.webdriver.common.by import By
    for b in driver.find_elements(By.XPATH, '//button | //*[@role="button"] | //a'):
        if b.is_displayed() and b.text.strip() in texts: driver.execute_script('arguments[0].click()', b); time.sleep(1); return True

def shown(url, out, seconds):
    "Pictures of a study: as it opens, and after a double click on each series."
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    driver = browser()
    try:
        driver.get(url)
        time.sleep(seconds)
        _press(driver, 'Skip all')
        driver.save_screenshot(str(out/'open.png'))
        series = driver.find_elements(By.CSS_SELECTOR, '[data-cy^="study-browser-thumbnail"]')
        print(len(series), 'series listed:', [s.text.replace('\n', ' ') for s in series])
        for i in range(len(series)):
            s = driver.find_elements(By.CSS_SELECTOR, '[data-cy^="study-browser-thumbnail"]')[i]
            ActionChains(driver).double_click(s).perform()
            time.sleep(seconds/2)
            driver.save_screenshot(str(out/f'series{i}.png'))
            if _press(driver, 'Yes'): time.sleep(seconds/2); driver.save_screenshot(str(out/f'series{i}-yes.png'))
        for line in driver.get_log('browser')[-20:]: print(line['level'], line['message'][:300])
    finally: driver.quit()

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('dist', type=Path)
    p.add_argument('--out', type=Path, required=True, help='folder for the pictures')
    p.add_argument('--seconds', type=float, default=30, help='to wait for a page')
    p.add_argument('--fractional', action='store_true', help='the SEG holds the maps themselves')
    args = p.parse_args()
    from radzero.show.pacs import TrialArchive
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as d, TrialArchive(Path(d)/'orthanc') as trial:
        studies = filled(trial, Path(d)/'data', 1, args.fractional)
        server = ThreadingHTTPServer(('127.0.0.1', 0), handler(args.dist.resolve(), trial.port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shown(f'http://127.0.0.1:{server.server_port}/viewer?StudyInstanceUIDs={studies[0]}', args.out, args.seconds)
        server.shutdown()
