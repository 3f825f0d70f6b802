# ruff: noqa: E501, RUF001 - a sentence and its words on one line
"""What is written short, written out in the words of the voice's language."""

from __future__ import annotations

import logging
import re
import sys
from importlib.util import find_spec

import pytest

from audio.engines.speech.reading import in_words
from audio.engines.speech.spoken import english, library, writing
from audio.engines.speech.spoken.hindi_numbers import cardinal as hindi_cardinal
from audio.engines.speech.spoken.portuguese_numbers import cardinal as portuguese_cardinal
from audio.engines.speech.spoken.roman import arabic
from audio.engines.speech.text import clean
from tests.harness.spoken import is_judged, is_right, spoken_cases

pytestmark = pytest.mark.skipif(not find_spec("damga"), reason="no wheel for this Python")

LANGUAGES = {"de": 12, "en-US": 162, "es": 12, "fr": 12, "hi": 12, "it": 12, "pt-BR": 12, "zh": 12}
AMERICAN = [
    ("It costs $4.50.", "It costs four dollars fifty cents."),
    ("$1, £1.01, 100$", "one dollar, one pound one penny, one hundred dollars"),
    ("$1.5M, £2bn, €20k", "one point five million dollars, two billion pounds, twenty thousand euros"),
    ("World War I, World War II", "World War one, World War two"),
    ("St. Mary on Main St. near", "Saint Mary on Main Street near"),
    ("90 km/h, 5ft and 6'2\"", "ninety kilometers per hour, five feet and six feet two inches"),
    ("a soft versus lift", "a soft versus lift"),
    ("We met at 5 p.m. Then we left.", "We met at five P M. Then we left."),
    ("It is about 3.14, from 1.25 to 2.50.", "It is about three point one four, from one point two five to two point five zero."),
    ("On 3/4/2025 and 1/2/03.", "On March fourth twenty twenty five and January second two thousand three."),
    ("Is 2024-13-05 a date?", "Is 2024-13-05 a date?"),
    ("Washington, DC 20500", "Washington, D C two zero five zero zero"),
    ("#BlackLivesMatter and #2", "hashtag BlackLivesMatter and number two"),
    ("a 16:9 film, odds of 3:1", "a sixteen to nine film, odds of three to one"),
    ("<5 people, >10, ≥3, ±2%", "less than five people, more than ten, at least three,"
     " plus or minus two percent"),
    ("2 tbsp. of oil, 1 tsp salt", "two tablespoons of oil, one teaspoon salt"),
    ("Mon-Fri, 9am-5pm", "Monday to Friday, nine A M to five P M"),
    ("Flight 1234, Boeing 747, Room 101", "Flight twelve thirty four, Boeing seven forty seven, Room one zero one"),
    ("+1 (212) 555-0199 x42", "plus one, two one two, five five five, zero one nine nine extension forty two"),
    ("From 9:30-11:00 a.m., 10%–20%", "From nine thirty to eleven A M, ten percent to twenty percent"),
    ("Vol. IX, Psalm XXIII, Part II", "Volume nine, Psalm twenty three, Part two"),
    ("Dec. 31st, Sept. 2020, Fri. night", "December thirty first, September twenty twenty, Friday night"),
    ("6 x 7 = 42; 8/2=4; a <= b", "six times seven equals forty two; eight divided by two equals four;"
     " a is less than or equal to b"),
    ("1,50 €, 500¥, $.50", "one euro fifty cents, five hundred yen, fifty cents"),
    ("3½ hours, 6' tall, 6in", "three and a half hours, six feet tall, six inches"),
    ("card 4111 1111 1111 1111", "card four one one one one one one one one one one one one one one one"),
    ("Bros. Inc. vs. Jones", "Brothers Incorporated versus Jones"),
    ("See x.org/docs. I am no. 1.", "See x dot org slash docs. I am number one."),
    ("TELL US NOW. IT IS HERE.", "TELL US NOW. IT IS HERE."),
    ("I scored 9/10 and the ratio is 2/3.", "I scored nine out of ten and the ratio is two thirds."),
    ("The 5 ft. 4 in. door, 3 in. of rain, 12\" pizza.", "The five feet four inches door, three inches"
     " of rain, twelve inch pizza."),
    ("He said \"at 5\" and it is 4 in.", "He said \"at five\" and it is four inches."),
    ("At 10 a.m. EST, 9:30 p.m. Monday, 20:17 UTC.", "At ten A M E S T, nine thirty P M Monday,"
     " twenty seventeen U T C."),
    ("We left at 5 p.m. On Monday we came.", "We left at five P M. On Monday we came."),
    ("flour w/ 2 eggs, c/o Bob, attn: Sue, Esq.", "flour with two eggs, care of Bob, attention Sue, Esquire"),
    ("either/or, he/she and pass/fail", "either or, he or she and pass fail"),
    ("see /usr/bin/python", "see /usr/bin/python"),
    ("It costs $25-30 million, $25-30 or $2.50-3.50.", "It costs twenty five to thirty million dollars,"
     " twenty five to thirty dollars or two dollars fifty cents to three dollars fifty cents."),
    ("3.2k followers, 10M users, 2B people, a 10k race", "three point two thousand followers, ten million"
     " users, two billion people, a ten k race"),
    ("Take 2 tablets 3x daily: 5x faster.", "Take two tablets three times daily: five times faster."),
    ("x = 5 + 3 * 2 - 1", "x equals five plus three times two minus one"),
    ("120/80, 1/1000, 3/1000 and 1/100", "one hundred twenty over eighty, one thousandth, three thousandths"
     " and one hundredth"),
    ("Call 555-1000 or 555-1234.", "Call five five five, one zero zero zero or"
     " five five five, one two three four."),
    ("My number is 555-1234; it has 200-1500 words.", "My number is five five five, one two three four;"
     " it has two hundred to fifteen hundred words."),
    ("Mon.-Sat., a 2nd-gen chip, 8GB RAM/256GB SSD", "Monday to Saturday, a second gen chip,"
     " eight gigabytes RAM two hundred fifty six gigabytes SSD"),
    ("It is $9.99/ea., $1.67/can or $15/hr.", "It is nine dollars ninety nine cents each, one dollar sixty"
     " seven cents per can or fifteen dollars per hour."),
    ("Bake @ 350°F; meet @ 5. I am @home.", "Bake at three hundred fifty degrees Fahrenheit; meet at five. I am at home."),
    ("10-3=7, a 40-hr. week, 1h 20m, 5 ft-lb", "ten minus three equals seven, a forty hour week, one hour"
     " twenty minutes, five feet-lb"),
    ("Fri 3/15 at 3:30PM; due 4/1.", "Friday March fifteenth at three thirty P M; due April first."),
    ("It rose by 1/2. On 3/4 inch wood.", "It rose by one half. On three quarters inch wood."),
    ("0.5 mg/kg, 100 mg/dL, 60 fps", "zero point five milligrams per kilogram, one hundred milligrams per"
     " deciliter, sixty frames per second"),
    ("Born c. 1450, in Q1'24, pg. 12, para. 3, § 7", "Born circa fourteen fifty, in Q one twenty four,"
     " page twelve, paragraph three, section seven"),
    ("qty: 12; SKU #A-4512; 2 pkgs. left", "quantity: twelve; SKU number A-4512; two packages left"),
    ("The book David wrote costs $5 and Mark Cuban $6.", "The book David wrote costs five dollars and"
     " Mark Cuban six dollars."),
    ("Between 100 and 200 people, 300 and 50.", "Between one hundred and two hundred people, three hundred and fifty."),
    ("The part I play in Part I, Section C, Mark L. Smith", "The part I play in Part one, Section C, Mark L. Smith"),
    ("No. I don't. Hello Max. I am no. 5.", "No. I don't. Hello Max. I am number five."),
    ("He lives on Elm St. She lives at 12 Oak St. Boston, in St. Louis.", "He lives on Elm Street. She lives at"
     " twelve Oak Street. Boston, in Saint Louis."),
    ("He moved to the U.S. He has a Ph.D. They know the U.S. Army.", "He moved to the U S. He has a P H D."
     " They know the U S Army."),
    ("Turn it ON/OFF, AC/DC.", "Turn it on off, A C D C."),
    ("(555)123-4567 or 555-5560", "five five five, one two three, four five six seven or five five five, five five six zero"),
    ("I got a 3/4 inch wrench and scored 9/10, 10/10, 20/20.", "I got a three quarters inch wrench and scored nine"
     " out of ten, ten out of ten, twenty twenty."),
    ("Genesis 1:1, Mark 5:1-20, 3:1, 00:1A:2B", "Genesis one one, Mark five one to twenty, three to one, 00:1A:2B"),
    (">50% agree: ~$5M. I <3 you", "more than fifty percent agree: about five million dollars. I love you"),
    ("Apple Inc. CEO, King Jr. Day, 7 p.m. News, He founded it as Foo Inc. She left.", "Apple Incorporated CEO,"
     " King Junior Day, seven P M News, He founded it as Foo Incorporated. She left."),
    ("$5.99/lb, bus no. 7", "five dollars ninety nine cents per pound, bus number seven"),
    ("since '08 and '95, the '60s, 'tis", "since oh eight and ninety five, the sixties, 'tis"),
    ("The temp. dropped, ext. 12, 555-1234 ext. 7, up 5% YoY.", "The temperature dropped, extension twelve,"
     " five five five, one two three four extension seven, up five percent year over year."),
]  # fmt: skip
OTHERS = [
    ("en-US", "ZIP 12345-6789, zip code: 94107.", "ZIP one two three four five, six seven eight nine,"
     " zip code: nine four one zero seven."),
    ("de", "PLZ 10115 Berlin", "PLZ eins null eins eins fünf Berlin"),
    ("es", "CP 28013 Madrid", "CP dos ocho cero uno tres Madrid"),
    ("it", "CAP 00184 Roma, cap. 4", "CAP zero zero uno otto quattro Roma, capitolo quattro"),
    ("pt-BR", "CEP 01310-100, 4000-123 Porto, 10-15 dias", "CEP zero um três um zero, um zero zero,"
     " quatro zero zero zero, um dois três Porto, dez a quinze dias"),
    ("ja", "郵便番号は100-0001です。100-1000", "郵便番号はイチゼロゼロノゼロゼロゼロイチです。 ヒャクからセン"),
    ("ja", "3-1で勝った。1-3の敗戦。3-5人", "サン対イチで勝った。 イチ対サンの敗戦。 サンからゴニン"),
    ("en-GB", "On 03/04/2025: 1,234.", "On the third of April twenty twenty five:"
     " one thousand two hundred and thirty four."),
    ("en-GB", "At 17.45, 9.30pm, about 3.14", "At seventeen forty five, nine thirty P M,"
     " about three point one four"),
    ("es", "Felipe II, Carlos V y Alfonso XIII, cap. IV.", "Felipe segundo, Carlos quinto y"
     " Alfonso trece, capítulo cuatro."),
    ("es", "EE. UU., p. ej. Lima, etc. Luego vino.", "Estados Unidos, por ejemplo Lima, etcétera."
     " Luego vino."),
    ("fr", "François Ier, Henri IV, chap. 4, 5 av. Foch.", "François premier, Henri quatre,"
     " chapitre quatre, cinq avenue Foch."),
    ("it", "Elisabetta II, capitolo IV, n. 7, -5 °C.", "Elisabetta seconda, capitolo quattro,"
     " numero sette, meno cinque gradi Celsius."),
    ("de", "Elisabeth II. im 20. Jahrhundert, ca. 5 Mio. Euro.", "Elisabeth die zweite im"
     " zwanzigsten Jahrhundert, circa fünf Millionen Euro."),
    ("de", "1. Ofen vorheizen. 2. Mehl mischen.", "eins. Ofen vorheizen. zwei. Mehl mischen."),
    ("de", "Der II. Weltkrieg, S. 12, 20 min. lang.", "Der zweite Weltkrieg, Seite zwölf,"
     " zwanzig Minuten lang."),
    ("es", "Hornear 20 min. a 180 °C. Tel. 912 345 678.", "Hornear veinte minutos a ciento ochenta"
     " grados Celsius. teléfono nueve uno dos, tres cuatro cinco, seis siete ocho."),
    ("it", "Pag. 12, sec. XX, tel. 06 555 0199.", "pagina dodici, secolo ventesimo, telefono zero"
     " sei, cinque cinque cinque, zero uno nove nove."),
    ("fr", "St-Malo, n°5, P. 12", "saint Malo, numéro cinq, page douze"),
    ("pt-BR", "Ligue 190: R$ 1.000.000,00.", "Ligue um nove zero: um milhão de reais."),
    ("pt-BR", "US$ 5,00, R$ 5 milhões, 2 mulheres e 21 dias.", "cinco dólares, cinco milhões de"
     " reais, duas mulheres e vinte e um dias."),
    ("pt-BR", "Às 8h05, tel. (11) 98765-4321, -5 °C.", "Às oito horas e cinco minutos, telefone um"
     " um nove oito sete seis cinco quatro três dois um, menos cinco graus Celsius."),
    ("hi", "12,34,567 रुपये, 9:15 बजे, 10वाँ", "बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ रुपये, सवा नौ बजे, दसवाँ"),
    ("hi", "20:45, 10 > 8", "बीस बजकर पैंतालीस मिनट, दस, आठ से बड़ा है"),
    ("ja", "2024/03/15 9:05に3匹と1.5kg、-5℃。", "ニセンニジュウヨネンサンガツジュウゴニチ クジゴフンに"
     "サンビキとイッテンゴキログラム、マイナスゴド。"),
    ("ja", "第10回、¥1,234、20歳、1/2、10〜20人", "ダイジュッカイ、センニヒャクサンジュウヨエン、ハタチ、ニブンノイチ、"
     "ジュウからニジュウニン"),
    ("ja", "１２３円と電話090-1234-5678", "ヒャクニジュウサンエンと電話ゼロキュウゼロイチニサンヨンゴロクナナハチ"),
    ("zh", "2005年，-5°C，10-20个，2个，$3.5万", "二零零五年，负五摄氏度，十到二十个，两个，三点五万美元"),
    ("zh", "9:05，3:1，１２３％，10203和100010", "九点零五分，三比一，百分之一百二十三，一万零二百零三和十万零一十"),
    ("ru", "Это $5.", "Это 5 $."),
    ("es", "3,5 kg a 2,50 €/kg, s. XIX, pp. 3-5, c/ Mayor, izq. o dcha.", "tres coma cinco kilos a dos euros"
     " con cincuenta céntimos por kilo, siglo diecinueve, páginas tres a cinco, calle Mayor, izquierda o derecha"),
    ("fr", "2,50 €/kg au XIXe s., bd Voltaire, Durand et Cie", "deux euros cinquante le kilo au dix-neuvième"
     " siècle, boulevard Voltaire, Durand et compagnie"),
    ("de", "2,50 €/kg, Kap. IV, Goethestr. 5, 10115 Berlin", "zwei Euro fünfzig pro Kilo, Kapitel vier,"
     " Goethestraße fünf, eins null eins eins fünf Berlin"),
    ("it", "2,50 €/kg, il 31-12-1999, cap. IV, l'Ing. Verdi", "due euro e cinquanta al chilo, il trentuno"
     " dicembre millenovecentonovantanove, capitolo quattro, l'Ingegner Verdi"),
    ("pt-BR", "R$ 2,50/kg em 31-12-1999, R. Augusta, 5, ap. 12, cap. IV", "dois reais e cinquenta centavos por"
     " quilo em trinta e um de dezembro de mil novecentos e noventa e nove, rua Augusta, cinco, apartamento"
     " doze, capítulo quarto"),
    ("fr", "Au XIXe siècle, taille XXL à 20 €, le vol 447", "Au dix-neuvième siècle, taille XXL à vingt euros, le vol quatre cent quarante-sept"),
    ("de", "Fr. 15.03. und Fr. Meier im Buch Deutschland 5", "Freitag fünfzehnten dritten und Frau Meier im Buch Deutschland fünf"),
    ("it", "La luce è on. Poi 5", "La luce è on. Poi cinque"),
    ("hi", "100 m²", "एक सौ वर्ग मीटर"),
    ("zh", "1914-1918年", "一九一四到一九一八年"),
    ("es", "10-15 min, 1 min, 30 seg y 2 h; Avda. 12", "diez a quince minutos, un minuto, treinta segundos y dos horas; avenida doce"),
    ("fr", "10-15 min, 1 min, 30 s et 2 h", "dix à quinze minutes, une minute, trente secondes et deux heures"),
    ("de", "Z.B. ca. 1/2 Liter im 17. Jh., 5 Min.", "Zum Beispiel circa ein halber Liter im siebzehnten Jahrhundert, fünf Minuten"),
    ("it", "1/2 litro e 3/4 d'ora", "mezzo litro e tre quarti d'ora"),
    ("pt-BR", "1/2 litro e 1 1/2 xícara", "meio litro e um e meio xícara"),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_sound_as_a_careful_reader_says_them(language: str) -> None:
    cases = [case for case in spoken_cases() if case.language == language]

    assert len(cases) == LANGUAGES[language]
    assert [case.text for case in cases if not is_right(case)] == []


@pytest.mark.skipif(not is_judged("ja"), reason="comes with the voices of Japanese")
def test_japanese_is_read_where_a_reader_of_its_characters_is_installed() -> None:
    cases = [case for case in spoken_cases() if case.language == "ja"]
    assert [case.text for case in cases if not is_right(case)] == []


@pytest.mark.parametrize(("text", "spoken"), AMERICAN)
def test_it_is_said_as_an_american_would(text: str, spoken: str) -> None:
    assert in_words(clean(text), "en-US") == spoken


@pytest.mark.parametrize(("language", "text", "spoken"), OTHERS)
def test_it_is_said_in_the_language_of_the_voice(language: str, text: str, spoken: str) -> None:
    assert in_words(clean(text), language) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "The lazy dog, I think, sleeps; may I mix it?",
        "Vitamin C and plan B: that's it!",
        "Él vino. Ich auch — et moi aussi.",
    ],
)
@pytest.mark.parametrize("language", ["de", "en-US", "es", "fr", "it", "pt-BR"])
def test_plain_words_stay_as_they_are(text: str, language: str) -> None:
    assert in_words(text, language) == text


def test_numbers_of_languages_without_a_library() -> None:
    numbers = [0, 16, 100, 101, 1001, 21_000, 1_000_000]
    assert [portuguese_cardinal(number) for number in numbers] == [
        *("zero", "dezesseis", "cem", "cento e um", "mil e um", "vinte e um mil", "um milhão"),
    ]
    assert [hindi_cardinal(number) for number in numbers] == [
        *("शून्य", "सोलह", "एक सौ", "एक सौ एक", "एक हज़ार एक", "इक्कीस हज़ार", "दस लाख"),
    ]
    assert len({hindi_cardinal(number) for number in range(100)}) == 100
    assert portuguese_cardinal(10**15).startswith("um zero zero")
    assert hindi_cardinal(10**13).startswith("एक शून्य शून्य")


def test_a_roman_numeral_has_one_spelling() -> None:
    assert [arabic(numeral) for numeral in ["I", "IV", "XIV", "LVIII", "MCMXC"]] == [
        *(1, 4, 14, 58, 1990),
    ]
    with pytest.raises(ValueError, match="IIX"):
        arabic("IIX")


def test_a_sentence_that_a_grammar_fails_at_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str, language: str) -> str:
        if "7" in text:
            raise AssertionError(text)
        return text.replace("5", "five")

    monkeypatch.setattr(english, "by_library", fail)
    with caplog.at_level(logging.WARNING):
        spoken = in_words("I have 5 cats. I hid 7 secrets. I have 5 dogs.", "en-US")

    assert spoken == "I have five cats. I hid 7 secrets. I have five dogs."
    assert "AssertionError" in caplog.text
    assert "secret" not in caplog.text


def test_without_the_library_numbers_are_left_to_the_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "damga", None)
    library._grammar.cache_clear()
    try:
        assert in_words("Gen. Lee paid 5 dollars.", "en-US") == "General Lee paid 5 dollars."
    finally:
        library._grammar.cache_clear()


@pytest.mark.parametrize(
    "unit", ["1", "1e5", "1.5 ", "2024-03-", "II ", "St. ", "°C 5", "a.", "1/2 "]
)
@pytest.mark.parametrize("size", [1024, 4096])
def test_a_grammar_is_given_little_of_a_hostile_text(
    unit: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def listen(text: str, language: str) -> str:
        given.append(text)
        return text

    monkeypatch.setattr(english, "by_library", listen)
    in_words((unit * size)[:size], "en-US")

    # what it is given grows with the text, in short parts, and its numbers do not grow for ever
    assert sum(map(len, given)) < 8 * size
    assert max(map(len, given), default=0) < 8 * writing.SENTENCE_MAX
    assert sum(len(re.findall(r"\d+", part)) for part in given) <= writing.NUMBERS_MAX
