"An epoch of training from image files, from images in memory, and from features on the disk. `python benchmarks/features.py [--out FOLDER]`"
import tempfile
from pathlib import Path
import measure, torch
from radzero.model.config import MPNET_BASE,RadZeroConfig
from radzero.data.dataset import dataloaders,read_index
from radzero.training.recipes import demo_model,demo_tokenizer
from radzero.model.features import write_features
from radzero.model.network import RadZero
from radzero.phantom.patients import write_phantoms
from radzero.training.learner import fit,set_seed

def published(tokenizer):
    "The published architecture at 224 pixels, random weights."
    set_seed(0)
    return RadZero(RadZeroConfig(image_size=224, text_config=MPNET_BASE|dict(hidden_dropout_prob=0., attention_probs_dropout_prob=0.)), tokenizer)

def run(make, df, bs, **kwargs):
    model = make()
    c = model.cfg
    dls = dataloaders(df, model.tokenizer, c.image_size, bs=bs, device='cpu', mode=c.geometry, recipe=c.recipe, max_length=c.max_text_length, **kwargs)
    learn = fit(model, dls, 2, lr=1e-4, warmup=5, patience=None, progress='none')
    return learn.pace|dict(train_loss=float(learn.history.train_loss.iloc[-1]), valid_loss=float(learn.history.valid_loss.iloc[-1]))

def compare(name, make, df, bs, folder):
    store = write_features(make(), df, folder/name, 'float16')
    found = {'files':run(make, df, bs, cache=False), 'memory':run(make, df, bs), 'features':run(make, df, bs, prepared=store)}
    return [dict(model=name, images_from=k, **r, faster_than_files=r['images_per_second']/found['files']['images_per_second'],
                 faster_than_memory=r['images_per_second']/found['memory']['images_per_second'],
                 loss_difference=max(abs(r[l]-found['memory'][l]) for l in ('train_loss','valid_loss'))) for k,r in found.items()]

if __name__=='__main__':
    torch.set_num_threads(2)
    folder = Path(tempfile.mkdtemp())
    index = write_phantoms(folder/'data', 480, split='train', size=512, workers=2)
    write_phantoms(folder/'data', 32, seed=1, split='valid', size=512, workers=2)
    df = read_index(index)
    tok = demo_tokenizer(df)
    few = df[df.groupby('split').cumcount()<32]
    measure.report('features', compare('demo', lambda: demo_model(tok), df, 32, folder) + compare('published at 224 px', lambda: published(tok), few, 16, folder))
