"Chest X-ray vision-language alignment: zero-shot classification, grounding and segmentation with VL-CABS"
__version__ = "0.1.0"

_PARTS = ('core', 'reports', 'data', 'phantom', 'model', 'training', 'evaluation', 'show', 'demo', 'commands')

def __getattr__(name):
    "`RadZero`, `RadZeroConfig` and the packages, imported when asked for, so that `import radzero` stays instant."
    import importlib
    if name in _PARTS: return importlib.import_module(f'radzero.{name}')
    if name in ('RadZero', 'RadZeroConfig'): return getattr(importlib.import_module('radzero.model'), name)
    raise AttributeError(f"module 'radzero' has no attribute {name!r}; it has RadZero, RadZeroConfig, {', '.join(_PARTS)}")

def __dir__(): return ['RadZero', 'RadZeroConfig', '__version__', *_PARTS]
