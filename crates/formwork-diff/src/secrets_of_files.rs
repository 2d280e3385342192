//! Files whose lines a preview does not show, since they may hold a secret: by their names, and by what stands in them.

use formwork_template::secret::sounds as sounds_secret;

/// Names of files that hold secrets, and ends of such names.
const NAMES: &[&str] =
    &[".env", ".npmrc", ".pypirc", ".netrc", "credentials", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
const ENDS: &[&str] = &[".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx"];

/// The longest value that is read as a secret's name would have it; a longer one is prose.
const LONGEST_VALUE: usize = 4_096;

/// True if a file may hold a secret.
pub fn in_file(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_named = NAMES.iter().any(|known| name == *known || name.starts_with(&format!("{known}.")));
    is_named
        || ENDS.iter().any(|end| name.ends_with(end))
        || text.contains("PRIVATE KEY-----")
        || text.lines().any(gives_secret)
}

/// True for a line that gives a value to a name that sounds like a secret: `DB_PASSWORD=x`, `"token": "x"`, `const secret = 'x';`. What is worked out, as
/// `token = read()` and `password: process.env.PASSWORD`, is none.
fn gives_secret(line: &str) -> bool {
    let Some(place) = line.find(['=', ':']) else { return false };
    let (before, after) = line.split_at(place);
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let before = before.trim_end_matches(|letter: char| letter.is_whitespace() || "\"'`".contains(letter));
    let name = before.rsplit(|letter| !is_of_name(letter)).next().unwrap_or_default();
    let value = after.trim_start_matches(['=', ':', ' ', '\t', '>']).trim_end().trim_end_matches([',', ';']);
    let is_literal = match value.chars().next() {
        None => false,
        Some('"' | '\'' | '`') => value.len() > 2,
        Some(_) => !value.contains(['(', '{', '[', '$', ' ']) && !value.contains("env.") && !value.contains("::"),
    };
    let is_type = ["string", "str", "String", "&str", "any", "null", "None", "true", "false"].contains(&value);
    sounds_secret(name) && is_literal && !is_type && value.len() <= LONGEST_VALUE
}

#[cfg(test)]
mod tests {
    use super::in_file;

    #[test]
    fn what_may_hold_a_secret_is_not_shown() {
        for (path, text) in [
            ("api/.env", "A=1\n"),
            (".env.production", ""),
            ("keys/server.pem", ""),
            ("id_rsa", ""),
            ("app.js", "const apiKey = 'abc';\nconst dbPassword = \"x1\";\n"),
            ("config.ini", "[db]\nPASSWORD=hunter2\n"),
            ("settings.json", "{\n  \"aws_secret_access_key\": \"abc\"\n}\n"),
            ("deploy.yml", "  token: ghp_1234\n"),
            ("x.txt", "-----BEGIN RSA PRIVATE KEY-----\n"),
        ] {
            assert!(in_file(path, text), "{path}: {text}");
        }
        for (path, text) in [
            ("app.js", "const token = await read();\nfetch(url, { password: process.env.PASSWORD });\n"),
            ("app.ts", "function login(password: string) {}\n"),
            ("lib.rs", "let secret = load()?;\nlet token: &str = token;\n"),
            ("index.html", "<h1>Prices: 12</h1>\n"),
            ("environment.md", "The password is asked for: type it.\n"),
        ] {
            assert!(!in_file(path, text), "{path}: {text}");
        }
    }
}
