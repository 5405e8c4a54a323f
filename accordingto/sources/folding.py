"""Names as they are stored and compared: without what nobody sees, in one normal form."""

import unicodedata

import regex

# In these scripts the zero width joiner and non-joiner change how a word is written.
_JOINED = (
    r"\p{Arabic}\p{Syriac}\p{Mandaic}\p{Mongolian}\p{Nko}\p{Devanagari}\p{Bengali}\p{Gurmukhi}"
    r"\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}"
    r"\p{Myanmar}\p{Tibetan}\p{Balinese}\p{Javanese}"
)
# Code points without a width: soft hyphens, zero width spaces, marks of direction, controls. White
# space and NUL are no matter of this, nor are the two joiners inside a word that needs them.
_INVISIBLE = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Cc}]--[\s\0\u200c\u200d]]"
    rf"|(?<![{_JOINED}])[\u200c\u200d]"
    rf"|[\u200c\u200d](?![{_JOINED}])",
    regex.VERSION1,
)


def plain(name: str) -> str:
    """The name in NFC, with single spaces, without invisible characters.

    A non-breaking space is a space. The zero width joiner and non-joiner stay between letters of
    scripts that need them, as in Persian.
    """
    if not name.isascii():
        previous = ""
        while previous != name:  # what stood between two joiners may be gone now
            previous, name = name, _INVISIBLE.sub("", name)
        name = unicodedata.normalize("NFC", name)
    elif not name.isprintable():
        name = _INVISIBLE.sub("", name)
    return " ".join(name.split())


def folded(name: str) -> str:
    """The name as names are compared: plain, in lower case."""
    return plain(name).lower()
