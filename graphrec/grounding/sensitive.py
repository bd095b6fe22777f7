"""Subjects that no text may infer about a person: a list in English and Chinese, which settings extend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Subject → words of it, or their beginnings where they end in ``*``.
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "religion": _words("""
        relig* christ* catholic* protestant* muslim* islam* jew
        jews jewish judaism hindu* buddhis* atheis* church mosque
        faith synagogue pray* god bible quran koran mormon* evangelical*
        宗教 信仰 基督 天主教 新教 穆斯林 伊斯兰 犹太 印度教 佛教 佛 道教 无神论 教会 教堂 清真 祈祷 圣经 古兰经
    """),
    "health": _words("""
        health ill illness disease* sick* cancer diabet* hiv
        aids depress* anxi* disorder* disab* pregnan* medic* therap*
        diagnos* obes* overweight addict* alcoholi* autis* adhd dementia alzheimer* suicid*
        健康 疾病 生病 癌 糖尿病 艾滋 抑郁 焦虑 障碍 残疾 怀孕
        孕妇 患者 病人 诊断 肥胖 超重 成瘾 酗酒 自闭 痴呆 自杀 治疗
    """),
    "sexuality": _words("""
        gay gays lesbian* bisexual* homosexual* heterosexual*
        transgender* transsexual* queer lgbt* sexual* sex erotic*
        fetish* 同性恋 同志 双性恋 异性恋 跨性别 变性 酷儿 性取向 性癖 色情 情色
    """),
    "politics": _words("""
        politic* democrat* republican* conservative* liberal* socialis*
        communis* marxis* fascis* nazi* leftist* left-wing
        right-wing voter* voted vote election* trade-union* unionis* anarchis*
        政治 民主党 共和党 保守派 自由派 社会主义 共产 马克思 法西斯 纳粹 左翼 右翼 左派 右派 选民 投票 选举 工会
    """),
    "ethnicity": _words("""
        ethnic* racial african-american*
        black-american* asian-american* latino* latina* hispanic* caucasian*
        arab arabs immigrant* migrant* refugee* gypsy roma indigenous
        种族 民族 黑人 白人 亚裔 非裔 拉美裔 阿拉伯 移民 难民 吉普赛 原住民
    """),
    "money": _words("""
        debt* bankrupt* poor poverty unemployed jobless welfare income salary wealthy rich
        债务 负债 破产 贫穷 贫困 失业 低保 收入 工资 富裕 有钱
    """),
    "family": _words("""
        divorc* widow* orphan* adulter* affair* miscarriage infertil* 离婚 丧偶 寡妇 孤儿 出轨 外遇 流产 不孕
    """),
    "crime": _words("""
        criminal* convict* prison* jail* arrest* 罪犯 犯罪记录 前科 坐牢 服刑 被捕
    """),
}
_YOU = re.compile(r"\b(?:you|your|yours|you're|you've|you'll|yourself)\b|[您你]", re.IGNORECASE)


class Sensitive:
    """Finds sensitive subjects in texts.

    Parameters
    ----------
    subjects
        Names of :data:`SUBJECTS`; others are words of their own.
    further
        Further words; the beginnings of words where they end in ``*``.
    """

    def __init__(self, subjects: Iterable[str] = tuple(SUBJECTS), further: Sequence[str] = ()) -> None:
        self._patterns = {name: _pattern(SUBJECTS.get(name, (name,))) for name in subjects}
        if further:
            self._patterns["your list"] = _pattern(tuple(further))

    def subject(self, text: str) -> str | None:
        """Return the first sensitive subject that a text has a word of.

        >>> Sensitive().subject("a film about HIV"), Sensitive(["religion"]).subject("a film about HIV")
        ('health', None)
        """
        return next((name for name, pattern in self._patterns.items() if pattern.search(text)), None)

    def inferred(self, text: str) -> str | None:
        """Return the sensitive subject that a text may say of the person it speaks to, if any.

        >>> Sensitive().inferred("You watched a film about HIV."), Sensitive().inferred("A film about HIV.")
        ('health', None)
        """
        return self.subject(text) if _YOU.search(text) else None


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_word, words)), re.IGNORECASE)


def _word(word: str) -> str:
    stem = re.escape(word.rstrip("*"))
    if not word[:1].isascii():
        return stem
    return rf"(?<![A-Za-z]){stem}" + ("" if word.endswith("*") else "(?![A-Za-z])")
