"The model: encoders, VL-CABS, files, zero-shot answers."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    network='RadZero',
    config='RadZeroConfig',
    vlcabs='vl_cabs similarity attention cosines',
    zeroshot='predict stream Predictions as_prompt',
    adapters='configured save_alone',
    features='write_features open_features ask',
    decisions='Calibration')
