// Purpose: ensure a single pointer node.
// Parameters:
//   name: of the constraint
// Columns: none
CREATE CONSTRAINT $name IF NOT EXISTS
FOR (recommender:Recommender)
REQUIRE recommender.recommenderId IS UNIQUE
