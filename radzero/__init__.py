"Chest X-ray vision-language alignment: zero-shot classification, grounding and segmentation with VL-CABS"
__version__ = "0.1.0"
