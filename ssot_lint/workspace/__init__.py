"""The user's files: policy, packs, discovery, sources."""
