import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.virtual.shell.parse import parse_script
from labtui.virtual.shell.syntax import (
    AndOr,
    For,
    Literal,
    Pipeline,
    Redirect,
    ShellSyntaxError,
    Simple,
    Substitution,
    Variable,
    Word,
)


def word(text: str, quoted: bool = False) -> Word:
    return Word((Literal(text, quoted),))


def only(text: str) -> object:
    """Return the one command of a script."""
    (line,) = parse_script(text)
    assert not line.rest
    (command,) = line.first.commands
    return command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ls -l", [word("ls"), word("-l")]),
        ("echo 'a b'", [word("echo"), word("a b", True)]),
        ("echo 'it'\\''s'", [word("echo"), word("it's", True)]),
        ('echo "a \\" \\n"', [word("echo"), word('a " \\n', True)]),
        ("echo a#b # c", [word("echo"), word("a#b")]),
        ("echo \\*", [word("echo"), word("*", True)]),
        ("echo ''", [word("echo"), word("", True)]),
        ("echo $?", [word("echo"), Word((Variable("?", False),))]),
        ("echo $a-b", [word("echo"), Word((Variable("a", False), Literal("-b", False)))]),
        ('echo "$a"', [word("echo"), Word((Literal("", True), Variable("a", True)))]),
        ("echo ${a:-b}", [word("echo"), Word((Variable("a", False, word("b", True)),))]),
        ("echo a$", [word("echo"), word("a$")]),
    ],
)
def test_words(text: str, words: list[Word]) -> None:
    assert Simple((), tuple(words)) == only(text)


def test_redirections_with_and_without_a_number() -> None:
    expected = (
        Redirect(0, "<", word("in")),
        Redirect(1, ">>", word("out")),
        Redirect(2, ">&", word("1")),
        Redirect(1, ">", word("file")),
    )
    assert Simple((), (word("c"),), expected) == only("c <in >>out 2>&1 >file")


def test_a_number_that_is_an_argument_stays_one() -> None:
    assert Simple((), (word("c"), word("2")), (Redirect(1, ">", word("f")),)) == only("c 2 >f")


def test_assignments_come_before_the_command_only() -> None:
    assert Simple((("a", word("1")),), (word("c"), word("b=2"))) == only("a=1 c b=2")


def test_operators_bind_as_in_every_shell() -> None:
    a, b, c, d = (Simple((), (word(name),)) for name in "abcd")
    expected = (
        AndOr(Pipeline((a, b)), (("&&", Pipeline((c,), is_negated=True)),)),
        AndOr(Pipeline((d,))),
    )
    assert expected == parse_script("a | b && ! c; d\n")


def test_substitution_is_a_script_of_its_own() -> None:
    body = (AndOr(Pipeline((Simple((), (word("cat"), word("x)y", True))),))),)
    assert Simple((), (word("echo"), Word((Substitution(body, False),)))) == only(
        "echo $(cat 'x)y')"
    )


def test_loop() -> None:
    body = (AndOr(Pipeline((Simple((), (word("echo"), Word((Variable("z", False),)))),))),)
    expected = For("z", (word("a"), word("b*")), body)
    assert expected == only("for z in a b*; do echo $z; done")


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a", 'echo "a', "echo $(", "echo ${", "echo ${a#b}", "a &", "a <<E", "a;;b", "`a`",
        "| a", "a |", "a &&", "(a", "a)", "for x; do a; done", "for x in a; do", "if a; then b",
        "while a; done", "done", "then", "> ", "a > > b", "echo $((1+1))",
        "(" * 99 + "a" + ")" * 99,
        "echo " + "$(" * 99 + "a" + ")" * 99,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(text: str) -> None:
    with pytest.raises(ShellSyntaxError):
        parse_script(text)


@given(st.text(alphabet="ab1 \t\n'\"\\$(){}[]|&;<>#=*?!`-/ifdothenuesr", max_size=60))
def test_any_text_is_either_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ShellSyntaxError):
        parse_script(text)
