"""Trends as rows and plain data."""

from __future__ import annotations

from typing import Any

from graphrec.config.ids import json_id
from graphrec.config.schema import GraphSchema
from graphrec.posts.trends import Alert, Day, Trend, Trends


def trend_rows(trends: Trends) -> list[dict[str, Any]]:
    """Return a row for each trend."""
    return [
        {
            "subject": "all posts" if trend.kind == "all" else trend.subject,
            "name": trend.name,
            "posts": trend.posts,
            "tone": trend.tone,
            "alerts": len(trend.alerts),
        }
        for trend in trends.trends
    ]


def alert_rows(trends: Trends) -> list[dict[str, Any]]:
    """Return a row for each alert, the newest first."""
    rows = [
        {
            "since": str(alert.since),
            "until": str(alert.until or ""),
            "subject": "all posts" if trend.kind == "all" else trend.subject,
            "name": trend.name,
            "measure": alert.measure,
            "before": alert.before,
            "within": alert.within,
            "p": alert.p,
        }
        for trend in trends.trends
        for alert in trend.alerts
    ]
    return sorted(rows, key=lambda row: str(row["since"]), reverse=True)


def to_dict(trends: Trends, schema: GraphSchema) -> dict[str, Any]:
    """Return plain data for JSON."""
    return {
        "since": str(trends.since),
        "until": str(trends.until),
        "rate": trends.rate,
        "series": trends.series,
        "trends": [_trend(trend, schema) for trend in trends.trends],
    }


def _trend(trend: Trend, schema: GraphSchema) -> dict[str, Any]:
    return {
        "kind": trend.kind,
        "subject": json_id(trend.subject, schema.item) if trend.kind == "item" else trend.subject,
        "name": trend.name,
        "posts": trend.posts,
        "tone": trend.tone,
        "days": [_day(day) for day in trend.days],
        "alerts": [_alert(alert) for alert in trend.alerts],
    }


def _day(day: Day) -> dict[str, Any]:
    return {"day": str(day.day), "posts": day.posts, "tone": day.tone}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "measure": alert.measure,
        "since": str(alert.since),
        "until": None if alert.until is None else str(alert.until),
        "before": alert.before,
        "within": alert.within,
        "p": alert.p,
    }
