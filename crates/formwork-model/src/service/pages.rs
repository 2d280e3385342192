//! Lists that the service gives a page at a time.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use super::{CallError, Page};

/// Asks for one page after the other, until `visit` has what it looks for, which is the answer then, or there is none left.
///
/// # Errors
///
/// When a page cannot be had, or the service leads back to one that it gave before, which would never end.
pub async fn visit_pages<T, B>(
    mut ask: impl AsyncFnMut(Option<&str>) -> Result<Page<T>, CallError>,
    mut visit: impl FnMut(Vec<T>) -> ControlFlow<B>,
) -> Result<Option<B>, CallError> {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut token: Option<String> = None;
    loop {
        let page = ask(token.as_deref()).await?;
        if let ControlFlow::Break(found) = visit(page.items) {
            return Ok(Some(found));
        }
        let Some(next) = page.next else { return Ok(None) };
        if !asked.insert(next.clone()) {
            return Err(CallError::Endless { token: next });
        }
        token = Some(next);
    }
}

/// The items of all pages.
///
/// # Errors
///
/// See [`visit_pages`].
pub async fn all_pages<T>(
    ask: impl AsyncFnMut(Option<&str>) -> Result<Page<T>, CallError>,
) -> Result<Vec<T>, CallError> {
    let mut all = Vec::new();
    let visit = |items| {
        all.extend(items);
        ControlFlow::<Infallible>::Continue(())
    };
    visit_pages(ask, visit).await?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// The end of work that never waits.
    fn done<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    /// Ten pages: the items and the token of each are its number and the next one.
    async fn page(token: Option<&str>) -> Result<Page<u8>, CallError> {
        let number: u8 = token.map_or(0, |token| token.parse().unwrap());
        Ok(Page { items: vec![number], next: (number < 9).then(|| (number + 1).to_string()) })
    }

    #[test]
    fn all_pages_are_asked_for_or_as_many_as_it_takes() {
        assert_eq!(done(all_pages(async |token| page(token).await)), Ok((0..10).collect()));
        let (mut asked, mut seen) = (0, 0);
        let ask = async |token: Option<&str>| {
            asked += 1;
            page(token).await
        };
        let visit = |items: Vec<u8>| {
            seen += items.len();
            if items.contains(&3) { ControlFlow::Break("three") } else { ControlFlow::Continue(()) }
        };
        assert_eq!(done(visit_pages(ask, visit)), Ok(Some("three")));
        assert_eq!((asked, seen), (4, 4));
    }

    #[test]
    fn a_list_that_leads_back_ends() {
        let ask = async |token: Option<&str>| match token {
            Some("9") => Ok(Page { items: vec![9], next: Some("2".to_owned()) }),
            token => page(token).await,
        };
        assert_eq!(done(all_pages(ask)), Err(CallError::Endless { token: "2".to_owned() }));
    }
}
