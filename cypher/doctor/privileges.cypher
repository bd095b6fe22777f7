// List this account's privileges; only Enterprise and Aura have privileges.
// Parameters: none
// Columns: access (GRANTED or DENIED), action (such as read, write, index, constraint), graph (a database, or *)
SHOW USER PRIVILEGES YIELD access, action, graph
RETURN DISTINCT access, action, graph
