from django.urls import path

from annotations.review import (
    article_views,
    bulk_views,
    decision_views,
    finish_views,
    shortcut_views,
    take_down_views,
)

app_name = "review"
urlpatterns = [
    path("articles/<int:pk>/", article_views.review_page, name="article"),
    path("articles/<int:pk>/add/", article_views.add, name="add"),
    path("articles/<int:pk>/undo/", article_views.undo_latest, name="undo_latest"),
    path("articles/<int:pk>/redo/", article_views.redo_latest, name="redo_latest"),
    path("articles/<int:pk>/approve-rest/", bulk_views.approve_rest, name="approve_rest"),
    path("articles/<int:pk>/clear-sentence/", article_views.clear_sentence, name="clear_sentence"),
    path("articles/<int:pk>/cards/", article_views.more_cards, name="more_cards"),
    path("articles/<int:pk>/text/", article_views.text, name="text"),
    path("articles/<int:pk>/pulse/", article_views.pulse, name="pulse"),
    path("articles/<int:pk>/finish/", finish_views.finish, name="finish"),
    path("articles/<int:pk>/reopen/", finish_views.reopen, name="reopen"),
    path("articles/<int:pk>/take-down/", take_down_views.take_down_page, name="take_down"),
    path("annotations/<int:pk>/", decision_views.card, name="card"),
    path("annotations/<int:pk>/approve/", decision_views.approve, name="approve"),
    path("annotations/<int:pk>/reject/", decision_views.reject, name="reject"),
    path("annotations/<int:pk>/undo/", decision_views.undo, name="undo"),
    path("annotations/<int:pk>/edit/", decision_views.edit, name="edit"),
    path("annotations/<int:pk>/flag/", decision_views.flag, name="flag"),
    path("annotations/<int:pk>/history/", decision_views.history, name="history"),
    path("annotations/<int:pk>/revert/", decision_views.revert, name="revert"),
    path("keys/", shortcut_views.keys_page, name="shortcuts"),
]
