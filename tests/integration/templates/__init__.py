"""The gallery, over REST and on real servers."""
