"Synthetic radiographs with exact masks and a report."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    patients='phantom write_phantoms read_truth read_mask',
    lesions='FINDINGS')
