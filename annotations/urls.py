from django.urls import path

from annotations import (
    article_views,
    export_views,
    key_views,
    second_look_views,
    source_views,
    views,
)

urlpatterns = [
    path("articles/<int:pk>/", article_views.review_page, name="review"),
    path("articles/<int:pk>/add/", article_views.add, name="add"),
    path("articles/<int:pk>/undo/", article_views.undo_latest, name="undo_latest"),
    path("articles/<int:pk>/redo/", article_views.redo_latest, name="redo_latest"),
    path("articles/<int:pk>/approve-rest/", article_views.approve_rest, name="approve_rest"),
    path(
        "articles/<int:pk>/sentences/<int:start>/clear/",
        article_views.clear_sentence,
        name="clear_sentence",
    ),
    path("articles/<int:pk>/cards/", article_views.more_cards, name="more_cards"),
    path("articles/<int:pk>/text/", article_views.text, name="text"),
    path("articles/<int:pk>/pulse/", article_views.pulse, name="pulse"),
    path("articles/<int:pk>/finish/", article_views.finish, name="finish"),
    path("articles/<int:pk>/reopen/", article_views.reopen, name="reopen"),
    path("articles/<int:pk>/second-look/begin/", second_look_views.begin, name="begin_second_look"),
    path(
        "articles/<int:pk>/second-look/withdraw/",
        second_look_views.withdraw,
        name="withdraw_second_look",
    ),
    path(
        "articles/<int:pk>/second-look/hand-back/",
        second_look_views.hand_back,
        name="hand_back_second_look",
    ),
    path("articles/<int:pk>/disagreement/", second_look_views.disagreement, name="disagreement"),
    path("articles/<int:pk>/disagreement/adopt/", second_look_views.adopt, name="adopt"),
    path(
        "articles/<int:pk>/disagreement/take-back/", second_look_views.take_back, name="take_back"
    ),
    path("agreement/", second_look_views.agreement_page, name="agreement"),
    path("annotations/<int:pk>/", views.card, name="card"),
    path("annotations/<int:pk>/approve/", views.approve, name="approve"),
    path("annotations/<int:pk>/reject/", views.reject, name="reject"),
    path("annotations/<int:pk>/undo/", views.undo, name="undo"),
    path("annotations/<int:pk>/edit/", views.edit, name="edit"),
    path("annotations/<int:pk>/flag/", views.flag, name="flag"),
    path("annotations/<int:pk>/history/", views.history, name="history"),
    path("annotations/<int:pk>/revert/", views.revert, name="revert"),
    path("keys/", key_views.keys_page, name="keys"),
    path("annotations/<int:pk>/resolve/", source_views.resolve_source, name="resolve"),
    path("sources/", source_views.source_list, name="sources"),
    path("sources/unresolved/", source_views.unresolved_list, name="unresolved"),
    path("sources/<int:pk>/", source_views.source_page, name="source"),
    path("sources/<int:pk>/rename/", source_views.rename_source, name="rename_source"),
    path("sources/<int:pk>/aliases/", source_views.set_source_aliases, name="set_source_aliases"),
    path("sources/<int:pk>/merge/", source_views.merge_source, name="merge_source"),
    path("sources/<int:pk>/split/", source_views.split_source, name="split_source"),
    path("export/", export_views.export_page, name="export"),
    path("export/<str:format>/", export_views.download, name="download"),
]
