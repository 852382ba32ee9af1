//! The bill of materials, as CycloneDX 1.6: what scanners of vulnerabilities read.

use anyhow::Result;
use cargo_metadata::semver::Version;
use serde_json::{Value, json};

use super::third_party::Work;

pub(crate) fn bill(version: &Version, works: &[Work]) -> Result<String> {
    let purl = format!("pkg:generic/openssl_dtls@{version}");
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": purl,
                "name": "openssl_dtls",
                "version": version.to_string(),
                "licenses": [{ "license": { "id": "MIT" } }],
                "purl": purl,
            },
        },
        "components": works.iter().map(component).collect::<Vec<_>>(),
        "dependencies": [{ "ref": purl, "dependsOn": works.iter().map(|work| &work.purl).collect::<Vec<_>>() }],
    });
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn component(work: &Work) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": work.purl,
        "name": work.name,
        "version": work.version,
        "licenses": [{ "expression": work.licence }],
        "purl": work.purl,
        "externalReferences": [{ "type": "vcs", "url": work.source }],
    });
    if work.name == "OpenSSL" {
        // The name under which vulnerabilities of OpenSSL are published.
        component["cpe"] = json!(format!("cpe:2.3:a:openssl:openssl:{}:*:*:*:*:*:*:*", work.version));
    }
    component
}
