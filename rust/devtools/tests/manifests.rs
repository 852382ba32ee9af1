//! The manifests of docs/fleet.md are what Kubernetes takes.
//!
//! They are read into the types that k8s-openapi generates from Kubernetes' own schemas. These pass over fields that they
//! do not know, and make up those that are required and missing. So what they write has to be what they have read.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{PodTemplateSpec, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The documents of a file in docs/fleet.
fn read(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet").join(file);
    // Kubernetes reads YAML 1.1, where 0440 is octal.
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_multiple_with_options(&fs::read_to_string(path).unwrap(), options).unwrap()
}

/// What is wrong with `document` as a `T`.
fn flaw<T: DeserializeOwned + Serialize>(document: &Value) -> Option<String> {
    let typed: T = match serde_json::from_value(document.clone()) {
        Ok(typed) => typed,
        Err(error) => return Some(error.to_string()),
    };
    let written = serde_json::to_value(typed).unwrap();
    (written != *document).then(|| format!("read as {written:#}"))
}

#[test]
fn the_deployment_and_its_service_are_what_kubernetes_takes() {
    let [deployment, service] = read("kubernetes.yaml").try_into().unwrap();
    assert_eq!(flaw::<Deployment>(&deployment), None);
    assert_eq!(flaw::<Service>(&service), None);
    assert_eq!(deployment["spec"]["template"]["spec"]["volumes"][0]["secret"]["defaultMode"], 0o440);
}

#[test]
fn the_service_leads_to_the_pods_of_the_deployment() {
    let [deployment, service] = read("kubernetes.yaml").try_into().unwrap();
    let template = &deployment["spec"]["template"];
    for selector in [&service["spec"]["selector"], &deployment["spec"]["selector"]["matchLabels"]] {
        assert_eq!(*selector, template["metadata"]["labels"]);
    }
    assert_eq!(service["spec"]["ports"][0]["targetPort"], template["spec"]["containers"][0]["ports"][0]["name"]);
}

/// Of Agones' own part no schema is to be had from a package registry.
#[test]
fn the_fleet_s_metadata_and_pods_are_what_kubernetes_takes() {
    let [fleet] = read("agones.yaml").try_into().unwrap();
    assert_eq!(flaw::<ObjectMeta>(&fleet["metadata"]), None);
    assert_eq!(flaw::<PodTemplateSpec>(&fleet["spec"]["template"]["spec"]["template"]), None);
}

#[test]
fn flaws_are_found() {
    let [deployment, service] = read("kubernetes.yaml").try_into().unwrap();
    let mut unknown = deployment.clone();
    unknown["spec"]["template"]["spec"]["terminationGracePeriod"] = json!(60);
    assert!(flaw::<Deployment>(&unknown).is_some(), "a field that there is not");

    let mut missing = deployment.clone();
    missing["spec"].as_object_mut().unwrap().remove("selector");
    assert!(flaw::<Deployment>(&missing).is_some(), "a field that is missing");

    let mut mistyped = deployment.clone();
    mistyped["spec"]["replicas"] = json!("3");
    assert!(flaw::<Deployment>(&mistyped).is_some(), "text for a number");

    assert!(flaw::<Deployment>(&service).is_some(), "something else");
}
