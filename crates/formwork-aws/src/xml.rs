//! The XML of answers, as a tree: names without their namespaces, texts, nothing else.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Limit of the depth of nested elements; answers of AWS have fewer than ten levels.
const DEPTH: usize = 64;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its text, without the text of its elements.
    pub text: String,
    /// The elements in it.
    pub elements: Vec<Element>,
}

/// The name of the root element of the answer to a call.
///
/// Source: Smithy 2.0, "AWS Query protocol", "Response serialization".
pub(crate) fn root_of(call: &str) -> String {
    format!("{call}Response")
}

/// An error if the root element of an answer has another name.
pub(crate) fn expect(expected: &str, found: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("its answer is the element `{found}`, not `{expected}`")) }
}

/// The name of a document's root element, which must have an end; the elements in it are not read.
pub(crate) fn root(document: &[u8]) -> Result<String, String> {
    let document = String::from_utf8_lossy(document);
    let mut reader = Reader::from_str(&document);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                let end = document.trim_end().strip_suffix('>').and_then(|rest| rest.rsplit_once("</"));
                let ended = end.map(|(_, ended)| ended.trim_end().rsplit(':').next().unwrap_or_default());
                return if ended == Some(name.as_str()) { Ok(name) } else { Err("it ends too early".to_owned()) };
            }
            Event::Empty(start) => return Ok(start.local_name().as_ref().to_owned()),
            Event::Eof => return Err("it has no element".to_owned()),
            _ => {}
        }
    }
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// When it is not XML, with the reason.
    pub fn read(document: &str) -> Result<Element, String> {
        let mut reader = Reader::from_str(document);
        let mut open = vec![Element::default()];
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            let depth = open.len();
            let Some(last) = open.last_mut() else { return Err("an element ends that did not begin".to_owned()) };
            match event {
                Event::Start(start) if depth < DEPTH => {
                    open.push(Element { name: start.local_name().as_ref().to_owned(), ..Element::default() });
                }
                Event::Start(_) => return Err(format!("more than {DEPTH} elements lie within one another")),
                Event::Empty(empty) => {
                    last.elements.push(Element { name: empty.local_name().as_ref().to_owned(), ..Element::default() });
                }
                Event::End(_) => {
                    let mut ended = open.pop().unwrap_or_default();
                    ended.text = ended.text.trim().to_owned();
                    let Some(parent) = open.last_mut() else {
                        return Err("an element ends that did not begin".to_owned());
                    };
                    parent.elements.push(ended);
                }
                Event::Text(text) => last.text += &text,
                Event::CData(text) => last.text += &text,
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                    match character {
                        Some(character) => last.text.push(character),
                        None => match quick_xml::escape::resolve_predefined_entity(&reference) {
                            Some(text) => last.text += text,
                            None => return Err(format!("the entity `{}` is not known", &*reference)),
                        },
                    }
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let mut document = open.pop().filter(|_| open.is_empty()).ok_or("it ends before its last element does")?;
        if document.elements.len() > 1 {
            return Err("it has more than one root element".to_owned());
        }
        document.elements.pop().ok_or_else(|| "it has no element".to_owned())
    }

    /// The first of its own elements of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find(|one| one.name == name)
    }

    /// The first element of that name, at any depth.
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find_map(|one| if one.name == name { Some(one) } else { one.find(name) })
    }

    /// The text of the first element of that name, at any depth; `None` if it is empty.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|found| found.text.as_str()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn answers_are_read() {
        let text = "<?xml version=\"1.0\"?>\n<R xmlns=\"https://x/\"><a:Result>\n <Account>1</Account><E/>\
            <Arn>a &lt;b&gt; &#65;<![CDATA[<c>]]></Arn></a:Result></R>\n";
        let read = Element::read(text).unwrap();
        assert_eq!((read.name.as_str(), read.text_of("Account"), read.text_of("E")), ("R", Some("1"), None));
        assert_eq!(read.text_of("Arn"), Some("a <b> A<c>"));
    }

    #[test]
    fn roots() {
        for (text, expected) in [
            ("<?xml version=\"1.0\"?>\n<R xmlns=\"u\"><a>1</a></R>\n", Ok("R")),
            ("<n:R><a/></n:R >", Ok("R")),
            ("<R/>", Ok("R")),
            ("<R><a>1</a>", Err("it ends too early")),
            ("<R><a>1</", Err("it ends too early")),
            ("<R><Id>arn:aws", Err("it ends too early")),
            ("", Err("it has no element")),
            ("{}", Err("it has no element")),
        ] {
            assert_eq!(super::root(text.as_bytes()).as_deref().map_err(String::as_str), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_xml_is_refused() {
        for text in ["", "<a>", "no", "</a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<html><br></html>"] {
            assert!(Element::read(text).is_err(), "{text}");
        }
        assert!(Element::read(&"<a>".repeat(1_000)).is_err());
    }
}
