"""Results for people: plots of reasons and trainings, pages of recommendations."""
