//! The Rust side of host/wit: what wasmtime's macro makes of it.

wasmtime::component::bindgen!({
    path: "wit",
    world: "duebell:host/imports",
    imports: { default: async | trappable },
    with: {
        "spin:postgres/postgres.connection": crate::postgres::Connection,
        "spin:postgres/postgres.connection-builder": crate::postgres::Builder,
        "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
    },
});
