"Reports to finding-sentences: sections, rules, language models, archives."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    sentences='FindingSentence extract sections plain_text unread',
    llm='LLM',
    extraction='extract_reports estimate',
    archives='read_archive write_index')
