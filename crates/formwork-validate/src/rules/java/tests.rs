//! Patterns, what Java says of them, and of texts. The answers are those of OpenJDK 17.

use proptest::prelude::*;

use super::Pattern;

#[track_caller]
fn check(pattern: &str, matching: &[&str], others: &[&str]) {
    let read = Pattern::read(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    // The small engine may have no words for a pattern; it never says the wrong thing.
    let is_right = |text, expected| match read.matches(text) {
        None => cfg!(not(feature = "schemas")),
        found => found == Some(expected),
    };
    for text in matching {
        assert!(is_right(text, true), "{pattern} {text}");
    }
    for text in others {
        assert!(is_right(text, false), "{pattern} {text}");
    }
}

#[test]
fn the_whole_value_matches() {
    check("a|ab", &["a", "ab"], &["abc", "xa", ""]);
    check("", &[""], &["a"]);
    check(r"^a$\s*", &["a", "a\n"], &["a\nb"]);
    check(r"\Aab\Z", &["ab"], &["ab\n", "a"]);
    check(r"a\z", &["a"], &["b"]);
    check("(?m)^a$\n^b$", &["a\nb"], &["a b"]);
}

#[test]
fn classes() {
    check(r"^[\w-.]+$", &["a-b.c_1"], &["a b", "é"]);
    check(r"^[\w-\+]+$", &["a-+"], &["."]);
    check("[a-z[0-9]]+", &["a1"], &["A", "["]);
    check("[^a-z[0-9]]", &["A", "-"], &["a", "1"]);
    check("[a-z&&[^aeiou]]+", &["bcd"], &["bad", "&"]);
    check("[a-z&&b-d]", &["c"], &["e"]);
    check("[a&b]", &["a", "&", "b"], &["c"]);
    check("[]a]+", &["]a"], &["b"]);
    check("[a-]+", &["a-"], &["b"]);
    check(r"[\Qa-c]\E]+", &["a-c]"], &["b"]);
    check(r"[\p{Alpha}\p{Digit}]+", &["aZ9"], &["é", "-"]);
    check(r"\P{Punct}\p{XDigit}", &["af"], &[".f", "ag"]);
    check(r"\p{L}\pN", &["é1"], &["11"]);
    check(r"\h\v\H\V\R", &["\t\nab\r\n"], &["\t\na"]);
    check("[x~]--[y]", &["~--y"], &["x-y"]);
    check(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]+", &["a😀"], &["\n"]);
}

#[test]
fn groups_quantifiers_and_references() {
    check(r"^(?=.*[A-Z])(?=.*\s)?.{8,}$", &["ABCDEFGH"], &["abcdefgh", "ABC"]);
    check(r"(?!aws)[a-z]+", &["awx"], &["aws", "awsx"]);
    check("(?<=a)b|ab", &["ab"], &["b"]);
    check("a*+a", &[], &["a", "aa"]);
    check("(?>a|ab)c", &["ac"], &["abc"]);
    check("a{2,3}+b", &["aaab"], &["ab"]);
    check(r"^(?<x>a|b)\k<x>$", &["aa", "bb"], &["ab"]);
    check(r"(a)\11", &["aa1"], &["aa"]);
    check(r"\1(a)", &[], &["a", "aa"]);
    check("(?i)a(?-i)b", &["Ab", "ab"], &["AB"]);
    check("(?i:a)b", &["Ab"], &["AB"]);
    check("(?x) a b # both\n c", &["abc"], &["a b"]);
    check("(?s)a.b", &["a\nb"], &["ab"]);
    check("a.b", &["axb"], &["a\nb", "a\u{2028}b"]);
    check("^*a$?", &["a"], &["b"]);
}

#[test]
fn escapes() {
    check(r"^\Qa.b\E$", &["a.b"], &["axb"]);
    check(r"\Qa+", &["a+"], &["aa"]);
    check(r"^\0141\x62\x{63}\u0064\t\cA$", &["abcd\t\u{1}"], &["abcd"]);
    check(r"\/\-\_\@\#\~", &["/-_@#~"], &[]);
    check("}]", &["}]"], &[]);
    check(r"\uD83D\uDE00", &["😀"], &["a"]);
}

#[test]
fn what_java_refuses() {
    for pattern in [
        "(",
        ")",
        "a)",
        "[",
        "[]",
        "[^]",
        "[a",
        "*",
        "a**",
        "+a",
        "?",
        "{",
        "a{",
        "{x}",
        "a{2,1}",
        "a{,2}",
        "[z-a]",
        r"[a-\w]",
        r"\",
        r"\y",
        r"\i",
        r"\x4",
        r"\u00",
        r"\08",
        r"\p{Foo}",
        r"\p{",
        r"\k<n>",
        r"\k",
        "(?<1>a)",
        "(?<n>a)(?<n>b)",
        "(?Pa)",
        "(?y)",
        "[&&]",
        "a|*",
    ] {
        assert!(Pattern::read(pattern).is_err(), "{pattern}");
    }
}

/// Beyond the engine, or beyond its bounds: nothing is said of any value.
#[test]
fn what_cannot_be_told() {
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    let classes = "[a".repeat(5000);
    for pattern in [r"\p{InGreek}+", r"\X", r"(?U)\w", r#"(?:[^"]{1,200}){0,99}"#, &deep, &classes] {
        assert_eq!(Pattern::read(pattern).map(|read| read.matches("\u{3b1}")), Ok(None));
    }
    let steps = Pattern::read("((a|a)*)*b(?=c)?").unwrap();
    assert_eq!(steps.matches(&"a".repeat(200)), None);
}

proptest! {
    #[test]
    fn no_text_is_too_much(pattern in r"[a-c\[\]\(\)\\^$|*+?{}&\-.,0-3<>=!:pQEdkxu#\n]{0,24}", text in ".{0,8}") {
        if let Ok(read) = Pattern::read(&pattern) {
            read.matches(&text);
        }
    }
}
