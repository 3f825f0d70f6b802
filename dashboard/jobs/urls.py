from django.urls import path

from dashboard.jobs import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("open/", views.open_jobs, name="jobs-open"),
    path("<int:number>/", views.job_page, name="job"),
    path("<int:number>/cancel/", views.cancel_job, name="job-cancel"),
    path("<int:number>/retry/", views.retry_job, name="job-retry"),
    path("<int:number>/delete/", views.delete_job, name="job-delete"),
]
