"""Answers for people to look at: pictures of reasons and trainings, pages of recommendations."""
