"""Offers to hand a workflow over, over HTTP: its owner's, and those to whoever is signed in."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.views import ActorView, base_url
from orchestrator import selectors
from orchestrator.models import TransferOffer
from orchestrator.sharing import offers
from orchestrator.sharing import serializers as forms
from orchestrator.workflows import transferring


def shown(offer: TransferOffer, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(forms.TransferOfferOutput(offers.shown([offer])[0]).data, status=status_code)


class TransferView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(responses=forms.TransferOfferOutput)
    def get(self, request: Request, workflow_id: UUID) -> Response:
        """Return the open offer of a workflow; 404 where there is none."""
        return shown(offers.of_workflow(actor=self.actor, workflow_id=workflow_id, now=timezone.now()))

    @extend_schema(
        request=forms.TransferInput, responses={201: forms.TransferOfferOutput, 200: forms.TransferOfferOutput}
    )
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Offer a workflow to a collaborator who has accepted. He becomes its owner when he accepts this, too."""
        selectors.workflow_for(self.actor, workflow_id)
        collaborator_id = self.body(forms.TransferInput)["collaborator_id"]
        offer, is_new = offers.offer(
            actor=self.actor, workflow_id=workflow_id, collaborator_id=collaborator_id,
            page_url=f"{base_url(request)}/app/invitations", now=timezone.now(),
        )  # fmt: skip
        return shown(offer, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses={204: OpenApiResponse(description="Offered to nobody any more")})
    def delete(self, request: Request, workflow_id: UUID) -> Response:
        """Take the open offer of a workflow back."""
        offers.take_back(actor=self.actor, workflow_id=workflow_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class TransferOffersView(ActorView):
    serializer_class = forms.TransferOfferOutput
    filter_backends = []

    @extend_schema(responses=forms.TransferOfferOutput(many=True))
    def get(self, request: Request) -> Response:
        """List the workflows that are offered to the caller."""
        page = list(self.paginate_queryset(offers.offers_to(self.actor, timezone.now())) or ())
        return self.get_paginated_response(forms.TransferOfferOutput(offers.shown(page), many=True).data)


class TransferAcceptView(ActorView):
    limit_scope = "workflows"

    @extend_schema(request=forms.TransferAcceptInput, responses=forms.AcceptedOutput)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Become the owner of a workflow that is offered; its old owner stays as an editor.

        412 `offer_changed` where it was changed or deployed since it was offered, or since the state in the body.
        """
        seen = self.body(forms.TransferAcceptInput)
        workflow_id = transferring.accept(actor=self.actor, offer_id=offer_id, now=timezone.now(), seen=seen)
        return Response({"workflow_id": str(workflow_id)})


class TransferDeclineView(ActorView):
    @extend_schema(request=None, responses={204: OpenApiResponse(description="Declined")})
    def post(self, request: Request, offer_id: UUID) -> Response:
        offers.decline(actor=self.actor, offer_id=offer_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
