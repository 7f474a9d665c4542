"""The app's pages and resources; loyalty_platform.urls mounts each list under its door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from customers.api import customers, labels
from customers.dashboard import listing, person, settings
from customers.portal import profile, sign_in

dashboard_patterns: list[URLPattern | URLResolver] = [
    path("customers/", listing.customer_list, name="customer-list"),
    path("customers/new", person.customer_new, name="customer-new"),
    path("customers/bulk", listing.bulk, name="bulk"),
    path("customers/export", listing.export, name="export"),
    path("customers/views", listing.keep_view, name="keep-view"),
    path("customers/views/<int:view_id>/remove", listing.drop_view, name="drop-view"),
    path("customers/palette", listing.palette, name="palette"),
    path("customers/outbox", listing.outbox, name="outbox"),
    path("customers/fields", settings.custom_fields, name="custom-fields"),
    path("customers/fields/<int:field_id>/retire", settings.retire_field, name="retire-field"),
    path("customers/<str:customer>", person.customer_detail, name="customer-detail"),
    path("customers/<str:customer>/edit", person.customer_edit, name="customer-edit"),
    path("customers/<str:customer>/reveal", person.reveal, name="reveal"),
    path("customers/<str:customer>/archive", person.archive, name="archive"),
    path("customers/<str:customer>/restore", person.restore, name="restore"),
    path("customers/<str:customer>/tag", person.tag, name="tag"),
    path("customers/<str:customer>/untag", person.untag, name="untag"),
    path("customers/<str:customer>/notes", person.note, name="note"),
    path("customers/<str:customer>/notes/<int:note_id>/remove", person.drop_note, name="drop-note"),
    path("customers/<str:customer>/consents", person.consent, name="consent"),
    path("customers/<str:customer>/external-ids", person.link, name="link"),
]
portal_patterns: list[URLPattern | URLResolver] = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/code", sign_in.enter_code, name="code"),
    path("join", sign_in.join, name="join"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("me", profile.profile, name="profile"),
    path("me/edit", profile.edit_profile, name="edit-profile"),
    path("me/birthday", profile.edit_birthday, name="edit-birthday"),
    path("me/contact/<str:kind>", profile.edit_contact, name="edit-contact"),
    path("me/contact/<str:kind>/code", profile.prove_contact, name="contact-code"),
    path("me/preferences", profile.preferences, name="preferences"),
    path("privacy", profile.privacy, name="privacy"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("customers", customers.CustomerList.as_view(), name="customer-list"),
    path(
        "customers/by-external/<str:source>/<path:external_id>",
        customers.CustomerByExternalId.as_view(),
        name="customer-by-external",
    ),
    path("customers/<str:customer_id>", customers.CustomerDetail.as_view(), name="customer-detail"),
    path("customers/<str:customer_id>/archive", customers.CustomerArchive.as_view(), name="customer-archive"),
    path("customers/<str:customer_id>/restore", customers.CustomerRestore.as_view(), name="customer-restore"),
    path("customers/<str:customer_id>/consents", labels.CustomerConsents.as_view(), name="customer-consents"),
    path("customers/<str:customer_id>/tags", labels.CustomerTags.as_view(), name="customer-tags"),
    path("customers/<str:customer_id>/tags/<path:tag>", labels.CustomerTag.as_view(), name="customer-tag"),
    path("tags", labels.TagIndex.as_view(), name="tag-list"),
]
