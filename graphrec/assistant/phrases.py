"""What the assistant says where no language model words it, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphrec.assistant.actions import Language
from graphrec.common.printable import printable

#: Longest title in a sentence.
_TITLE = 120

_ENGLISH: Mapping[str, str] = {
    "list": "Here is what may suit you:",
    "list.like": "Like {title}, for what others chose with it and what it is about:",
    "list.search": "What fits “{words}” best:",
    "list.filters": "Conditions: {filters}.",
    "list.few": "Nothing else fits.",
    "list.none": "Nothing fits that.",
    "list.none.filters": "Nothing fits these conditions: {filters}. Name others, or say “start again”.",
    "list.no_words": "The catalogue cannot be compared with words, so “{words}” was left out.",
    "source.popularity": "I know nothing of your taste yet, so the popular ones come first.",
    "unread": "Nothing here is called {words}; I left that out.",
    "model_failed": "The language model failed, so I understood this by rules.",
    "why": "Why {title}: {reasons}.",
    "why.like": "{title} is in the list because it is like {basis}.",
    "why.words": "{title} is in the list because it fits “{words}”.",
    "why.popular": "{title} is among the popular ones; I know nothing of your taste yet.",
    "why.content": "{title} is in the list because its content is like that of what you chose.",
    "why.knowledge": "{title} is in the list because it shares facts with what you chose.",
    "why.none": "I know of no reason for {title} that I may tell.",
    "why.share": "{sentence} ({share} of its score)",
    "compare.shared": "Both have {what}.",
    "compare.shared.many": "All have {what}.",
    "compare.one": "{title}: {what}.",
    "compare.same": "I know of no difference between {titles}.",
    "compare.rank": "For you, {title} comes first of these.",
    "fact": "{title}, {about}: {what}.",
    "facts": "{title}: {what}.",
    "facts.none": "I know nothing more of {title}.",
    "fact.none": "I do not know {about} of {title}: the catalogue does not say.",
    "gone": "{title} is not available any more.",
    "similar.none": "I know of nothing like {title}.",
    "react.like": "Shall I record that you like {title}?",
    "react.dislike": "Shall I record that you dislike {title}?",
    "react.block": "Shall I never show you {title} again?",
    "react.dislike.block": "Dislikes are not recorded here. Shall I never show you {title} again?",
    "react.cannot": "That cannot be recorded here.",
    "react.may_not": "I may not record anything for you here.",
    "recorded.like": "Recorded: you like {title}. It counts from now on.",
    "recorded.dislike": "Recorded: you dislike {title}. It counts from now on.",
    "recorded.block": "Recorded: {title} will not be shown to you again.",
    "noted.like": "I keep in mind that you like {title}, in this conversation alone.",
    "noted.dislike": "I leave {title} out, in this conversation alone.",
    "noted.block": "I leave {title} out, in this conversation alone.",
    "queued": "The database is away; it is written as soon as it is back.",
    "not_recorded": "Then I record nothing.",
    "not_handed_over": "Then we go on.",
    "hand_over.ask": "I do not seem to understand you. Shall I hand this over to a person?",
    "hand_over": "A person will read this conversation. Refer to {reference}.",
    "hand_over.wish": "You are looking for: {wish}.",
    "reset": "Let us start again. What are you looking for?",
    "help": "I recommend, explain, compare and look things up. Try: “something new”, “without horror”, "
    "“why the first?”, “like the second, but newer”, “compare the first and the third”, "
    "“I like the second”, “a person, please”.",
    "greet.hello": "Hello! What are you looking for?",
    "greet.thanks": "You are welcome.",
    "greet.bye": "Goodbye!",
    "unknown.not understood": "I do not understand that. Say “help” to see what I can do.",
    "unknown.no such item": "I know nothing called “{words}”.",
    "unknown.several items": "Several are called that: {titles}. Which one?",
    "unknown.not in the list": "The list has only {n}.",
    "unknown.nothing shown": "I have shown you nothing yet. Say “recommend me something”.",
    "unknown.no such fact": "I do not know “{words}”: the catalogue does not say.",
    "unknown.nothing pending": "I have not asked you anything.",
    "begun": "The earlier conversation has ended, so this is a new one.",
    "broken": "The language model broke off in mid-sentence; here is the plain answer.",
    "and": " and ",
    "comma": ", ",
    "semicolon": "; ",
    "space": " ",
    "wish.like": "like {title}",
    "wish.search": "“{words}”",
}
_CHINESE: Mapping[str, str] = {
    "list": "这些可能适合您：",
    "list.like": "与{title}相似的有：",
    "list.search": "与“{words}”最相符的有：",
    "list.filters": "条件：{filters}。",
    "list.few": "没有更多符合的了。",
    "list.none": "没有符合的条目。",
    "list.none.filters": "没有条目符合这些条件：{filters}。请换别的条件，或说“重新开始”。",
    "list.no_words": "这个目录不能与文字比较，所以略去了“{words}”。",
    "source.popularity": "我还不了解您的喜好，所以先列出热门的。",
    "unread": "这里没有叫{words}的，我略去了它。",
    "model_failed": "语言模型出错，这句话是按规则理解的。",
    "why": "为什么推荐{title}：{reasons}。",
    "why.like": "{title}在列表中，是因为它与{basis}相似。",
    "why.words": "{title}在列表中，是因为它与“{words}”相符。",
    "why.popular": "{title}是热门条目；我还不了解您的喜好。",
    "why.content": "{title}在列表中，是因为它的内容与您选过的相似。",
    "why.knowledge": "{title}在列表中，是因为它与您选过的有共同之处。",
    "why.none": "关于{title}，没有我可以说明的理由。",
    "why.share": "{sentence}（占得分的{share}）",
    "compare.shared": "两者都有{what}。",
    "compare.shared.many": "它们都有{what}。",
    "compare.one": "{title}：{what}。",
    "compare.same": "我不知道{titles}有什么不同。",
    "compare.rank": "对您来说，{title}排在最前。",
    "fact": "{title}的{about}：{what}。",
    "facts": "{title}：{what}。",
    "facts.none": "关于{title}，我不知道更多。",
    "fact.none": "我不知道{title}的{about}：目录里没有。",
    "gone": "{title}已经没有了。",
    "similar.none": "我不知道有什么与{title}相似。",
    "react.like": "要记下您喜欢{title}吗？",
    "react.dislike": "要记下您不喜欢{title}吗？",
    "react.block": "以后不再向您显示{title}，好吗？",
    "react.dislike.block": "这里不记录“不喜欢”。以后不再向您显示{title}，好吗？",
    "react.cannot": "这里无法记录。",
    "react.may_not": "我在这里不能为您记录。",
    "recorded.like": "已记下：您喜欢{title}。从现在起就会考虑。",
    "recorded.dislike": "已记下：您不喜欢{title}。从现在起就会考虑。",
    "recorded.block": "已记下：以后不再向您显示{title}。",
    "noted.like": "我记住您喜欢{title}，只在这次对话中。",
    "noted.dislike": "我会略去{title}，只在这次对话中。",
    "noted.block": "我会略去{title}，只在这次对话中。",
    "queued": "数据库暂时不在，恢复后就会写入。",
    "not_recorded": "那我就不记录了。",
    "not_handed_over": "那我们继续。",
    "hand_over.ask": "我好像没听懂。要转给人工吗？",
    "hand_over": "会有人工阅读这段对话。编号是 {reference}。",
    "hand_over.wish": "您在找：{wish}。",
    "reset": "我们重新开始。您在找什么？",
    "help": "我可以推荐、解释、比较和查询。试试：“推荐点新的”、“不要恐怖片”、“为什么推荐第一个？”、"
    "“像第二个，但要新一点的”、“比较第一个和第三个”、“我喜欢第二个”、“转人工”。",
    "greet.hello": "您好！您在找什么？",
    "greet.thanks": "不客气。",
    "greet.bye": "再见！",
    "unknown.not understood": "我没听懂。说“帮助”可以知道我能做什么。",
    "unknown.no such item": "我不知道有叫“{words}”的。",
    "unknown.several items": "有好几个叫这个名字：{titles}。是哪一个？",
    "unknown.not in the list": "列表里只有{n}个。",
    "unknown.nothing shown": "我还没有给您看过什么。可以说“推荐一些”。",
    "unknown.no such fact": "我不知道“{words}”：目录里没有。",
    "unknown.nothing pending": "我没有问您什么。",
    "begun": "之前的对话已经结束，这是新的对话。",
    "broken": "语言模型说到一半中断了，下面是普通的回答。",
    "and": "和",
    "comma": "、",
    "semicolon": "；",
    "space": "",
    "wish.like": "与{title}相似的",
    "wish.search": "“{words}”",
}
PHRASES: Mapping[Language, Mapping[str, str]] = {"en": _ENGLISH, "zh": _CHINESE}


def say(language: Language, key: str, **values: Any) -> str:
    """Return a phrase with values in it; texts are shown on one line, with visible control characters."""
    text = PHRASES[language][key]
    return text.format(**{name: printable(value) for name, value in values.items()})


def titled(language: Language, title: str) -> str:
    """Return a title in quotation marks.

    >>> titled("en", "Heat"), titled("zh", "Heat")
    ('“Heat”', '《Heat》')
    """
    short = printable(title)
    short = short if len(short) <= _TITLE else short[: _TITLE - 1] + "…"
    return f"“{short}”" if language == "en" else f"《{short}》"


def listed(language: Language, parts: Iterable[str], last: str = "and") -> str:
    """Return parts as a list in words.

    >>> listed("en", ["A", "B", "C"]), listed("zh", ["A", "B", "C"])
    ('A, B and C', 'A、B和C')
    """
    words, all_parts = PHRASES[language], list(parts)
    if len(all_parts) < 2:
        return "".join(all_parts)
    return words["comma"].join(all_parts[:-1]) + words[last] + all_parts[-1]


def joined(language: Language, sentences: Iterable[str]) -> str:
    """Return sentences as one text."""
    return PHRASES[language]["space"].join(sentences)
