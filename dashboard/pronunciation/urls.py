from django.urls import path

from dashboard.pronunciation import views

urlpatterns = [
    path("", views.pronunciations, name="pronunciations"),
    path("pronunciations.csv", views.export_csv, name="pronunciations-csv"),
    path("import/", views.import_csv, name="pronunciations-import"),
    path("<int:entry_id>/", views.edit, name="pronunciation-edit"),
    path("<int:entry_id>/delete/", views.delete, name="pronunciation-delete"),
]
