//! The types as `wit/` has them, generated once for all components.
//!
//! A component that exports a handler maps the package's types to these, with
//! `with: { "duebell:events/types@1.0.0": duebell_events::wit::duebell::events::types }`
//! in its own `generate!`. Everything else takes them from the crate's root.
#![expect(missing_docs, reason = "generated from wit/, which has the docs")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "event-types",
    generate_unused_types: true,
    additional_derives: [PartialEq, Eq, Hash],
    // The component that exports a handler describes the types itself; without
    // this, every component that only reads JSON would import them.
    disable_custom_section_link_helpers: true,
});
