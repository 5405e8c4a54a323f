"""The project as an app: it brings the roles and the commands that start everything."""

from django.apps import AppConfig, apps
from django.core import checks
from django.db.models.signals import post_migrate


class ProjectConfig(AppConfig):
    name = "project"

    def ready(self) -> None:
        from annotations.actions.take_down import taken_down  # noqa: PLC0415
        from annotations.export.signals import exported  # noqa: PLC0415
        from annotations.signals import setting_changed  # noqa: PLC0415
        from project.checks import (  # noqa: PLC0415 - as the next
            refuse_any_host,
            refuse_old_schema,
            refuse_unsafe_sign_in,
            warn_of_texts_in_its_log,
        )
        from project.roles import create_roles  # noqa: PLC0415 - models load after the apps
        from project.security_log import (  # noqa: PLC0415
            log_export,
            log_setting,
            log_takedown,
        )
        from project.sign_in import events, sessions  # noqa: F401, PLC0415 - they listen

        refuse_unsafe_sign_in()
        exported.connect(log_export)
        setting_changed.connect(log_setting)
        taken_down.connect(log_takedown)
        checks.register(refuse_old_schema, checks.Tags.database)
        checks.register(refuse_any_host, checks.Tags.security, deploy=True)
        checks.register(warn_of_texts_in_its_log, checks.Tags.database)
        # The signal comes only from apps with models; annotations is the last of ours.
        post_migrate.connect(create_roles, sender=apps.get_app_config("annotations"))
