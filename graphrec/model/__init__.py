"""The heterogeneous graph neural network: what it sees, how messages travel, how it scores."""

from graphrec.model.profiles import Profiles, Rows
from graphrec.model.recommender import HeteroRecommender

__all__ = ["HeteroRecommender", "Profiles", "Rows"]
