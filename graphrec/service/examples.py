"""Examples of the API's bodies, answers and parameters, for its description: films of MovieLens-100K."""

from __future__ import annotations

from typing import Any

_RUN, _EARLIER, _JOB = "20261130-141554-8fd8", "20261129-020011-7b41", "20261130-090000-0a1b"
_AT = "2026-11-30T09:00:00Z"
_ITEM = {"rank": 1, "item_id": "275", "title": "Sense and Sensibility", "score": 29.4, "source": "model"}
_NEAR = {"rank": 1, "item_id": "181", "title": "Return of the Jedi", "score": 0.98}
_RECOMMENDED = {"user_id": "196", "run_id": _RUN, "stale": False, "reason": "", "items": [_ITEM]}
_SESSION = {"type": "RATED", "item_id": "50", "at": _AT}
_EVENT = {"user_id": "196", "type": "RATED", "item_id": "50", "at": _AT, "key": "order 1907, line 1"}
_SHOWN = {"user_id": "196", "item_ids": ["275", "14"], "run_id": _RUN, "key": "page 4f1c"}
_CHANGES = {"likes": ["50"], "searches": ["space opera"], "events": [_SESSION], "k": 5, "exclude": ["172"]}
_PAST = {
    "item_id": "110",
    "title": "Operation Dumbo Drop",
    "type": "RATED",
    "weight": 1.0,
    "at": "1997-12-04T16:18:25Z",
}
_BEHAVIOUR = {"type": "RATED", "negative": False, "likes": 4.0, "dislikes": 2.0, "recordable": True} | {
    "strength": "rating"
}
_PUBLISHED = {"run_id": _RUN, "active": True, "state": "ready", "created_at": _AT, "published_at": _AT} | {
    "users": 943,
    "items": 1682,
    "links": 18860,
    "k": 20,
    "metrics": {"ndcg@10": 0.284},
}
_VERSION = {"run_id": _RUN, "state": "ready", "active": True, "created_at": _AT, "published_at": _AT} | {
    "validation": 0.284,
    "test": 0.271,
    "metric": "ndcg@10",
    "can": None,
}
_PROGRESS = {"what": "training", "done": 12, "total": 100}
_WORK = {"job_id": _JOB, "kind": "update", "options": {"embed": True}, "state": "running", "by": "person"} | {
    "created_at": _AT,
    "started_at": _AT,
    "progress": _PROGRESS,
}
_ESTIMATE = {"mean": 0.12, "low": 0.10, "high": 0.14}
_ARM = {"run_id": _RUN, "share": 0.5, "served": True, "users": 1000, "converted": 120, "conversion": _ESTIMATE} | {
    "shown": 20000,
    "impressions": 2000,
    "reacted": 260,
    "needed": 12000,
    "needed_impressions": 24000,
}
_FINDING = {"name": "items without content", "count": 3, "total": 1682, "share": 0.0018, "examples": ["267"]} | {
    "detail": "3 of 1,682 items have neither a text nor a picture nor a sound"
}
_LABEL = {"name": "Item", "count": 1682, "role": "item"}
_RELATION = {"source": "User", "type": "RATED", "target": "Item", "count": 100000, "role": "behaviour"}
_GRAPH = {"users": 943, "items": 1682, "entities": 34628, "behaviours": {"RATED": 100000}} | {
    "knowledge": {"HAS_GENRE": 2893},
    "labels": [_LABEL],
    "relations": [_RELATION],
}
_PEER = {"name": "EASE", "value": 0.262, "seconds": 4.1}
_PEERS = {"metric": "ndcg@10", "run_id": _RUN, "value": 0.271, "rows": [_PEER], "note": ""}
_FRESH = {"run_id": _RUN, "published_at": _AT, "seconds": 3600, "counted_since": _AT, "users": 2, "items": 0} | {
    "behaviours": 57
}
_ALERT = {"measure": "tone", "since": "2026-03-02", "until": None, "before": 0.4, "within": -0.5, "p": 0.001}
_DAY = {"day": "2026-03-02", "posts": 6, "tone": -0.5}
_TREND = {"kind": "item", "subject": "50", "name": "Star Wars", "posts": 214, "tone": 0.1, "days": [_DAY]} | {
    "alerts": [_ALERT]
}
_SCHEDULE = {"every": 900, "next_at": _AT, "failures": 0, "last_job": _JOB, "last_state": "done"} | {
    "paused": None,
    "message": None,
}
_DEAD = _EVENT | {"item_id": "no such item", "reason": "there is no such item"}

_SENTENCE = {"text": "“Sense and Sensibility” is a drama.", "supported": True, "facts": [1], "why": ""}
_FACT = {"number": 1, "subject": "Sense and Sensibility", "relation": "HAS_GENRE", "value": "Drama"} | {
    "sources": ["4:8f1c:274", "5:8f1c:1907", "4:8f1c:31"],
    "text": "“Sense and Sensibility”: has genre: Drama",
    "kind": "knowledge",
    "detail": "",
}
_CHAT_ITEM = {key: value for key, value in _ITEM.items() if key != "why"}
_CHAT_FACT = {"number": 1, "subject": "Star Wars", "relation": "HAS_GENRE", "value": "Science fiction"} | {
    "sources": ["4:0a1b:17", "5:0a1b:29", "4:0a1b:3"],
    "text": "“Star Wars”: has genre: Science fiction",
    "kind": "knowledge",
    "detail": "",
}
_HANDOVER = {"reference": "1f0c9a72", "user_id": "196", "at": _AT, "language": "en", "wish": "without Horror"} | {
    "shown": ["Sense and Sensibility"],
    "lines": [{"who": "person", "text": "a person, please"}],
}

#: Name of a model → an example of it.
MODELS: dict[str, Any] = {
    "Item": _ITEM,
    "Recommendations": _RECOMMENDED,
    "SessionEvent": _SESSION,
    "AnonymousRequest": _CHANGES,
    "SimilarItems": {"item_id": "50", "by": "embedding", "items": [_NEAR]},
    "Listed": {"items": [{"rank": 1, "item_id": "50", "title": "Star Wars", "score": 583}]},
    "Past": _PAST,
    "User": {"user_id": "196", "in_run": True, "total": 39, "behaviours": [_PAST]},
    "CopySentence": _SENTENCE,
    "CopyFact": _FACT,
    "PersonalCopy": {"user": "196", "item": "275", "title": "Sense and Sensibility", "kind": "blurb", "lang": "en"}
    | {"tone": "neutral", "segment": None, "text": "“Sense and Sensibility” is a drama.", "how": "template", "why": ""}
    | {"share": 1.0, "sentences": [_SENTENCE], "facts": [_FACT], "run_id": _RUN},
    "CatalogueItem": {
        "item_id": "50",
        "title": "Star Wars",
        "available": True,
        "users": 583,
        "modalities": ["text", "image"],
        "properties": {"title": "Star Wars", "year": 1977},
        "entities": [{"type": "HAS_GENRE", "id": "g.scifi", "name": "Science fiction"}],
    },
    "Run": _PUBLISHED,
    "Runs": {"active": _RUN, "runs": [_PUBLISHED], "unpublished": [_EARLIER]},
    "Switched": {"run_id": _EARLIER, "before": _RUN},
    "TokenRequest": {"user_id": "196", "expires_in": 3600, "scopes": ["read", "events"]},
    "Token": {"token": "graphrec-token.…", "user_id": "196", "scopes": ["read", "events"], "expires_in": 3600},
    "Health": {"status": "ok", "run_id": _RUN, "detail": ""},
    "Problem": {
        "type": "urn:graphrec:error:NotFoundError",
        "title": "Not Found",
        "status": 404,
        "detail": "no user 'anne' in the graph",
        "value": {"user": "anne"},
        "place": "GET /v1/users/{user}/recommendations",
        "hint": "did you mean 'anna'?",
    },
    "ChatRequest": {"text": "something shorter, and not horror", "user_id": "196", "conversation": None},
    "ChatItem": _CHAT_ITEM,
    "ChatFact": _CHAT_FACT,
    "ChatReply": {
        "conversation": "Qm7pXk2vTz0aLw9dYc4RfH1s",
        "language": "en",
        "text": "Here is what may suit you:\n1. “Sense and Sensibility”\nConditions: without Horror.",
        "action": {"type": "refine", "add": [], "drop": [], "basis": None},
        "understood": "rules",
        "confidence": 1.0,
        "said": "not horror",
        "heard": "",
        "items": [_CHAT_ITEM],
        "facts": [_CHAT_FACT],
        "asks": "",
        "conditions": "without Horror",
        "how": "template",
        "why": "",
    },
    "ChatLine": {"who": "person", "text": "a person, please"},
    "Handover": _HANDOVER,
    "Handovers": {"handovers": [_HANDOVER]},
    "Event": _EVENT,
    "Events": {"events": [_EVENT]},
    "Impression": _SHOWN,
    "Impressions": {"impressions": [_SHOWN]},
    "Taken": {"status": "stored", "count": 1},
    "DeadEvent": _DEAD,
    "DeadEvents": {"total": 1, "events": [_DEAD]},
    "NewItem": {"item_id": "9001", "properties": {"title": "Duel", "price": 9.5, "stock": 3, "hidden": False}},
    "ItemChange": {"properties": {"price": 7.9, "stock": 0}},
    "ItemChanged": {"item_id": "9001", "created": False, "note": None},
    "ItemDeleted": {"item_id": "9001", "relationships": {"RATED": 3}},
    "BehaviourType": _BEHAVIOUR,
    "NamedFilter": {"name": "recent", "parameters": []},
    "About": {
        "version": "0.1.0",
        "run_id": _RUN,
        "scopes": ["read"],
        "user": None,
        "behaviours": [_BEHAVIOUR],
        "searches": ["SEARCHED"],
        "filters": [{"name": "recent", "parameters": []}],
        "hidden": "hidden",
        "stock": "stock",
        "media": ["text", "image"],
    },
    "ItemUser": {"user_id": "196", "type": "RATED"},
    "ItemUsers": {"item_id": "50", "users": [{"user_id": "196", "type": "RATED"}]},
    "Picture": {"item_id": "50", "image": "data:image/jpeg;base64,/9j/4AAQ"},
    "Pictures": {"pictures": [{"item_id": "50", "image": "data:image/jpeg;base64,/9j/4AAQ"}]},
    "Preview": _CHANGES | {"dislikes": ["110"]},
    "RunList": {"run_id": _RUN, "known": True, "items": [_ITEM]},
    "Comparison": {"user_id": "196", "runs": [{"run_id": _RUN, "known": True, "items": [_ITEM]}]},
    "NewJob": {"kind": "quality", "options": {}},
    "JobProgress": _PROGRESS,
    "Job": _WORK,
    "Jobs": {"jobs": [_WORK]},
    "JobLog": {"text": "epoch 12 of 100\n", "offset": 16, "ended": False},
    "Estimate": _ESTIMATE,
    "Arm": _ARM,
    "ExperimentReport": {"running": True, "since": _AT, "arms": [_ARM], "differences": {_EARLIER: _ESTIMATE}},
    "Finding": _FINDING,
    "QualityReport": {"job_id": _JOB, "at": _AT, "counts": {"users": 943}, "findings": [_FINDING]},
    "SchemaLabel": _LABEL,
    "SchemaRelation": _RELATION,
    "GraphOverview": _GRAPH,
    "Peer": _PEER,
    "Peers": _PEERS,
    "Version": _VERSION,
    "Freshness": _FRESH,
    "Schedule": _SCHEDULE,
    "Overview": {
        "graph": _GRAPH,
        "problem": None,
        "settings": {"model": {"dim": 64}},
        "metrics": {"ndcg@10": 0.284},
        "peers": _PEERS,
        "history": [_VERSION],
        "freshness": _FRESH,
        "schedule": _SCHEDULE,
    },
    "TrendDay": _DAY,
    "Alert": _ALERT,
    "Trend": _TREND,
    "Trends": {"since": "2026-01-01", "until": "2026-03-31", "rate": 0.01, "series": 2, "trends": [_TREND]},
    "FoundUsers": {"users": ["19", "190", "196"]},
}

#: Name of a parameter → an example, for those that have none of their own.
PARAMETERS: dict[str, Any] = {
    "k": 5,
    "q": "star",
    "by": "text",
    "where": ["recent"],
    "exclude": ["172"],
    "category": "Science fiction",
    "explain": True,
    "now": True,
    "lang": "en",
    "item": ["50", "181"],
    "run": [_RUN, _EARLIER],
    "offset": 0,
    "entity": "Star Wars",
    "user": "196",
    "at": _AT,
    "context": ["presence=alone"],
    "days": 90,
    "rate": 0.01,
}

#: What the groups of operations are for.
TAGS = [
    {"name": "recommendations", "description": "What to show to a user, or to an anonymous visitor."},
    {"name": "users", "description": "What a user did, and why an item is recommended to them."},
    {"name": "items", "description": "The catalogue: look items up, make, change and delete them."},
    {"name": "search", "description": "Items by the meaning of words, or like a picture or a sound."},
    {"name": "chat", "description": "The assistant: what people say, and what it answers."},
    {"name": "events", "description": "What users did and what they were shown; it goes into the graph."},
    {"name": "tokens", "description": "Short-lived tokens for one user, for browsers and apps."},
    {"name": "runs", "description": "The published versions of the model, and the way back."},
    {"name": "jobs", "description": "Long work: train, embed, update, publish, look at the data."},
    {"name": "experiment", "description": "Two published runs side by side, counted."},
    {"name": "admin", "description": "What an operator looks at: the graph, its quality, its users."},
    {"name": "page", "description": "What the page at `/` asks for; other clients may, too."},
    {"name": "health", "description": "For supervisors and Prometheus; open to everybody."},
]
SERVERS = [
    {"url": "/", "description": "The service that answers with this document."},
    {"url": "http://127.0.0.1:8000", "description": "Where `graphrec serve` listens by default."},
]


def add_examples(document: dict[str, Any]) -> None:
    """Add the examples to a description, where it has none."""
    for name, schema in document["components"]["schemas"].items():
        if name in MODELS:
            schema.setdefault("examples", [MODELS[name]])
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                own = parameter["schema"].get("examples") or parameter.get("examples")
                if not own and parameter["name"] in PARAMETERS:
                    parameter["example"] = PARAMETERS[parameter["name"]]
