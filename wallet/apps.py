from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "wallet"
    verbose_name = "Wallet"

    def ready(self) -> None:
        from wallet import (  # models can't be imported before now
            checks,  # noqa: F401 - registers them
            starter_credit,
        )

        starter_credit.listen()
