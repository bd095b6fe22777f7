"""How people ask, in English and Chinese: patterns on text in lower case, by what they ask for.

``item`` and ``a``, ``b`` are phrases that name items, ``words`` is what is searched for, ``rest`` a wish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphrec.assistant.actions import Language
from graphrec.assistant.understanding.numerals import NUMBER

_END = r"[\s.!?,~。！？，]*$"


@dataclass(frozen=True)
class Patterns:
    """The patterns of a language."""

    courtesy: re.Pattern[str]
    hello: re.Pattern[str]
    thanks: re.Pattern[str]
    bye: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]
    no_but: re.Pattern[str]
    help: re.Pattern[str]
    hand_over: re.Pattern[str]
    reset: re.Pattern[str]
    drop_all: re.Pattern[str]
    drop: tuple[re.Pattern[str], ...]
    block: tuple[re.Pattern[str], ...]
    dislike: tuple[re.Pattern[str], ...]
    like: tuple[re.Pattern[str], ...]
    liked_so: tuple[re.Pattern[str], ...]
    compare: tuple[re.Pattern[str], ...]
    joint: re.Pattern[str]
    first_two: re.Pattern[str]
    than: re.Pattern[str]
    whether: re.Pattern[str]
    no_wish: re.Pattern[str]
    explain: tuple[re.Pattern[str], ...]
    explain_fillers: re.Pattern[str]
    question: re.Pattern[str]
    question_fillers: re.Pattern[str]
    describe: tuple[re.Pattern[str], ...]
    similar: tuple[re.Pattern[str], ...]
    similar_alone: re.Pattern[str]
    cut: re.Pattern[str]
    basis: re.Pattern[str]
    more: re.Pattern[str]
    search: re.Pattern[str]
    recommend: re.Pattern[str]
    refine: re.Pattern[str]


def _one(*parts: str, whole: bool = False) -> re.Pattern[str]:
    joined = "|".join(f"(?:{part})" for part in parts)
    return re.compile(rf"^(?:{joined}){_END}" if whole else joined)


def _some(*parts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(part + _END) for part in parts)


_REC = r"(?:recommend(?:ed|ing)?|suggest(?:ed|ing)?|pick(?:ed|ing)?|cho?ose|chosen|choosing|show(?:ed|n|ing)?|propose[d]?|list(?:ed)?|include[d]?|give|gave)"

ENGLISH = Patterns(
    courtesy=re.compile(r"^(?:(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|please|so|well|hmm+|um+|ok(?:ay)?|and now|now)(?: there)?[\s,.!]+)+"),
    hello=_one(r"(?:hi|hello|hey|howdy|greetings|good (?:morning|evening|afternoon|day))(?: there| again| everybody| all)*", whole=True),
    thanks=_one(r"(?:ok(?:ay)?,? |great,? |perfect,? )?(?:thanks?|thank you|thx|ty|cheers|much appreciated)(?: you)?(?: so much| a lot| very much| a million| again)?(?:,? (?:great|perfect|bye|that's all|this is perfect|that helped))?", whole=True),
    bye=_one(r"(?:ok(?:ay)?,? )?(?:bye|bye[- ]bye|goodbye|good night|see (?:you|ya)(?: later)?|cya|that's all(?: for now)?)", whole=True),
    yes=_one(r"(?:(?:yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct|of course|absolutely|definitely|please do|do (?:it|that|so)|go ahead|sounds good|fine|alright|y|please|confirm(?:ed)?|thanks)[\s,.!]*)+", whole=True),
    no=_one(r"(?:(?:no|nope|nah|don't|do not|dont|cancel(?: (?:that|it))?|never ?mind|stop|not now|no thanks?|no thank you|rather not|please don't|leave it|n|do that|do it|that|please)[\s,.!]*)+", whole=True),
    no_but=re.compile(r"^(?:no|nope|nah|wait|actually|not that)(?: wait| no)?(?:\s*[,.!]+\s*|\s+(?=i |show|give|rather|wait|instead))"),
    help=_one(r"help(?: me)?(?: please)?", r"(?:and )?what (?:else )?(?:can|could) (?:you|i)(?: (?:do|ask|say))(?: for me| here| you)?", r"what are you (?:able to do|capable of|for|good at)(?: for me)?", r"what do you do", r"how (?:does|do) (?:this|it|you|that) work", r"how (?:can|do|should) i use (?:this|you|it)", r"(?:what are )?(?:your |the )?(?:commands|options|features|instructions)", r"who are you", whole=True),
    hand_over=re.compile(r"\b(?:(?:talk|speak|chat|connect|write|transfer|put|get|forward|switch|pass)\b.{0,24}\b(?:human|person|someone|somebody|agent|operator|representative|support|staff|employee|people|librarian|manager)|(?:a |an )?(?:real|live|actual) (?:person|human|agent)|human (?:being|agent|please)|(?:i (?:want|need)) (?:a |an )?(?:human|agent|operator|person)|customer (?:service|support))\b"),
    reset=_one(r"(?:please )?(?:reset|restart|start (?:over|again|afresh|anew)|(?:let'?s |let us )?(?:begin|start) (?:again|over|from (?:scratch|the (?:beginning|start)))|new (?:conversation|chat|start)|forget everything|from the (?:top|beginning))(?: please)?(?: again)?", whole=True),
    drop_all=re.compile(r"\b(?:drop|clear|remove|delete|forget|reset|without|no|lift|undo)\b(?: about)?(?: all| any| every| the| my| of)*\s*(?:filters?|conditions?|restrictions?|criteria|constraints)\b"),
    drop=_some(r"\b(?:drop|remove|delete|forget(?: about)?|ignore|lift|undo|never mind)(?: the| my| that)? (?P<rest>.+?)(?: (?:filter|condition|restriction|part|thing|limit))?(?: please)?", r"^(?:actually,? )?(?P<rest>.+?) (?:is|are|does|do) ?(?:not|n't|no longer) (?:needed|necessary|required|important|matter)(?: any ?more| any longer)?", r"^(?P<rest>.+?) (?:doesn't|don't|does not|do not) (?:matter|have to be)(?: any ?more)?", r"^(?P<rest>.+?) (?:is|are) (?:fine|ok(?:ay)?|allowed|welcome)(?: too| as well| again| after all| now)(?:,.*)?", r"\b(?P<rest>any (?:year|age|genre|length|rating|country|duration)s?)\b(?: is| are)?(?: fine| ok(?:ay)?| will do)?"),
    block=_some(r"\b(?:never|don't|do not|dont|stop|no longer)(?: ever| please)? (?:show|suggest|recommend|offer|propose|give)(?:ing)?(?: me)? (?P<item>.+?)(?: to me)?(?: again| any ?more| ever again| ever)+", r"^(?:please |can you |could you )?(?:block|hide|ban|blacklist|mute) (?P<item>.+?)(?: for me| forever| from my list)?", r"(?:i'm |i am )?not interested in (?P<item>.+?)(?:, (?:hide|block|remove) it)?", r"i (?:don't|do not|never) want to see (?P<item>.+?)(?: again| any ?more| ever again)", r"^(?P<item>.+?)[,:]? (?:hide|block) (?:it|that)"),
    dislike=_some(r"\b(?:i|we) (?:really |just |absolutely |honestly )?(?:hate[ds]?|dislike[ds]?|can't stand|despise|loathe|did(?:n't| not) (?:really )?(?:like|enjoy|care for)|don't (?:really )?(?:like|enjoy|care for)|do not like) (?P<item>.+?)", r"\bthumbs down (?:for|to|on) (?P<item>.+?)", r"^(?P<item>.+?) (?:was|is|sucks?|sucked)(?: (?:really|so|just|absolutely|very|such|pretty|a))* ?(?:terrible|awful|bad|boring|crap|horrible|rubbish|a waste of time|waste of time|disappointing|dull|the worst|overrated|stupid)?(?<=[a-z]e|[a-z]l|[a-z]d|[a-z]g|[a-z]p|[a-z]h|[a-z]t|[a-z]s|ks)", r"^dislike (?P<item>.+?)"),
    like=_some(r"\b(?:i|we) (?:really |just |absolutely |also |quite |totally |do )*(?:like|love|enjoy|adore|liked|loved|enjoyed|adored) (?P<item>.+?)", r"\bthumbs up (?:for|to|on) (?P<item>.+?)", r"^(?P<item>.+?) (?:was|is)(?: (?:really|so|just|absolutely|very|such|pretty|a))* ?(?:great|awesome|amazing|fantastic|brilliant|wonderful|excellent|perfect|good|a masterpiece|masterpiece|my favou?rite|superb|lovely)(?: film| movie| book)?", r"^(?:like|love) (?P<item>(?:the )?(?:first|second|third|fourth|fifth|last|number).*?)"),
    liked_so=_some(r"\b(?:i|we) (?:really |just |absolutely |also |quite )*(?:like|love|enjoy|adore)d? (?P<item>.+?)[,.;!]+ *(?:so |and |can i have |is there |got |show me |give me |do you have |have you )*(?:any ?(?:thing)?|some(?:thing)?)? ?(?:more|similar|else|others?)(?: (?:like|to) (?:that|this|it)(?: one)?| similar| films?| movies?| of (?:that|those))*", r"\bif i (?:liked?|loved?|enjoyed?) (?P<item>.+?),? (?:what|which|then).*", r"\bpeople who (?:liked?|loved?) (?P<item>.+?),? .*(?:what|also|else).*"),
    compare=_some(r"\bcompare (?P<pair>.+?)", r"\b(?:difference|differences) (?:is there )?between (?P<pair>.+?)", r"\bhow (?:do|does|are|is) (?P<pair>.+?) (?:differ|different|compare)(?: from each other)?", r"\bwhich (?:one )?(?:is|was|of them is)(?: the)? (?:better|best|longer|older|newer|shorter|funnier|scarier)[,:]? (?P<pair>.+?)", r"\bshould (?:i|we) (?:watch|see|take|choose|pick) (?P<pair>.+? or .+?)", r"^(?P<pair>.+?),? (?:what'?s|what is|what are|whats) the differences?", r"^(?P<pair>.+? (?:or|vs\.?|versus) .+?)(?:[,?]? which (?:one )?(?:is|should).*)?"),
    joint=re.compile(r"\s+(?:and|or|with|to|vs\.?|versus|from|against|compared (?:to|with))\s+"),
    first_two=re.compile(r"\b(?:first|top) (?:two|2)\b"),
    than=re.compile(r"^(?:and )?(?:is|was|are|give me|show me|i want|anything|something)?\s*(?P<a>.+?) (?:[a-z]+er|better|(?:more|less) [a-z]+) than (?P<b>(?!\d).+?)[\s?.!]*$"),
    whether=re.compile(r"^(?:and |so )?(?:is|was|does|did|has|do)\b"),
    no_wish=re.compile(r"^(?:who|whose|when|where|how|why|what(?:'s| is| are| was| does| did)|which)\b"),
    explain=_some(r"^(?:and |but |so |ok(?:ay)? )*(?:why|how come|what for|for what reason|what'?s the reason)\b(?P<rest>.*?)", rf"\bwhat made you (?:{_REC})(?P<rest>.*?)", r"\b(?:explain|justify) (?P<rest>.+?)", r"\bwhat(?:'s| is) the reason (?:for|behind)(?P<rest>.*?)", r"\b(?:don't|do not|dont) understand why (?P<rest>.*?)"),
    explain_fillers=re.compile(rf"\b(?:did|do|does|have|are|is|was|were|would|should|you|u|i|me|to|for|up|here|there|in|on|at|{_REC}|your|my|recommendations?|suggestions?|being|be|get|getting|see|seeing|particular|exactly|list|please|of all|to me)\b|[?,.!]"),
    question=re.compile(r"\b(?:who|whose|what|what's|whats|when|which|how|where|is|was|does|did|tell|know|year|director|length|runtime|duration|genres?|cast|rating|country|price)\b"),
    question_fillers=re.compile(r"\b(?:who|who's|whose|what|what's|whats|when|when's|which|how|how's|where|is|was|were|are|does|did|do|tell|me|know|you|the|of|for|has|have|had|it got|in|from|by|come|came|out|made|any idea|please|released?|got|kind|type|sort|be|it for|say|can|could|long's|year)\b|'s\b|[?!]|\.(?=\s|$)"),
    describe=_some(r"\b(?:tell|give) me (?:more |something |everything |a bit |a little |some )*(?:details |info(?:rmation)? )?(?:about|on|of) (?P<item>.+?)", r"\bwhat(?:'s| is|s| was) (?P<item>.+?) about(?: exactly)?", r"\b(?:describe|summari[sz]e) (?P<item>.+?)", r"^(?:more |some )?(?:details?|info(?:rmation)?|more)(?: about| on) (?P<item>.+?)", r"\bwhat (?:do you know|can you (?:tell me|say)) about (?P<item>.+?)", r"\bwhat (?:kind|sort) of (?:movie|film|book|thing) is (?P<item>.+?)"),
    similar=_some(r"\b(?:similar|comparable|close) to (?P<item>.+?)", r"\b(?:in the (?:style|vein|spirit) of|reminiscent of|along the lines of|resembl(?:es|ing)|same as|kind of like) (?P<item>.+?)", r"\b(?:anything|something|movies?|films?|books?|songs?|albums?|games?|items?|more|others?|stuff|ones?|series|shows?|a lot)(?: that are| that is| just| exactly| much| a bit| of (?:movies|films|stuff))* like (?P<item>.+?)", r"^(?:but |and )?(?:a bit |just |much |exactly )?like (?P<item>.+?)", r"^(?P<item>.+?)[- ](?:like|style) (?:movies?|films?|ones?|things)"),
    similar_alone=re.compile(r"^(?:is there |do you have |got |have you got |show me |give me )?(?:any ?(?:thing)?|some(?:thing)?|more|others?|films?|movies?) ?(?:films? |movies? |ones? )?(?:more )?(?:similar|alike|like (?:it|that|this)(?: one)?)(?: ones?| films?| movies?)?[?!. ]*$"),
    cut=re.compile(r"\s*[,;.…]+\s*|\s+(?=but\b|without\b|and\b|except\b|not\b|though\b|with\b|from\b|only\b|no\b|please\b|which\b|that\b|less\b|more\b|newer\b|older\b|shorter\b|longer\b|under\b|in\b)"),
    basis=re.compile(r"^(?:ok(?:ay)? |maybe |rather |something like )?(?P<item>.+?)(?:,? (?:is|was|looks|sounds) (?:good|nice|great|fine|ok(?:ay)?|interesting|not bad))?\s*,?\s*\b(?:but|just|only|except)\b(?P<rest>.+)$"),
    more=re.compile(rf"^(?:and |ok(?:ay)? |please |can i (?:have|see|get) |can you |could you |(?:show|give|recommend|suggest) (?:me |us )?|i want |are there |is there |do you have |have you got |got |any )*(?:(?P<n>{NUMBER})\s+)?(?:some )?(?:more|others?|another(?: one)?|the next(?: ones?)?|next(?: (?P<n2>{NUMBER}))?(?: (?:ones?|page|please))?|any(?:thing)? (?:else|others?|more)|something else|(?:some )?different ones?|what else(?: (?:have you got|do you have|is there|you got|can you (?:show|recommend)(?: me)?))?|continue|keep going|go on|(?:i(?:'ve| have)? |already )*(?:seen|watched|know) (?:all (?:of )?)?(?:these|those|them|that)(?: all)?(?: already)?)(?: (?:ones?|movies?|films?|books?|songs?|items?|suggestions?|recommendations?|options|of (?:those|them|these)|please|results))*[\s.!?]*$"),
    search=re.compile(r"^(?:can you |could you |please |i want to |i'd like to )*(?:search(?: for)?|look(?:ing)? (?:for|up)|find(?: me)?|google|query|i'm looking for)\b(?P<words>.+)$"),
    recommend=re.compile(r"\b(?:recommend|suggest|recommendations?|suggestions?|(?:should|could|can|would love|'d love|love) (?:i|we|to) (?:watch|see|read|listen|play|buy|try|get)|(?:what|anything|something|sth)(?: good| nice| great| fun)? to (?:watch|see|read|listen|play)|in the mood|feel like|looking for|want (?:to (?:watch|see|read)|a|an|some)|i'd like|i want|give me|show me|any|some|got anything|do you have|have you got|is there|are there|something|anything|sth|need)\b"),
    refine=re.compile(r"^(?:the ones?|and|but|also|only|just|not|no|without|nothing|make|with|from|except|less|more|even|can (?:we|you|it)|could|hmm+|maybe|rather|any|too|actually|instead|how about|what about|ones?|the ones|older|newer|shorter|longer|better|cheaper|something|anything|don't|none)\b|\binstead\b|\b(?:ones|though)\b"),
)  # fmt: skip

_MW = r"(?:部|个|本|首|张|款|条|集|篇)"
_FILM = r"(?:的)?(?:电影|片子|影片|片|书|歌|作品|东西|游戏)?"

CHINESE = Patterns(
    courtesy=re.compile(r"^(?:(?:你好|您好|嗨|哈喽|hi|hello|早上好|晚上好|请问|麻烦你?|那个|嗯+|好的|那么)[呀啊哈]?[\s,，。!！、]*)+"),
    hello=_one(r"(?:你好|您好|嗨|哈喽|哈啰|早上好|早安|晚上好|下午好|中午好|hi|hello|在吗|有人吗)[呀啊哈吗]?", whole=True),
    thanks=_one(r"(?:好的?[,，]?)?(?:非常|太|十分|真的?|多)?(?:谢谢|感谢|多谢|谢了|谢啦|thanks?|thx|3q|感激)(?:你|您|了|啦|啊|呀|哦|大家|不尽)*(?:[,，].{0,4})?", whole=True),
    bye=_one(r"(?:好的?[,，]?)?(?:再见|拜拜|拜|回见|下次见|晚安|88|bye)[啦了哦]?", whole=True),
    yes=_one(r"(?:(?:对|是|好|行|嗯+|没错|可以|确认|确定|要|当然|ok|没问题|就这样|请|yes|同意)(?:的|吧|啊|呀|呢|了|哒|滴|嘞)*[\s,，。!！]*)+", whole=True),
    no=_one(r"(?:(?:不|不要|不用|不必|不了|算了|别|取消|否|不是|不对|不行|no|先不|先别|没有|不需要|不想|免了|不好)(?:了|吧|啊|呀|的|记|谢谢)*[\s,，。!！]*)+", whole=True),
    no_but=re.compile(r"^(?:不对|不是|不|算了|等等|等一下|错了)[了吧]?[\s,，。!！]+"),
    help=_one(r"(?:请)?(?:帮助|帮忙|使用说明|说明|菜单|功能)(?:一下)?", r"你(?:都|还)?(?:能|会|可以)(?:帮我)?(?:干|做|帮)(?:些|点)?(?:什么|啥|我什么|嘛)(?:呀|啊|呢|事)?", r"(?:这个|你|这)?(?:怎么|如何)(?:用|使用|操作)(?:呀|啊|呢|你)?", r"你(?:是谁|是干什么的|是什么|有什么功能|有啥功能)(?:呀|啊)?", r"我(?:可以|能)(?:问|说)(?:你)?(?:什么|啥)", whole=True),
    hand_over=re.compile(r"人工|真人|客服|工作人员|(?:找|转|换|叫|接)(?:个|一个)?(?:人|管理员|经理|店员)(?!都)"),
    reset=_one(r"(?:我们|请|让我们|那就|那)?(?:重新开始|重来|从头(?:开始|来)|重置|重新来(?:过)?|再来一遍|重启|清空(?:对话|聊天|重来)|新(?:的)?对话)(?:一遍|一次|吧|一下)?", whole=True),
    drop_all=re.compile(r"(?:取消|清空|清除|去掉|删掉|不要|去除|移除|重置|撤销|没有)(?:掉)?(?:所有|全部|一切|任何|现在|当前)?(?:的)?(?:条件|筛选|过滤|限制|要求)"),
    drop=_some(r"(?:去掉|取消|移除|删掉|删除|撤销|不限)(?:掉)?(?P<rest>.+?)(?:这个|那个|这条|的)?(?:条件|限制|要求|筛选)?(?:吧|了)?", r"^(?P<rest>.+?)(?:其实|就|也)*(?:不用|不需要|不必|不限|无所谓|都行|都可以|随便)(?:了|啦|吧)?", r"^(?P<rest>.+?)(?:也|都)(?:可以|行|好|没关系)(?:了|啦|吧)?", r"(?:不限|不管|不论)(?P<rest>.+?)(?:了|啦|吧)?"),
    block=_some(r"(?:以后|今后|请|麻烦)?(?:都|就)?(?:别|不要|不用|不许)再?(?:给我|跟我|向我)?(?:推荐|推|出现|显示|展示|让我看到)(?P<item>.+?)(?:给我)?(?:了|啦)?", r"(?:屏蔽|拉黑|隐藏|封掉)(?:掉|一下)?(?P<item>.+?)(?:吧|了)?", r"^(?P<item>.+?)(?:以后)?(?:别|不要|不用)再?(?:给我|让我)?(?:出现|推荐|推|显示|看到)(?:给我)?(?:了|啦)?", r"(?:不想|不要)再(?:看到|看见|见到)(?P<item>.+?)(?:了|啦)?", r"(?:对)(?P<item>.+?)(?:没|没有|不感)兴趣.*", r"把(?P<item>.+?)(?:屏蔽|拉黑|隐藏)(?:掉|了|吧)*"),
    dislike=_some(r"^(?:我|我们|真的|其实)*(?:很|超|特别|非常|真|太|最|有点|一点都|一点也|真的)*(?:讨厌|不喜欢|不爱看|不爱|反感|受不了|烦)(?P<item>.+?)(?:了|啦|这部)?", r"^(?P<item>.+?)[,，]?(?:我)?(?:很|超|特别|非常|真|太|真的|一点都|一点也|实在)*(?:不喜欢|讨厌|难看|无聊|烂|不好看|没意思|差劲|垃圾|失望|烂片)(?:了|啊|呀|死了|透了)?", r"(?:给|踩)(?P<item>.+?)(?:差评|点踩|踩)?(?<=评|踩)"),
    like=_some(r"^(?:我|我们|真的|其实)*(?:很|超|超级|特别|非常|真|太|最|也|挺|好|真的)*(?:喜欢看|喜欢|爱看|爱|热爱)(?P<item>.+?)(?:了|啦)?", r"^(?P<item>.+?)[,，]?(?:我)?(?:很|超|超级|特别|非常|真|太|最|也|挺|真的|还)*(?:喜欢|好看|精彩|棒|赞|经典|牛|感人|神作|好听|完美)(?:了|啊|呀|极了|哦|的)?", r"给(?P<item>.+?)(?:点赞|好评|点个赞)"),
    liked_so=_some(r"(?:我|我们|很|超|超级|特别|非常|最|也|挺|真的)*(?:喜欢看|喜欢|爱看|爱)(?P<item>.+?)[,，。!！]*(?:还)?(?:有没有|还有|有|求|想看|来点|推荐|给我)(?:.{0,6})?(?:类似|差不多|相似|这样|一样|别的|同类)(?:型)?(?:的)?(?:吗|么|呢|推荐|片子|电影|嘛)*", r"(?:看了|看过)(?P<item>.+?)[,，]?(?:挺好|不错|很好|喜欢|好看|觉得).*(?:推荐|类似|再来).*", r"(?:喜欢|看过|爱看)(?P<item>.+?)的(?:人|朋友|观众|用户)(?:还|也|都)?(?:喜欢|看|爱看)(?:什么|啥|哪些)?(?:呢|片)?", r"(?:如果|要是)?(?:我|你)?喜欢(?P<item>.+?)[,，]?(?:的话)?[,，]?(?:还|应该|可以|会)(?:能|该)?(?:看|喜欢)(?:点|些)?(?:什么|啥|哪些)"),
    compare=_some(r"(?:比较|对比|比一比|比比)(?:一下|下)?(?P<pair>.+?)", r"^(?P<pair>.+?)(?:之间)?(?:有什么|有啥|有何|的|有哪些)?(?:区别|不同|差别|差异|不一样)(?:在哪|是什么|吗|呢|的地方|在哪里)?", r"^(?P<pair>.+?)(?:,|，)?(?:哪(?:个|部|一个|一部)|谁)(?:更|比较|最|会)?(?:好看|好|长|短|老|新|精彩|值得看|适合我|强)(?:一点|一些|些|呢)?", r"^(?P<pair>.+?)(?:相)?比(?:起来|较|一比)?(?:怎么样|如何|怎样|呢|哪个好)", r"(?:看|选)(?P<pair>.+?(?:还是).+?)(?:好|呢)*"),
    joint=re.compile(r"\s*(?:和|跟|与|、|还是|同|比|vs\.?|及)\s*"),
    first_two=re.compile(r"前(?:两|二|2)(?:部|个|本|首)"),
    than=re.compile(r"(?P<a>.+?)(?:比)(?P<b>.+?)(?:更|还|要)*(?:长|短|新|老|早|晚|好看|好|贵|便宜)(?:一点|一些|的)?(?:吗|么|呢)?[\s?？]*$"),
    whether=re.compile(r"是不是|有没有|吗[?？]?$"),
    no_wish=re.compile(r"^(?:谁|为什么|怎么|哪里)|是谁|等于|多少|怎么样"),
    explain=_some(r"^(?:我|不太|不|有点|很)*(?:明白|懂|理解|知道|清楚|想知道)?(?:为什么|为啥|为何|怎么会|凭什么|干嘛|凭啥|什么理由|什么原因)(?P<rest>.*?)", r"^(?P<rest>.+?)(?:是)?(?:为什么|为啥|为何|凭什么|什么理由|干嘛)(?:推荐|会推荐|要推荐|给我|会|推|出现|在)*(?:给我|里面|我)?(?:呢|呀|啊|的)?", r"(?:解释|说明)(?:一下|下)?(?P<rest>.+?)(?:的理由|为什么推荐)?", r"(?P<rest>.*?)的?推荐理由(?:是什么|呢)?"),
    explain_fillers=re.compile(r"推荐|给我|会|要|有|是|出现|在里面|里面|列表|选|选了|挑|我|了|呢|啊|呀|吗|你|的(?=$)|[?,.!，。？！]"),
    question=re.compile(r"谁|什么|啥|哪|多长|多久|多少|几|吗|何时|怎么样|如何|导演|主演|片长|评分|类型|年份|演员"),
    question_fillers=re.compile(r"请问|知道|告诉我|是|的|由|了|吗|呢|啊|呀|谁|什么|啥|哪些|哪个|哪位|有|里面|里|中|个|拍|多少|多长|上映|时间|几|人|叫|都|要|到底|[?!。，,？！]"),
    describe=_some(r"(?:介绍|讲解|描述|说明)(?:一下|下|介绍)?(?P<item>.+?)(?:吧|呗|这部电影|的(?:内容|剧情|故事|情节))?", r"(?:详细|具体|再|多|跟我|给我|请|能|你)*(?:说说|讲讲|聊聊|谈谈|说一下|讲一下|说一说|讲一讲)(?:关于)?(?P<item>.+?)(?:吧|呗|的(?:内容|剧情|故事|情节))?", r"^(?P<item>.+?)(?:主要)?(?:讲|说|演)(?:的|了)?(?:是)?(?:个)?(?:什么|啥)(?:故事|内容|的|呀|啊|呢)?", r"^(?P<item>.+?)(?:的)?(?:剧情|内容|简介|情节|故事)(?:是什么|介绍|是啥|怎么样|呢)?", r"^(?P<item>.+?)(?:怎么样|如何|好看吗|好不好看|值得看吗)", r"(?:关于)(?P<item>.+?)(?:的)?(?:更多|详细|信息|资料|详情).*"),
    similar=_some(rf"(?:类似于|类似|相似于|近似)(?P<item>.+?){_FILM}(?:吗|呢|有吗|有没有)?", rf"(?:像|跟|和|与|同)(?P<item>.+?)(?:一样|那样|这样|差不多|类似|相似|相近|似的|那种|这种|同类|一类|很像)(?:型)?{_FILM}(?:吗|呢|有吗)?", rf"(?:要|来点|来|想看|给我|想要|推荐)?(?P<item>.+?)(?:那种|这种|那类|这类|那样|同类|类型)(?:型|风格|感觉)?{_FILM}(?:吗|呢)?", rf"像(?P<item>.+?){_FILM}(?:吗|呢)?"),
    similar_alone=re.compile(r"^(?:还)?(?:有没有|有|来点|来|推荐)?(?:点|些|几部)?(?:类似|差不多|相似|同类|这样|这种|那样)(?:型)?(?:的)?(?:吗|么|呢|推荐|片子|电影)?[?!。？！ ]*$"),
    cut=re.compile(r"\s*[,，;；。!！]+\s*|(?=但|不过|可是|只是|不要|别(?!姬)|要|而且|除了|没有)"),
    basis=re.compile(r"^(?:要|就|还是)?(?P<item>.+?)(?:还|挺|蛮|很|也)?(?:不错|可以|还行|挺好|好|还好|行|ok|有意思)?[,，\s]*(?:但是|但|不过|可是|只是|就是)(?P<rest>.+)$"),
    more=re.compile(rf"^(?:都?不喜欢[,，]?|都?看过了?[,，]?|那|请|麻烦|能不能|可以|你)?(?:还有(?:没有)?(?:别的|其他的?|其它的?|更多的?|推荐)?(?:吗|么|呢|嘛)?|(?:再)?换(?:一)?(?:批|组|些|几[部个]|一[部个])(?:看看)?|(?:再|多)?(?:来|给我|推荐|给|看)(?:我)?(?:(?P<n>{NUMBER}){_MW}?|几{_MW}|一些|一点|点|些|一批)(?:别的|其他的?|其它的?|电影|片子|看看)?|下一(?:批|页|组)|更多(?:的)?|继续|(?:有没有|有|看看?)?(?:别的|其他的?|其它的?)(?:推荐|电影|片子)?(?:吗|呢|么)?|再多(?:来)?(?:点|些|一点)|(?<=看过)|(?<=看过了))(?:吧|呗|呀|啊|呢)?[\s。!！?？]*$"),
    search=re.compile(r"^(?:请|麻烦|帮我|帮忙|我想|想|给我|能不能|可以)*(?:搜索|搜一下|搜搜|搜|查找|查一下|查查|查询|找一下|找找|检索|寻找|找)(?:一下|看|有没有|关于|一找|一部|部)*(?P<words>.+)$"),
    recommend=re.compile(r"推荐|介绍|想看|看什么|看点|看啥|有没有|有什么|有哪些|来[点些一两二三四五六七八九十几\d]|来个|来部|给我|想要|想找|求|随便|想听|想读|要看|适合|有吗|都可以|演过"),
    refine=re.compile(r"^(?:不要|别|只|要|再|换|还要|还有|而且|但|不过|太|能不能|可不可以|更|短|长|新|老|有没有|没有|除了|最好|也要|加上|限|评分|口碑|便宜)|(?:一点|一些|点|些)(?:的|儿)*(?:吗|呢|吧)?[\s?？。!！]*$|算了|换成|改成"),
)  # fmt: skip

PATTERNS: dict[Language, Patterns] = {"en": ENGLISH, "zh": CHINESE}
