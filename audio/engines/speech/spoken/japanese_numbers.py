"""Numbers of Japanese, and what is counted with them, in katakana: a word of it stays one word.

A counter changes the number before it, and the number the counter: イッピキ, ニヒキ, サンビキ.
"""

from __future__ import annotations

_DIGITS = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
_HUNDREDS = {3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
_THOUSANDS = {3: "サンゼン", 8: "ハッセン"}
_LARGE = ((10**12, "チョウ"), (10**8, "オク"), (10**4, "マン"))
_LARGEST = 10**16
_SHORTENED = {
    "イチ": "イッ",
    "ハチ": "ハッ",
    "ジュウ": "ジュッ",
    "ロク": "ロッ",
    "ヒャク": "ヒャッ",
}
_FOUR, _NINE = ("ヨン", "ヨ"), ("キュウ", "ク")

_COUNTERS = {
    "か月": "カゲツ",
    "ヶ月": "カゲツ",
    "カ月": "カゲツ",
    "年間": "ネンカン",
    "週間": "シュウカン",
    "時間": "ジカン",
    "年": "ネン",
    "月": "ガツ",
    "日": "ニチ",
    "時": "ジ",
    "分": "フン",
    "秒": "ビョウ",
    "円": "エン",
    "人": "ニン",
    "名": "メイ",
    "匹": "ヒキ",
    "本": "ホン",
    "杯": "ハイ",
    "個": "コ",
    "回": "カイ",
    "階": "カイ",
    "冊": "サツ",
    "歳": "サイ",
    "才": "サイ",
    "章": "ショウ",
    "枚": "マイ",
    "台": "ダイ",
    "度": "ド",
    "番": "バン",
    "号": "ゴウ",
    "倍": "バイ",
    "点": "テン",
    "頭": "トウ",
    "件": "ケン",
    "軒": "ケン",
    "つ": "ツ",
    "kg": "キログラム",
    "km": "キロメートル",
    "cm": "センチメートル",
    "mm": "ミリメートル",
    "ml": "ミリリットル",
    "mg": "ミリグラム",
    "m": "メートル",
    "g": "グラム",
    "L": "リットル",
    "l": "リットル",
    "GB": "ギガバイト",
    "MB": "メガバイト",
    "%": "パーセント",
    "°C": "ド",
    "°": "ド",
    "ドル": "ドル",
    "ユーロ": "ユーロ",
}
COUNTERS = tuple(_COUNTERS)
_DAYS = {
    1: "ツイタチ",
    2: "フツカ",
    3: "ミッカ",
    4: "ヨッカ",
    5: "イツカ",
    6: "ムイカ",
    7: "ナノカ",
    8: "ヨウカ",
    9: "ココノカ",
    10: "トオカ",
    14: "ジュウヨッカ",
    20: "ハツカ",
    24: "ニジュウヨッカ",
}
_THINGS = ("", "ヒト", "フタ", "ミッ", "ヨッ", "イツ", "ムッ", "ナナ", "ヤッ", "ココノ")
_WHOLE = {
    ("人", 1): "ヒトリ",
    ("人", 2): "フタリ",
    ("歳", 20): "ハタチ",
    ("才", 20): "ハタチ",
    ("月", 4): "シガツ",
    ("月", 7): "シチガツ",
    ("月", 9): "クガツ",
    ("時", 7): "シチジ",
}
_NO_DOUBLE = {"kg", "km", "cm", "か月"}
"""Units of other languages: イチキログラム, not イッキログラム."""


def cardinal(number: int) -> str:
    """`number` in katakana; digit by digit where it is too large for words.

    >>> cardinal(1234)
    'センニヒャクサンジュウヨン'
    """
    if number >= _LARGEST:
        return digits(str(number))
    words = []
    for size, name in _LARGE:
        count, number = divmod(number, size)
        if count:
            said = _below_ten_thousand(count)
            words.append((_doubled(said) if name == "チョウ" else said) + name)
    if number or not words:
        words.append(_below_ten_thousand(number))
    return "".join(words)


def counted(number: int, counter: str) -> str:
    """`サンビキ` for three and 匹. counter: one of COUNTERS."""
    if counter == "日" and number in _DAYS:
        return _DAYS[number]
    if counter == "つ" and 0 < number < len(_THINGS):
        return _THINGS[number] + "ツ"
    if (counter, number) in _WHOLE:
        return _WHOLE[counter, number]
    said, name = cardinal(number), _COUNTERS[counter]
    if counter in {"年", "年間", "時", "時間", "円", "人"}:
        said = _with_end(said, *_FOUR)
    if counter in {"時", "時間"}:
        said = _with_end(said, *_NINE)
    return said + name if counter in _NO_DOUBLE or not name else _joined(said, name, counter)


def digits(text: str) -> str:
    """Each digit of a text, as a telephone number is read."""
    return "".join(_DIGITS[int(character)] for character in text if character.isdecimal())


def _below_ten_thousand(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    thousands, number = divmod(number, 1000)
    hundreds, number = divmod(number, 100)
    tens, ones = divmod(number, 10)
    words = []
    if thousands:
        words.append(
            _THOUSANDS.get(thousands, ("" if thousands == 1 else _DIGITS[thousands]) + "セン")
        )
    if hundreds:
        words.append(
            _HUNDREDS.get(hundreds, ("" if hundreds == 1 else _DIGITS[hundreds]) + "ヒャク")
        )
    if tens:
        words.append(("" if tens == 1 else _DIGITS[tens]) + "ジュウ")
    return "".join([*words, _DIGITS[ones] if ones else ""])


def _joined(said: str, name: str, counter: str) -> str:
    first = name[0]
    if first in "ハヒフヘホ":
        if said.endswith(("サン", "ヨン", "セン", "マン")):
            # 三匹 is voiced, 三分 and 四分 half so, 四匹 not at all
            if counter == "分":
                return said + "プン"
            return said + (_moved(first, 1) + name[1:] if said.endswith("サン") else name)
        short = _doubled(said)
        return short + _moved(first, 2) + name[1:] if short != said else said + name
    if counter == "階" and said.endswith("サン"):
        return said + "ガイ"
    if first in "カコケ":
        return _doubled(said) + name
    if first in "サシトテ":
        return (said if said.endswith(("ロク", "ヒャク")) else _doubled(said)) + name
    return said + name


def _moved(letter: str, by: int) -> str:
    """ハ, バ and パ follow one another."""
    return chr(ord(letter) + by)


def _doubled(said: str) -> str:
    for end, short in _SHORTENED.items():
        if said.endswith(end):
            return said.removesuffix(end) + short
    return said


def _with_end(said: str, end: str, other: str) -> str:
    return said.removesuffix(end) + other if said.endswith(end) else said
