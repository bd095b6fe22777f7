// State of the local server's database, asked in the database system.
// Parameters: none
// Columns: status (online, offline and others), reason (why it does not work; empty if it does)
SHOW DATABASES YIELD name, currentStatus, statusMessage, default
WHERE default
RETURN
  currentStatus AS status,
  coalesce(statusMessage, '') AS reason
