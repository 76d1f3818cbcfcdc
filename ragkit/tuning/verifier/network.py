"""The network: a small encoder that reads a statement with its evidence and scores every token of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from ragkit.entailment.encoding import MATCHES

_SCALE = 0.05  # of embeddings that nothing is known of, as the others have it
_MASKED = 1e4


@dataclass(frozen=True, slots=True)
class Batch:
    """ids, kinds, matches, present, said (batch, tokens); labels (batch,). `said` marks the statement."""

    ids: Tensor
    kinds: Tensor
    matches: Tensor
    present: Tensor
    said: Tensor
    labels: Tensor


class Words(nn.Module):
    """Rows of known words, which stay as they are, then `added` rows of new ones, which are learnt."""

    def __init__(self, known: Tensor, added: int) -> None:
        super().__init__()
        self.known = nn.Embedding.from_pretrained(known.clone(), freeze=True)  # type: ignore[no-untyped-call]  # torch's
        self.new = nn.Embedding(added, known.shape[1])
        nn.init.normal_(self.new.weight, mean=float(known.mean()), std=_SCALE)

    def forward(self, ids: Tensor) -> Tensor:
        """(batch, tokens) to (batch, tokens, width)."""
        count = self.known.num_embeddings
        known = self.known(ids.clamp(max=count - 1))
        return torch.where((ids >= count)[..., None], self.new((ids - count).clamp(min=0)), known)

    def rows(self) -> Tensor:
        """All rows: (known + added, width)."""
        return torch.cat([self.known.weight, self.new.weight])


class Network(nn.Module):
    """The start model with the embeddings of its `rows`, `added` more, and two new heads."""

    def __init__(self, start: Path, rows: Mapping[int, int], *, added: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(start, add_pooling_layer=False)
        old = self.encoder.get_input_embeddings().weight.detach()
        self.words = Words(old[[rows[id_] for id_ in range(len(rows))]], added)
        self.encoder.set_input_embeddings(nn.Embedding(1, old.shape[1]))  # it is given the embedded words
        self.matches = nn.Embedding(MATCHES, old.shape[1])
        self.heads = nn.Linear(old.shape[1], 2)  # of the whole, and of each token
        nn.init.normal_(self.matches.weight, std=_SCALE / 2)
        nn.init.normal_(self.heads.weight, std=_SCALE / 2)
        nn.init.zeros_(self.heads.bias)
        for module in self.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0  # nearly every statement is read once: there is nothing to learn by heart

    def forward(self, batch: Batch) -> Tensor:
        """The logits of a batch: (batch,)."""
        states = self.encoder(
            inputs_embeds=self.words(batch.ids) + self.matches(batch.matches),  # (batch, tokens, width)
            attention_mask=batch.present,
            token_type_ids=batch.kinds,
        ).last_hidden_state
        return pooled(self.heads(states), batch.said)


def pooled(scores: Tensor, said: Tensor) -> Tensor:
    """(batch,): the score of the whole plus the softly least score of the statement's tokens.

    `scores` (batch, tokens, 2). One wrong number makes a statement unsupported, whatever else it says.
    """
    tokens = scores[..., 1] + (1.0 - said) * _MASKED  # (batch, tokens)
    return scores[:, 0, 0] - torch.logsumexp(-tokens, dim=-1)
