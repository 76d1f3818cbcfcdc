"""Language models tuned on pairs: LoRA, QLoRA or whole, then preferences."""
