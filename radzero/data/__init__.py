"Images, index tables, batches."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    images='read Geometry write_dicom',
    dataset='read_index split_by_patient dataloaders prepare',
    sources='SOURCES rule collect')
