"""The catalogue of models of this installation: what is shipped, over it the operator's table, over it the staff's."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.errors import Invalid
from core.models import ModelPrices
from inference.models.prices import Catalogue, PricesUnfit, Table, checked, shipped


def catalogue() -> Catalogue:
    """Return the catalogue as it is now."""
    return Catalogue(shipped(), settings.MODEL_PRICES, staff_table())


def staff_table() -> Table:
    """Return what staff say of models; an empty table where they have said nothing."""
    row = ModelPrices.objects.filter(pk=1).first()
    return row.table if row is not None else {}


def replace_staff_table(table: Any) -> Table:
    """Set what staff say of models. Raises: Invalid, naming the place that cannot be read."""
    try:
        fit = checked(table)
    except PricesUnfit as exc:
        raise Invalid(f"The table cannot be read: {exc}", field="", reason="invalid") from exc
    ModelPrices.objects.update_or_create(pk=1, defaults={"table": fit})
    return fit
