from django.urls import path

from annotations.second_review import sampling_views, views

app_name = "second_review"
urlpatterns = [
    path("articles/<int:pk>/second-review/begin/", views.begin, name="begin"),
    path("articles/<int:pk>/second-review/withdraw/", views.withdraw, name="withdraw"),
    path("articles/<int:pk>/second-review/hand-back/", views.hand_back, name="hand_back"),
    path(
        "articles/<int:pk>/second-review/require/",
        sampling_views.require_second_review,
        name="require",
    ),
    path("articles/<int:pk>/disagreement/", views.disagreement, name="disagreement"),
    path("articles/<int:pk>/disagreement/adopt/", views.adopt, name="adopt"),
    path("articles/<int:pk>/disagreement/take-back/", views.take_back, name="take_back"),
    path("agreement/", views.agreement_page, name="agreement"),
    path("sampling/", sampling_views.sampling_page, name="sampling"),
    path("sampling/policy/", sampling_views.set_policy, name="set_policy"),
]
