"""Where the figures in the README come from: each a ratio measured in one run."""
