// Purpose: list impressions and texts of campaigns that are older than a moment.
// Parameters:
//   before: seconds since 1970
// Columns:
//   tie: element id
//   kind: SHOWN or GRAPHREC_COPY
MATCH (:User)-[s:SHOWN]->(:Item)
WHERE s.lastAt < datetime({epochSeconds: $before})
RETURN elementId(s) AS tie, type(s) AS kind
UNION
MATCH (:User)-[c:GRAPHREC_COPY]->(:Item)
WHERE c.writtenAt < datetime({epochSeconds: $before})
RETURN elementId(c) AS tie, type(c) AS kind
