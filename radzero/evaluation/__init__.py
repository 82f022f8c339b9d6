"Test sets, metrics with intervals, calibration, and tables beside the published numbers."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    runner='evaluate prompt_study',
    testsets='SETS load_set',
    metrics='classification pointing_game segmentation',
    results='compare read_results markdown',
    collected='evaluate_collected',
    calibration='calibrate labelled',
    archive='read_scores read_skipped best')
