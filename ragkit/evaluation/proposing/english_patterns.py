"""The parts that shapes of English sentences are put together from."""

from __future__ import annotations

from ragkit.evaluation.proposing.english_verbs import PAST, PRESENT

MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DATE = rf"{MONTH} \d{{1,2}}, \d{{4}}"
YEAR = r"(?:1\d{3}|20\d\d)(?![\d,–-]*\d| (?:people|inhabitants|feet|m(?:et(?:re|er)s)?|miles|km)\b)"
WHEN = rf"(?P<answer>{DATE}|\d{{1,2}} {MONTH} {YEAR}|{MONTH} {YEAR}|(?:early |late |mid-)?{YEAR})"
WORD = r"[A-Z0-9][\w'’&-]*"
NAMED = rf"{WORD}(?: (?:(?:of|the|and|for|upon|de|von) )*{WORD}){{0,5}}"
NAME = rf"(?P<the>[Tt]he )?(?P<name>{NAMED})"
OWN = rf"(?P<the>[Tt]he )?(?P<name>{NAMED}(?:[’']s? (?:[a-z][\w-]+ ){{0,3}}?[a-z][\w-]+)?)"
LONG = r"(?P<the>(?:The|A|An) )(?P<name>(?!rest|majority|number|part|use|fact)[\w’'-]+(?: [\w’'-]+){3,11}?)"
SPECIFIC = (  # it has a complement, and "the law" is no complement: which law?
    r"(?=(?:[\w’'-]+ )+(?:of|in|for|to|between|by) )(?!(?:(?! (?:is|was) ).)* the [a-z-]+ (?!of\b))"
    r"[a-z][\w-]*"
    r"(?: (?!(?:is|are|was|were|has|have|had|and|but|which|that|who|he|she|they|we|you|it)\b)[\w’'-]+){3,10}?"
)
ASIDE = r"(?: \((?P<aside>[^()]{1,80})\))?"
COMMA = rf"{ASIDE},?"
MADE = (
    "founded|established|built|created|discovered|invented|introduced|published|released|designed|"
    "launched|opened|formed|constructed|signed|completed|developed|coined|named"
)
DONE = (
    rf"{MADE}|adopted|annexed|appointed|awarded|born|destroyed|elected|enacted|incorporated|listed|proved|"
    "rebuilt|renamed|restored|sequenced|abolished|demolished|merged|nominated|sold|unveiled|demonstrated"
)
PROPERTY = (
    "mission|purpose|goal|aim|objective|vision|role|capital|population|cause|function|duration|deadline|scope|"
    "result|effect|advantage|area|height|length|size|origin|meaning|price|cost|amount|term|subject|extent|"
    "boundary|density|temperature|speed|diameter|depth|weight|mass"
)
BODY = (
    "(?:Administration|Agency|Board|Bureau|Center|Commission|Department|Directorate|Office|Service|Services)"
)
STOP = r"(?=[.,;:(]|$)"
END = r"(?=[.;(]|$)"
CLAUSE_STOP = (
    r"(?=[;:(]|\.(?:\s|$)|$|,? (?:that|which|who|whose|where|when)\b|,? and (?:is|was|are|has|can|it)\b"
    r"|, (?:with|an?|the|but|also|located|founded|based|known|including|consisting|containing|covering|making"
    r"|using|managing|serving|leading|being|beginning|providing)\b)"
)
PHRASE_STOP = (
    r"(?=[.,;:(]|$| (?:in|on|at|for|to|during|after|before|from|when|while|who|which|and|with|using|as)\b)"
)
NOT_POINTING = r"(?!it\b|they\b|them\b|this\b|these\b|those\b|he\b|she\b|and\b|but\b|that\b|here\b|so\b)"
REST = (
    rf"(?P<rest>(?: {NOT_POINTING}[^\s.,;:()\"]+){{0,9}}?)"
    r"(?<!ed)(?<!built)(?<!held)(?<!made)(?<!known)(?<!born)(?<!later)(?<!early)(?<!again)"
)
MEANWHILE = (
    r"(?: (?:in|at|by|near|on|from|under|with|for|as|during)\b(?:(?!\b(?:and|but|or|here)\b)[^.;,]){0,60}?)?"
)
AGENT = (
    r"(?=[A-Z]|the |an? )(?!Royal|the Act|an? act|Act|an? vote|(?:the )?decree|(?:the )?treaty|law|"
    r"means|the end|the year|the time|a number)(?P<answer>[^.,;:()]{3,80}?)"
)
NUMBER = (
    r"(?P<answer>(?:about |around |approximately |nearly |over |more than |at least |up to |some )?"
    r"(?:\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty)"
    r"(?: (?:hundred|thousand|million|billion))?)"
)
LENGTH = r"(?P<answer>(?:about |over |nearly )?\d[\d,.]* (?:feet|met(?:er|re)s|miles|kilomet(?:er|re)s|km|m))"
VALUE = r"(?P<answer>[^;:(]{1,110}?)(?=[;:(]|, |\.(?:\s|$)|$)"
DID = "|".join(sorted(PAST, key=len, reverse=True))
DOES = "|".join(sorted(PRESENT, key=len, reverse=True))
OPERATED = "operated|owned|governed|managed|administered|led|headed|funded|supervised|maintained|served|run"
WHAT = r"(?P<answer>(?:an?|the|one of) [^;:(]{3,110}?)"
NOUN_PHRASE = r"(?P<answer>(?:an?|the) [a-z][^,.;:()]{8,100}?)"
