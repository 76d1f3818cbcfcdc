"""Follow-up questions in Chinese: pronouns, left out subjects and unfinished questions are completed."""

from __future__ import annotations

import re

from ragkit.followups.names import names, subjects
from ragkit.language import is_cjk, without_question_words
from ragkit.language.chinese import simplified
from ragkit.types import Turn

# All patterns are of simplified characters, which stand at the places of the traditional ones.
_WH = (
    "为什么|为何|什么时候|什么时间|什么地方|什么原因|怎么样|怎么|怎样|如何|何时|何地|何处|哪一?年|哪一?天|哪里|哪儿|"
    "由谁|是谁|谁|多少|多长|多高|多大|多久|多远|多深|多宽|多重|几个|几年|哪些|哪个|什么"
)
_ADVERBIAL = "为什么|为何|什么时候|什么时间|何时|哪一?年|哪一?天|怎么样|怎么|怎样|如何"
_END = r"[呢的啊呀吗]?[?？。!！\s]*"
_LEAD = re.compile(
    r"\s*(?:那么|那(?![个些里边座条位种年时本部])|然后|还有|另外|但是|可是|而且|而|以及)[,，、]?\s*"
)
_BARE = re.compile(rf"(?:[是在到从又]|究竟|具体|大概)*(?P<asking>{_WH}){_END}")
_ABOUT = re.compile(r"(?P<other>[^?？。!！,，]{1,16}?)呢[?？。!！\s]*")
_PRONOUN = re.compile(
    r"它们|他们|她们|牠们|它|牠|祂|她|(?<![其吉])他(?![人国乡日年])"
    r"|(?<![尤极与何莫土耳])其(?![他它她中实次间余])"
)
_POINTING = re.compile(
    r"(?:[这那](?:一|几)?(?:些|个|种|位|座|部|本|款|场|次|条|家|项|名|所|片|只|支|件|间|台|艘|套|类|处|首|篇|届|里|儿|边)"
    r"|[这那](?=年|时|人|书|城|桥|山|河|湖|国|省|市|村|岛|校|剧|片|歌)"
    r"|(?<![因从彼如])此(?![外后前])|(?<![应活])该(?![如怎不用去做选买何]))"
)
# Beginnings of questions without a subject: whatever follows, and where next to nothing does.
_SUBJECTLESS = re.compile(
    "是(?=[在怎何哪以由从]|什么时[候间])|曾|分布|分为|位于|认为|简称|主要|境内|[于自]何|[于自和]哪|还|又|里面|里边|附近|周围"
)
# Beginnings that are but part of the subject: "位于四川的湖泊有哪些", and no more of it is asked before "的".
_OF_SUBJECT = re.compile(
    rf"(?:主要的|(?:主要)?(?:位于|分布[于在]|属于|分为|认为|简称)(?:(?!{_WH})[^的,，])+的)(?!{_WH})(?:(?!{_WH}).)+(?:{_WH})"
)
_SHORT = re.compile(
    rf"是谁|由谁|被谁|有多|在哪|位于|属于|一共|总共|共有|(?:{_ADVERBIAL})|多[长高大久远深宽重]"
)
_OWNED = re.compile("人口|面积|总部|身高|体重|体长|全长|原名|名字|首都|作者|总统|价格|重量|高度|长度|宽度")
_BREAK = re.compile(
    rf"{_WH}|是|在|于|有|被|由|为|的|何|哪|几|吗|呢|从|将|把|会|能|可以|曾|最初|最早|最后|最|共|位于|属于|叫|了|着|过|不|"
    "以|获得|成立|发行|创作|出版|担任|毕业|出生|去世|开始|举行|建立|建造|建成|发生|分布|包括|采用|使用|拥有|需要|设计|"
    "发明|发现|发源|流经|诞生|命名|上映|播出|通车|开通|竣工|完工|动工|启用|开业|主要|一般|通常|大约|具有|成为|进入|参加|来自|加入|认为|全长|[,，、。?？!！;；:：（）()\\s]"
)
_TIME = re.compile(
    r"[\d０-９]+(?:[年月日号世纪紀初末上半下期代]|至|到)*|除了?[^,，]{1,12}[,，]|众所周知|期间|时|[,，\s]|年|月|日"
)
_TIMES = re.compile(rf"(?:{_TIME.pattern}|在(?=\d))+")
_TITLE = re.compile(r"《[^《》]{1,40}》")
_HELD = re.compile(  # what somebody is of something
    r"(?:谁是|^)\s*(?P<role>[^?？。,，是谁]{2,12}的(?:[^?？。,，是谁]{0,4})"
    r"(?:创始人|创办人|创立者|发明[人者]|设计[师者]|作者|导演|总统|主席|首相|总理|校长|院长|市长|董事长|总经理|总裁|队长|教练|船长|建筑师))"
)
_YEAR = re.compile(r"(?:1\d|20)\d\d年?")
_BESIDE = re.compile(r"（([^（）]+)）\s*$")
_VERB = 2  # characters
_MARKS = '「」『』“”"＂'
_MOST_CARRIED = 16  # characters of a topic
_LONGEST = 80  # characters put beside a question
_NAMED_ANSWER = 10


def standalone(query: str, turn: Turn) -> str:
    """The question, completed from the turn before it; itself where it refers to nothing."""
    lead = _LEAD.match(simplified(query))
    rest = query[lead.end() :] if lead else query.strip()
    plain = simplified(rest)
    if bare := _BARE.fullmatch(plain):
        return _bare(rest, bare["asking"], turn.question)
    about = _ABOUT.fullmatch(plain)
    if about and not _PRONOUN.search(plain) and not re.search(_WH, plain):
        return _other(query, rest[: about.end("other")], turn.question)
    for pattern, replaced in ((_PRONOUN, True), (_POINTING, False)):
        found = pattern.search(plain)
        if found and _is_free(rest, *found.span()):
            return _referring(rest, found, turn, replaced=replaced)
    topic = _topic(turn.question)
    return (topic and _elliptic(rest, topic, continues=bool(lead))) or query


def _is_free(text: str, place: int, end: int) -> bool:
    """Whether nothing before a pronoun can be what it stands for: a time and one verb at the most."""
    asked = re.sub(_WH, " ", _TIME.sub(" ", simplified(text[:place])))
    left = [char for char in without_question_words(asked) if char.isalnum()] if asked.strip() else []
    closing = not any(map(str.isalnum, text[end:]))
    return len(left) <= (2 * _VERB if closing else _VERB) and all(map(is_cjk, left))


def _elliptic(text: str, topic: str, *, continues: bool) -> str:
    """The question with the subject that it leaves out; "" where it has one."""
    plain = simplified(text)
    if _OF_SUBJECT.match(plain):
        return ""
    if _OWNED.match(plain):
        return f"{topic}的{text}"
    if _SUBJECTLESS.match(plain):
        return f"{topic}{text}"
    if not (begins := _SHORT.match(plain)):
        return ""
    rest = re.sub(_WH, "", plain[begins.end() :])
    left = "".join(char for char in rest if char.isalnum() and char not in "的了吗呢是被在")
    short = all(map(is_cjk, left)) and len(left) <= (2 * _VERB if continues else _VERB)
    return f"{topic}{text}" if short else ""


def _bare(query: str, asking: str, before: str) -> str:
    """A question of question words alone, completed by the question before it."""
    plain = simplified(before)
    found = re.search(_ADVERBIAL, plain)
    if found and re.fullmatch(_ADVERBIAL, asking):
        return before[: found.start()] + asking + before[found.end() :]
    if (topic := _topic(before)) and re.fullmatch("多.", asking) and asking != "多少":
        return f"{topic}{query}"
    return _beside(query, before)


def _other(query: str, phrase: str, before: str) -> str:
    """The question before it about something else: a year for a year, else for the topic."""
    years, new = _YEAR.findall(before), _YEAR.fullmatch(phrase)
    if new and len(set(years)) == 1:
        return before.replace(years[0], phrase if years[0].endswith("年") else phrase.removesuffix("年"))
    topic = _topic(before)
    if (
        not new
        and topic
        and topic in before
        and not any(map(str.isdigit, topic))
        and _rest_asks(before, topic)
    ):
        return before.replace(topic, phrase, 1)
    return _beside(query, before)


def _rest_asks(before: str, topic: str) -> bool:
    """Whether something is left of a question without its topic."""
    return sum(map(str.isalnum, before)) > len(topic)


def _referring(query: str, found: re.Match[str], turn: Turn, *, replaced: bool) -> str:
    topic = _topic(turn.question)
    if found[0][0] in "他她":
        asked_whom = re.search("谁|哪一?位|什么人", simplified(turn.question))
        role = _role(turn.question)
        topic = _answer(turn.answer) or role if asked_whom else role or topic
    if topic and topic in query:
        return query
    if topic and replaced and not found[0].endswith("们"):
        own = "的" if found[0] == "其" else ""
        return query[: found.start()] + topic + own + query[found.end() :]
    return _beside(query, topic or turn.question)


def _topic(question: str) -> str:
    """What a question is about: a title, else what stands before its first verb; "" where that is unclear."""
    if beside := _BESIDE.search(question):
        question = beside[1]
    if not any(map(is_cjk, question)):
        return ", ".join(name.text for name in subjects(question))
    question = question.translate(dict.fromkeys(map(ord, _MARKS)))
    if title := _TITLE.search(question):
        return title[0]
    plain = simplified(question)
    begins = time.end() if (time := _TIMES.match(plain)) else 0
    cut = _BREAK.search(plain, begins)
    topic = question[begins : cut.start() if cut else None].strip()
    return topic if 2 <= len(topic) <= _MOST_CARRIED and not _TIMES.fullmatch(simplified(topic)) else ""


def _role(question: str) -> str:
    """Whom a question is about by what they are: "蓝鲸科技的创始人" of "蓝鲸科技的创始人是谁"; else ""."""
    plain = simplified(question)
    found = re.match(r"\s*(?P<role>[^?？。,，]{2,16}?)是(?:谁|哪一?位)", plain) or _HELD.search(plain)
    return question[found.start("role") : found.end("role")] if found else ""


def _answer(answer: str) -> str:
    """A short answer, which is but a name; "" for any other."""
    plain = answer.strip(" 。.!！\n")
    if any(map(is_cjk, plain)):
        return (
            plain
            if len(plain) <= _NAMED_ANSWER and not re.search("[是的了由于被在，,、]", simplified(plain))
            else ""
        )
    return plain if len(plain.split()) <= 3 and names(f"by {plain}") else ""


def _beside(query: str, context: str) -> str:
    context = _BESIDE.sub("", context).strip(" ?？").translate(dict.fromkeys(map(ord, _MARKS)))
    return f"{query.strip()}（{context}）" if context and len(context) <= _LONGEST else query
