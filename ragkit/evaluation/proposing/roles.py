"""What a name is a name of, by its last word."""

from __future__ import annotations

import re

from ragkit.evaluation.proposing.shapes import HAN, Role
from ragkit.language.chinese import simplified

_PLACE = re.compile(
    r"\b(?:River|Lake|Mount|Mountains?|Island|Islands|Bay|Sea|Valley|City|Town|Village|County|Province|Street|Avenue|Square|"
    r"Bridge|Castle|Palace|Park|Garden|Gardens|Market|Airport|Station|Tower|Cathedral|Church|Temple|Harbour|Harbor|Canal|"
    r"Gorge|Delta|Desert|Peninsula|Coast|Beach|Forest|Stadium|Wall)$"
)
_BODY = re.compile(
    r"\b(?:Administration|Agency|Association|Authority|Bank|Board|Bureau|Center|Centre|Club|College|Commission|Committee|"
    r"Company|Corporation|Council|Department|Exchange|Foundation|Group|Hospital|Institute|Laboratory|Library|Ministry|Museum|"
    r"Office|Organization|Party|School|Service|Society|Union|University|Inc|Ltd)$|^[A-Z]{3,5}$"
)
_HAN_PLACE = re.compile(
    r"(?:湖|河|江|海|湾|山|峰|岛|群岛|县|市|省|区|镇|村|国|桥|洞|塔|碑|广场|机场|车站|寺|庙|"
    r"街|路|关|港|谷|峡|瀑布|沙漠|半岛|公园|城|宫|监狱|运河)$"
)
_HAN_BODY = re.compile(
    r"(?:大学|学院|中学|公司|医院|博物馆|图书馆|协会|学会|银行|局|部|委员会|集团|"
    r"研究所|研究院|基金会|俱乐部|党|报|出版社|电视台)$"
)


def role_of(name: str) -> Role | None:
    """A place, or a body such as an office or a company; None where its last word does not tell."""
    name = simplified(name)
    place, body = (_HAN_PLACE, _HAN_BODY) if HAN.search(name) else (_PLACE, _BODY)
    if body.search(name):
        return "body"
    return "place" if place.search(name) else None
