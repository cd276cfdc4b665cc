"""placeholder"""


class Words:
    def __init__(self, language: str, currency: str, money_decimals: int):
        self.language = language

    def t(self, key: str, **values: object) -> str:
        return key
