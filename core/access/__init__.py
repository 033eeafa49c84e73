"""Who may do what to whose things: owners, collaborators by their role, staff. Asked by every view and selector."""
