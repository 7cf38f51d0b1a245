//! Pages of lists.

use rayfix_lab::api::{Grant, State, Zone};
use serde_json::json;

use crate::ask::{Api, zone};

async fn many() -> Api {
    let mut state = State::account().granting(Grant::all("all"));
    let mut first = Zone::new("zone-00.test");
    for number in 0..250 {
        first = first.record("A", &format!("host-{number:03}.zone-00.test"), "192.0.2.1", true);
    }
    state = state.with(first);
    for number in 1..45 {
        state = state.with(Zone::new(&format!("zone-{number:02}.test")));
    }
    Api::of(state).await
}

#[tokio::test]
async fn a_list_comes_in_pages_and_ends_with_an_empty_one() {
    let api = many().await;
    let mut names = Vec::new();
    for (page, count) in [(1, 20), (2, 20), (3, 5), (4, 0), (99, 0)] {
        let got = api.get("all", &format!("/zones?page={page}")).await;
        let info = json!({
            "page": page, "per_page": 20, "count": count, "total_count": 45, "total_pages": 3,
        });
        assert_eq!(got.json()["result_info"], info);
        let zones = got.result().as_array().unwrap().clone();
        assert_eq!(zones.len(), count);
        names.extend(zones.iter().map(|zone| zone["name"].as_str().unwrap().to_owned()));
    }
    let wanted: Vec<String> = (0..45).map(|number| format!("zone-{number:02}.test")).collect();
    assert_eq!(names, wanted, "each once, in order");
}

#[tokio::test]
async fn pages_are_as_large_as_asked_within_what_the_list_allows() {
    let api = many().await;
    assert_eq!(api.get("all", "/zones?per_page=50").await.result().as_array().unwrap().len(), 45);
    for wrong in ["per_page=51", "per_page=4", "page=0", "page=x"] {
        assert_eq!(api.get("all", &format!("/zones?{wrong}")).await.refusal().0, 400, "{wrong}");
    }
    let records = zone("zone-00.test", "/dns_records");
    let got = api.get("all", &records).await;
    assert_eq!(got.json()["result_info"]["total_pages"], 3);
    assert_eq!(got.result().as_array().unwrap().len(), 100);
    let all = api.get("all", &format!("{records}?per_page=5000000")).await;
    assert_eq!(all.result().as_array().unwrap().len(), 250);
}
