//! What was found, marked: as HTML that can be shown as it is.

/// Where a mark begins in what the index gives. It holds no control characters
/// itself: [`plain`].
pub(crate) const OPEN: char = '\u{2}';

/// Where it ends.
pub(crate) const CLOSE: char = '\u{3}';

/// What is between tags in the index.
pub(crate) const BETWEEN_TAGS: char = '\n';

/// Text for the index: with spaces in place of control characters, but for line
/// breaks and tabs, which descriptions may have.
pub(crate) fn plain(text: &str) -> String {
    let to = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' {
            ' '
        } else {
            c
        }
    };
    text.chars().map(to).collect()
}

/// Tags as one text for the index.
pub(crate) fn joined(tags: &[String]) -> String {
    let one_line = |tag: &String| plain(tag).replace(BETWEEN_TAGS, " ");
    let lines: Vec<String> = tags.iter().map(one_line).collect();
    lines.join(&BETWEEN_TAGS.to_string())
}

/// How many characters of a long text are shown before the first mark, and how many
/// from there on.
const BEFORE: usize = 60;
const AFTER: usize = 180;

/// The part of a text around its first mark, with `…` where something is left out: at
/// the border of a word, if there is one nearby.
pub(crate) fn snippet(text: &str) -> String {
    let mark = text.find(OPEN).unwrap_or(0);
    let (before, after) = text.split_at(mark);
    let is_space = char::is_whitespace;
    let mut snippet = String::new();
    match before.char_indices().rev().nth(BEFORE) {
        Some((start, _)) => {
            let near = before.get(start..).unwrap_or_default();
            snippet.push('…');
            snippet.push_str(near.find(is_space).map_or(near, |space| {
                near.get(space..).unwrap_or_default().trim_start()
            }));
        }
        None => snippet.push_str(before),
    }
    match after.char_indices().nth(AFTER) {
        Some((end, _)) => {
            let near = after.get(..end).unwrap_or_default();
            let whole = near.rfind(is_space).and_then(|space| near.get(..space));
            snippet.push_str(whole.unwrap_or(near).trim_end());
            snippet.push('…');
        }
        None => snippet.push_str(after),
    }
    snippet
}

/// Without marks.
pub(crate) fn unmarked(text: &str) -> String {
    text.replace([OPEN, CLOSE], "")
}

/// Each tag of the text that [`joined`] made, as HTML.
pub(crate) fn tags(text: &str) -> Vec<String> {
    let mut is_open = false;
    let mut tags = Vec::new();
    if text.is_empty() {
        return tags;
    }
    for tag in text.split(BETWEEN_TAGS) {
        // A phrase may go on in the next tag.
        tags.push(html(tag, is_open));
        is_open = match tag.rfind([OPEN, CLOSE]) {
            Some(last) => tag.get(last..).is_some_and(|rest| rest.starts_with(OPEN)),
            None => is_open,
        };
    }
    tags
}

/// Escaped, and with `<mark>` around what was found; `is_open` says that a mark
/// began before. Whatever is open at the end is closed.
pub(crate) fn html(text: &str, mut is_open: bool) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    if is_open {
        html.push_str("<mark>");
    }
    for c in text.chars() {
        match c {
            OPEN if is_open => {}
            OPEN => {
                is_open = true;
                html.push_str("<mark>");
            }
            CLOSE if !is_open => {}
            CLOSE => {
                is_open = false;
                html.push_str("</mark>");
            }
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    if is_open {
        html.push_str("</mark>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{html, joined, plain, snippet, tags};

    #[test]
    fn what_users_write_is_never_markup() {
        assert_eq!(
            html("<b>\u{2}R&D\u{3} 'x' \"y\"", false),
            "&lt;b&gt;<mark>R&amp;D</mark> &#39;x&#39; &quot;y&quot;"
        );
    }

    #[test]
    fn of_a_long_text_the_part_around_the_first_mark_is_shown() {
        assert_eq!(snippet("a \u{2}bell\u{3} rings"), "a \u{2}bell\u{3} rings");
        let text = format!(
            "{}\u{2}bell\u{3}{}",
            "before ".repeat(50),
            " after".repeat(50)
        );
        let part = snippet(&text);
        assert!(part.starts_with("…before before"), "{part}");
        assert!(part.ends_with("after after…"), "{part}");
        assert!(part.contains(" \u{2}bell\u{3} "), "{part}");
        assert!(part.chars().count() < 250, "{part}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_between_characters() {
        let text = format!("{}\u{2}é\u{3}{}", "é".repeat(500), "é".repeat(500));
        let part = snippet(&text);
        assert_eq!(part.chars().filter(|c| *c == '…').count(), 2);
        assert!(part.chars().count() < 250, "{part}");
        assert!(snippet("").is_empty());
    }

    #[test]
    fn marks_are_balanced_whatever_comes() {
        for text in ["\u{2}a", "a\u{3}", "\u{2}\u{2}a\u{3}\u{3}", "\u{3}\u{2}"] {
            for is_open in [false, true] {
                let html = html(text, is_open);
                assert_eq!(
                    html.matches("<mark>").count(),
                    html.matches("</mark>").count(),
                    "{html}"
                );
            }
        }
    }

    #[test]
    fn a_phrase_across_tags_is_marked_in_both() {
        let text = joined(&["home".to_owned(), "deep\nwork".to_owned()]);
        assert_eq!(text, "home\ndeep work");
        assert_eq!(
            tags("\u{2}home\ndeep\u{3} work"),
            ["<mark>home</mark>", "<mark>deep</mark> work"]
        );
        assert_eq!(tags(""), [""; 0]);
    }

    #[test]
    fn control_characters_do_not_get_in() {
        assert_eq!(plain("a\u{2}b\0c\nd\te"), "a b c\nd\te");
    }
}
