"""What ragkit costs and how well it finds: each figure a ratio of two things measured in one run."""
