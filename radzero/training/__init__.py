"Losses, recipes, and the fastai Learner."
from radzero.core import offers
__getattr__, __dir__, __all__ = offers(__name__,
    losses='mp_nce statement_loss dense_loss region_loss',
    learner='Criterion learner fit',
    recipes='RECIPES Recipe recipe train_recipe')
