// Purpose: ensure a single pointer node.
// Parameters: none
// Columns: none
CREATE CONSTRAINT recommenderId IF NOT EXISTS
FOR (recommender:Recommender)
REQUIRE recommender.recommenderId IS UNIQUE
