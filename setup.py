"Give setuptools what settings.ini says; pyproject.toml names these fields as `dynamic`."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
ini = ConfigParser(delimiters=('=',))
ini.read(here/'settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
lines = lambda key: cfg.get(key, '').strip().splitlines()

setup(
    version=cfg['version'],
    python_requires=f">={cfg['min_python']}",
    author=cfg['author'],
    author_email=cfg['author_email'],
    license=cfg['license'],
    keywords=cfg['keywords'].split(),
    classifiers=['Programming Language :: Python :: 3', 'Intended Audience :: Science/Research',
                 'Topic :: Scientific/Engineering :: Artificial Intelligence'],
    long_description=(here/'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    packages=find_packages(include=['radzero', 'radzero.*']),
    package_data={'radzero': ['assets/**']},
    install_requires=lines('requirements'),
    extras_require={key.removesuffix('_requirements'): lines(key) for key in cfg if key.endswith('_requirements')},
    entry_points={'console_scripts': lines('console_scripts'), 'nbdev': ['radzero=radzero._modidx:d']},
)
