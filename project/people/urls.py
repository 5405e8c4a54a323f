from django.urls import path

from project.people import link_views, views

app_name = "people"
urlpatterns = [
    path("people/", views.people_list, name="list"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<int:pk>/", views.person_page, name="person"),
    path("people/<int:pk>/roles/", views.set_roles, name="set_roles"),
    path("people/<int:pk>/deactivate/", views.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", views.reactivate, name="reactivate"),
    path("people/<int:pk>/link/", views.make_link, name="make_link"),
    path("people/<int:pk>/link/revoke/", views.revoke_link, name="revoke_link"),
    path("link/<str:token>/", link_views.set_password, name="link"),
    path("notices/dismiss/", link_views.dismiss_notices, name="dismiss"),
]
