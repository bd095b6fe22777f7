"""Headings and names on the page of an explanation."""

from __future__ import annotations

from collections.abc import Mapping

from graphrec.explanation.named_reason import Language

#: Language → component → its name.
COMPONENTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "network": "graph network",
        "similar": "similar items",
        "als": "least squares",
        "side_features": "side features",
        "bias": "item bias",
        "popularity": "popularity",
        "friends": "friends",
        "placement": "place of new items",
        "drift": "vectors before the update",
    },
    "zh": {
        "network": "图神经网络",
        "similar": "相似条目",
        "als": "最小二乘",
        "side_features": "附加特征",
        "bias": "条目偏置",
        "popularity": "流行度",
        "friends": "好友",
        "placement": "新条目的位置",
        "drift": "更新前的向量",
    },
}
#: Language → phrase.
PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "heading": "Why “{}”",
        "lead": "User {user} · score {score}",
        "rank": " · place {rank} of {n_items} items",
        "picture": "The paths from the user to “{}”",
        "carried": "The width of a line is its part of the score. These paths add {carried}, all components {score}.",
        "none": "No path that may be told raises this score.",
        "reasons": "Reasons",
        "gone": "(no longer in the graph)",
        "components": "What the score is made of",
        "component": "component",
        "behaviours": "What the user did",
        "behaviour": "item",
        "share": "share",
        "total": "score",
        "score": "score {score}",
        "place": "place {rank}",
    },
    "zh": {
        "heading": "为什么推荐《{}》",
        "lead": "用户 {user} · 得分 {score}",
        "rank": " · 第 {rank} 名，共 {n_items} 个条目",
        "picture": "从用户到《{}》的路径",
        "carried": "线的粗细表示它在得分中的份额。这些路径合计 {carried}，得分为 {score}。",
        "none": "没有可以说明的路径提高这个得分。",
        "reasons": "理由",
        "gone": "（图中已不存在）",
        "components": "得分的构成",
        "component": "组成部分",
        "behaviours": "用户的行为",
        "behaviour": "条目",
        "share": "份额",
        "total": "得分",
        "score": "得分 {score}",
        "place": "第 {rank} 名",
    },
}
