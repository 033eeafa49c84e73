"""What all pages of the administration site share: how one gets in, and how rows are listed and shown."""
