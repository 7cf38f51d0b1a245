//! JSON as nft writes it, of any shape: read without failing, in the order of the text.
//!
//! Whoever takes an object apart says which keys it knows ([`Object::has_only`]); an object with any
//! other key says something that is not understood.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Any JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree<'a> {
    Null,
    Bool(bool),
    Number(i128),
    /// A number with a point, or too big; of no use here.
    Fraction,
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Object(Object<'a>),
}

/// An object, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Tree<'a>)>);

/// A word that is not copied where the text has it as it is.
pub(super) struct Word<'a>(pub(super) Cow<'a, str>);

impl<'a> Tree<'a> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<u128> {
        match self {
            Tree::Number(number) => u128::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Tree<'a>]> {
        match self {
            Tree::List(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn object(&self) -> Option<&Object<'a>> {
        match self {
            Tree::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The key and value of an object that has only one.
    pub(super) fn tagged(&self) -> Option<(&str, &Tree<'a>)> {
        match self {
            Tree::Object(Object(pairs)) if pairs.len() == 1 => {
                Some((pairs[0].0.as_ref(), &pairs[0].1))
            }
            _ => None,
        }
    }

    /// What stands behind a key, where the object has no other.
    pub(super) fn under(&self, key: &str) -> Option<&Tree<'a>> {
        self.tagged().filter(|(tag, _)| *tag == key).map(|(_, inner)| inner)
    }

    /// The words of a list, or the only one.
    pub(super) fn words(&self) -> Option<Vec<&str>> {
        match self {
            Tree::Text(word) => Some(vec![word.as_ref()]),
            Tree::List(list) => list.iter().map(Tree::text).collect(),
            _ => None,
        }
    }
}

impl<'a> Object<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Tree<'a>> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Tree::text)
    }

    pub(super) fn has_only(&self, keys: &[&str]) -> bool {
        self.0.iter().all(|(name, _)| keys.contains(&name.as_ref()))
    }

    /// The first key that is not among these.
    pub(super) fn beyond(&self, keys: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_ref()).find(|name| !keys.contains(name))
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &Tree<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Tree::Bool(true)))
    }
}

impl<'de> Deserialize<'de> for Word<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Word<'de>;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a word")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Visit)
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Tree<'de>;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("anything")
            }
            fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
                Ok(Tree::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
                Ok(Tree::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
                Ok(Tree::Number(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
                Ok(Tree::Number(value.into()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Tree<'de>, E> {
                Ok(Tree::Fraction)
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
                Ok(Tree::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
                Ok(Tree::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'de>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(Word(key)) = map.next_key()? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Tree::Object(Object(pairs)))
            }
        }
        from.deserialize_any(Visit)
    }
}
