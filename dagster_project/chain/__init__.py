"""Raw blocks: where they come from, how they are checked, and how the lake keeps them."""
