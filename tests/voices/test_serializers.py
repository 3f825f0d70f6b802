import pytest

from voices.serializers import language_name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en-US", "American English"),
        ("en-GB", "British English"),
        ("en-AU", "Australian English"),
        ("en-NZ", "English"),
        ("pt-BR", "Brazilian Portuguese"),
        ("zh", "Mandarin Chinese"),
        ("es", "Spanish"),
        ("xx-YY", "xx-YY"),
        ("und", "und"),
        ("", ""),
    ],
)
def test_language_names(tag, name):
    assert language_name(tag) == name
