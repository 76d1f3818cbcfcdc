"""Shapes of English sentences: definitions, dates, numbers, places, names, causes, purposes."""

from __future__ import annotations

from ragkit.evaluation.proposing.english_patterns import (
    AGENT,
    ASIDE,
    BODY,
    CLAUSE_STOP,
    COMMA,
    DATE,
    DID,
    DOES,
    DONE,
    END,
    LENGTH,
    LONG,
    MADE,
    MEANWHILE,
    NAME,
    NOT_POINTING,
    NOUN_PHRASE,
    NUMBER,
    OPERATED,
    OWN,
    PHRASE_STOP,
    PROPERTY,
    REST,
    SPECIFIC,
    STOP,
    VALUE,
    WHAT,
    WHEN,
    WORD,
)
from ragkit.evaluation.proposing.english_verbs import PAST, PRESENT
from ragkit.evaluation.proposing.shapes import Shape

_DEFINITIONS = (
    Shape(
        rf"{NAME}{COMMA} is (?:{WHAT}{CLAUSE_STOP}|(?:an?|the|one of) )",
        "What is {the}{name}?",
        1.0,
        "Who is {name}?",
    ),
    Shape(
        rf"{NAME}{COMMA} was (?:{WHAT}{CLAUSE_STOP}|(?:an?|the|one of) )",
        "What was {the}{name}?",
        0.6,
        "Who was {name}?",
    ),
    Shape(
        rf"{NAME}{COMMA} are "
        r"(?P<answer>(?:the )?[a-z-]+(?: [a-z-]+)?s (?:of|that|which|who|in|for|from|between)\b"
        rf"[^.;:(]{{3,90}}?){CLAUSE_STOP}",
        "What are {the}{name}?",
        0.6,
    ),
    Shape(
        rf"{NAME}, {NOUN_PHRASE}, (?:is|was|are|were|has|had|can|may|will|[a-z]{{3,}}(?:ed|s))\b",
        "What is {the}{name}?",
        0.8,
        "Who is {name}?",
    ),
    Shape(
        rf"(?P<the>The )(?P<name>{SPECIFIC}) (?P<is>is|was) "
        rf"(?P<answer>(?:an?|the|to) [^,;:(.]{{3,110}}?){STOP}",
        "What {is} {the}{name}?",
        1.2,
        event=True,
    ),
    Shape(
        rf"{NAME} is "
        rf"(?P<most>the (?:[\w-]+est|most [\w-]+|first|only|main|sole) [a-z][^.,;:()]{{6,70}}?){STOP}",
        "What is {most}?",
        1.3,
    ),
    Shape(rf"{NAME}{COMMA} stands for (?P<answer>[^.;,(]{{3,90}})", "What does {name} stand for?", 1.2),
    Shape(
        rf"{NAME}{COMMA}(?: is)? (?:also|sometimes|often) (?:known as|called|abbreviated as) "
        rf"(?P<answer>[^.;,(]{{3,60}}?){STOP}",
        "By what other name is {the}{name} known?",
        1.2,
    ),
)
_DATES = (
    Shape(
        rf"{OWN}{ASIDE}(?: itself,)? (?P<was>was|were) (?:\w+ly |first )?(?P<made>{DONE})\b"
        rf"{MEANWHILE} (?:in|on) {WHEN}",
        "When {was} {the}{name} {made}?",
        1.6,
    ),
    Shape(
        rf"{LONG} (?P<was>was|were) (?:\w+ly |first )?(?P<made>{DONE})\b"
        rf"{MEANWHILE} (?:in|on) {WHEN}",
        "When {was} {the}{name} {made}?",
        1.4,
        event=True,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<made>{MADE}) (?:in|on) {WHEN},",
        "When was {the}{name} {made}?",
        1.5,
        role="body",
    ),
    Shape(
        rf"{NAME}{ASIDE} (?P<did>{DID}){REST} (?:in|on) {WHEN}",
        "When did {the}{name} {do}{rest}?",
        1.7,
        words=PAST,
    ),
    Shape(
        rf"(?:In|On|.{{3,60}} (?:in|on)) {WHEN},? {NAME}{ASIDE} (?P<did>{DID}){REST}{STOP}",
        "When did {the}{name} {do}{rest}?",
        1.6,
        words=PAST,
    ),
    Shape(rf"{NAME}{COMMA} died (?:in|on) {WHEN}", "When did {name} die?", 1.7, role="person"),
    Shape(
        rf"(?:In|On) {WHEN},? {NAME}{ASIDE} (?P<was>was|were) "
        rf"(?P<rest>(?!an? |the )\w+ed(?: {NOT_POINTING}[^\s.,;:()]+){{0,7}}){STOP}",
        "When {was} {the}{name} {rest}?",
        1.5,
    ),
    Shape(
        rf"On (?P<date>{DATE}),[^.]*? an? (?:[\w-]+ )*?(?P<make>{WORD}(?: {WORD}){{0,4}})(?: \([^()]*\))?, "
        rf"(?:[\w-]+ registered )?(?P<name>[A-Z]{{1,2}}-?[A-Z0-9]{{3,6}}),",
        "What happened to the {make} {name} on {date}?",
        1.6,
        event=True,
    ),
    Shape(rf"On (?P<name>{DATE}),", "What happened on {name}?", 0.6, event=True),
)
_NAMES_AND_PLACES = (
    Shape(
        rf"{OWN}{COMMA} (?P<was>was|were) (?:\w+ly |first )?(?P<made>{MADE})\b[^.]*? by "
        rf"{AGENT}{PHRASE_STOP}",
        "Who {made} {the}{name}?",
        1.6,
    ),
    Shape(
        rf"{LONG} (?P<was>was|were) (?:\w+ly |first )?(?P<made>{MADE})\b[^.]*? by "
        rf"{AGENT}{PHRASE_STOP}",
        "Who {made} {the}{name}?",
        1.4,
        event=True,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|are|was|were) (?P<made>{OPERATED}) by "
        rf"(?P<answer>[^.,;:()]{{3,80}}?){PHRASE_STOP}",
        "By whom {is} {the}{name} {made}?",
        1.5,
        role="body",
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|are) (?:located|situated|found) "
        r"(?P<answer>(?:in|on|at|near|within|along|between|about|off|just|north|south|east|west)\b[^.;,(]{3,80})",
        "Where {is} {the}{name}?",
        1.4,
    ),
    Shape(
        rf"{NAME}{COMMA} was born in (?P<answer>[A-Z][^.;,(]{{2,40}}?){PHRASE_STOP}",
        "Where was {name} born?",
        1.7,
        role="person",
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|was|are|were) named (?:after|for|in hono(?:u)?r of) "
        rf"(?P<answer>[^.;,(]{{3,80}}?){STOP}",
        "What {is} {the}{name} named after?",
        1.6,
    ),
)
_NUMBERS = (
    Shape(
        rf"The (?P<what>(?:\w+ )?(?:{PROPERTY})) of {NAME}(?: at this period| today| then)? (?P<is>is|was) "
        rf"(?:estimated (?:at|to be) )?{VALUE}",
        "What {is} the {what} of {the}{name}?",
        1.8,
        role="place",
    ),
    Shape(
        rf"{NAME}[’']s? (?P<what>(?:\w+ )?(?:{PROPERTY})) (?P<is>is|was) {VALUE}",
        "What {is} the {what} of {the}{name}?",
        1.8,
        role="body",
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<did>has|have|had) {NUMBER} (?P<many>(?:[a-z-]+ ){{0,2}}[a-z-]{{3,}}s)\b",
        "How many {many} {do} {the}{name} have?",
        1.6,
        role="body",
        words={"has": "does", "have": "do", "had": "did"},
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<did>{DID}) {NUMBER} (?P<many>(?:[a-z-]+ ){{0,2}}[a-z-]{{3,}}s)\b",
        "How many {many} did {the}{name} {do}?",
        1.4,
        words=PAST,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|was) {LENGTH} (?P<high>tall|high|long|wide|deep)\b",
        "How {high} {is} {the}{name}?",
        1.8,
        role="place",
    ),
)
_CAUSES_AND_PURPOSES = (
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|was|are|were) caused by (?P<answer>[^.;,(]{{3,90}}?){STOP}",
        "What {is} {the}{name} caused by?",
        1.7,
    ),
    Shape(
        r"(?P<the>)(?P<name>[A-Z][\w’'&-]*(?: [\w’'&-]+){0,5}?) (?P<grew>increase|decrease|decline)d\b"
        r".*?\b(?:due to|because of|because|driven by|primarily|as a result of|as a result)\b"
        r"(?P<answer>[^.;]{4,110})",
        "Why did {name} {grew}?",
        1.7,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<was>is|are|was|were) "
        rf"(?P<rest>(?!an? |the )\w+(?: {NOT_POINTING}[^\s.,;:()]+){{1,10}}?),? "
        rf"because (?:of )?(?P<answer>[^.;(]{{3,110}}?){END}",
        "Why {was} {the}{name} {rest}?",
        1.6,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<did>{DID}){REST},? because (?:of )?(?P<answer>[^.;(]{{3,110}}?){END}",
        "Why did {the}{name} {do}{rest}?",
        1.6,
        words=PAST,
    ),
    Shape(
        rf"{NAME}{COMMA} (?:consists|is (?:composed|made up|comprised)) of (?P<answer>[^.;(]{{5,110}}?){END}",
        "What does {the}{name} consist of?",
        1.4,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<is>is|are) (?:mainly |primarily |often |commonly )?used (?P<for>for|to|as) "
        rf"(?P<answer>[^.;(]{{5,110}}?){END}",
        "What {is} {the}{name} used {for}?",
        1.2,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<was>was|were) (?P<made>established|created|founded|formed|designed|launched) to "
        rf"(?P<answer>[^.;(]{{8,120}}?){END}",
        "What {was} {the}{name} {made} to do?",
        1.5,
    ),
    Shape(
        rf"{NAME}{COMMA} (?P<did>{DOES}) (?P<answer>(?!that\b|to\b|it\b|how\b)[^.;(]{{8,120}}?)"
        r"(?=[.;(]|$|,? and (?:makes|provides|offers|manages|operates|conducts|gives|helps|supports|is)\b)",
        "What does {the}{name} {do}?",
        0.9,
        role="body",
        words=PRESENT,
    ),
    Shape(
        rf"(?P<the>)(?P<name>{WORD}(?: (?:(?:of|the|and|for|on|in) )*{WORD}){{0,6}} {BODY}) ?: "
        r"(?P<answer>[A-Z][a-z]+s [^.;]{5,110})",
        "What does the {name} do?",
        1.0,
    ),
    Shape(
        r"To (?P<name>[a-z]+ [^,.;:]{6,60}), "
        r"(?P<answer>(?:you (?:can|must|should|need)|use|run|click|select|press|open|call|set|add|type|enter|"
        r"choose)\b[^.]{5,110})",
        "How do you {name}?",
        1.4,
        event=True,
    ),
    Shape(
        r"(?P<the>The )(?P<name>[\w./-]+ (?:command|option|function|method|flag|file|tool|script|setting|"
        r"parameter|class|module|package)) (?P<answer>(?!is\b|was\b|has\b|does\b)[a-z]+s [^.;]{6,110})",
        "What does the {name} do?",
        1.3,
    ),
    Shape(
        r"(?P<the>(?:The|Each|Every|All) )?(?P<name>[A-Z]?[\w’'-]+(?: [\w’'-]+){0,3}?) "
        r"(?P<must>must|shall|should|may) (?P<rest>[^.,;]{5,70}?) within "
        r"(?P<answer>[\w() -]{1,30}? (?:hours?|days?|weeks?|months?|years?|minutes?))\b",
        "Within what time {must} {the}{name} {rest}?",
        1.6,
    ),
    Shape(
        r".*?\bthe (?P<what>[a-z]+(?: [a-z]+)?)(?:\(s\))? of (?P<name>[a-z]+ [\w/-]*\d[\w/-]*) "
        r"(?:to be|is|was):? (?P<answer>.{10,160}?)(?=[.;]|$)",
        "What was the {what} of {name}?",
        1.8,
    ),
)
ENGLISH = (*_DEFINITIONS, *_DATES, *_NAMES_AND_PLACES, *_NUMBERS, *_CAUSES_AND_PURPOSES)
"""What English sentences answer."""
