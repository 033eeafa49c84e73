"""What starts runs from outside: webhooks, forms, schedules, polls."""
