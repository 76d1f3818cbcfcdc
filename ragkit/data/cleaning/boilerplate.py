"""Lines of web pages that belong to the page and not to its text."""

from __future__ import annotations

import re

_LONGEST = 200  # characters; a longer line says something else, too

# The first two are those of C4 (Raffel et al. 2020, 2.2); the others are ours, made without looking at the
# sets that anything is judged on.
_ENGLISH = re.compile(
    r"""\b(?:
      (?:enable|requires?|turn\ on|activate|without)\s+javascript
    | (?:terms\ of\ (?:use|service)|privacy\ policy|cookie\ policy|use\ of\ cookies|uses?\ cookies)
    | all\ rights\ reserved
    | (?:click|tap)\ here\ to\ \w+ | read\ more\s*(?:»|\.\.\.|…|$) | continue\ reading
    | (?:sign\ up|subscribe)\ (?:to|for)\ (?:our|the)\ \w*\s?newsletter
    | (?:follow|like|find)\ us\ on\ (?:facebook|twitter|instagram|linkedin|youtube)
    | share\ (?:this|on)\ (?:page|article|post|story|facebook|twitter|linkedin|whatsapp)
    | (?:log|sign)\ in\ to\ (?:comment|continue|your\ account) | leave\ a\ (?:comment|reply)
    | skip\ to\ (?:main\ )?content | back\ to\ top | print\ this\ page | powered\ by\ wordpress
    | (?:previous|next|related)\ (?:post|article|stor(?:y|ies)|articles|posts)\s*:?\s*$
    )""",
    re.I | re.X,
)
_COPYRIGHT = re.compile(r"^\W*(?:copyright|©|\(c\))\s*(?:©|\(c\))?\s*\d{4}", re.I)
_CHINESE = re.compile(
    r"版权所有|未经(?:授权|许可|书面).{0,8}(?:转载|复制)|转载请(?:注明|联系)|责任编辑[:：]|本文来源[:：]|免责声明[:：]"
    r"|(?:点击|扫码|扫描).{0,10}(?:关注|查看更多|阅读全文|下载)|(?:阅读|查看)(?:原文|全文|更多)\s*$"
    r"|关注.{0,6}公众号|微信(?:扫一扫|公众号[:：])|分享到[:：]?|(?:上|下)一篇[:：]|相关(?:阅读|推荐|文章|新闻)[:：]?\s*$"
    r"|(?:登录|注册)后.{0,6}(?:查看|评论|发表)|ICP备\s*\d|公网安备"
    r"|著作權所有|版權所有|轉載請|責任編輯[:：]|點擊.{0,10}(?:關注|查看更多|閱讀全文|下載)|相關(?:閱讀|文章|新聞)[:：]?\s*$"
)


def is_boilerplate(line: str) -> bool:
    """Whether a line is a cookie notice, a copyright line, a call to share, subscribe or log in."""
    if not line.strip() or len(line) > _LONGEST:
        return False
    return bool(_ENGLISH.search(line) or _COPYRIGHT.search(line) or _CHINESE.search(line))


def without_boilerplate(text: str) -> str:
    """The text without such lines; a text that is one line stays as it is."""
    lines = text.split("\n")
    if len(lines) == 1:
        return text
    kept = [line for line in lines if not is_boilerplate(line)]
    return text if len(kept) == len(lines) else "\n".join(kept)
