//! The view of a person while stacks are deployed: the bytes of the program as a terminal shows them.
#![cfg(unix)]

use std::path::Path;

use support::screen::{Seen, Size, Then};
use support::{Program, tempdir};

/// Deploys habitpay to an engine that takes its time.
fn deploy(folder: &Path, term: &str, size: Size, then: Option<(&str, Then)>, colours: bool) -> Seen {
    let program = Program::formwork()
        .args(["deploy", "--yes", "--no-validate", "--app", "habitpay", "--local", "--local-speed", "120"])
        .args(["--local-state", &folder.join(format!("{term}-{}", size.columns)).display().to_string()]);
    let program = if colours { program.env("NO_COLOR", "") } else { program };
    program.on_screen(term, size, then)
}

/// The last screen, without the lines of cargo above the first of ours.
fn end(seen: &Seen) -> String {
    let shown = seen.last.shown();
    let begin = shown.find("warning: CloudFront").unwrap_or_default();
    shown[begin..].to_owned()
}

const LARGE: Size = Size { columns: 240, rows: 200 };

#[test]
fn resources_in_progress_are_seen_and_nothing_of_it_stays() {
    let folder = tempdir();
    let seen = deploy(folder.path(), "xterm", LARGE, None, true);
    let ever = |text: &str| seen.screens.iter().any(|screen| screen.contains(text));
    for text in [
        "0 of 2 stacks, 0 of 4 resources done",
        "creating habitpay-edge: 0 of 1 done",
        "CREATE_IN_PROGRESS  Certificate: waits until DNS answers\n            CNAME _",
        "creating habitpay-site: 0 of 3 done",
        "CREATE_IN_PROGRESS  Distribution: waits for all edge locations",
    ] {
        assert!(ever(text), "`{text}` was never seen: {}", seen.last.stdout);
    }
    assert!(seen.written.contains("\u{1b}[1m"), "there are colours");
    // The same as on a terminal on which nothing is drawn.
    let plain = deploy(folder.path(), "dumb", LARGE, None, true);
    assert!(!plain.written.contains('\u{1b}'), "{}", plain.written);
    assert_eq!(end(&seen), end(&plain));
}

#[test]
fn a_narrow_terminal_is_left_clean() {
    let folder = tempdir();
    let size = Size { columns: 44, rows: 200 };
    let seen = deploy(folder.path(), "xterm", size, None, false);
    assert!(seen.screens.iter().any(|screen| screen.contains("creating habitpay-site: 0 of 3 done")));
    assert!(!seen.written.contains("\u{1b}[1m"), "there are no colours");
    let plain = deploy(folder.path(), "dumb", size, None, false);
    assert_eq!(end(&seen), end(&plain));
}

/// Terminals break the rows of a line anew, or do not; whatever they do with the rows that were drawn, no line above them is erased.
#[test]
fn a_terminal_may_become_another_size() {
    let folder = tempdir();
    let (before, after) = (Size { columns: 120, rows: 100 }, Size { columns: 50, rows: 100 });
    let then = ("creating habitpay-site: 0 of 3 done", Then::Resized(after));
    let seen = deploy(folder.path(), "xterm", before, Some(then), false);
    let last = &seen.last.stdout;
    for line in [
        "this is the embedded engine",
        "habitpay-edge  created: CREATE_COMPLETE",
        "habitpay-site  creating in ap-northeast-2",
        "habitpay-site  created: CREATE_COMPLETE",
        "were created",
    ] {
        assert!(last.contains(line), "`{line}` is gone: {last}");
    }
}

/// The outputs of what was done are printed before the lines of what is in progress would go by themselves.
#[test]
fn an_interrupted_run_leaves_what_it_printed_and_nothing_else() {
    let folder = tempdir();
    let then = ("creating habitpay-site: 0 of 3 done", Then::Interrupted);
    let seen = deploy(folder.path(), "xterm", LARGE, Some(then), false);
    let last = &seen.last.stdout;
    for line in ["habitpay-edge.ExportCertificateArn = ", "error: interrupted", "hint: nothing is lost"] {
        assert!(last.contains(line), "`{line}` is gone: {last}");
    }
    assert!(!last.contains("0 of 3 done"), "{last}");
}

/// However little it shows, the run goes on, and the terminal is as it was: it wraps.
#[test]
fn a_terminal_may_have_no_room() {
    let folder = tempdir();
    for (columns, rows) in [(1, 1), (2, 1), (2, 2), (80, 1), (1, 24)] {
        let state = folder.path().join(format!("{columns}-{rows}")).display().to_string();
        let deploy = Program::formwork()
            .args(["deploy", "--yes", "--no-validate", "--app", "habitpay", "--local", "--local-speed", "1000"])
            .args(["--local-state", &state]);
        let seen = deploy.on_screen("xterm", Size { columns, rows }, None);
        assert_eq!(seen.last.code, Some(0), "{columns} x {rows}: {}", seen.written);
        assert!(seen.written.rfind("\u{1b}[?7h") >= seen.written.rfind("\u{1b}[?7l"), "{columns} x {rows}");
    }
}

/// Signs are spelled in ASCII, and nothing else is written.
#[test]
fn a_terminal_without_utf_8_gets_ascii() {
    let folder = tempdir();
    let state = folder.path().join("state").display().to_string();
    let command = |name: &str| {
        let program = Program::formwork().args([name, "--app", "habitpay", "--local", "--local-state", &state]);
        program.env("LC_ALL", "en_US.ISO-8859-1")
    };
    let first = command("deploy").args(["--yes", "--no-validate"]).on_screen("xterm", LARGE, None);
    assert!(first.written.is_ascii(), "{}", first.written);
    let changed = command("diff").args(["--context", "zone-id=Z1111111111111"]).on_screen("xterm", LARGE, None);
    assert!(changed.written.is_ascii(), "{}", changed.written);
    for text in ["[+-] replace", " -> Z1111111111111"] {
        assert!(changed.last.stdout.contains(text), "`{text}`: {}", changed.last.stdout);
    }
}
