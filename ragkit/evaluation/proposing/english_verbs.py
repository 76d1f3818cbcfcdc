"""The plain forms of English verbs that sentences with dates and causes are often told with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_IRREGULAR = """
became become | began begin | bought buy | brought bring | broke break | built build | chose choose | came
come | drew draw | fell fall | fled flee | flew fly | fought fight | found find | gave give | got get | grew
grow | held hold | hosted host | kept keep | led lead | left leave | lost lose | made make | met meet |
overtook overtake | paid pay | put put | ran run | rose rise | sank sink | saw see | sent send | set set |
shot shoot | sold sell | sought seek | spent spend | spread spread | stood stand | struck strike | taught
teach | took take | withdrew withdraw | won win | wrote write | died die | tied tie
"""
_REGULAR = """
abandon abolish absorb accept accuse achieve acquire add adopt affect annex announce appoint approve arrest
arrive assassinate assume attack attempt attend award ban bomb burn cancel capture carry cause cease
celebrate change claim close coin collapse complete compose conclude conduct conquer consolidate construct
contribute control convert create cross crown damage debut declare decide defeat demolish demonstrate deploy
describe design destroy develop devise direct discontinue discover dissolve divide donate earn elect embark
emerge employ enact end enlist enroll enter establish evacuate execute exile expand experiment explain
explode explore express extend fail file finish form found fund graduate help host identify implement impose
improve inaugurate incorporate increase inherit initiate install integrate introduce invade invent
investigate invite issue join kill land launch legalize liberate locate lock lower marry merge migrate
modify move name negotiate nominate obtain occupy offer open operate order organize overthrow partner pass
patent perform permit persuade pioneer plan plead pledge premiere present produce prohibit promote propose
prove publish purchase ratify reach rebuild receive recognize record recover reduce reform refuse release
relocate remove rename reopen repeal replace report represent rescue resign restore restrict resume retire
retreat return reveal review ruin rule sail settle share sign start stage stop submit succeed suffer suggest
support surrender suspend switch test tour transfer transform travel tour unify unite unveil update upgrade
use visit vote withdraw work
"""
_DOUBLED = frozenset({"ban", "permit", "plan", "stop", "submit"})
_ACTS = """
absorbs administers connects consumes emits governs inhibits manufactures oversees prevents publishes
regulates secretes specifies transmits
"""


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}{verb[-1] * (verb in _DOUBLED)}ed"


def _plain(verb: str) -> str:
    """The form without the ending of "she carries, reaches, uses"."""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-2] if verb.endswith(("shes", "ches", "sses", "xes")) else verb[:-1]


def _pairs(words: Iterable[str]) -> Mapping[str, str]:
    irregular = dict(pair.split() for pair in _IRREGULAR.split("|"))
    return {_past(verb): verb for verb in words} | irregular


PAST: Mapping[str, str] = _pairs(_REGULAR.split())
"""What is said of the past, and its plain form: "carried" and "carry"."""

PRESENT: Mapping[str, str] = {verb: _plain(verb) for verb in _ACTS.split()}
"""What somebody does, and its plain form: "carries" and "carry"."""
