use std::path::Path;

use super::*;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";
const COMPONENT: &str = "[component.task-api]\nsource = \"a.wasm\"\n";

fn parse(text: &str) -> Result<Manifest, ConfigError> {
    Manifest::parse(Path::new("/app/spin.toml"), text)
}

/// The fault's message, line and advice.
fn fault(text: &str) -> (String, usize, String) {
    let error = parse(text).unwrap_err();
    let advice = error.advice().unwrap_or_default().to_owned();
    (error.to_string(), error.line(), advice)
}

#[test]
fn a_manifest_is_read_with_all_that_this_host_has() {
    let manifest = parse(
        r#"
spin_manifest_version = 2
[application]
name = "app"
version = "1.0.0"
tool = { any = "thing" }
[variables]
host = { default = "example.org" }
key = { required = true, secret = true, description = "a key" }
[[trigger.http]]
id = "one"
route = "/a/:id/..."
component = "task-api"
executor = { type = "http" }
[[trigger.http]]
route = { private = true }
component = "task-api"
[[trigger.http]]
route = "/static"
[trigger.http.static_response]
status_code = 201
headers = { content-type = "text/plain" }
body = "hello"
[component.task-api]
source = "a.wasm"
environment = { A = "b" }
variables = { url = "https://{{ host }}/x" }
allowed_outbound_hosts = ["https://{{ host }}"]
sqlite_databases = ["default"]
[component.task-api.build]
command = ["one", "two"]
workdir = "sub"
watch = ["src/**/*.rs"]
[component.task-api.tool.duebell]
drain = "/drain"
restored = "/restored"
metrics = "/metrics"
[component.task-api.tool.another]
any = "thing"
"#,
    )
    .unwrap();
    let component = &manifest.components["task-api"];
    assert_eq!(component.drain.as_deref(), Some("/drain"));
    assert_eq!(component.restored.as_deref(), Some("/restored"));
    assert_eq!(component.metrics.as_deref(), Some("/metrics"));
    assert_eq!(manifest.triggers.len(), 3);
    assert!(manifest.triggers[1].route.is_none());
    let Target::Static(answer) = &manifest.triggers[2].target else {
        panic!("a static response");
    };
    assert_eq!(answer.status, 201);
    assert!(manifest.variables["key"].secret);
    let component = &manifest.components["task-api"];
    assert_eq!(component.source, Path::new("/app/a.wasm"));
    let build = component.build.as_ref().unwrap();
    assert_eq!(build.commands, ["one", "two"]);
    assert_eq!(build.folder, Path::new("/app/sub"));
}

#[test]
fn the_apps_own_manifest_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Manifest::load(&path).unwrap();
}

#[test]
fn a_slip_of_the_pen_is_put_right() {
    let text = format!("{HEAD}{COMPONENT}sqlite_database = [\"default\"]\n");
    assert_eq!(
        fault(&text),
        (
            "unknown field `sqlite_database`".to_owned(),
            6,
            "Did you mean `sqlite_databases`?".to_owned()
        )
    );
    let text =
        format!("{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/\"\ncomponent = \"task-ap\"\n");
    assert_eq!(
        fault(&text),
        (
            "there is no component `task-ap`".to_owned(),
            8,
            "Did you mean `task-api`?".to_owned()
        )
    );
    let text = format!(
        "{HEAD}[variables]\nlevel = {{ default = \"\" }}\n{COMPONENT}variables = {{ a = \"{{{{ levle }}}}\" }}\n"
    );
    assert_eq!(
        fault(&text),
        (
            "there is no variable `levle`".to_owned(),
            8,
            "Did you mean `level`?".to_owned()
        )
    );
}

#[test]
fn what_only_a_real_spin_has_is_named() {
    for (addition, name, line) in [
        ("key_value_stores = [\"default\"]", "key_value_stores", 6),
        ("ai_models = [\"x\"]", "ai_models", 6),
        ("files = [\"a\"]", "files", 6),
        (
            "[component.task-api.dependencies]\n\"a:b\" = \"1\"",
            "dependencies",
            6,
        ),
        ("[[trigger.redis]]\nchannel = \"x\"", "redis", 6),
    ] {
        let (message, at, _) = fault(&format!("{HEAD}{COMPONENT}{addition}\n"));
        assert_eq!(
            message,
            format!("`{name}` is a part of Spin that this host does not have")
        );
        assert_eq!(at, line, "{addition}");
    }
    let text = format!("{HEAD}[component.a]\nsource = {{ url = \"https://x\", digest = \"y\" }}\n");
    assert_eq!(fault(&text).0, "a component's source must be a file here");
}

#[test]
fn faults_have_their_place() {
    for (text, message, line) in [
        (
            "spin_manifest_version = 1\n[application]\nname = \"a\"\n".to_owned(),
            "this host reads version 2 of Spin's manifest",
            1,
        ),
        (
            format!("{HEAD}[variables]\na = {{ required = true, default = \"\" }}\n"),
            "variable `a` is required and has a default: one of the two",
            5,
        ),
        (
            format!("{HEAD}[variables]\na = {{ }}\n"),
            "variable `a` is neither required nor has it a default",
            5,
        ),
        (
            format!("{HEAD}[variables]\nA-b = {{ default = \"\" }}\n"),
            "this can be no variable's name",
            5,
        ),
        (
            format!("{HEAD}[component.Task_Api]\nsource = \"a.wasm\"\n"),
            "this can be no component's id",
            4,
        ),
        (
            format!("{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/\"\n"),
            "an HTTP trigger has one of `component` and `static_response`",
            6,
        ),
        (
            format!(
                "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/.well-known/spin/x\"\ncomponent = \"task-api\"\n"
            ),
            "`/.well-known/spin/` belongs to the host",
            7,
        ),
        (
            format!(
                "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/a/:x\"\ncomponent = \"task-api\"\n[[trigger.http]]\nroute = \"/a/:y\"\ncomponent = \"task-api\"\n"
            ),
            "route `/a/:x` is there twice",
            10,
        ),
        (
            format!("{HEAD}{COMPONENT}variables = {{ a = \"{{{{ b\" }}\n"),
            "a `{{` here has no `}}`",
            6,
        ),
        (
            format!(
                "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/\"\nstatic_response = {{ status_code = 99 }}\n"
            ),
            "a status code is between 200 and 599",
            8,
        ),
    ] {
        let (found, at, _) = fault(&text);
        assert_eq!((found.as_str(), at), (message, line), "{text}");
    }
}

#[test]
fn drain_and_metrics_are_paths_and_this_hosts_part_has_nothing_else() {
    let with = |line: &str| {
        fault(&format!(
            "{HEAD}{COMPONENT}[component.task-api.tool.duebell]\n{line}\n"
        ))
    };
    for name in ["drain", "metrics"] {
        let (message, line, _) = with(&format!("{name} = \"{name}\""));
        assert!(message.contains("begins with a slash"), "{message}");
        assert_eq!(line, 7);
    }
    let (message, line, _) = with("drains = \"/drain\"");
    assert!(message.contains("drains"), "{message}");
    assert_eq!(line, 7);
}
