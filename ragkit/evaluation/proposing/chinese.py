"""Shapes of Chinese sentences: definitions, dates, numbers, places, names, causes, purposes.

A Chinese sentence goes on about its subject over several clauses, so that many shapes may begin at any of
them; then the subject must be what the section is about. They are written in simplified characters, and so
is what they are held against.
"""

from __future__ import annotations

from ragkit.evaluation.proposing.shapes import Shape

_NAME = r"(?P<name>[《「]?[一-鿿A-Za-z0-9·《》+_./-]{2,16}?(?: [A-Za-z0-9一-鿿]{1,12}){0,2}[》」]?)"
_ASIDE = r"\s*(?:[（(](?P<aside>[^（）()]{0,80})[）)])?"
_SUBJECT = rf"{_NAME}{_ASIDE}，?"
_LATER = rf"{_ASIDE}(?:[^。；]{{0,120}}?[，、])?(?:是|则|也|又|亦|均|都)?"
_YEAR = r"(?<!\d)(?:公元前?|西元前?|前)?\s?\d{2,4}\s?年(?!代|[来间以])"
_WHEN = rf"(?P<answer>{_YEAR}(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?[日号])?)?)"
_CLAUSE = r"(?P<answer>[^，。；：（(]{2,60})"
_LIST = r"(?P<answer>[^。；：（(，]{1,110}?)(?=[。；：（(，]|$)"
_PLACES = r"(?P<answer>[^。；：（(，]{1,110}?)(?=[。；：（(，]|$|的一[种个座条处])"
_NUMBER = (
    r"(?:约|大约|为|有|达|接近|超过|平均|可达|只|就|是|共|总共|的|在|高|长)*"
    r"(?P<answer>(?:\d[\d,.，]*\d|\d|[一二三四五六七八九十百千]{1,6})(?:\s?[-~－～至到–]\s?\d[\d,.]*)?\s?[多余]?\s?[万亿千百]?\s?"
    r"(?:平方公里|平方千米|平方米|平方公尺|立方米|公里|千米|厘米|公分|毫米|米|公尺|英里|哩|万人|人|公斤|千克|克|吨|"
    r"公顷|GHz|MHz|Gbps|MB|GB|公升|升|小时|分钟|摄氏度|度|美元|元|英镑|日圆|日元))"
)
_BORN = (
    "出生|逝世|去世|病逝|成立|创立|创建|创办|建成|建立|落成|完工|竣工|开放|开业|通车|启用|"
    "开通|上市|发行|发布|推出|出版|上映|首播|首演|问世|播出|开幕|关闭|解散|停刊|创刊|退役|毕业"
)
_MADE = "发明|创建|设计|提出|开发|推出|发现|编写|建立|创立|创始|执导|出版|发行|建造"
_PROPERTY = (
    "首都|首府|省会|县城|作者|导演|主角|目标|目的|任务|宗旨|作用|功能|特点|用途|原因|"
    "官方语言|创始人|总部|主要成分|前身|特征|主题|原则|定义|含义|职责|"
    "天敌|近亲|食物|食粮|栖息地|授粉者|产地|缺点|优点|默认值|格式"
)
_SIZE = "全长|总长|面积|总面积|占地面积|流域面积|海拔|人口|总人口|跨度"
_MEASURE = "体长|尾长|体重|深度|直径|容量|速度|高度|宽度|株高"
_CALLED = "又名|又称作|又称|别名|别称|也称为|也称|亦称|也叫|俗称|旧称|前称|藏语称为|原名"
_TOOL = "命令|文件|软件包|程序|选项|工具|脚本|目录|变量|函数|字段|参数|模块|服务"
_AFTER_MADE = "(?!的|时|前|后|于)"

CHINESE = (
    Shape(
        rf"{_SUBJECT}是(?![否因为由在以从不可要指于什如怎])[个位名]?"
        r"(?P<answer>[^。；：（(，]{2,80}?)(?<!的)(?=[，。；：（(]|$)",
        "{name}是什么？",
        1.0,
        "{name}是谁？",
    ),
    Shape(rf"{_SUBJECT}(?:是指|指的是|就是){_CLAUSE}", "{name}是什么？", 1.2),
    Shape(
        rf"{_ASIDE}，?为(?P<answer>[^。；：（(，]{{4,80}}?的[一-鿿]{{1,8}})(?=[，。；]|$)",
        "{name}是什么？",
        0.8,
        topic=True,
    ),
    Shape(rf"{_SUBJECT}(?:坐落|位)于{_PLACES}", "{name}位于哪里？", 1.5),
    Shape(rf"{_SUBJECT}(?:主要)?分布[于在]{_PLACES}", "{name}分布在哪里？", 1.4),
    Shape(
        rf"{_NAME}{_ASIDE}(?:，[^，。]{{0,12}}?|正式|大约|约)?(?P<made>始建|兴建|成立|创立|创建|创办|建成)"
        rf"于[^，。]{{0,8}}?{_WHEN}",
        "{name}{made}于哪一年？",
        1.6,
        role="body",
    ),
    Shape(
        rf"{_SUBJECT}是?由(?P<answer>[^，。、\[（(]{{2,24}}?)(?:[于在]{_YEAR})?所?(?P<made>{_MADE})",
        "{name}是由谁{made}的？",
        1.6,
    ),
    Shape(
        rf"{_SUBJECT}是由?(?P<answer>[^，。的由]{{2,20}}?)[于在]{_YEAR}(?P<made>{_MADE})的",
        "{name}是由谁{made}的？",
        1.6,
    ),
    Shape(
        rf"{_SUBJECT}是由?[^，。的]{{2,20}}?[于在]{_WHEN}(?P<made>{_MADE})的",
        "{name}是哪一年{made}的？",
        1.6,
    ),
    Shape(rf"{_SUBJECT}(?:主要)?(?:包括|包含)(?:了|以下)?{_LIST}", "{name}包括哪些内容？", 0.9),
    Shape(
        rf"{_SUBJECT}(?:主要|可以|可|通常|常|多|被|是)*(?:用于|用来|用作|用以){_CLAUSE}",
        "{name}有什么用途？",
        1.3,
    ),
    Shape(rf"{_SUBJECT}(?P<answer>因.{{2,20}})而得名", "{name}的名字是怎么来的？", 1.6),
    Shape(rf"{_SUBJECT}得名[于自]{_CLAUSE}", "{name}的名字是怎么来的？", 1.6),
    Shape(rf"{_NAME}的名字(?:源自|源于|来自)(?:于)?{_CLAUSE}", "{name}的名字是怎么来的？", 1.6),
    Shape(rf"{_LATER}(?P<answer>因[^，。]{{4,40}}?)而得名", "{name}的名字是怎么来的？", 1.4, topic=True),
    Shape(r"(?P<name>\d{4}年\d{1,2}月\d{1,2}日)，", "{name}，{section}发生了什么？", 0.6, event=True),
    Shape(
        rf"{_NAME}{_ASIDE}(?:正式|首次|才|于|在|是)*{_WHEN}[^，。；的]{{0,10}}?(?P<made>{_BORN}){_AFTER_MADE}",
        "{name}是哪一年{made}的？",
        1.6,
    ),
    Shape(
        rf"{_WHEN}，?(?P<name>(?!的|[时中起后前至到末初底]|[，其该]|[他她它牠]|这|那|已|由|被|开始|以|的|春|夏|秋|冬|\d)"
        r"[^，。；：（）()]{8,40})[。；]?$",
        "{name}是在什么时候？",
        1.3,
        event=True,
    ),
    Shape(
        rf"(?:由于|因为)(?P<answer>[^。；]{{4,60}}?)，(?:所以|因此|故)?(?![请可应需要将我])"
        rf"{_NAME}(?P<rest>(?:(?![你您我])[^。；，]){{5,50}})(?=[。；，]|$)",
        "为什么{name}{rest}？",
        1.2,
    ),
    Shape(
        rf"{_NAME}的(?P<what>(?:主要|最大)?(?:{_PROPERTY}))(?:主要|就)?[是为]{_LIST}",
        "{name}的{what}是什么？",
        1.6,
    ),
    Shape(
        rf"{_NAME}的(?P<what>(?:主要|最大)?(?:{_PROPERTY}))(?:有|包括){_LIST}", "{name}的{what}有哪些？", 1.6
    ),
    Shape(
        rf"{_NAME}{_ASIDE}(?P<have>共有|有)(?P<answer>[\d一二三四五六七八九十两]+)"
        r"(?P<unit>[个种条座位名])(?P<what>[一-鿿]{2,6})[，。：]",
        "{name}{have}多少{unit}{what}？",
        1.4,
    ),
    Shape(rf"{_LATER}(?:{_CALLED}){_LIST}", "{name}还有什么别名？", 1.4, topic=True),
    Shape(
        rf"{_LATER}(?P<what>英文名|全称|简称|学名)(?:为|是|叫)?{_LIST}",
        "{name}的{what}是什么？",
        1.3,
        topic=True,
    ),
    Shape(rf"{_LATER}原产于{_PLACES}", "{name}原产于哪里？", 1.5, topic=True),
    Shape(rf"{_LATER}分布[于在]{_PLACES}", "{name}分布在哪里？", 1.3, topic=True),
    Shape(rf"{_LATER}位于{_PLACES}", "{name}位于哪里？", 1.3, topic=True),
    Shape(rf"{_LATER}生长[于在]{_PLACES}", "{name}生长在什么地方？", 1.4, topic=True),
    Shape(rf"{_LATER}(?:属于|隶属于){_CLAUSE}", "{name}属于什么？", 1.0, topic=True),
    Shape(
        rf"{_LATER}由(?P<answer>[^，。；]{{3,60}}?)(?:组成|构成)",
        "{name}由什么组成？",
        1.4,
        topic=True,
    ),
    Shape(rf"{_LATER}(?P<what>{_SIZE}){_NUMBER}", "{name}的{what}是多少？", 1.7, role="place", topic=True),
    Shape(rf"{_LATER}(?P<what>{_MEASURE}){_NUMBER}", "{name}的{what}是多少？", 1.7, topic=True),
    Shape(rf"{_LATER}主治{_LIST}", "{name}主治什么？", 1.3, topic=True),
    Shape(rf"{_LATER}出生[于在]{_CLAUSE}", "{name}出生于哪里？", 1.3, role="person", topic=True),
    Shape(rf"{_LATER}(?:毕业)于{_CLAUSE}", "{name}毕业于哪里？", 1.5, role="person", topic=True),
    Shape(
        r"(?:为了|要想|若要|如果要|如果想)(?P<name>(?![他她它牠能])[^，。；：]{4,30})，"
        r"(?P<answer>(?:可|请|应|需|必须|使用|用|将|建议|你|您|只|要|务必)[^。；]{5,100})[。；]?",
        "怎样才能{name}？",
        1.3,
        event=True,
    ),
    Shape(
        rf"(?P<name>[A-Za-z][\w./+-]* ?(?:{_TOOL}))(?:会|将|可以|能够|能|主要)?"
        r"(?:负责|用来|用于|包含|提供|定义|列出|记录|描述|控制|指定)(?P<answer>[^。；，]{4,80})",
        "{name}有什么作用？",
        1.4,
    ),
    Shape(rf"{_NAME}(?:表示|代表|意味着|意思是){_LIST}", "{name}表示什么？", 1.2),
    Shape(
        rf"{_NAME}(?:应当|应|必须|须|需)(?:在|于)?(?P<answer>[^，。；]{{1,24}}?\d+\s?(?:个工作日|日|天|个月|年|小时|周)(?:之?内|之前|前))"
        r"(?P<rest>[^，。；]{2,40})",
        "{name}应当在多长时间内{rest}？",
        1.6,
    ),
    Shape(
        rf"{_LATER}(?:在|于)?{_WHEN}[^，。；的]{{0,10}}?(?P<made>{_BORN}){_AFTER_MADE}",
        "{name}是哪一年{made}的？",
        1.4,
        topic=True,
    ),
)
"""What Chinese sentences answer."""
