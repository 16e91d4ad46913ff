//! The attributes, read and checked.

use syn::{
    Attribute, Error, Field, Ident, Lit, LitInt, LitStr, Result, Token, UnOp, meta::ParseNestedMeta,
    spanned::Spanned,
};

/// A closed range of versions.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) oldest: i16,
    pub(crate) newest: i16,
}

impl Range {
    pub(crate) const NONE: Self = Self { oldest: 0, newest: -1 };

    fn parse(text: &LitStr) -> Result<Self> {
        let value = text.value();
        let invalid = || Error::new(text.span(), r#"versions are written "3", "3-7", "3+" or "none""#);
        let number = |digits: &str| digits.parse::<i16>().map_err(|_| invalid());
        if value == "none" {
            return Ok(Self::NONE);
        }
        let range = if let Some(oldest) = value.strip_suffix('+') {
            Self { oldest: number(oldest)?, newest: i16::MAX }
        } else if let Some((oldest, newest)) = value.split_once('-') {
            Self { oldest: number(oldest)?, newest: number(newest)? }
        } else {
            let only = number(&value)?;
            Self { oldest: only, newest: only }
        };
        if range.oldest < 0 || range.newest < range.oldest { Err(invalid()) } else { Ok(range) }
    }
}

/// `#[message(..)]`.
pub(crate) struct MessageAttributes {
    pub(crate) kind: Ident,
    pub(crate) key: Option<i16>,
    pub(crate) versions: Range,
    pub(crate) flexible: Range,
    pub(crate) unstable: bool,
}

impl MessageAttributes {
    /// `None` if there is no such attribute.
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Option<Self>> {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("message")) else {
            return Ok(None);
        };
        let (mut kind, mut key, mut versions) = (None, None, None);
        let (mut flexible, mut unstable) = (Range::NONE, false);
        attribute.parse_nested_meta(|meta| {
            let name = name_of(&meta)?;
            match name.to_string().as_str() {
                "request" | "response" | "header" | "data" => kind = Some(name),
                "key" => key = Some(meta.value()?.parse::<LitInt>()?.base10_parse()?),
                "versions" => versions = Some(parse_range(&meta)?),
                "flexible" => flexible = parse_range(&meta)?,
                "unstable" => unstable = true,
                _ => return Err(meta.error("unknown key of #[message(..)]")),
            }
            Ok(())
        })?;
        let missing = |what| Error::new(attribute.span(), format!("#[message(..)] needs {what}"));
        let kind = kind.ok_or_else(|| missing("one of request, response, header and data"))?;
        if key.is_none() && (kind == "request" || kind == "response") {
            return Err(missing("key = .."));
        }
        let versions = versions.ok_or_else(|| missing("versions = \"..\""))?;
        Ok(Some(Self { kind, key, versions, flexible, unstable }))
    }
}

/// The default of a field.
pub(crate) enum Default {
    Empty,
    Null,
    True,
    Int(i64),
}

/// `#[field(..)]`.
pub(crate) struct FieldAttributes {
    pub(crate) kafka_name: String,
    pub(crate) versions: Range,
    pub(crate) nullable: Range,
    pub(crate) tagged: Option<(u32, Range)>,
    pub(crate) default: Default,
    pub(crate) ignorable: bool,
    pub(crate) records: bool,
    pub(crate) classic_length: bool,
}

impl FieldAttributes {
    pub(crate) fn parse(field: &Field, name: &Ident) -> Result<Self> {
        let Some(attribute) = field.attrs.iter().find(|attribute| attribute.path().is_ident("field")) else {
            return Err(Error::new(field.span(), "a field needs #[field(versions = \"..\")]"));
        };
        let (mut versions, mut tag, mut tagged) = (None, None, None);
        let mut this = Self {
            kafka_name: camel_case(&name.to_string()),
            versions: Range::NONE,
            nullable: Range::NONE,
            tagged: None,
            default: Default::Empty,
            ignorable: false,
            records: false,
            classic_length: false,
        };
        attribute.parse_nested_meta(|meta| {
            match name_of(&meta)?.to_string().as_str() {
                "versions" => versions = Some(parse_range(&meta)?),
                "nullable" => this.nullable = parse_range(&meta)?,
                "tag" => tag = Some(meta.value()?.parse::<LitInt>()?.base10_parse::<u32>()?),
                "tagged" => tagged = Some(parse_range(&meta)?),
                "default" => this.default = parse_default(&meta)?,
                "ignorable" => this.ignorable = true,
                "records" => this.records = true,
                "classic_length" => this.classic_length = true,
                "name" => this.kafka_name = meta.value()?.parse::<LitStr>()?.value(),
                _ => return Err(meta.error("unknown key of #[field(..)]")),
            }
            Ok(())
        })?;
        let missing = |what| Error::new(attribute.span(), format!("#[field(..)] needs {what}"));
        this.versions = versions.ok_or_else(|| missing("versions = \"..\""))?;
        this.tagged = match (tag, tagged) {
            (Some(tag), tagged) => Some((tag, tagged.unwrap_or(this.versions))),
            (None, Some(_)) => return Err(missing("tag = .., as it has tagged = \"..\"")),
            (None, None) => None,
        };
        Ok(this)
    }
}

fn name_of(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    meta.path.get_ident().cloned().ok_or_else(|| meta.error("expected a plain name"))
}

fn parse_range(meta: &ParseNestedMeta<'_>) -> Result<Range> {
    Range::parse(&meta.value()?.parse::<LitStr>()?)
}

fn parse_default(meta: &ParseNestedMeta<'_>) -> Result<Default> {
    let input = meta.value()?;
    if input.peek(Ident) {
        let word: Ident = input.parse()?;
        return if word == "null" {
            Ok(Default::Null)
        } else {
            Err(Error::new(word.span(), "a default is a number, true or null"))
        };
    }
    let negative = input.peek(Token![-]);
    if negative {
        input.parse::<UnOp>()?;
    }
    match input.parse::<Lit>()? {
        Lit::Bool(flag) if flag.value && !negative => Ok(Default::True),
        Lit::Int(digits) => {
            let value: i64 = digits.base10_parse()?;
            Ok(Default::Int(if negative { -value } else { value }))
        }
        other => Err(Error::new(other.span(), "a default is a number, true or null")),
    }
}

/// `topic_id` → `TopicId`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.trim_start_matches("r#").split('_') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
