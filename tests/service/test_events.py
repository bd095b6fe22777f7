"""Events, impressions and items over HTTP."""

from __future__ import annotations


def test_events_come_in_over_http(film_service, films):
    event = {"user_id": "dora", "type": "RATED", "item_id": 1, "key": "a"}
    for _ in range(2):
        answer = film_service.post("/v1/events", json=event)
        assert (answer.status_code, answer.json()) == (200, {"status": "stored", "count": 1})
    rated = films.read("MATCH (:User {userId: 'dora'})-[r:RATED]->(i) RETURN i.itemId AS item, r.eventKey AS key")
    assert [tuple(row.values()) for row in rated] == [("1", "a")]
    assert film_service.get("/v1/users/dora").json()["total"] == 1

    several = {"events": [event, event | {"type": "RATE"}, event | {"item_id": "99", "key": "b"}]}
    answer = film_service.post("/v1/events", json=several)
    assert answer.status_code == 422
    assert answer.json()["place"] == "body.events.1"
    assert "'RATE'" in answer.json()["detail"]
    assert "RATED" in answer.json()["hint"]
    del several["events"][1]
    assert "'99'" in film_service.post("/v1/events", json=several).json()["errors"][0]["detail"]
    answer = film_service.post("/v1/events", json=event | {"item_id": "2"})
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
    assert film_service.post("/v1/events", json={"events": []}).status_code == 422
    assert film_service.get("/v1/events/dead").json() == {"total": 0, "events": []}

    shown = {"user_id": "dora", "item_ids": ["2", "3"], "run_id": "r"}
    answer = film_service.post("/v1/impressions", json={"impressions": [shown, shown]})
    assert (answer.status_code, answer.json()) == (200, {"status": "stored", "count": 2})
    assert films.read("MATCH ()-[s:SHOWN]->() RETURN sum(s.times) AS n")[0]["n"] == 4

    answer = film_service.post("/v1/items", json={"item_id": "6", "properties": {"title": "Up", "price": 3}})
    assert (answer.status_code, answer.json()["created"]) == (201, True)
    assert film_service.post("/v1/items", json={"item_id": "6"}).status_code == 409
    assert film_service.put("/v1/items/7", json={"properties": {"title": "Heat"}}).status_code == 201
    changed = film_service.patch("/v1/items/6", json={"properties": {"stock": 0}}).json()
    assert changed == {"item_id": "6", "created": False, "note": None}
    assert film_service.get("/v1/items/6").json()["properties"]["stock"] == 0
    assert film_service.patch("/v1/items/8", json={"properties": {"stock": 0}}).status_code == 404
    assert film_service.patch("/v1/items/6", json={"properties": {"itemId": "9"}}).status_code == 422
    assert film_service.delete("/v1/items/1").json()["relationships"]["RATED"] == 4
    assert film_service.get("/v1/items/1").status_code == 404

    metrics = film_service.get("/metrics").text
    assert 'graphrec_events_total{outcome="stored",what="event"}' in metrics
    assert "graphrec_events_queued 0.0" in metrics
