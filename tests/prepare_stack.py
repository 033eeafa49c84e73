"""Migrates the database of a stack under test and prints the key of a staff user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")

import django

django.setup()

from django.core.management import call_command

from core.accounts import people

call_command("migrate", interactive=False, verbosity=0)
call_command("load_templates", stdout=sys.stderr)
admin = people.register(email="admin@example.org", password="correct horse battery", is_staff=True, tier="enterprise")
sys.stdout.write(people.create_key(user=admin, name="tests")[1])
