"Figures, explorer, report page, DICOM and ONNX."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    plots='overlay gallery finding_gallery reliability',
    explorer='Explorer',
    page='write_page',
    dicom_out='write_seg write_sr read_seg read_sr',
    onnx_export='export_onnx',
    service='Service application',
    pacs='Archive Watcher')
