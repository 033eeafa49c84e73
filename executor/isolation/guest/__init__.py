"""What runs inside the jail. Standard library only: the parent starts with `python -I -S` and sees nothing of ours."""
