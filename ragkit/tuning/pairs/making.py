"""From passages with questions to pairs, part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random

from ragkit.generators.written import WrittenGenerator
from ragkit.language import is_cjk
from ragkit.tuning.pairs import replies
from ragkit.tuning.pairs.contexts import Contexts
from ragkit.tuning.pairs.replies import Style
from ragkit.tuning.pairs.rows import Kind, Pair, Shown, Turn, Wrong, as_hit
from ragkit.tuning.pairs.sources import Asked, Material
from ragkit.tuning.verifier.split import Part
from ragkit.types import Hit

MIX: Mapping[Kind, float] = {"answered": 9.0, "missing": 1.0}
TESTED: Mapping[Kind, float] = {"answered": 6.0, "missing": 2.0, "fooling": 2.0}
WRONG: Mapping[Wrong, float] = {"altered": 5.0, "elsewhere": 3.0, "refused": 2.0}
_FAR = 12  # passages whose answers may stand in the place of another
_AT_ONCE = 4  # missing questions that are asked about the same passages, which are read only once


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How pairs are made.

    `sizes` is the most of each part; `passages` the most in a prompt, of which learning sees fewer, too;
    `mix` and `wrong` are the ratios of kinds of questions, and of rejected replies to answered ones;
    `tested` is the mix of the part `test`. (A refusal always begins alike and an answer never, so a small
    model that reads many refusals refuses everything: it learns from fewer than it is tested on.)
    """

    sizes: Mapping[Part, int]
    seed: int = 0
    passages: int = 3
    each: int = 6  # questions about the same passages
    style: Style = "short"
    mix: Mapping[Kind, float] = field(default_factory=lambda: dict(MIX))
    tested: Mapping[Kind, float] = field(default_factory=lambda: dict(TESTED))
    wrong: Mapping[Wrong, float] = field(default_factory=lambda: dict(WRONG))


def make_part(
    part: Part, materials: Sequence[Material], generator: WrittenGenerator, recipe: Recipe
) -> list[Pair]:
    """The pairs of one part, none of which shows a passage of another; the same for the same seed."""
    return _Maker(part, materials, generator, recipe).made()


class _Maker:
    def __init__(
        self, part: Part, materials: Sequence[Material], generator: WrittenGenerator, recipe: Recipe
    ) -> None:
        self._part = part
        self._generator = generator
        self._recipe = recipe
        self._by_id = {one.id: one for one in materials}
        self._contexts = Contexts(materials)
        self._materials = sorted(
            (one for one in materials if one.asked or one.fooling),
            key=lambda one: Random(f"{recipe.seed} {one.id}").random(),
        )
        self._counts: Counter[Kind] = Counter()
        self._mix = recipe.tested if part == "test" else recipe.mix

    def made(self) -> list[Pair]:
        """As many as are asked for, or as the passages give."""
        found: list[Pair] = []
        most = self._recipe.sizes.get(self._part, 0)
        for material in self._materials:
            if len(found) >= most:
                break
            chance = Random(f"{self._recipe.seed} {self._part} {material.id}")
            some = self._withheld(material, chance) if self._lacks_missing() else self._held(material, chance)
            found += some
            self._counts.update(one.kind for one in some)
        return found[:most]

    def _lacks_missing(self) -> bool:
        """Whether a group of them brings the kinds nearer to their ratio."""
        share = self._mix.get("missing", 0.0) / sum(self._mix.values())
        return share * (self._counts.total() + _AT_ONCE) >= self._counts["missing"] + _AT_ONCE / 2

    def _withheld(self, material: Material, chance: Random) -> list[Pair]:
        """Questions about near passages that do not answer them."""
        shown = self._contexts.without(material, passages=self._many(chance), chance=chance)
        asked = chance.sample(material.asked, min(len(material.asked), _AT_ONCE))
        return [self._refused(one, material, shown, "missing", chance) for one in asked] if shown else []

    def _held(self, material: Material, chance: Random) -> list[Pair]:
        """Questions that the passages answer, and such as only seem to be answered."""
        shown = self._contexts.holding(material, passages=self._many(chance), chance=chance)
        mix, each = self._mix, self._recipe.each
        both = mix.get("answered", 0.0) + mix.get("fooling", 0.0)
        share = mix.get("fooling", 0.0) / both if both else 0.0
        fooling = chance.sample(material.fooling, min(len(material.fooling), ceil(share * each)))
        asked = chance.sample(material.asked, min(len(material.asked), each)) if share < 1.0 else []
        answered = [pair for one in asked if (pair := self._answered(one, material, shown, chance))]
        due = self._due(len(answered), share)
        refused = [self._refused(one, material, shown, "fooling", chance) for one in fooling[:due]]
        return chance.sample([*answered, *refused], len(answered) + len(refused))

    def _due(self, answered: int, share: float) -> int:
        """How many questions written to fool keep the ratio."""
        if share >= 1.0:
            return self._recipe.each
        wanted = share / (1.0 - share) * (self._counts["answered"] + answered)
        return max(0, round(wanted - self._counts["fooling"]))

    def _many(self, chance: Random) -> int:
        """Passages of a prompt: any number in learning, as many as there may be in measuring."""
        return chance.randint(1, self._recipe.passages) if self._part == "train" else self._recipe.passages

    def _answered(
        self, asked: Asked, material: Material, shown: Sequence[Shown], chance: Random
    ) -> Pair | None:
        """None where the passage is cut before its answer, or the chain would not cite the reply."""
        numbered = self._generator.shown(asked.question, _hits(shown))
        right = [one for one in numbered if one.hit.chunk.id == material.id]
        answer = min((one for one in asked.answers if right and one in right[0].text), key=len, default="")
        if not answer:
            return None
        said = replies.reply(asked.question, answer, number=right[0].number, style=self._recipe.style)
        if not replies.is_cited(said, answer, numbered):
            return None
        wrong, rejected = self._rejected(asked, answer, material, shown, chance)
        number = right[0].number if wrong == "altered" else chance.choice(numbered).number
        if rejected and wrong != "refused":
            rejected = replies.reply(asked.question, rejected, number=number, style=self._recipe.style)
        return self._pair("answered", asked, material, shown, said, rejected, wrong)

    def _rejected(
        self, asked: Asked, answer: str, material: Material, shown: Sequence[Shown], chance: Random
    ) -> tuple[Wrong, str]:
        """What is wrong with it, and the reply without its mark; ("", "") where nothing can be made."""
        text = "\n".join(one.text for one in shown)
        others = self._answers(one.id for one in shown)
        weights = dict(self._recipe.wrong)
        while weights:
            wrong = chance.choices(list(weights), list(weights.values()))[0]
            del weights[wrong]
            if wrong == "refused":
                return wrong, replies.refusal(asked.question)
            if wrong == "altered":
                far = self._answers(
                    one.id for one in chance.sample(self._materials, min(_FAR, len(self._materials)))
                )
                made = replies.altered(asked.question, answer, text, far, chance=chance)
            else:
                made = replies.alike(answer, [a for a in others if a not in asked.answers], chance=chance)
            if made:
                return wrong, made
        return "", ""

    def _refused(
        self, asked: Asked, material: Material, shown: Sequence[Shown], kind: Kind, chance: Random
    ) -> Pair:
        """A refusal, and beside it an answer that the passages seem to give."""
        numbered = self._generator.shown(asked.question, _hits(shown))
        others = self._answers(one.id for one in shown)
        made = replies.alike((*asked.answers, "")[0], others, chance=chance)
        rejected = ""
        if made and numbered:
            number = chance.choice(numbered).number
            rejected = replies.reply(asked.question, made, number=number, style=self._recipe.style)
        unanswered = Asked(id=asked.id, question=asked.question)
        said = replies.refusal(asked.question)
        return self._pair(kind, unanswered, material, shown, said, rejected, "answered" if rejected else "")

    def _answers(self, ids: Iterable[str]) -> list[str]:
        """One answer of each question about these passages."""
        return [asked.answers[0] for id_ in ids for asked in self._by_id[id_].asked]

    def _pair(
        self,
        kind: Kind,
        asked: Asked,
        material: Material,
        shown: Sequence[Shown],
        said: str,
        rejected: str,
        wrong: Wrong,
    ) -> Pair:
        prompt = self._generator.prompt(asked.question, _hits(shown))
        return Pair(
            id=f"{material.id} {asked.id}" + (" missing" if kind == "missing" else ""),
            kind=kind,
            language="zh" if any(map(is_cjk, asked.question)) else "en",
            document=material.document,
            question=asked.question,
            answers=asked.answers,
            passages=tuple(shown),
            prompt=tuple(Turn.model_validate({"role": m.role, "content": m.content}) for m in prompt),
            reply=said,
            rejected=rejected,
            wrong=wrong,
        )


def _hits(shown: Sequence[Shown]) -> list[Hit]:
    return [as_hit(one, rank) for rank, one in enumerate(shown)]
