"Chest X-ray vision-language alignment: zero-shot classification, grounding and segmentation with VL-CABS"
__version__ = "0.1.0"

def __getattr__(name):
    "`RadZero` and `RadZeroConfig`, imported when asked for, so that `import radzero` stays instant."
    if name not in ('RadZero', 'RadZeroConfig'): raise AttributeError(f"module 'radzero' has no attribute {name!r}")
    from radzero import model
    return getattr(model, name)
