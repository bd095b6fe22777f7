"""The forms of English sentences that can be looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from graphrec.grounding.grammar import Form, Grammar, any_of, merged
from graphrec.grounding.mentions import M
from graphrec.grounding.relations import NOUNS, ROLES, verbs_of

#: Where a relation's words end in one of these, they are said like "directed by".
ENDS = ("by", "at", "in", "on", "for", "from", "with", "under", "of", "to", "about")
#: What else items may be called.
_NOUNS = ("item", "title", "one", "pick", "suggestion", "recommendation", "choice")
_AND = r"(?:, and |, | and | & )"
LIST = f"{M}(?:{_AND}{M})*"
_T = rf"{M}(?: \({M}\))?"
TITLES = f"{_T}(?:{_AND}{_T})*"
_BE = "(?:is|was|are|were)"
_WHEN = (
    r"(?:,? (?:tonight|today|this evening|this weekend|this week|next|now|soon|whenever you like|when you have time|"
    r"for (?:tonight|today|this evening|the weekend)))?"
)
_DATES = "from|released in|came out in|dates from|published in"


def grammar(relations: Iterable[str], behaviours: Collection[str], noun: str, phrases: Iterable[str] = ()) -> Grammar:
    """Return the forms for the roles and behaviour types of some facts.

    Parameters
    ----------
    relations
        Roles: keys of :data:`graphrec.grounding.relations.ROLES`, or other words.
    noun
        What items are: a key of :data:`graphrec.grounding.relations.NOUNS`, or another word.
    phrases
        Sentences that are let through as they are.
    """
    passive: dict[str, set[str]] = {}
    active: dict[str, set[str]] = {}
    nouns: dict[str, set[str]] = {}
    for name in relations:
        role = ROLES.get(name)
        if role is None:
            (passive if name.endswith(tuple(f" {one}" for one in ENDS)) else nouns).setdefault(name, set()).add(name)
            continue
        for words, known in ((role.passive, passive), (role.active, active), (role.nouns, nouns)):
            for one in words:
                known.setdefault(one, set()).add(name)
    verbs: dict[str, set[str]] = {}
    for kind in behaviours:
        for verb in verbs_of(kind)[0]:
            verbs.setdefault(verb, set()).add(kind)
    return Grammar(
        forms=tuple(_forms(passive, active, nouns, verbs, noun, phrases)),
        between=r",? and |, and also |, |; |: | - | ?[–—] ?",
        joined=r",? and |, | ",
        opening=r"(?:also|and|in short|in brief|by the way|here it is|subject|p\.s\.)[,:]? ",
        like=rf"(?:like|just like|as with) (?P<t>{LIST}), ",
        roles=merged(passive, active, nouns),
        verbs={verb: frozenset(kinds) for verb, kinds in verbs.items()},
    )


def _forms(
    passive: Collection[str],
    active: Collection[str],
    nouns: Collection[str],
    verbs: Collection[str],
    noun: str,
    phrases: Iterable[str],
) -> Iterable[Form]:
    called = any_of([*(NOUNS[noun][0] if noun in NOUNS else (noun,)), *_NOUNS])
    s = (
        rf"(?:(?:(?:the )?(?:{called}) )?(?P<s>{M})(?: \((?P<sy>{M})\))?|"
        rf"(?P<it>it|this (?:{called})|the (?:{called})|this))"
    )
    did, chose = rf"(?P<v>{any_of(verbs)})", "(?P<v>chose)"
    n, t, be, r = rf"(?P<n>{LIST})", rf"(?P<t>{TITLES})", _BE, rf"(?P<r>{any_of(passive)})"
    kinds = rf"(?P<n>{M}(?:(?:, and |, | and | |-){M})*)(?: (?:{called}))?"
    plain = rf"(?P<r>{any_of(nouns)})(?:s|es)?"
    stars = r"(?:stars?|features?|starring|featuring|with)"
    yield from (
        Form(rf"{s}(?: {be}|,)? {r} {n}", "relation"),
        Form(rf"(?:(?:which|that) )?(?:{be} )?{r} {n}", "relation", fragment=True),
        Form(rf"{s},? {stars} {n}", "relation", frozenset({"actor"})),
        Form(rf"(?:(?:which|that) )?{stars} {n}", "relation", frozenset({"actor"}), fragment=True),
        Form(rf"{n} (?P<r>{any_of(active)}) {s}", "relation"),
        Form(rf"{s}(?: is|,)? by {n}", "relation", frozenset({"director", "author", "artist", "brand"})),
        Form(rf"by {n}", "relation", frozenset({"director", "author", "artist", "brand"}), fragment=True),
        Form(rf"{s}(?: {be}|,)? an? {kinds}", "kinds"),
        Form(rf"(?:(?:which|that) )?(?:{be} )?an? {kinds}", "kinds", fragment=True),
        Form(rf"{s}(?: {be}|,)? (?:{_DATES}) {n}", "relation", frozenset({"year"})),
        Form(rf"(?:(?:which|that) )?(?:{be} )?(?:{_DATES}) {n}", "relation", frozenset({"year"}), fragment=True),
        Form(rf"{s}(?:'s|:) {plain}(?: {be}| includes?|:) {n}", "relation"),
        Form(rf"(?:its|the) {plain}(?: {be}| includes?|:) {n}", "relation", fragment=True),
        Form(rf"{plain}: {n}", "relation", fragment=True),
        Form(rf"{n} {be} (?:the|its|an?) {plain}(?: of {s})?", "relation", fragment=True),
        Form(rf"{s} (?:has|belongs to) the {plain} {n}", "relation"),
        Form(rf"{s}", "bare"),
        Form(rf"you(?: have|'ve)? {did} {t}", "did"),
        Form(rf"you(?: have|'ve)? {chose} {t}", "did"),
        Form(rf"you(?: have|'ve)? (?P<v>rated|gave) (?P<t>{M}) (?:with )?(?:an? )?(?P<d>{M})", "did"),
        Form(rf"(?:because|since|as) you(?: have|'ve)? {did} {t}", "because", fragment=True),
        Form(rf"(?:because|since|as) you(?: have|'ve)? {chose} {t}", "because", fragment=True),
        Form(
            rf"(?:it shares|they share|both share|the two share) {n}(?: with (?:it|{s}))?(?: \((?P<r>[a-z ,]+)\))?",
            "shared",
        ),
        Form(rf"{s} (?:shares|has) {n}(?: in common)? with (?P<t>{LIST})", "shared"),
        Form(rf"{s} and (?P<t>{LIST}) (?:both )?(?:share|have) {n}(?: in common)?", "shared"),
        Form(rf"{s} and (?P<t>{LIST}) {be} both {r} {n}", "shared"),
        Form(rf"(?P<t>{M}) (?:carries|accounts for|makes up) (?P<d>{M}) ?(?:%|percent) of (?:its|the) score", "share"),
    )
    if noun in NOUNS:
        yield Form(rf"in the mood for an? {kinds}", "kinds", fragment=True)
    yield from (Form(pattern + _WHEN, "wish") for pattern in _wishes(s, called))
    yield from (Form(re.escape(" ".join(one.lower().rstrip(" .!?").split())), "wish") for one in phrases)


def _wishes(s: str, called: str) -> Iterable[str]:
    """Return what invites, greets and ends, and says nothing that could be false."""
    yield rf"(?:we think |perhaps |maybe )?you (?:may|might|could)(?: also)? (?:like|enjoy) {s}"
    yield rf"(?:why not )?(?:try|consider|discover|meet|have a look at|take a look at|find out about) {s}"
    yield rf"(?:why not )?give {s} a (?:try|chance|go)"
    yield rf"{s} (?:may|might|could) be (?:something|one|the one|a (?:{called})) for you"
    yield rf"{s} is our (?:{called})(?: for you)?"
    yield rf"(?:{s} is )?(?:recommended|picked|chosen|suggested) for you"
    yield rf"(?:recommended|picked|chosen|suggested) for you: {s}"
    yield rf"(?:our|a) (?:{called}) for you(?:: {s})?"
    yield rf"our (?:{called}): {s}"
    yield rf"for you: {s}"
    yield rf"(?:we|we'd like to|we would like to) (?:recommend|suggest) {s}(?: to you)?"
    yield rf"(?:more )?about {s}"
    yield rf"here is {s}"
    yield rf"(?:curious about|ready for|how about|what about) {s}"
    yield r"(?:hello|hi|hi there|hello there|good day|dear reader|dear customer)"
    yield r"(?:enjoy|enjoy it|have fun|curious|what do you think|the choice is yours|see you soon|until next time)"
    yield r"(?:kind|best|warm) regards"
    yield r"(?:yours|yours sincerely|thank you for reading|take a look|have a look|give it a try|why not give it a try)"
    yield r"(?:we hope you(?:'ll| will)? (?:like|enjoy) it|tell us what you think)"
