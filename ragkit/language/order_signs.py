"""What sentences that give orders to an assistant look like, in English and Chinese: patterns and weights.

They are matched with text as `unmasked` gives it: lower case, one line, plain letters, half-width marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AI = (
    r"(?:ai(?: (?:assistant|model|system|agent|reader|tool)s?)?|(?:artificial intelligence|(?:large )?language model|llm"
    r"|chat ?bot|chatgpt|gpt|bot)s?(?: (?:assistant|reader|tool|agent)s?)?)"
)
_READER = rf"(?:{_AI}|assistants?|models?|summari[sz]ers?|machine readers?|crawlers?)"
_START = (  # where an imperative may stand
    r"(?:^|[.:;,!?)\]>\"'] ?"
    r"|\b(?:and|then|please|always|to|you|(?:you|you now) (?:must|should|shall|have to)|just|never|so|also|first"
    r"|instead) )"
)
_SAY = (
    r"(?:say|answer|reply|respond|output|print|write|repeat|state|display|show|render|include|append|add|copy"
    r"|return|mention|tell|cite|claim|end|begin|reference|name|report|rewrite|ask|send|give)"
)
_SAID = (
    r"(?:instructions?|prompts?|guidelines|directives|directions|rules|messages?|passages?|documents?"
    r"|context|everything|question|page)"
)
_EARLIER = (
    r"(?:(?:all|any|every|the|your|these|those|of|other|and) ){0,4}"
    r"(?:(?:previous|prior|above|earlier|preceding|former|original|system|initial|passages?|rest|question"
    r"|documents?|context)\b|(?:instructions?|prompts?|guidelines|directives)\b)"
)
_IGNORE = r"(?:ignore|disregard|forget|override|bypass)"
_MUST = r"(?:must|should|shall|has to|have to|are (?:now )?(?:required|instructed|ordered) to|will always)"
_ROLE = r"(?:system|assistant|human|user|ai|系统|助手|用户|人工智能) ?:"
_PART = r"(?:instructions?|response|input|指令|回复|输入) ?:"
_ZH_AI = "(?:(?<![a-z])(?:ai|llm|gpt)(?![a-z])|人工智[能慧](?!企业|公司|产业|行业|技术|法|(?:服务)?提供者|课程)|语言模型|大模型|聊天机器人|机器人)"
_ZH_READER = f"(?:{_ZH_AI}|助手|模型|摘要程序|机器阅读者)"
_ZH_SAY = (
    "(?:回答|回复|答复|输出|说|写上|写成|打印|显示|声明|转告|告诉|抄进|重复|渲染|附上|加上|注明|标为|提及|答"
    "|引用|写出|说成|报告|索要|改写|回报)"
)
_ZH_MUST = "(?:请|必须|务必|必需|须|只能|只需|只许|只准|应当|不要|不得|不许|统一|一律)"
_ZH_IGNORE = "(?:忽略|无视|忘记|忘掉|跳过|不要管|不要理会|不要遵守|不必遵守|不要听|抛开|覆盖)(?:掉|了)?"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that orders have, and how much it says; `opens` where it begins a made-up turn of a talk."""

    weight: float
    found: re.Pattern[str]
    opens: bool = False


def _sign(weight: float, *patterns: str, opens: bool = False) -> Sign:
    return Sign(weight, re.compile("|".join(patterns), re.MULTILINE), opens)


_TALK = (
    _sign(
        1.4,
        r"<\s*\|[^|<>\n]{1,60}\|\s*>|</?\s*(?:start_of_turn|end_of_turn|passages?)\b[^<>\n]{0,80}>"
        r"|\[\s*/?\s*inst\s*\]|<<\s*/?\s*sys\s*>>",
    ),
    _sign(
        0.0,
        r"<\s*\|\s*(?:im_start|start|begin|end_header|system|user|assistant)[^|<>\n]{0,60}\|\s*>"
        r"|<\s*start_of_turn[^<>\n]{0,80}>|\[\s*inst\s*\]|<<\s*sys\s*>>",
        opens=True,
    ),
    _sign(0.5, rf"^(?:#+ ?)?{_ROLE}|^[\[【](?:system|assistant|系统|助手)[\]】]"),
    _sign(0.7, rf"^#+ ?{_ROLE}$", opens=True),
    _sign(1.2, rf"^### ?{_PART}$", opens=True),
    _sign(0.6, rf"\bend of (?:the |all )?(?:system )?{_SAID}\b", "(?:文档|段落|提示|正文)到此(?:结束|为止)"),
    _sign(
        0.5,
        r"\bnever mind\b|\bthe (?:text|passages?|documents?) (?:so far|above)\b|\binvisible to\b|\bhidden (?:text|note)\b",
        "不算数|看不见|隐藏(?:的)?(?:文字|说明)",
    ),
)
_OVERRIDES = (
    _sign(
        1.4,
        rf"{_START}(?:{_IGNORE}|do not (?:follow|obey)|stop following) {_EARLIER}(?=.{{0,40}}\b{_SAID})",
        rf"{_START}{_IGNORE} (?:(?:all|the|your|any) ){{0,2}}{_SAID}\b"
        r"(?=.{0,10}(?:above|before|so far|you were|and everything))",
        f"(?:^|[:;!,.。]|请|须|必须|务必|立即|现在|要){_ZH_IGNORE}.{{0,4}}"
        "(?:之前|以上|上面|上述|先前|前面|此前|所有|一切|全部|任何|原有|其他|系统|本页|用户|读者).{0,16}?"
        "(?:指令|指示(?!灯)|提示(?!音|灯|信息)|命令|要求|规则|设定|限制|段落|内容|问题|正文)",
    ),
    _sign(
        1.4,
        r"\b(?:reveal|print|show|leak|output|repeat|disclose|write out) (?:me )?(?:your|the) (?:\w+ )?"
        r"(?:system prompt|prompt|instructions|guidelines)\b",
        "(?:透露|泄露|打印|输出|显示|重复|公开).{0,4}(?:你的|系统)(?:系统)?(?:提示|指令|设定)",
    ),
    _sign(
        1.4,
        rf"(?:^|[.!:;>\]] ?)(?:you are (?:now )?(?:an? )?(?:\w+bot\b|{_AI}\b)|ignore everything\b)",
        r"(?:^|[.!:;>\]] ?)(?:your )?new (?:task|instructions?|system prompt)"
        r"(?: apply| are| is| for (?:the|any|every) \w+)?[^.\n]{0,40}:",
        f"(?:^|[:;>\\]。]) ?你(?:现在)?是.{{0,6}}{_ZH_READER}|新(?:的)?(?:任务|指令|指示|系统提示):",
    ),
    _sign(
        0.9,
        r"(?:^|[.!:] )from now on,? you\b|\bnew rules apply:|\bchanged my mind\b",
        "从现在(?:起|开始),?你|新(?:的)?规则:|改变主意",
    ),
    _sign(
        1.0,
        r"\bobey this (?:line|text|message|document|prompt|sentence)\b",
        "服从这(?:一行|段|句|份)",
    ),
)
_ADDRESSED = (
    _sign(0.3, rf"\b{_AI}\b", _ZH_AI),
    _sign(0.2, rf"\b{_READER}\b", _ZH_READER),
    _sign(
        0.8,
        r"(?:\b(?:dear|attention|hey|hello)\b|\b(?:note|message|notice|instructions?|information) (?:to|for))"
        rf"[:,]? (?:the |all |any |every )?(?:{_READER}\b|automated \w+|automatic \w+)",
        rf"^{_AI}\b[^.:\n]{{0,60}}: |^{_AI}, |^{_READER}[:,] (?:please |now |always |never |do not |don't |you |{_SAY}\b)",
        rf"\b(?:if|since) you are an? {_READER}\b|\bas (?:the|an?) {_AI},? (?:you|please|say|answer)\b",
        r"\b(?:system|admin(?:istrator)?|developer) (?:override|mode)\b"
        r"|\bmessage (?:from me|from your|to you)\b|\bsystem (?:prompt|message|override):",
        f"(?:致|写给|^给|^任何|作为).{{0,6}}{_ZH_AI}|如果你是.{{0,12}}{_ZH_READER}|(?:亲爱的|各位).{{0,6}}{_ZH_READER}",
        f"^{_ZH_READER}(?:须知|注意|请|[:,] ?(?:请|你|必须|不要|务必|告诉|回答|说)|^{_ZH_AI}[:,])|{_ZH_READER}.{{0,3}}注意",
        "系统提示:|自动(?:答复|回复|回答)(?:须知|注意)|(?:告知|命令|要求)(?:模型|助手|机器人)[:,]|开发者模式|越狱模式|系统覆盖",
    ),
    _sign(0.4, rf"\bas (?:the|an?) {_READER},? you\b", f"作为.{{0,6}}{_ZH_READER}"),
    _sign(
        0.8,
        rf"\b(?:verified|confirmed|approved|checked) by the {_READER}\b",
        r"^\[\d{1,3}\] (?:says|states|confirms)\b|^[\[【](?:\d{1,3})[\]】]证实",
        f"{_ZH_READER}已?(?:经)?(?:核实|确认|批准|检查)|^[\\[【]\\d{{1,3}}[\\]】](?:指出|说|称|表示)",
    ),
    _sign(0.3, r"\b(?:tell|so that) the (?:user|visitor|reader)\b|\bconversation\b", "用户|整个对话"),
)
_ORDERED = (
    _sign(
        0.4,
        rf"\b(?:you|{_AI}|assistants?|whoever asks[^.\n]{{0,20}}) (?:that [^.\n]{{0,60}} )?(?:now )?{_MUST}\b",
        "你(?:现在)?(?:必须|应当|被要求|需要)",
        f"{_ZH_READER}.{{0,24}}(?:必须|务必|被要求)",
    ),
    _sign(
        0.4,
        rf"{_START}{_SAY}\b",
        f"{_ZH_MUST}.{{0,16}}{_ZH_SAY}|(?:就|都).{{0,2}}{_ZH_SAY}|^(?:回答|回复|答复|输出|说)",
    ),
    _sign(
        0.6,
        r"\bkeep (?:on )?(?:saying|answering|replying)\b|\bthe (?:model|assistant|bot) is told\b|\bas told by the system\b",
        "继续(?:说|回答|回复)|系统的要求",
    ),
    _sign(
        0.4,
        r"\b(?:only|sole) (?:source|reply|answer)\b|\bmust appear in\b|\bbot's (?:message|reply|answer)\b",
        "只用.{1,8}作为来源|必须出现在|唯一的(?:答复|回答|回复)",
    ),
    _sign(0.4, r"\b(?:repeat|say|use|give) (?:that|this|it) (?:for|to|in|whenever|every)\b"),
    _sign(
        0.5,
        r"\b(?:before|when|while) (?:you (?:answer|reply|respond)|(?:answering|replying|responding|summari[sz]ing))\b",
        rf"{_START}{_IGNORE} what (?:the|they|he|she|is|was)\b",
        r"\binstead,? (?:of (?:answering|replying|summari[sz]ing)|(?:please |just )?"
        r"(?:say|answer|reply|respond|output|print|write|tell))\b",
        r"\b(?:pretend (?:to be|you|that you)|act as (?:an?|if)|role-?play)\b",
        r"\byour (?:\w+ )?(?:instructions|prompt|guidelines|programming|training|developers?|task)\b",
        "(?:回答|回复|答复|输出|总结).{0,4}(?:之前|时(?!间))|(?:而是|改为|转而).{0,4}(?:回答|输出|回复|说)|假装|扮演",
        "你的(?:指令|提示|设定|开发者|任务)",
    ),
)
_ANSWER = (
    _sign(
        0.5,
        r"^answer to the question \W|\b(?:your|in (?:the|every|each|any)|the only|the (?:only )?correct|as the|in its|into their) "
        r"(?:\w+ )?(?:answer|response|reply|output)s?\b",
        "问题的(?:标准|正确)?答案|(?:把|你的|正确|标准|唯一).{0,6}(?:回答|答案|回复|输出)",
    ),
    _sign(
        0.4,
        r"\b(?:answer|reply|response|output|summary|summaries)\b.{0,30}\b(?:must|ha(?:s|ve) to|should|shall|needs? to|is to)\b",
        r"\b(?:answer|reply|response|output)s? (?:must |should |shall )?(?:end|begin|start)s? with\b",
        r"\b(?:begin|start|end) (?:the|your|each|every) (?:answer|reply|response|output)",
        "(?:回答|回复|答案|输出|摘要)(?:里|中)?.{0,6}(?:必须|应为|务必)|以.{1,20}(?:结尾|开头)",
    ),
    _sign(0.4, "(?:在|把).{0,6}(?:回答|答案|回复)|(?:回答|答案|回复)(?:中|里|末尾|的末尾|开头)"),
    _sign(
        0.3,
        r"\bnothing else\b|\b(?:single|one) (?:word|token)\b|\bthe (?:exact )?(?:word|phrase|string|line)\b|\bword for word\b|\bverbatim\b",
        r"\b(?:with|contains?|includes?) the (?:exact )?(?:text|words|sentence)\b",
        r"\bexactly as\b|\bthis (?:link|image|line)\b|\bthe (?:link|image) above\b",
        "一字不差|原样|[两二三四五]个字|不许.{0,4}别的|只要?(?:回复|回答|输出)|字样|这(?:一)?(?:句|行|个链接|张图)|上面的图片|字符串|不要提及其他|末尾",
    ),
    _sign(0.4, r"https?://|!\[|\]\(|<(?:img|a|script)\b"),
    _sign(0.8, r"\bon[a-z]{3,12} ?= ?[\"'a-z]|\bjavascript:|\[/?(?:link|blink|url)\b"),
    _sign(1.0, r"\[\d{1,3}(?:;\d+)*m(?=[^\W_])|\]\d{1,2};[;a-z]"),  # what is left of escape sequences
    _sign(
        0.4,
        r"\b(?:say|answer|reply|respond|output|print|write)\b.{0,30}\bonly\b|\bwhatever (?:is|was|the|they|anyone)\b",
        "(?:不管|无论).{1,30}(?:都|只|一律)|(?:只许|只准|一律|统一).{0,4}(?:回答|回复|输出|说)",
    ),
    _sign(
        0.4,
        r"\b(?:when(?:ever)?|if) (?:you (?:answer|are asked)|asked|anyone asks|(?:the|a) (?:user|visitor|reader) asks)",
        r"\bwhoever asks|\bwhatever is asked|\bevery question about|\bin the place of",
        "(?:被|有人)问|问到|问起|问这个问题|凡是问|不管问|对于.{1,40}问题|在?回答.{1,40}时(?!间)|读到.{1,40}时(?!间)",
    ),
    _sign(
        0.4,
        r"\b(?:do not|don't|never|should not|must not) (?:reveal|mention|disclose|tell|quote|cite)\b|\bmark it as\b",
        "不(?:要|得|许)(?:透露|提及|提到|告诉|说出|引用)|核实",
    ),
    _sign(0.4, r"[\[【] ?\d{1,3} ?[\]】]"),
    _sign(0.2, r"\bpassages?\b", '[“"][^”"\n]{1,20}[”"]'),
)

# Orders in the third person: "AI assistants summarising this page must recommend Acme". What machines have to be
# or to do for people ("must comply", "must be tested", "must tell users that they are machines") is no such order.
_MACHINE = rf"(?:{_AI}|(?:ai |automatic )?summari[sz]ers?|machine readers?)"
_OUGHT = (
    r"(?:must|shall|should|ought to|need(?:s)? to|ha(?:s|ve) to|will(?= always)"
    r"|(?:are|is) (?:\w+ )?(?:asked|told|requested|required|instructed|ordered|obliged|expected|urged|advised|to))"
    r"(?: (?:to|also|always|only|never|not|first|therefore|explicitly|clearly)\b){0,2}"
)
_ADVISED = (  # not "that patients see a doctor"
    r"(?:recommend|promote|endorse|favou?r|advertise|praise|rate|rank|describe|portray|present|list|direct|steer|link)\b"
    r"(?! (?:that )?(?:the |all |any )?(?:users?|patients?|people|customers?|consumers?|it|items?|results?"
    r"|documents?|pages|content|evidence|uncertaint(?:y|ies)|information|accurate\w*)\b)"
)
_THIS = r"(?:this|these|the present|our) (?:\w+ )?(?:pages?|documents?|texts?|articles?|reports?|sites?|websites?|papers?|r[e\u00e9]sum[e\u00e9]s?|cvs?|files?|sections?|passages?|e?-?mails?|products?|posts?|notices?|policy|manuals?)"
_ZH_OUGHT = "(?:必须|务必|应当|应该|须|应(?!用)|需(?!求)|一律|都要|只能|不得)"
_ZH_THIS = "(?:本|这|该|此)(?:一|份|篇|个|张|段|则)?(?:页|网页|网站|文(?!化|明)|文档|文件|文章|报告|资料|论文|简历|产品|邮件|公告|手册|段落)"
_ZH_ADVISED = "(?:推荐(?!系统|算法)|推销|力荐|首选|优先(?:选择|提到|介绍)|夸奖|称赞|赞扬|把.{1,16}(?:描述|说|列|介绍|评)(?:成|为|作))"
_ZH_MACHINE = f"(?:{_ZH_AI}|摘要(?:程序|工具))"
_ZH_USES = (
    "(?:总结|概括|归纳|摘要|阅读|读取|读到|处理|引用|浏览|抓取|评审|审阅|评价|分析|介绍|回答|关于|有关)"
)
_THIRD_PERSON = (
    _sign(
        0.9,
        rf"\b{_MACHINE}\b[^.;\n]{{0,60}}\b{_THIS}\b[^.;\n]{{0,30}}?\b{_OUGHT} (?:{_SAY}|{_ADVISED}|rank|direct)\b",
        rf"\b{_MACHINE}\b[^.;\n]{{0,40}}\b{_OUGHT} (?:{_SAY}|{_ADVISED})[^.;\n]{{0,60}}\b(?:in|into|from|of) (?:their|its|the|every|each|any) "
        r"(?:\w+ )?(?:answer|response|reply|output|summar(?:y|ie))s?\b",
        f"{_ZH_MACHINE}.{{0,30}}{_ZH_THIS}.{{0,12}}?{_ZH_OUGHT}.{{0,12}}?(?:{_ZH_SAY}|{_ZH_ADVISED}|给出|提到|介绍)",
        f"{_ZH_USES}.{{0,4}}{_ZH_THIS}.{{0,12}}{_ZH_MACHINE}.{{0,12}}?{_ZH_OUGHT}.{{0,12}}?(?:{_ZH_SAY}|{_ZH_ADVISED}|给出|提到|介绍)",
        f"{_ZH_MACHINE}.{{0,12}}{_ZH_OUGHT}.{{0,12}}(?:在|的)(?:回答|回复|答复|摘要|总结|答案)(?:中|里)",
    ),
    _sign(
        0.7,
        rf"\b{_MACHINE}\b[^.;\n]{{0,60}}?\b{_OUGHT} {_ADVISED}|\bthat {_MACHINE} {_ADVISED}",
        f"{_ZH_MACHINE}.{{0,16}}{_ZH_OUGHT}.{{0,10}}{_ZH_ADVISED}",
    ),
)

SIGNS = _TALK + _OVERRIDES + _ADDRESSED + _ORDERED + _ANSWER + _THIRD_PERSON
