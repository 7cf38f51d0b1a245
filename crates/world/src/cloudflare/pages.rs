//! Lists that come page by page: when there is another page, and how it is asked for.
//!
//! The end is an empty page, the told total, or a page that came before: not every server counts, and one
//! that answers every page alike would be read for ever.

use rayfix_core::evidence::account::envelope::PageInfo;
use serde_json::Value;

use super::call::Call;

/// A list that is being read.
pub(super) struct Pages {
    call: Call,
    number: u64,
    cursor: Option<String>,
    last: Vec<Value>,
    seen: u64,
}

/// What to do after a page.
pub(super) struct Turn {
    /// The page is new: its items belong to the list.
    pub(super) is_new: bool,
    /// There may be another.
    pub(super) goes_on: bool,
}

impl Pages {
    pub(super) fn new(call: &Call) -> Pages {
        Pages { call: call.clone(), number: 1, cursor: None, last: Vec::new(), seen: 0 }
    }

    /// The call for the page that is next. The first is asked for without a number.
    pub(super) fn call(&self) -> Call {
        let call = self.call.clone();
        match &self.cursor {
            Some(cursor) => call.with("cursor", cursor.as_str()),
            None if self.number > 1 => call.with("page", self.number.to_string()),
            None => call,
        }
    }

    /// Takes a page; afterwards [`Pages::items`] are its items.
    pub(super) fn take(&mut self, items: Vec<Value>, info: Option<&PageInfo>) -> Turn {
        if items.is_empty() || items == self.last {
            return Turn { is_new: false, goes_on: false };
        }
        self.seen += count(&items);
        let page = count(&items);
        self.last = items;
        let goes_on = info.is_some_and(|info| self.turn(info, page));
        Turn { is_new: true, goes_on }
    }

    /// The items of the page that was taken last.
    pub(super) fn items(&self) -> &[Value] {
        &self.last
    }

    fn turn(&mut self, info: &PageInfo, page: u64) -> bool {
        if let Some(after) = info.after() {
            let is_other = self.cursor.as_deref() != Some(after);
            self.cursor = Some(after.to_owned());
            return is_other;
        }
        if self.cursor.is_some() {
            return false;
        }
        let ends = [
            info.total_pages.is_some_and(|total| self.number >= total),
            info.total_count.is_some_and(|total| self.seen >= total),
            // Without a total, a page that is not full is the last.
            info.total_pages.is_none()
                && info.total_count.is_none()
                && info.per_page.is_none_or(|full| page < full),
        ];
        self.number += 1;
        !ends.contains(&true)
    }
}

fn count(items: &[Value]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::account::envelope::Cursors;
    use serde_json::json;

    use super::*;
    use crate::cloudflare::Method;

    fn list() -> Pages {
        Pages::new(&Call::new(Method::Get, "/zones".to_owned(), None))
    }

    fn numbered(total_count: Option<u64>, total_pages: Option<u64>) -> PageInfo {
        PageInfo { per_page: Some(2), total_count, total_pages, ..PageInfo::default() }
    }

    /// How many pages are asked for, and how many items come of it, from a server that has so many.
    fn read(server: impl Fn(u64) -> (Vec<Value>, Option<PageInfo>)) -> (u64, usize) {
        let (mut pages, mut asked, mut got) = (list(), 0, 0);
        loop {
            asked += 1;
            let number = pages
                .call()
                .query
                .iter()
                .find(|(name, _)| name == "page")
                .map(|(_, n)| n.parse().unwrap());
            let (items, info) = server(number.unwrap_or(1));
            let turn = pages.take(items, info.as_ref());
            got += if turn.is_new { pages.items().len() } else { 0 };
            assert!(asked < 50, "it does not end");
            if !turn.goes_on {
                return (asked, got);
            }
        }
    }

    fn five(number: u64) -> Vec<Value> {
        (1..=5).filter(|n| (n + 1) / 2 == number).map(|n| json!({"id": n})).collect()
    }

    #[test]
    fn a_list_ends_where_its_total_says() {
        assert_eq!(read(|n| (five(n), Some(numbered(Some(5), Some(3))))), (3, 5));
        assert_eq!(read(|n| (five(n), Some(numbered(Some(5), None)))), (3, 5));
        assert_eq!(read(|n| (five(n), Some(numbered(None, Some(3))))), (3, 5));
    }

    #[test]
    fn a_list_without_a_total_ends_with_a_page_that_is_not_full() {
        assert_eq!(read(|n| (five(n), Some(numbered(None, None)))), (3, 5));
    }

    #[test]
    fn a_list_ends_with_an_empty_page_whatever_its_total_says() {
        assert_eq!(read(|n| (five(n), Some(numbered(Some(99), Some(50))))), (4, 5));
    }

    #[test]
    fn a_server_that_answers_every_page_alike_is_not_asked_for_ever() {
        let same =
            || (vec![json!({"id": 1}), json!({"id": 2})], Some(numbered(Some(2000), Some(1000))));
        assert_eq!(read(|_| same()), (2, 2));
    }

    #[test]
    fn a_list_that_says_nothing_of_pages_has_one() {
        assert_eq!(read(|n| (five(n), None)), (1, 2));
    }

    #[test]
    fn cursors_are_followed_until_none_comes_or_one_comes_again() {
        let cursor = |after: &str| PageInfo {
            cursors: Some(Cursors { after: Some(after.to_owned()) }),
            ..PageInfo::default()
        };
        let mut pages = list();
        assert!(pages.take(vec![json!(1)], Some(&cursor("a"))).goes_on);
        assert_eq!(pages.call().query, [("cursor".to_owned(), "a".to_owned())]);
        assert!(pages.take(vec![json!(2)], Some(&cursor("b"))).goes_on);
        assert!(!pages.take(vec![json!(3)], Some(&cursor("b"))).goes_on);
        assert!(!pages.take(vec![json!(4)], Some(&cursor(""))).goes_on);
    }
}
