//! Lists are read page by page, to their end and no further.

use super::*;

fn page(number: u64, ids: std::ops::Range<u64>, total: u64) -> Act {
    let info = json!({"page": number, "per_page": 2, "count": 2, "total_count": total, "total_pages": total.div_ceil(2)});
    let body = json!({"success": true, "errors": [], "messages": [],
        "result": ids.collect::<Vec<_>>(), "result_info": info});
    Act::Say(200, "", body.to_string())
}

fn zones() -> Call {
    Call::new(Method::Get, "/zones".to_owned(), Some("Zone Read")).with("name", "shop.example")
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let server = Server::playing(vec![page(1, 0..2, 5), page(2, 2..4, 5), page(3, 4..5, 5)]).await;
    assert_eq!(server.client().list::<u64>(&zones(), 100).await.unwrap(), [0, 1, 2, 3, 4]);
    let paths: Vec<_> =
        server.lines().iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(
        paths,
        [
            "/client/v4/zones?name=shop.example",
            "/client/v4/zones?name=shop.example&page=2",
            "/client/v4/zones?name=shop.example&page=3",
        ]
    );
}

#[tokio::test]
async fn a_list_is_read_up_to_what_is_wanted() {
    let server = Server::playing(vec![page(1, 0..2, 5), page(2, 2..4, 5), page(3, 4..5, 5)]).await;
    assert_eq!(server.client().list::<u64>(&zones(), 3).await.unwrap(), [0, 1, 2]);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_list_ends_with_an_empty_page_or_one_that_came_before() {
    let server = Server::playing(vec![page(1, 0..2, 900), page(2, 2..2, 900)]).await;
    assert_eq!(server.client().list::<u64>(&zones(), 1000).await.unwrap(), [0, 1]);
    assert_eq!(server.asked().len(), 2);
    let server = Server::playing(vec![page(1, 0..2, 900)]).await;
    assert_eq!(server.client().list::<u64>(&zones(), 1000).await.unwrap(), [0, 1]);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn half_a_list_is_none() {
    let server = Server::playing(vec![
        page(1, 0..2, 5),
        Act::Say(403, "", bad(10000, "Authentication error")),
    ])
    .await;
    let refusal = server.client().list::<u64>(&zones(), 100).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.permission.as_deref()),
        (RefusalKind::OutOfScope, Some("Zone Read"))
    );
}

#[tokio::test]
async fn a_list_of_null_is_empty() {
    let server = Server::saying(200, good(json!(null))).await;
    assert!(server.client().list::<u64>(&zones(), 100).await.unwrap().is_empty());
}
