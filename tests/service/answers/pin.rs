//! Comparing the answers of one operation with its snapshot.

use bailiwick_testkit::app::Reply;
use serde_json::{Value, json};

use super::placeholders::Placeholders;
use super::scene::{Scene, request_of};

/// Statuses of refusals that are pinned wherever the description has them.
const REFUSALS: [u16; 5] = [401, 403, 404, 409, 422];
/// Headers that are part of an answer; the others are those of every answer.
const HEADERS: [&str; 5] = ["content-type", "location", "retry-after", "upgrade", "www-authenticate"];

/// An operation of the description.
pub struct Operation<'a> {
    pub id: &'a str,
    method: &'a str,
    path: &'a str,
    described: &'a Value,
}

pub fn operations(description: &Value) -> impl Iterator<Item = Operation<'_>> {
    description["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, described)| Operation {
            id: described["operationId"].as_str().unwrap(),
            method,
            path,
            described,
        })
    })
}

/// Compares the answers with the snapshot, and with what the description says of this operation: each
/// status that it should pin is among them. The refusal without a credential is added, because the
/// request for it is that of any other answer.
pub async fn pin(scene: &Scene, id: &str, mut answers: Vec<Reply>) {
    let description = scene.anyone.get("/openapi.json").await.is(200).json();
    let operation = operations(&description).find(|operation| operation.id == id).unwrap();
    if operation.described["security"].as_array().is_some_and(|schemes| !schemes.is_empty()) {
        let (method, path) = request_of(&scene.anyone, &answers[0]);
        answers.push(scene.anyone.send(scene.anyone.request(method, &path)).await.is(401));
    }
    answers.sort_by_key(|answer| answer.status);
    operation.covers(scene, &answers);
    let mut placeholders = Placeholders::new(&scene.app.base);
    let pinned: Vec<_> = answers.iter().map(|answer| shown(answer, &mut placeholders)).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_json_snapshot!(id, pinned));
}

impl Operation<'_> {
    /// Panics if an answer is one of another operation, or if an answer is missing.
    fn covers(&self, scene: &Scene, answers: &[Reply]) {
        let has = |status: u16| answers.iter().any(|answer| answer.status == status);
        let described = self.described["responses"].as_object().unwrap();
        let mut missing = REFUSALS.to_vec();
        missing.retain(|status| described.contains_key(&status.to_string()) && !has(*status));
        assert_eq!(missing, [0; 0], "refusals of {} that are not pinned", self.id);
        assert!(answers.iter().any(|answer| answer.status < 300), "{} has no success", self.id);
        for answer in answers {
            let (method, path) = request_of(&scene.anyone, answer);
            let is_its_own = method.as_str().eq_ignore_ascii_case(self.method) && self.is_at(&path);
            assert!(is_its_own, "{} is not {}", answer.request, self.id);
        }
    }

    fn is_at(&self, path: &str) -> bool {
        let (wanted, path) = (self.path.split('/'), path.split('?').next().unwrap().split('/'));
        let is_same = |(wanted, part): (&str, &str)| wanted == part || wanted.starts_with('{');
        wanted.clone().count() == path.clone().count() && wanted.zip(path).all(is_same)
    }
}

/// An answer as the snapshot shows it.
fn shown(answer: &Reply, placeholders: &mut Placeholders) -> Value {
    let headers = HEADERS.into_iter().filter(|name| !answer.header(name).is_empty());
    let headers: serde_json::Map<_, _> =
        headers.map(|name| (name.to_owned(), answer.header(name).into())).collect();
    let mut shown = json!({ "request": answer.request, "status": answer.status, "headers": headers });
    if !answer.text.is_empty() {
        shown["body"] = answer.json();
    }
    placeholders.put_into(&mut shown);
    shown
}
