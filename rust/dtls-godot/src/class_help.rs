//! The help of the classes, in the XML that gdext gives to the editor. `cargo xtask book` reads it from this test's output.

#[test]
fn the_editor_is_given_help_for_every_class() {
    let documents: Vec<String> = godot::docs::__gather_xml_docs().collect();
    let classes = [
        "DTLSPacketBatchOpenSSL",
        "DTLSServerOpenSSL",
        "ENetMultiplayerPeerOpenSSL",
        "PacketPeerDTLSOpenSSL",
        "TLSOptionsOpenSSL",
    ];
    for class in classes {
        let start = format!("<class name=\"{class}\"");
        assert!(documents.iter().any(|document| document.contains(&start)), "no help for {class}");
    }
    for document in documents {
        assert!(!document.contains("<brief_description></brief_description>"), "no introduction: {document}");
        println!("{document}");
    }
}
