"""Work on users' data in processes that can be ended: a zygote of ours, and children with a budget."""
