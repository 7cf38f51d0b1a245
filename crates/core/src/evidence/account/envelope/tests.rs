//! What each answer of the API is taken for. The bodies are those quoted in public threads and in the
//! official schema's examples, shortened.

use serde_json::json;

use super::*;
use RefusalKind as K;

const SECRET: &str = "made-up-for-this-test";

fn reply<'a>(status: u16, headers: &'a [(String, String)], body: &'a str) -> ApiReply<'a> {
    ApiReply { status, headers, body: body.as_bytes(), secret: SECRET }
}

fn told(status: u16, body: &str) -> Result<Told, ApiRefusal> {
    reply(status, &[], body).told()
}

fn refused(status: u16, body: &str) -> ApiRefusal {
    told(status, body).unwrap_err()
}

fn failure(code: i64, message: &str) -> String {
    let errors = json!([{"code": code, "message": message}]);
    json!({"success": false, "errors": errors, "messages": [], "result": null}).to_string()
}

#[test]
fn a_good_answer_tells_its_result_whatever_its_kind() {
    for result in [json!({"id": "ssl"}), json!([1, 2]), json!("a string"), json!(null)] {
        let body = json!({"success": true, "errors": [], "messages": [], "result": result});
        assert_eq!(told(200, &body.to_string()).unwrap().result, result);
    }
    assert_eq!(told(201, r#"{"success":true,"result":{"id":"x"}}"#).unwrap().result["id"], "x");
    assert_eq!(told(204, "").unwrap(), Told::default());
}

#[test]
fn a_deleted_record_is_told_without_success() {
    assert_eq!(told(200, r#"{"result":{"id":"x"}}"#).unwrap().result["id"], "x");
}

#[test]
fn a_good_answer_may_have_the_code_of_a_bad_one() {
    let body = r#"{"success":true,"errors":[],"result":{"status":"active"},
        "messages":[{"code":10000,"message":"This API Token is valid and active","type":null}]}"#;
    assert_eq!(told(200, body).unwrap().result["status"], "active");
}

#[test]
fn each_refusal_is_told_apart() {
    for (status, code, message, kind) in [
        (400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers", K::NoToken),
        (400, 6003, "Invalid request headers", K::MalformedToken),
        (401, 1000, "Invalid API Token", K::UnknownToken),
        (400, 1000, "Invalid API Token", K::UnknownToken),
        (403, 1000, "Invalid API Token", K::UnknownToken),
        (403, 9109, "Invalid access token", K::UnknownToken),
        (403, 9109, "Unauthorized to access requested resource", K::OutOfScope),
        (403, 10000, "Authentication error", K::OutOfScope),
        (401, 10000, "Authentication error", K::OutOfScope),
        (400, 10000, "Authentication error", K::OutOfScope),
        (
            400,
            7003,
            "Could not route to /zones/x, perhaps your object identifier is invalid?",
            K::WrongId,
        ),
        (
            404,
            7003,
            "Could not route to /zones/x, perhaps your object identifier is invalid?",
            K::WrongId,
        ),
        (404, 81044, "Record does not exist.", K::NotFound),
        (
            404,
            10003,
            "could not find entrypoint ruleset in the http_request_origin phase",
            K::NotFound,
        ),
        (404, 1002, "no such thing", K::NotFound),
        (409, 1013, "You already have a tunnel with this name", K::Conflict),
        (400, 81053, "An A, AAAA, or CNAME record with that host already exists.", K::Conflict),
        (400, 81058, "An identical record already exists.", K::Conflict),
        (400, 1003, "Invalid or missing zone setting", K::Invalid),
        (400, 1007, "Invalid value for zone setting ssl", K::Invalid),
        (400, 1004, "DNS Validation Error", K::Invalid),
        (400, 1001, "List accounts endpoint does not support account owned tokens.", K::Invalid),
        (422, 10021, "not accepted", K::Invalid),
        (429, 971, "Please wait and consider throttling your request speed", K::Limited),
        (429, 10000, "Authentication error", K::Limited),
        (500, 10000, "Authentication error", K::Down),
        (503, 9106, "Missing headers", K::Down),
        (401, 4_000_000_000, "who knows", K::UnknownToken),
        (403, 2, "who knows", K::OutOfScope),
    ] {
        let refusal = refused(status, &failure(code, message));
        assert_eq!(refusal.kind, kind, "{status} {code} {message}");
        assert_eq!(refusal.status, Some(status));
        assert_eq!(refusal.errors, [ApiError { code: Some(code), message: message.to_owned() }]);
    }
}

#[test]
fn a_failure_with_a_good_status_is_one() {
    assert_eq!(refused(200, &failure(10000, "Authentication error")).kind, K::OutOfScope);
    assert_eq!(refused(200, &failure(1, "no")).kind, K::Invalid);
    // And a success with a bad status is none.
    assert_eq!(refused(403, r#"{"success":true,"result":{}}"#).kind, K::OutOfScope);
}

#[test]
fn what_is_behind_an_error_is_told_and_judged_with_care() {
    let chained = |code: i64, behind: i64| {
        json!({"success": false, "errors": [{"code": code, "message": "first",
            "error_chain": [{"code": behind, "message": "behind"}]}]})
        .to_string()
    };
    let refusal = refused(400, &chained(6003, 6111));
    assert_eq!(refusal.kind, K::MalformedToken);
    assert_eq!(refusal.errors.iter().map(|e| e.code).collect::<Vec<_>>(), [Some(6003), Some(6111)]);
    assert_eq!(refused(400, &chained(6003, 6103)).kind, K::MalformedToken);
    // The media type of what was sent.
    assert_eq!(refused(400, &chained(6003, 6105)).kind, K::Invalid);
    // Behind a record's error the number means something else.
    assert_eq!(refused(400, &chained(1004, 9106)).kind, K::Invalid);
}

#[test]
fn a_token_that_is_good_elsewhere_is_told_so() {
    let said = "Cannot use the access token from location: 192.0.2.7";
    let refusal = refused(403, &failure(9109, said));
    assert_eq!(refusal.kind, K::OutOfScope);
    assert_eq!(refusal.why, "the token may not be used from this address");
}

#[test]
fn errors_of_any_form_are_read() {
    let body = r#"{"success":false,"errors":[{"message":"no number"},"only words",
        {"code":"7003","message":"a number in quotes"},{"code":10000,"message":null},42]}"#;
    let errors = refused(400, body).errors;
    assert_eq!(errors[0], ApiError { code: None, message: "no number".to_owned() });
    assert_eq!(errors[1], ApiError { code: None, message: "only words".to_owned() });
    assert_eq!(errors[2].code, Some(7003));
    assert_eq!(errors[3], ApiError { code: Some(10000), message: String::new() });
    assert_eq!(errors[4], ApiError::default());
    assert_eq!(refused(403, r#"{"success":false,"errors":null}"#).errors, []);
}

#[test]
fn what_is_kept_is_bounded() {
    let long = "é".repeat(5_000);
    let error = json!({"code": 1, "message": long, "error_chain": [{"code": 2, "message": long}]});
    let body = json!({"success": false, "errors": vec![error; 50]}).to_string();
    let headers = [("cf-ray".to_owned(), "8".repeat(900))];
    let refusal = reply(400, &headers, &body).told().unwrap_err();
    assert_eq!(refusal.errors.len(), ERRORS);
    assert!(refusal.errors.iter().all(|error| error.message.chars().count() <= WORDS));
    assert!(refusal.ray.unwrap().chars().count() <= 40);
}

#[test]
fn a_page_is_no_answer_and_is_named_by_its_title() {
    let page = "<!DOCTYPE html>\n<html><head><TITLE>502 Bad\n Gateway</TITLE></head></html>";
    let headers = [("cf-ray".to_owned(), "8f3c0de5ca1ab1e0-FRA".to_owned())];
    let refusal = reply(502, &headers, page).told().unwrap_err();
    assert_eq!((refusal.kind, refusal.status), (K::Down, Some(502)));
    assert_eq!(refusal.ray.as_deref(), Some("8f3c0de5ca1ab1e0-FRA"));
    assert_eq!(refusal.why, "it is a page, \"502 Bad Gateway\"");
    for (status, kind) in
        [(200, K::Unreadable), (403, K::Unreadable), (404, K::Unreadable), (429, K::Limited)]
    {
        assert_eq!(refused(status, page).kind, kind, "{status}");
    }
}

#[test]
fn what_is_not_the_apis_is_told_by_what_it_is() {
    for (status, body, why) in [
        (200, "", "it is empty"),
        (200, "<html><body>hello", "it is a page"),
        (200, "hello", "it begins \"hello\""),
        (200, "[1,2]", "it has not the form of the API's answers"),
        (200, r#"{"hello":1}"#, "it has not the form of the API's answers"),
        (200, r#"{"data":{}}"#, "it has neither success nor result"),
        (
            404,
            r#"{"type":"https://stoplight.io/prism/errors#NO_PATH_MATCHED_ERROR"}"#,
            "it has not the form of the API's answers",
        ),
        (302, "", "it leads elsewhere, and is not followed with a token"),
        (200, r#"{"success":true,"result":"#, "it begins \"{\"success\":true,\"result\":\""),
    ] {
        let refusal = refused(status, body);
        assert_eq!((refusal.kind, refusal.why.as_str()), (K::Unreadable, why), "{status} {body}");
    }
}

#[test]
fn where_in_a_list_an_answer_is_can_be_told_in_any_form() {
    let page = |info: Value| {
        let body = json!({"success": true, "result": [], "result_info": info});
        told(200, &body.to_string()).unwrap().page
    };
    let info =
        page(json!({"page": 1, "per_page": 20, "count": 2, "total_count": 2, "total_pages": 1}));
    assert_eq!(info.unwrap().total_pages, Some(1));
    let info = page(json!({"cursors": {"after": "abc"}})).unwrap();
    assert_eq!(info.after(), Some("abc"));
    assert_eq!(page(json!({"cursors": {"after": ""}})).unwrap().after(), None);
    assert_eq!(page(json!({"cursor": "abc"})).unwrap().after(), Some("abc"));
    assert_eq!(page(json!(null)), None);
    assert_eq!(page(json!("what")), None);
}

#[test]
fn the_token_is_in_nothing_that_is_told() {
    let escaped = SECRET.replace("made", "\\u006dade");
    let bodies = [
        failure(1, &format!("you sent {SECRET}, {SECRET}")),
        format!(r#"{{"success":false,"errors":[{{"code":1,"message":"you sent {escaped}"}}]}}"#),
        format!("<html><title>{SECRET}</title>"),
        format!("hello {SECRET}"),
        format!("{}{SECRET}", "x".repeat(70)),
        failure(1, &format!("{}{SECRET}", "x".repeat(WORDS - 10))),
    ];
    let headers = [("cf-ray".to_owned(), SECRET.to_owned())];
    for body in bodies {
        for status in [400, 502] {
            let refusal = reply(status, &headers, &body).told().unwrap_err();
            let said = format!("{refusal:?}");
            assert!(!said.contains("made-up"), "{said}");
        }
        let said = format!("{:?}", reply(400, &headers, &body).data());
        assert!(!said.contains("made-up"), "{said}");
    }
    let echoed = json!({"success": true, "result": {"name": SECRET, SECRET: [SECRET]}});
    let said = told(200, &echoed.to_string()).unwrap().result.to_string();
    assert!(!said.contains(SECRET) && said.contains("name"), "{said}");
}

#[test]
fn what_is_shaped_like_a_token_is_not_told_either() {
    for shape in ["cfut", "cfat", "cfk"] {
        let refusal = refused(400, &failure(1, &format!("who is '{shape}_0123abc', please?")));
        assert_eq!(refusal.errors[0].message, "who is '(redacted)', please?");
    }
}

mod graphql {
    use super::*;

    fn data(status: u16, body: &str) -> Result<Value, ApiRefusal> {
        reply(status, &[], body).data()
    }

    #[test]
    fn a_good_answer_is_its_data() {
        let got = data(200, r#"{"data":{"viewer":{"zones":[]}},"errors":null}"#).unwrap();
        assert_eq!(got, json!({"viewer": {"zones": []}}));
    }

    #[test]
    fn its_own_errors_are_told_apart_whatever_the_status() {
        for (message, status, kind) in [
            ("cannot request data older than 1w", 400, K::Invalid),
            ("number of fields can't be more than 20", 400, K::Invalid),
            ("unknown field \"coloCod\"", 400, K::Invalid),
            ("Unauthorized", 401, K::UnknownToken),
            ("not authorized for that account", 403, K::OutOfScope),
            ("zones [\"x\"] are not authorized", 403, K::OutOfScope),
            ("zone x does not have access to the path", 403, K::OutOfScope),
            ("rate limiter budget depleted, try again after 5 minutes", 429, K::Limited),
            ("query consumed excessive resources", 429, K::Limited),
            ("too many queries in progress", 503, K::Limited),
            ("internal server error", 500, K::Down),
        ] {
            let errors =
                json!([{"message": message, "path": ["viewer"], "extensions": {"timestamp": "x"}}]);
            let body = json!({"data": null, "errors": errors}).to_string();
            for status in [200, status] {
                let refusal = data(status, &body).unwrap_err();
                assert_eq!(refusal.kind, kind, "{status} {message}");
                assert_eq!(refusal.errors, [ApiError { code: None, message: message.to_owned() }]);
            }
        }
    }

    #[test]
    fn half_an_answer_is_none() {
        let body = r#"{"data":{"viewer":{"zones":[{}]}},"errors":[{"message":"query consumed excessive resources"}]}"#;
        assert_eq!(data(200, body).unwrap_err().kind, K::Limited);
    }

    #[test]
    fn the_gateway_refuses_in_the_other_form() {
        assert_eq!(
            data(403, &failure(10000, "Authentication error")).unwrap_err().kind,
            K::OutOfScope
        );
        assert_eq!(data(400, &failure(9106, "Missing headers")).unwrap_err().kind, K::NoToken);
        assert_eq!(
            data(200, &failure(10000, "Authentication error")).unwrap_err().kind,
            K::OutOfScope
        );
    }

    #[test]
    fn a_page_or_another_service_is_none() {
        assert_eq!(data(502, "<html>").unwrap_err().kind, K::Down);
        assert_eq!(data(200, "<html>").unwrap_err().kind, K::Unreadable);
        assert_eq!(data(200, r#"{"success":true,"result":{}}"#).unwrap_err().kind, K::Unreadable);
        assert_eq!(data(200, r#"{"data":null}"#).unwrap_err().kind, K::Unreadable);
    }
}
